"""What the class report says of one assignment, computed from its submissions."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from autograde.course.confinement import Confinement
from autograde.course.people import Person
from autograde.grade.history import Change
from autograde.grade.results import Result
from autograde.reports.items import Item, items
from autograde.reports.similarity import Alike, alike
from unrolled.checking.messages import Message

BINS = 10
MOST_ALIKE = 20
MOST_CHANGES = 50
FOR_A_PERSON = ": a person should look."  # how remarks end that ask for one
QUOTED = re.compile(r"'[^']*'(?!\w)")
NO_SECTION = "none"
# What there is to do for a submission, in the order in which it is urgent, with what the report says of each.
UNREADABLE, FAILED, NOT_RUN, REMARKED, NEW = "unreadable", "not graded", "stopped", "to judge", "new"
BY_HAND = "points by hand"
MISSING, WAITING = "missing", "to read"
KINDS = {
    UNREADABLE: "nothing could be read of what was handed in: ask for it again",
    FAILED: "not graded",
    NEW: "handed in since you graded last: run `autograde grade`",
    NOT_RUN: "cells did not run to their end: out of time, an exit or a crash",
    BY_HAND: "points given by hand are not those of the rubric's chosen items (formgrader)",
    REMARKED: "something to judge",
    WAITING: "answers wait to be read, or points given by hand to be confirmed (formgrader)",
}
NOT_DUE = "not due yet"  # of who has handed in nothing


@dataclass(frozen=True)
class Bar:
    """One bar of the distribution: share of the points from low to high percent, and how many are there."""

    low: int
    high: int
    count: int


@dataclass(frozen=True)
class Mistake:
    """A misconception that was recognised: in which function, what to tell the student, and whose it was."""

    name: str
    function: str
    cause: str
    students: list[str]


@dataclass(frozen=True)
class Attention:
    """What a person should look at, of one kind: each student with what there is to say about that one's."""

    kind: str
    students: list[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """How one section of the course did; shares are of the points so far, None where nothing is graded."""

    name: str
    handed_in: int
    missing: int
    median: float | None
    waiting: int


@dataclass(frozen=True)
class Chapter:
    """Everything the report says about one assignment.

    states: what there is to do for each student, the most urgent alone: a key of KINDS, MISSING, NOT_DUE, or empty.
    max_points: what the assignment gives.
    waiting: how many answers wait for a person.
    waiting_points: how much of the points waits for a person in each submission; 0 where it is not the same in all.
    missing: who has handed in nothing although it was due; not_due: who still may.
    """

    slug: str
    rows: list[Result]
    states: dict[str, str]
    max_points: float
    waiting_points: float
    waiting: int
    mean: float
    median: float
    bars: list[Bar]
    items: list[Item]
    mistakes: list[Mistake]
    attention: list[Attention]
    sections: list[Section]
    missing: list[str]
    not_due: list[str]
    repairs: list[tuple[str, int]]
    unsafe: list[str]
    in_container: list[str]
    alike: list[Alike]
    changes: list[Change]

    @property
    def outcomes_met(self) -> set[str]:
        """The outcomes that any part of any submission had."""
        return {outcome for item in self.items for outcome, count in item.counts.items() if count}

    @property
    def to_look_at(self) -> int:
        """How many students a person should look at."""
        return len({student for attention in self.attention for student, _ in attention.students})


def summarise(
    slug: str,
    rows: list[Result],
    *,
    absent: Mapping[str, bool] | None = None,
    new: list[str] | None = None,
    by_hand: Mapping[str, str] | None = None,
    people: Mapping[str, Person] | None = None,
) -> Chapter:
    """What the report says about one assignment's submissions.

    Args:
        absent: who has handed in nothing, and of each whether it was due.
        new: who has handed in what was never graded.
        by_hand: what does not fit between points given by hand and a rubric, by student.
        people: those of the roster, by id.
    """
    absent, new, people = absent or {}, new or [], people or {}
    graded = [row for row in rows if row.points is not None and row.max_points > 0]
    points = [row.points for row in graded if row.points is not None]
    waiting = {row.waiting_points for row in graded}
    attention = _attention(rows, new, by_hand or {})
    missing = [student for student, is_due in absent.items() if is_due]
    states = dict.fromkeys((row.student for row in rows), "")
    states |= {student: MISSING if is_due else NOT_DUE for student, is_due in absent.items()}
    states |= {student: one.kind for one in reversed(attention) for student, _ in one.students}
    changes = [change for row in rows for change in row.changes]
    return Chapter(
        slug=slug,
        rows=rows,
        states=states,
        max_points=max((row.max_points for row in graded), default=0.0),
        waiting_points=min(waiting) if len(waiting) == 1 else 0.0,
        waiting=sum(len(row.waiting) for row in rows),
        mean=statistics.fmean(points) if points else 0.0,
        median=statistics.median(points) if points else 0.0,
        bars=_bars(graded),
        items=items(graded),
        mistakes=_mistakes(graded),
        attention=attention,
        sections=_sections(rows, missing, people),
        missing=missing,
        not_due=[student for student, is_due in absent.items() if not is_due],
        repairs=_repairs(rows),
        unsafe=[row.student for row in rows if row.confinement is Confinement.NONE],
        in_container=[row.student for row in rows if row.confinement is Confinement.CONTAINER],
        alike=alike({row.student: row.pieces for row in rows if row.pieces})[:MOST_ALIKE],
        changes=sorted(changes, key=lambda change: change.when, reverse=True)[:MOST_CHANGES],
    )


def share(row: Result) -> float | None:
    """The share of the points so far that a submission earned, before the late penalty; None where none is graded."""
    return row.points / row.max_so_far if row.points is not None and row.max_so_far > 0 else None


def mistakes_of(row: Result) -> dict[tuple[str, str], str]:
    """The misconceptions that were recognised in a submission, as (name, function), with what the student is told.

    Each counts once, however many parts and later functions it costs.
    """
    found: dict[tuple[str, str], str] = {}
    for cell in row.cells:
        if cell.misconception:
            function, _, name = f"{cell.function}:{cell.misconception}".rpartition(":")
            found.setdefault((name, function.rpartition(":")[2]), cell.message)
    return found


def _bars(rows: list[Result]) -> list[Bar]:
    width = 100 // BINS
    shares = [found for row in rows if (found := share(row)) is not None]
    counts = Counter(min(int(BINS * found), BINS - 1) for found in shares)
    return [Bar(index * width, (index + 1) * width, counts[index]) for index in range(BINS)]


def _sections(rows: list[Result], missing: list[str], people: Mapping[str, Person]) -> list[Section]:
    def section(student: str) -> str:
        return (people[student].section if student in people else "") or NO_SECTION

    names = sorted({section(student) for student in people})
    if len(names) < 2:
        return []
    of_section: dict[str, list[Result]] = {name: [] for name in [*names, NO_SECTION]}
    for row in rows:
        of_section[section(row.student)].append(row)
    absent = Counter(map(section, missing))
    return [
        Section(
            name,
            len(those),
            absent[name],
            statistics.median(shares)
            if (shares := [one for row in those if (one := share(row)) is not None])
            else None,
            sum(len(row.waiting) for row in those),
        )
        for name, those in of_section.items()
        if those or absent[name]
    ]


def _mistakes(rows: list[Result]) -> list[Mistake]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        for mistake, message in mistakes_of(row).items():
            found.setdefault(mistake, {})[row.student] = message
    mistakes = [
        Mistake(name, function, Message.read(next(iter(students.values()))).cause, sorted(students))
        for (name, function), students in found.items()
    ]
    return sorted(mistakes, key=lambda mistake: (-len(mistake.students), mistake.function, mistake.name))


def _repairs(rows: list[Result]) -> list[tuple[str, int]]:
    # The same repair in many submissions points at the release, not at the students.
    readable = [row for row in rows if row.readable]
    remarks = [remark for row in readable for remark in dict.fromkeys(row.remarks) if not remark.endswith(FOR_A_PERSON)]
    counts = Counter(QUOTED.sub("…", remark) for remark in remarks)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _attention(rows: list[Result], new: list[str], by_hand: Mapping[str, str]) -> list[Attention]:
    # The urgent kinds first: without a person these students have nothing, or too little.
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in KINDS}
    found[NEW] = [(student, "") for student in new]
    found[BY_HAND] = [*by_hand.items()]
    for row in rows:
        asked = [remark.removesuffix(FOR_A_PERSON) for remark in row.remarks if remark.endswith(FOR_A_PERSON)]
        if not row.readable:
            found[UNREADABLE].append((row.student, " ".join(row.remarks)))
        if row.status == "failed":
            found[FAILED].append((row.student, row.reason))
        if stopped := [cell.grade_id for cell in row.cells if cell.outcome == "not run"]:
            found[NOT_RUN].append((row.student, ", ".join(stopped)))
        if asked and row.readable:
            found[REMARKED].append((row.student, "; ".join(asked)))
        if row.waiting:
            found[WAITING].append((row.student, ", ".join(row.waiting)))
    return [Attention(kind, students) for kind, students in found.items() if students]
