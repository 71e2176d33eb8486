"""The program of a warm parent: import what is slow, enter the small world, fork a child on each request.

python -m autograde.runner.parent '[[DESCRIPTOR, "student", ["numpy"], [], [], "sandbox"], …]'

Of several, it imports what all of them need, and splits before anything is there that only one may have. It keeps to
one thread, since a fork copies only one. It ends when the grader does, and its children with it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import linecache
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from autograde.course.confinement import Confinement
from autograde.runner import later, missing
from autograde.sandbox import cell, container, filter, linux, world
from autograde.sandbox.limits import Limits

if TYPE_CHECKING:
    from autograde.runner.shell import Shell

LARGEST_REQUEST = 1 << 16
LARGEST_BRIEF = 1 << 18
MOST_WIRES = 2


@dataclass(frozen=True)
class Role:
    """What the children of a warm parent are for.

    fork: makes one.
    work: what it does with its wires, its limits and the folder it is given.
    makes_wire: its one wire is made here, for the other end to go back; else its wires come with the request.
    prepare: loads what the next ones need.
    """

    work: Callable[[list[socket.socket], Limits, str], None]
    fork: Callable[[], int] = os.fork
    makes_wire: bool = False
    prepare: Callable[[list[str]], None] = lambda needed: None


@dataclass(frozen=True)
class Start:
    """What a warm parent is started with: its control socket's descriptor, and the fields of `warm.Kind`."""

    descriptor: int
    role: str
    packages: list[str]
    hidden: list[str]
    private: list[str]
    confinement: str


def main() -> None:
    """Serve until the control socket is closed."""
    gc.disable()  # what is made until the children come stays: looking for garbage in it takes a quarter of the time
    starts = [Start(*one) for one in json.loads(sys.argv[1])]
    with contextlib.suppress(Exception):  # each says so itself
        _import([name for name in starts[0].packages if all(name in one.packages for one in starts)])
    mine = starts[-1]
    for one in starts[:-1]:
        if os.fork() == 0:
            mine = one
            break
    for one in starts:
        if one is not mine:
            os.close(one.descriptor)
    _be_a_parent(socket.socket(fileno=mine.descriptor), mine)


def _be_a_parent(control: socket.socket, start: Start) -> None:
    try:
        role = _judging(start) if start.role == "judge" else _running(control, start)
        told: dict[str, Any] = {"ready": True}
    except _NoSandboxError as error:
        told = {"sandbox": True, "why": str(error)}
    except Exception as error:
        told = {"why": f"{type(error).__name__}: {error}"}
    gc.freeze()
    gc.enable()
    with contextlib.suppress(ConnectionError):  # the grader was stopped meanwhile
        control.send(json.dumps(told).encode())
        if "ready" in told:
            _serve(control, role)


def _serve(control: socket.socket, role: Role) -> None:
    while True:
        try:
            request, descriptors, _, _ = socket.recv_fds(control, LARGEST_REQUEST, MOST_WIRES)
        except ConnectionError:
            request = b""
        if not request:  # the grader is gone
            os._exit(0)
        _reap()
        asked = json.loads(request)
        if "needed" in asked:
            gc.disable()
            role.prepare(asked["needed"])
            gc.freeze()
            gc.enable()
            continue
        answered = []
        if role.makes_wire:  # a socket belongs to the network in which it was made: in the small world, to an empty one
            outside, inside = (end.detach() for end in socket.socketpair())
            descriptors, answered = [inside], [outside]
        child = role.fork()
        if child == 0:
            for descriptor in answered:
                os.close(descriptor)
            _be_a_child(control, descriptors, asked, role)
        handle = os.pidfd_open(child)
        socket.send_fds(control, [b"{}"], [handle, *answered])
        for descriptor in (handle, *descriptors, *answered):
            os.close(descriptor)


def _be_a_child(control: socket.socket, descriptors: list[int], asked: dict[str, Any], role: Role) -> NoReturn:
    try:
        control.close()
        wires = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        role.work(wires, Limits(**asked["limits"]), asked["folder"])
    except BaseException:
        os._exit(1)
    os._exit(0)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


class _NoSandboxError(Exception):
    pass


def _running(control: socket.socket, start: Start) -> Role:
    # The student's side. What is imported here is all of ours that a submission can find in its memory.
    from autograde.runner import shell
    from autograde.runner.seeding import seed_all

    _import(start.packages)
    made = shell.start()
    seed_all(0)  # imports NumPy's generators
    _read_fixtures()
    enter = {Confinement.SANDBOX: _in_sandbox, Confinement.CONTAINER: _in_container}.get(Confinement(start.confinement))
    try:
        role = enter(made, start.hidden, start.private) if enter is not None else _without_sandbox(made)
    except (OSError, KeyError, AttributeError) as error:
        raise _NoSandboxError(getattr(error, "strerror", None) or str(error)) from error
    _forget_own_sources()
    absent = json.loads(control.recv(LARGEST_BRIEF))
    sys.meta_path.insert(0, missing.NotHere([*start.hidden, *absent]))
    return role


def _in_sandbox(made: Shell, hidden: list[str], private: list[str]) -> Role:
    from autograde.runner import child

    program = filter.compiled()
    world.enter(hidden, private)
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    parent = os.pidfd_open(os.getpid())

    def run(wires: list[socket.socket], limits: Limits, folder: str) -> None:
        (wire,) = wires
        cell.enter(limits, program, wire.fileno(), parent, lambda: child.serve(wire, made))

    return Role(run, lambda: cell.fork(own), makes_wire=True)


def _in_container(made: Shell, hidden: list[str], private: list[str]) -> Role:
    from autograde.runner import child

    prepared = container.prepare(hidden, private)
    parent = os.pidfd_open(os.getpid())

    def run(wires: list[socket.socket], limits: Limits, folder: str) -> None:
        (wire,) = wires
        container.enter(prepared, limits, folder, wire.fileno(), parent, lambda: child.serve(wire, made))

    return Role(run, makes_wire=True)


def _without_sandbox(made: Shell) -> Role:
    from autograde.runner import child, keeper

    parent = os.pidfd_open(os.getpid())

    def run(wires: list[socket.socket], limits: Limits, folder: str) -> None:
        (wire,) = wires
        linux.end_with(parent)
        os.chdir(folder)
        with contextlib.suppress(OSError, ValueError):  # elsewhere than on Linux
            limits.apply()
        child.serve(wire, made)

    return Role(run, keeper.fork, makes_wire=True)


def _forget_own_sources() -> None:
    # Whatever asks for the stack, such as torch.manual_seed, would look for them along sys.path, and find nothing in
    # the small world.
    ours = [module for name, module in [*sys.modules.items()] if name.startswith("autograde.")]
    own = [getattr(module, "__file__", None) for module in ours]
    for file in (__file__, *own):
        if file:
            linecache.cache[file] = (0, None, [], file)


def _read_fixtures() -> None:
    # What reading them imports: every notebook with a check does.
    from unrolled.checking import fixtures

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fixtures.npz")
        fixtures.save({}, path)
        fixtures.load(path)


def _judging(start: Start) -> Role:
    from autograde.runner import judge

    _import(start.packages)
    judge.load()

    parent = os.pidfd_open(os.getpid())

    def run(wires: list[socket.socket], limits: Limits, folder: str) -> None:
        grader, student = wires
        linux.end_with(parent)
        judge.serve(grader, student, limits)

    return Role(run, prepare=judge.prepare)


def _import(packages: list[str]) -> None:
    if "torch" in packages:
        later.lighten_torch(shapes=later.SHAPES in packages)  # before Keras, which builds on it
    for package in packages:
        importlib.import_module(package)
    if "torch" in sys.modules:
        import torch

        # One thread, before anything is computed: a fork of several hangs.
        torch.set_num_threads(1)
        torch.nn.LSTM(2, 2)(torch.zeros(1, 1, 2))
        _step_once(torch)


def _step_once(torch: Any) -> None:
    # What an optimiser loads at its first step. Without a backward pass, whose engine is not to be there at a fork.
    weights = torch.nn.Parameter(torch.zeros(1))
    weights.grad = torch.zeros(1)
    optimiser = torch.optim.Adam([weights])
    optimiser.step()
    optimiser.zero_grad()


if __name__ == "__main__":
    main()
