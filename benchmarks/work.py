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
from typing import Any

from autograde.runner.warm import Child, Parent

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
    before = {number: _of(number) for number in descendants()}
    own = _own()
    with _asked_at_the_end(found) as parents:
        yield found
    found[GRADER] = _own()
    found[GRADER].subtract(own)
    for number, role in parents.items():
        counts = found.setdefault(WARM + role, Counter())
        counts.update(_of(number))
        counts.subtract(before.get(number, Counter()))
    for role in (STUDENTS, JUDGES):  # of those that have ended, ticks add up in whoever has forked them
        del found[role][CHILDREN]
        found[role][SYSTEM] = found.get(WARM + role, Counter()).pop(CHILDREN, 0)


def descendants() -> list[int]:
    """The numbers of all processes that this one has started, or they in turn, and that are there now."""
    parents: dict[int, int] = {}
    for place in PROC.glob("[0-9]*"):
        with suppress(OSError):
            parents[int(place.name)] = _parent_of(int(place.name))
    found, left = [], [os.getpid()]
    while left:
        above = left.pop()
        below = [number for number, parent in parents.items() if parent == above]
        found += below
        left += below
    return found


@contextmanager
def warm_parents() -> Iterator[dict[int, str]]:
    """The numbers of the warm parents that fork within, as they do, each with the role of those whom it forks."""
    fork = Parent.fork
    found: dict[int, str] = {}

    def watched(self: Parent, *about: Any, **named: Any) -> Child:
        child = fork(self, *about, **named)
        found[_parent_of(child.number)] = self.kind.role
        return child

    Parent.fork = watched  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Parent.fork = fork  # type: ignore[method-assign]


@contextmanager
def _asked_at_the_end(found: Counts) -> Iterator[dict[int, str]]:
    kill = Child.kill

    def counted_kill(self: Child) -> None:
        number = self.number if self._handle >= 0 else 0
        kill(self)
        if number:  # dead, and still there until its parent forks again
            found[parents[_parent_of(number)]].update({**_of(number), FORKS: 1})

    with warm_parents() as parents:
        Child.kill = counted_kill  # type: ignore[method-assign]
        try:
            yield parents
        finally:
            Child.kill = kill  # type: ignore[method-assign]


def _own() -> Counter[str]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    written = dict(line.split(": ") for line in (PROC / "self/io").read_text("ascii").splitlines())
    return Counter(
        {
            PROCESSOR: time.process_time_ns() // 1000,
            SYSTEM: int(1e6 * used.ru_stime),
            FAULTS: used.ru_minflt,
            SWITCHES: used.ru_nvcsw + used.ru_nivcsw,
            BYTES: int(written["wchar"]),
            WRITES: int(written["syscw"]),
        }
    )


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


def _parent_of(number: int) -> int:
    return int(_stat(number)[1])


def _stat(number: int) -> list[str]:
    # proc(5), from the process's state on: parent 1, minor faults 7, ticks in the kernel 12, its children's 14.
    return (PROC / str(number) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
