"""Work of grading by kind of process, counted and not timed, so that it does not depend on the neighbours.

Counted from outside, over /proc: what runs is the grader as it is. Linux only.
"""

from __future__ import annotations

import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autograde.runner.warm import Child, Parent
from autograde.sandbox.limits import Limits

GRADER, STUDENTS, JUDGES = "grader", "student", "judge"
WARM = "warm "  # before the role of whoever is forked from it
PROCESSOR, SYSTEM, FAULTS, SWITCHES, FORKS, BYTES, WRITES = (
    "µs",
    "µs in kernel",  # by the kernel's ticks, some milliseconds long: of many notebooks only
    "page faults",
    "switches",
    "forks",
    "bytes written",
    "writes",
)
CHILDREN = "of the children in the kernel"
TICK = 1_000_000 // os.sysconf("SC_CLK_TCK")  # microseconds
PROC = Path("/proc")

Counts = dict[str, Counter[str]]  # by kind of process, then by what is counted


@contextmanager
def counted() -> Iterator[Counts]:
    """What the grader, its warm parents and all that they fork do within; complete at the end.

    One notebook at a time: a process that has ended can be asked only until its parent forks the next.
    """
    found: Counts = {role: Counter() for role in (STUDENTS, JUDGES)}
    before = _standing()
    with _asked_at_the_end(found):
        yield found
    after = _standing()
    for kind, counts in after.items():
        counts.subtract(before.get(kind, Counter()))
        found[kind] = counts
    for role in (STUDENTS, JUDGES):  # of those that have ended, ticks add up in whoever has forked them
        del found[role][CHILDREN]
        found[role][SYSTEM] = found.get(WARM + role, Counter()).pop(CHILDREN, 0)


def _standing() -> Counts:
    # Of the processes that outlive a notebook, since their beginning.
    own = resource.getrusage(resource.RUSAGE_SELF)
    written = dict(line.split(": ") for line in (PROC / "self/io").read_text("ascii").splitlines())
    found: Counts = {
        GRADER: Counter(
            {
                PROCESSOR: time.process_time_ns() // 1000,
                SYSTEM: int(1e6 * own.ru_stime),
                FAULTS: own.ru_minflt,
                SWITCHES: own.ru_nvcsw + own.ru_nivcsw,
                BYTES: int(written["wchar"]),
                WRITES: int(written["syscw"]),
            }
        )
    }
    for number, role in warm_parents():
        found.setdefault(WARM + role, Counter()).update(_of(number))
    return found


def warm_parents() -> list[tuple[int, str]]:
    """The numbers of this process's warm parents, each with the role of those whom it forks."""
    found = []
    for place in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if int(_stat(int(place.name))[1]) == os.getpid():
                words = (place / "cmdline").read_text("utf-8")
                found += [(int(place.name), role) for role in (STUDENTS, JUDGES) if f'["{role}"' in words]
    return found


@contextmanager
def _asked_at_the_end(found: Counts) -> Iterator[None]:
    fork, kill = Parent.fork, Child.kill
    roles: dict[int, str] = {}

    def counted_fork(self: Parent, wires: list, limits: Limits, folder: str = "") -> Child:
        child = fork(self, wires, limits, folder)
        roles[child.number] = self.kind.role
        return child

    def counted_kill(self: Child) -> None:
        number = self.number if self._handle >= 0 else 0
        kill(self)
        if number in roles:  # dead, and still there until its parent forks again
            role = roles.pop(number)
            found[role].update({**_of(number), FORKS: 1})

    Parent.fork, Child.kill = counted_fork, counted_kill  # type: ignore[method-assign]
    try:
        yield
    finally:
        Parent.fork, Child.kill = fork, kill  # type: ignore[method-assign]


def _of(number: int) -> Counter[str]:
    # Raises OSError where the process is gone.
    about = _stat(number)
    status = (PROC / str(number) / "status").read_text("utf-8")
    nanoseconds = int((PROC / str(number) / "schedstat").read_text("ascii").split()[0])
    return Counter(
        {
            PROCESSOR: nanoseconds // 1000,
            SYSTEM: TICK * int(about[12]),
            CHILDREN: TICK * int(about[14]),
            FAULTS: int(about[7]),
            SWITCHES: sum(int(line.split()[1]) for line in status.splitlines() if "voluntary_ctxt_switches" in line),
        }
    )


def _stat(number: int) -> list[str]:
    # proc(5), from the process's state on: parent 1, minor faults 7, ticks in the kernel 12, its children's 14.
    return (PROC / str(number) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
