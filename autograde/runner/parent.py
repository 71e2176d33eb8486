"""The program of a warm parent: import what is slow, enter the small world, fork a child on each request.

python -m autograde.runner.parent DESCRIPTOR '["student", ["numpy"], [], false]'

It keeps to one thread, since a fork copies only one. It ends when the grader does, and its children with it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from autograde.sandbox import cell, filter, linux, world
from autograde.sandbox.limits import Limits

LARGEST_REQUEST = 4096
MOST_WIRES = 2
Work = Callable[[list[socket.socket], Limits, str], None]


def main() -> None:
    """Serve until the control socket is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    role, packages, hidden, unsafe = json.loads(sys.argv[2])
    try:
        work = _judging(packages) if role == "judge" else _running(packages, hidden, unsafe)
        told: dict[str, Any] = {"ready": True}
    except _NoSandboxError as error:
        told = {"sandbox": True, "why": str(error)}
    except Exception as error:
        told = {"why": f"{type(error).__name__}: {error}"}
    gc.collect()
    gc.freeze()
    with contextlib.suppress(ConnectionError):  # the grader was stopped meanwhile
        control.send(json.dumps(told).encode())
        if "ready" in told:
            _serve(control, work)


def _serve(control: socket.socket, work: Work) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grader, who then closes the control socket
    while True:
        try:
            request, descriptors, _, _ = socket.recv_fds(control, LARGEST_REQUEST, MOST_WIRES)
        except ConnectionError:
            request = b""
        if not request:  # the grader is gone
            os._exit(0)
        _reap()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            _be_a_child(control, descriptors, json.loads(request), work, parent)
        handle = os.pidfd_open(child)
        socket.send_fds(control, [b"{}"], [handle])
        for descriptor in (handle, *descriptors):
            os.close(descriptor)


def _be_a_child(
    control: socket.socket, descriptors: list[int], asked: dict[str, Any], work: Work, parent: int
) -> NoReturn:
    try:
        control.close()
        with contextlib.suppress(OSError, AttributeError):  # elsewhere than on Linux
            linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        wires = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        work(wires, Limits(**asked["limits"]), asked["folder"])
    except BaseException:
        os._exit(1)
    os._exit(0)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


class _NoSandboxError(Exception):
    pass


def _running(packages: list[str], hidden: list[str], unsafe: bool) -> Work:
    # The student's side. What is imported here is all of ours that a submission can find in its memory.
    from autograde.runner import child, shell

    _import(packages)
    if "torch" in packages:
        importlib.import_module("torch._dynamo")  # which every optimiser imports on its first step
    made = shell.start()
    program = b""
    if not unsafe:
        try:
            program = filter.compiled()
            world.enter(hidden)
        except (OSError, KeyError, AttributeError) as error:
            raise _NoSandboxError(getattr(error, "strerror", None) or str(error)) from error
    sys.meta_path.insert(0, NotHere(hidden))

    def run(wires: list[socket.socket], limits: Limits, folder: str) -> None:
        (wire,) = wires
        if unsafe:
            os.chdir(folder)
            with contextlib.suppress(OSError, ValueError):  # elsewhere than on Linux
                limits.apply()
            child.serve(wire, made)
        else:
            cell.enter(limits, program, wire.fileno(), lambda: child.serve(wire, made))

    return run


class NotHere:
    """Says of packages that an assignment works without them. That their folders are empty is what counts."""

    def __init__(self, packages: list[str]) -> None:
        self.packages = frozenset(packages)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Part of Python's import. Raises ModuleNotFoundError for these packages."""
        if name.partition(".")[0] in self.packages:
            raise ModuleNotFoundError(f"This assignment works without {name}.", name=name)


def _judging(packages: list[str]) -> Work:
    from autograde.runner import judge

    _import(packages)
    judge.load()

    def run(wires: list[socket.socket], limits: Limits, folder: str) -> None:
        grader, student = wires
        judge.serve(grader, student, limits)

    return run


def _import(packages: list[str]) -> None:
    for package in packages:
        importlib.import_module(package)
    if "torch" in sys.modules:
        import torch

        # One thread, before anything is computed: a fork of several hangs.
        torch.set_num_threads(1)
        torch.nn.LSTM(2, 2)(torch.zeros(1, 1, 2))


if __name__ == "__main__":
    main()
