"""Outside the sandbox, trusted: a process for each notebook, which has its cells run and then runs the tests itself.

Student cells first, all of them; then the tests, each with the names as they were where it stands. So no cell that has
seen a hidden input puts anything out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import resource
import signal
import socket
import sys
from types import FrameType

from autograde.runner.clock import PROCESSOR, WALL
from autograde.runner.frames import Channel, LateError
from autograde.runner.notebook import Notebook
from autograde.runner.seeding import seed_all
from autograde.runner.student import Student
from autograde.sandbox.limits import Limits, address_space


def load() -> None:
    """Import what tests use, once, before any notebook. A check that fails loads more than one that passes."""
    from unrolled.checking.check import CheckFailed, check

    with contextlib.suppress(CheckFailed):
        check(lambda a: a, hidden="values", name="sigmoid")
    torch = sys.modules.get("torch")
    if torch is not None:
        for other in (torch.ones(2), torch.zeros(2)):
            with contextlib.suppress(AssertionError):
                torch.testing.assert_close(torch.ones(2), other)


def prepare(functions: list[str]) -> None:
    """Load what judging these functions needs, before a notebook that asks for it."""
    from solutions.judge import load_for

    load_for(functions)


def serve(grader: socket.socket, wire: socket.socket, limits: Limits) -> None:
    """Run one notebook and send back the outputs of its cells."""
    from solutions.judge import KEY_VARIABLE  # `load` was there before

    channel = Channel(grader)
    message, blob = channel.receive()
    os.chdir(message["folder"])
    sys.path.insert(0, message["folder"])  # modules that come with the assignment
    os.environ[KEY_VARIABLE] = message["key"]
    seed_all(seed_from("judge", message["key"]))
    _limit_memory(limits)
    for number in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(number, _too_late)
    seed = seed_from("student", message["key"])
    student = Student(grader, wire, message["student"], limits, forbidden=message["forbidden"], seed=seed)
    outputs = Notebook(json.loads(blob), student, limits).run()
    channel.send({"done": True}, [json.dumps(outputs).encode()])


def seed_from(purpose: str, key: str) -> int:
    """A number below 2³², the same for the same purpose and key."""
    return int.from_bytes(hashlib.sha256(f"{purpose}\0{key}".encode()).digest()[:4])


def _limit_memory(limits: Limits) -> None:
    # An answer can make a test compute something huge: then the allocation fails, and with it the test.
    most = address_space() + limits.memory
    with contextlib.suppress(OSError, ValueError):  # elsewhere than on Linux
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _too_late(number: int, frame: FrameType | None) -> None:
    raise LateError(WALL if number == signal.SIGALRM else PROCESSOR)
