"""The class report: one static HTML page with all that an instructor wants to see of the class."""

from __future__ import annotations

import os
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograde.course.confinement import Confinement
from autograde.course.folder import Course, write_whole
from autograde.course.settings import TEMPLATES
from autograde.grade.history import Change, changes
from autograde.grade.outcomes import CellResult
from autograde.grade.results import Result, of_most, results
from autograde.reports.similarity import Pair, similar_pairs
from unrolled.checking.messages import Message

BINS = 10
MOST_MISTAKES = 12  # the others stand folded
MOST_PAIRS = 20
FOR_A_PERSON = ": a person should look."  # how remarks end that ask for one
MOST_CHANGES = 50
MOST_NAMED = 20  # students of one kind that stand unfolded
MOST_TO_READ = 5  # the same of those whose answers are to be read, as they are most of a class
UNREADABLE = "nothing could be read of what was handed in: ask for it again"
FAILED = "not graded"
NOT_RUN = "cells did not run to their end: out of time, an exit or a crash"
REMARKED = "something to judge"
WAITING = "answers wait to be read, or points given by hand to be confirmed (formgrader)"
QUOTED = re.compile(r"'[^']*'(?!\w)")
OUTCOMES = ("right", "wrong", "not written", "not run", "for a person")


@dataclass(frozen=True)
class Bar:
    """One bar of the distribution: share of the points from low to high percent, and how many are there."""

    low: int
    high: int
    count: int


@dataclass(frozen=True)
class Part:
    """How the class did on one graded cell: submissions by outcome, in the order of OUTCOMES."""

    label: str
    max_points: float
    counts: dict[str, int]


@dataclass(frozen=True)
class Mistake:
    """A misconception that was recognised: in which function, what to tell the student, and whose it was."""

    name: str
    function: str
    cause: str
    students: list[str]


@dataclass(frozen=True)
class Attention:
    """What a person should look at, of one kind: each student with what there is to say about that one's.

    unfolded: how many of them are shown at once.
    """

    kind: str
    students: list[tuple[str, str]]
    unfolded: int = MOST_NAMED


@dataclass(frozen=True)
class Chapter:
    """Everything the report says about one assignment.

    max_points: what the assignment gives.
    waiting: how many answers wait for a person.
    waiting_points: how much of the points waits for a person in each submission; 0 where it is not the same in all.
    """

    slug: str
    rows: list[Result]
    max_points: float
    waiting_points: float
    waiting: int
    mean: float
    median: float
    bars: list[Bar]
    parts: list[Part]
    mistakes: list[Mistake]
    attention: list[Attention]
    repairs: list[tuple[str, int]]
    unsafe: list[str]
    in_container: list[str]
    alike: list[Pair]
    changes: list[Change]

    @property
    def to_look_at(self) -> int:
        """How many students a person should look at."""
        return len({student for attention in self.attention for student, _ in attention.students})


def write_report(course: Course, slugs: list[str]) -> Path:
    """Write the report over these assignments; returns its path."""
    chapters = [
        summarise(slug, results(course, slug), alike=similar_pairs(course, slug), changes=changes(course, slug))
        for slug in slugs
    ]
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.globals["of_most"] = of_most
    environment.filters["number"] = lambda value: f"{value:.3g}" if value < 100 else f"{value:.0f}"
    relative = os.path.relpath(course.feedback, course.report.parent)
    pages = {
        (row.assignment, row.student): f"{quote(relative)}/{quote(row.student)}/{row.assignment}/{row.assignment}.html"
        for chapter in chapters
        for row in chapter.rows
        if course.feedback_page(row.student, row.assignment).is_file()
    }
    page = environment.get_template("report.html").render(
        chapters=chapters, pages=pages, outcomes=OUTCOMES, most_mistakes=MOST_MISTAKES
    )
    write_whole(course.report, page)
    return course.report


def summarise(slug: str, rows: list[Result], *, alike: Sequence[Pair] = (), changes: Sequence[Change] = ()) -> Chapter:
    """What the report says about one assignment's submissions."""
    graded = [row for row in rows if row.points is not None and row.max_points > 0]
    points = [row.points for row in graded if row.points is not None]
    waiting = {row.waiting_points for row in graded}
    return Chapter(
        slug=slug,
        rows=rows,
        max_points=max((row.max_points for row in graded), default=0.0),
        waiting_points=min(waiting) if len(waiting) == 1 else 0.0,
        waiting=sum(len(row.waiting) for row in rows),
        mean=statistics.fmean(points) if points else 0.0,
        median=statistics.median(points) if points else 0.0,
        bars=_bars(graded),
        parts=_parts(graded),
        mistakes=_mistakes(graded),
        attention=_attention(rows),
        repairs=_repairs(rows),
        unsafe=[row.student for row in rows if row.confinement is Confinement.NONE],
        in_container=[row.student for row in rows if row.confinement is Confinement.CONTAINER],
        alike=list(alike[:MOST_PAIRS]),
        changes=list(changes[:MOST_CHANGES]),
    )


def _bars(rows: list[Result]) -> list[Bar]:
    width = 100 // BINS
    shares = [row.points / row.max_so_far for row in rows if row.points is not None and row.max_so_far > 0]
    counts = Counter(min(int(BINS * share), BINS - 1) for share in shares)
    return [Bar(index * width, (index + 1) * width, counts[index]) for index in range(BINS)]


def _parts(rows: list[Result]) -> list[Part]:
    cells: dict[str, list[CellResult]] = {}
    for row in rows:
        for cell in row.cells:
            cells.setdefault(cell.grade_id, []).append(cell)
    return [
        Part(
            label=f"{found[0].function}, {found[0].part}" if found[0].function else grade_id,
            max_points=found[0].max_points,
            counts={outcome: sum(cell.outcome == outcome for cell in found) for outcome in OUTCOMES},
        )
        for grade_id, found in cells.items()
    ]


def _mistakes(rows: list[Result]) -> list[Mistake]:
    # A student counts once for each mistake, however many parts and later functions it costs.
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        for cell in row.cells:
            if cell.misconception:
                function, _, name = f"{cell.function}:{cell.misconception}".rpartition(":")
                students = found.setdefault((name, function.rpartition(":")[2]), {})
                students.setdefault(row.student, Message.read(cell.message).cause)
    mistakes = [
        Mistake(name, function, next(iter(students.values())), sorted(students))
        for (name, function), students in found.items()
    ]
    return sorted(mistakes, key=lambda mistake: (-len(mistake.students), mistake.function, mistake.name))


def _repairs(rows: list[Result]) -> list[tuple[str, int]]:
    # The same repair in many submissions points at the release, not at the students.
    readable = [row for row in rows if row.readable]
    remarks = [remark for row in readable for remark in dict.fromkeys(row.remarks) if not remark.endswith(FOR_A_PERSON)]
    counts = Counter(QUOTED.sub("…", remark) for remark in remarks)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _attention(rows: list[Result]) -> list[Attention]:
    # The kinds in this order, the urgent ones first: without a person these students have nothing, or too little.
    kinds = (UNREADABLE, FAILED, NOT_RUN, REMARKED, WAITING)
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in kinds}
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
    unfolded = dict.fromkeys(kinds, MOST_NAMED) | {WAITING: MOST_TO_READ}
    return [Attention(kind, students, unfolded[kind]) for kind, students in found.items() if students]
