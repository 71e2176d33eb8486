"""What came out: points, messages and remarks of every submission, read from the gradebook and the notebooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
from nbgrader.api import Assignment, SubmittedAssignment

from autograde.course.cells import Cell
from autograde.course.confinement import Confinement
from autograde.course.folder import Course
from autograde.course.gradebook import gradebook
from autograde.grade.history import Change, Record, load_record, mark_of
from autograde.grade.outcomes import FOR_A_PERSON, READ_BY_A_PERSON, CellResult, cell_results
from autograde.grade.pieces import pieces_of, stubs_of
from autograde.grade.points import Points, points_in


@dataclass(frozen=True)
class Result:
    """One submission.

    points: those so far, of all cells but the waiting ones, before the late penalty, by hand and all; None where
        nothing was graded: what was handed in could not be read, and no person gave points for it.
    max_points: what the assignment gives.
    waiting: the cells that wait for a person, with the most that each gives.
    penalty: what handing in late costs.
    late: how late it is and what that costs, in words, where course.yml says what being late costs.
    timestamp, duedate: when it came and when it was due, UTC; empty where not known.
    reason: where the present hand-in could not be graded, why; the points are then those of the former one, if any.
    confinement: how its code was kept apart.
    given: the points that a person gave, by cell.
    cells: what came out of each graded cell, with the points that a person gave.
    pieces: of its code, for who is alike.
    changes: how its points changed when it was graded again, oldest first.
    number: of its notebook, under which formgrader shows it; empty where the gradebook has none.
    """

    student: str
    assignment: str
    status: str  # graded | failed
    points: float | None = None
    max_points: float = 0.0
    waiting: Mapping[str, float] = field(default_factory=dict)
    penalty: float = 0.0
    late: str = ""
    timestamp: str = ""
    duedate: str = ""
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    readable: bool = True
    confinement: Confinement = Confinement.SANDBOX
    given: Mapping[str, float] = field(default_factory=dict)
    cells: list[CellResult] = field(default_factory=list)
    pieces: str = ""
    changes: list[Change] = field(default_factory=list)
    number: str = ""

    @property
    def score(self) -> float | None:
        """The points so far, less the late penalty."""
        return None if self.points is None else max(0.0, self.points - self.penalty)

    @property
    def max_so_far(self) -> float:
        """The most that the points so far could be."""
        return self.max_points - self.waiting_points

    @property
    def waiting_points(self) -> float:
        """The most that a person can still give."""
        return sum(self.waiting.values())


def of_most(max_points: float, waiting_points: float) -> str:
    """The end of a sentence that begins with points, such as: of 33 points; of 29 points so far, 4 for a person."""
    if waiting_points:
        return f"of {max_points - waiting_points:g} points so far, {waiting_points:g} for a person"
    return f"of {max_points:g} points"


def waiting_text(count: int) -> str:
    """How many answers wait for a person."""
    return f"{count} answer{' waits' if count == 1 else 's wait'} for a person"


def results(course: Course, slug: str) -> list[Result]:
    """All submissions of an assignment that were ever looked at, by student."""
    release = cache(lambda: stubs_of(_cells_in(course.release_notebook(slug))))
    return [_in_full(course, found, record, release) for found, record in _submissions(course, slug)]


def submissions(course: Course, slug: str) -> list[Result]:
    """As `results`, without their cells, pieces and changes."""
    return [found for found, _ in _submissions(course, slug)]


def _submissions(course: Course, slug: str) -> Iterator[tuple[Result, Record]]:
    # The records one at a time: of all together, a class of thousands fills the memory.
    records = _records(course, slug)
    with gradebook(course) as book:
        graded = points_in(book, course, slug)
    graded = {
        student: points
        for student, points in graded.items()
        if student in records or not points.is_empty or course.notebook(student, slug).is_file()
    }
    for student in sorted({*records, *graded}):
        record = _record(course, slug, records[student]) if student in records else Record("")
        yield _result(student, slug, record, graded.get(student)), record


def graded_students(course: Course, slug: str) -> set[str]:
    """The students whose submission of an assignment is in the gradebook and in autograded/."""
    with gradebook(course) as book:
        rows = book.db.query(SubmittedAssignment.student_id).join(Assignment).filter(Assignment.name == slug)
        found = [row.student_id for row in rows]
    return {student for student in found if course.notebook(student, slug).is_file()}


def _records(course: Course, slug: str) -> dict[str, str]:
    # Of whom there is one, with the folder's name, which may be no text: its odd bytes are spelled out for the student.
    names = (
        unquote(path.stem, errors="surrogateescape") for path in course.record_file(slug, "x").parent.glob("*.json")
    )
    return {name.encode("utf-8", "backslashreplace").decode(): name for name in names}


def _record(course: Course, slug: str, name: str) -> Record:
    return load_record(course, slug, name) or Record("", "failed", "its record cannot be read")


def _result(student: str, slug: str, record: Record, points: Points | None) -> Result:
    found = Result(
        student=student,
        assignment=slug,
        status=record.status,
        reason=record.reason,
        remarks=record.remarks,
        readable=record.readable,
        confinement=record.confinement,
    )
    if points is None:
        return found
    about: dict[str, Any] = {
        "timestamp": points.timestamp,
        "duedate": points.duedate,
        "number": points.number,
        "given": points.given,
    }
    found = replace(found, max_points=points.most, **about)
    if points.penalty.refused:
        return replace(found, status="failed", reason=points.penalty.refused)
    if not record.readable:
        return replace(found, points=points.by_hand)  # the tests saw nothing of the student's
    late = points.penalty
    return replace(found, points=points.so_far, waiting=points.waiting, penalty=late.points, late=late.why)


def _in_full(course: Course, found: Result, record: Record, stubs: Callable[[], dict[str, str]]) -> Result:
    # The record tells of the notebook that was graded; another one, as of plain nbgrader, is read.
    found = replace(found, changes=record.changes)
    path = course.notebook(found.student, found.assignment)
    mark = mark_of(path)
    if found.points is None or not mark:
        return found
    if mark == record.notebook:
        cells, pieces = record.cells, record.pieces
    else:
        notebook = nbformat.v4.reads(path.read_text("utf-8"))
        cells, pieces = cell_results(notebook), pieces_of(notebook.cells, stubs())
    given = found.given
    cells = [_as_given(cell, given[cell.grade_id]) if cell.grade_id in given else cell for cell in cells]
    return replace(found, cells=cells, pieces=pieces)


def _as_given(cell: CellResult, points: float) -> CellResult:
    outcome = READ_BY_A_PERSON if cell.outcome == FOR_A_PERSON else cell.outcome
    return replace(cell, points=points, outcome=outcome)


def _cells_in(path: Path) -> list[Cell]:
    try:
        found: list[Cell] = json.loads(path.read_text("utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return []
    return found
