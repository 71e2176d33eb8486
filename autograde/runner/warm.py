"""Warm parents, seen from the grader: processes that have imported what is slow to import and fork on request."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograde.course.confinement import Confinement
from autograde.course.errors import CourseError, NoSandboxError
from autograde.course.system import need_linux
from autograde.sandbox.limits import Limits

LARGEST_REPLY = 65_536
# Which kernels libraries take, where the grader's environment says so: the student's process and the judge take the
# same, or their numbers differ by another rounding.
KERNELS = (
    "OPENBLAS_CORETYPE",
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
    "MKL_ENABLE_INSTRUCTIONS",
    "NPY_DISABLE_CPU_FEATURES",
)
PROGRAM = ("-P", "-m", "autograde.runner.parent")
SECONDS_TO_START = 180.0
SECONDS_TO_FORK = 20.0


class ParentDiedError(Exception):
    """A warm parent keeps dying."""


@dataclass(frozen=True)
class Kind:
    """What a warm parent is for.

    role: "student" or "judge".
    packages: imported beforehand.
    hidden: packages that are not to be seen (students only).
    confinement: how students' code is kept apart (students only).
    private: folders that are not to be seen, wherever they lie (students only).
    """

    role: str
    packages: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    confinement: Confinement = Confinement.SANDBOX
    private: tuple[str, ...] = ()


class Child:
    """A process forked for one notebook. Killing it kills everything inside its sandbox.

    wire: the other end of its own, for whoever asked to take; only a student's has one.
    """

    def __init__(self, handle: int, wire: socket.socket | None = None) -> None:
        self._handle = handle
        self._wire = wire

    @property
    def wire(self) -> socket.socket:
        assert self._wire is not None, "only a student's process has a wire of its own"
        return self._wire

    @property
    def number(self) -> int:
        """Of the process, as this one sees it."""
        about = Path(f"/proc/self/fdinfo/{self._handle}").read_text("ascii")
        return int(next(line.split()[1] for line in about.splitlines() if line.startswith("Pid:")))

    def end(self) -> None:
        """End it, without waiting; not after `kill`."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def kill(self) -> None:
        """End it, and wait until it is gone. Safe to repeat."""
        if self._handle < 0:
            return
        self.end()
        select.select([self._handle], [], [], SECONDS_TO_FORK)
        os.close(self._handle)
        self._handle = -1


class Parent:
    """A warm parent of one kind, started when it is first needed. Threads may share it."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._is_ready = False
        self._has: set[str] = set()

    def fork(self, wires: list[socket.socket], limits: Limits, folder: str = "", needed: Collection[str] = ()) -> Child:
        """A new child that owns these sockets, which are closed on this side.

        Args:
            folder: where it works; in the sandbox, it has a place of its own.
            needed: functions that a judge's tests judge.

        Raises:
            ParentDiedError: it died, and so did the one that was started in its place.
            CourseError: a package does not import; NoSandboxError: this machine has no sandbox.
        """
        request = json.dumps({"limits": limits.as_json(), "folder": folder}).encode()
        try:
            with self._lock:
                try:
                    return self._ask(request, wires, needed)
                except OSError:
                    self._stop()
                try:  # it died since the last time: once more, with a new one
                    return self._ask(request, wires, needed)
                except OSError as error:
                    self._stop()
                    raise ParentDiedError(f"the warm parent for {self.kind.role}s stops each time") from error
        finally:
            for wire in wires:
                wire.close()

    def stop(self) -> None:
        """End it and, with it, all its children."""
        with self._lock:
            self._stop()

    def _ask(self, request: bytes, wires: list[socket.socket], needed: Collection[str]) -> Child:
        control = self._started()
        self._prepare(needed)
        socket.send_fds(control, [request], [wire.fileno() for wire in wires])
        control.settimeout(SECONDS_TO_FORK)
        reply, handles, _, _ = socket.recv_fds(control, LARGEST_REPLY, 2)
        if not reply or not handles:
            raise ConnectionError("no child came")
        return Child(handles[0], *(socket.socket(fileno=wire) for wire in handles[1:]))

    def _prepare(self, needed: Collection[str]) -> None:
        # Without an answer: it does so before it reads the next request.
        new = {*needed} - self._has
        if new and self._control is not None:
            self._control.send(json.dumps({"needed": sorted(new)}).encode())
            self._has |= new

    def _started(self) -> socket.socket:
        need_linux()
        if self._control is None:
            _spawn([self])
        assert self._control is not None
        if not self._is_ready:
            self._control.settimeout(SECONDS_TO_START)
            if self.kind.role == "student":
                self._control.send(json.dumps(_absent(self.kind)).encode())
            told = self._control.recv(LARGEST_REPLY)
            if not told:
                raise ConnectionError("it ended before it was ready")
            self._check(json.loads(told))
            self._is_ready = True
        return self._control

    def _check(self, told: dict[str, Any]) -> None:
        if told.get("ready"):
            return
        self._stop()
        if told.get("sandbox"):
            raise NoSandboxError(told["why"])
        raise CourseError(
            f"Notebooks cannot run here ({told.get('why')}).", "Run `make course`, then `autograde doctor`."
        )

    def _stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):  # the group is gone
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self._control is not None:
            _wait_for_the_end(self._control)
            self._control.close()
            self._control = None


_parents: dict[Kind, Parent] = {}
_lock = threading.Lock()


def parent(kind: Kind) -> Parent:
    """The warm parent of this kind; one for the whole process."""
    with _lock:
        return _parents.setdefault(kind, Parent(kind))


def start(kinds: Sequence[Kind], needed: Collection[str] = ()) -> None:
    """Begin to start the warm parents of these kinds, without waiting for them: all as one process, which splits.

    So what all of them import is imported once. If one of them has to be stopped, so are those that began with it.

    Args:
        needed: functions that the judges' tests judge.
    """
    need_linux()
    with contextlib.ExitStack() as locks:
        parents = [parent(kind) for kind in kinds]
        for one in parents:
            locks.enter_context(one._lock)
        if new := [one for one in parents if one._control is None]:
            _spawn(new)
        for one in parents:
            if one.kind.role == "judge":
                with contextlib.suppress(OSError):  # it ended; whoever forks from it sees to that
                    one._prepare(needed)


def _spawn(parents: Sequence[Parent]) -> None:
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in parents]
    starts = [
        [theirs.fileno(), kind.role, kind.packages, kind.hidden, kind.private, kind.confinement]
        for kind, (_, theirs) in zip((one.kind for one in parents), pairs, strict=True)
    ]
    # A clean environment: student code could read it in /proc.
    process = subprocess.Popen(
        [sys.executable, *PROGRAM, json.dumps(starts)],
        pass_fds=[theirs.fileno() for _, theirs in pairs],
        env=_environment(parents[0].kind),
        cwd="/",
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the grader, who then ends this one; and a group that can be killed
    )
    for one, (ours, theirs) in zip(parents, pairs, strict=True):
        theirs.close()
        one._process, one._control, one._is_ready, one._has = process, ours, False, set()


def _absent(kind: Kind) -> list[str]:
    # Looked for while it imports what it has.
    from autograde.course.packages import not_in_the_bundle

    return sorted(not_in_the_bundle(kind.packages))


def _wait_for_the_end(control: socket.socket) -> None:
    # Of the process at the other end, which has been killed.
    control.settimeout(SECONDS_TO_FORK)
    with contextlib.suppress(OSError):
        while control.recv(LARGEST_REPLY):
            pass


@atexit.register
def stop_all() -> None:
    """End all warm parents of this process."""
    with _lock:
        for one in _parents.values():
            one.stop()
        _parents.clear()


def _environment(kind: Kind) -> dict[str, str]:
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    # A fork copies the tables of pages, which large pages shorten; PyTorch's tables are long enough to move Python's
    # own objects into them, although its own allocator is a little faster.
    memory = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
    if "torch" in kind.packages:
        memory["PYTHONMALLOC"] = "malloc"
    python = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    return {
        **{name: os.environ[name] for name in KERNELS if name in os.environ},
        **threads,
        **memory,
        **python,
        "KERAS_BACKEND": "torch",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
