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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograde.course.confinement import Confinement
from autograde.course.errors import CourseError, NoSandboxError
from autograde.course.packages import not_in_the_bundle
from autograde.course.system import need_linux
from autograde.sandbox.limits import Limits

LARGEST_REPLY = 65_536
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

    def fork(self, wires: list[socket.socket], limits: Limits, folder: str = "") -> Child:
        """A new child that owns these sockets, which are closed on this side.

        Args:
            folder: where it works; in the sandbox, it has a place of its own.

        Raises:
            ParentDiedError: it died, and so did the one that was started in its place.
            CourseError: a package does not import; NoSandboxError: this machine has no sandbox.
        """
        request = json.dumps({"limits": limits.as_json(), "folder": folder}).encode()
        try:
            with self._lock:
                try:
                    return self._ask(request, wires)
                except OSError:
                    self._stop()
                try:  # it died since the last time: once more, with a new one
                    return self._ask(request, wires)
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

    def start(self) -> None:
        """Begin to import, without waiting for it."""
        need_linux()
        with self._lock:
            if self._control is None:
                self._spawn()

    def _ask(self, request: bytes, wires: list[socket.socket]) -> Child:
        control = self._started()
        socket.send_fds(control, [request], [wire.fileno() for wire in wires])
        control.settimeout(SECONDS_TO_FORK)
        reply, handles, _, _ = socket.recv_fds(control, LARGEST_REPLY, 2)
        if not reply or not handles:
            raise ConnectionError("no child came")
        return Child(handles[0], *(socket.socket(fileno=wire) for wire in handles[1:]))

    def _started(self) -> socket.socket:
        need_linux()
        if self._control is None:
            self._spawn()
        assert self._control is not None
        if not self._is_ready:
            self._control.settimeout(SECONDS_TO_START)
            told = self._control.recv(LARGEST_REPLY)
            if not told:
                raise ConnectionError("it ended before it was ready")
            self._check(json.loads(told))
            self._is_ready = True
        return self._control

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        absent = sorted(not_in_the_bundle(self.kind.packages)) if self.kind.role == "student" else []
        kind = json.dumps(
            [self.kind.role, self.kind.packages, self.kind.hidden, absent, self.kind.private, self.kind.confinement]
        )
        command = [sys.executable, *PROGRAM, str(theirs.fileno()), kind]
        # A clean environment: student code could read it in /proc.
        self._process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env=_environment(self.kind),
            cwd="/",
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the grader, who then ends this one
        )
        theirs.close()
        self._control, self._is_ready = ours, False

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
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


_parents: dict[Kind, Parent] = {}
_lock = threading.Lock()


def parent(kind: Kind) -> Parent:
    """The warm parent of this kind; one for the whole process."""
    with _lock:
        return _parents.setdefault(kind, Parent(kind))


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
        **threads,
        **memory,
        **python,
        "KERAS_BACKEND": "torch",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
