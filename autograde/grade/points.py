"""Points as the gradebook holds them: of each submission those so far, what waits for a person, the late penalty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from nbgrader.api import Assignment, Grade, Gradebook, SubmittedAssignment

from autograde.course.folder import Course
from autograde.course.gradebook import rows_of_cells
from autograde.grade.penalties import Penalty, PenaltyOf, penalties

AT_A_TIME = 2_000  # rows of the gradebook


@dataclass(frozen=True)
class Points:
    """The points of one submission.

    so_far: of all cells but those that wait for a person, before the late penalty.
    most: what the whole assignment gives.
    waiting: the cells that wait for a person, with the most that each gives.
    penalty: what handing in late costs of the points so far.
    by_hand: those that a person gave, extra credit and all; None where no person gave any.
    given: the points that a person gave, by cell.
    is_empty: whether nothing was graded, by a test or by hand; as where an extension was given beforehand.
    timestamp, duedate: when it came and when it was due, the student's extension included, UTC; empty where not known.
    """

    so_far: float
    most: float
    waiting: Mapping[str, float] = field(default_factory=dict)
    penalty: Penalty = field(default_factory=Penalty)
    by_hand: float | None = None
    given: Mapping[str, float] = field(default_factory=dict)
    is_empty: bool = False
    timestamp: str = ""
    duedate: str = ""
    number: str = ""


def points_in(book: Gradebook, course: Course, slug: str, student: str | None = None) -> dict[str, Points]:
    """The points of an assignment's submissions in an open gradebook, by student; of one student's only where asked."""
    rows = book.db.query(SubmittedAssignment).join(Assignment).filter(Assignment.name == slug)
    columns = (Grade.score, Grade.max_score, Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    grades = rows_of_cells(
        book,
        Grade,
        (Grade.notebook_id, *columns, Grade.needs_manual_grade),
        slug,
        () if student is None else (student,),
    )
    if student is not None:
        rows = rows.filter(SubmittedAssignment.student_id == student)
    most = book.db.query(Assignment.max_score).filter(Assignment.name == slug).scalar()
    penalty_of = penalties(book, course, student)
    submitted = {row.student_id: row for row in rows}
    found = {name: _points(row, float(most), [], penalty_of) for name, row in submitted.items()}
    # One student's at a time: of all together, a class of thousands fills the memory.
    ordered = grades.order_by(SubmittedAssignment.student_id).yield_per(AT_A_TIME)
    for name, of_student in groupby(ordered, key=attrgetter("student_id")):
        found[name] = _points(submitted[name], float(most), [*of_student], penalty_of)
    return found


def is_read(grade: Any) -> bool:
    """Whether a person gave the points of a cell, and nothing has changed since.

    Args:
        grade: a row of the gradebook's grades.
    """
    return grade.manual_score is not None and not grade.needs_manual_grade


def _waits(grade: Any) -> bool:
    return bool(grade.needs_manual_grade) or (grade.auto_score is None and grade.manual_score is None)


def _by_hand(grade: Any) -> float:
    return float(grade.score if is_read(grade) else grade.extra_credit)


def _points(row: SubmittedAssignment, most: float, grades: list[Any], penalty_of: PenaltyOf) -> Points:
    so_far = float(sum(grade.score for grade in grades if not _waits(grade)))
    by_hand = [_by_hand(grade) for grade in grades if is_read(grade) or grade.extra_credit]
    return Points(
        so_far=so_far,
        most=most,
        waiting={grade.name: float(grade.max_score) for grade in grades if _waits(grade)},
        penalty=penalty_of(row, so_far),
        by_hand=sum(by_hand) if by_hand else None,
        given={grade.name: float(grade.score) for grade in grades if is_read(grade)},
        is_empty=all(grade.auto_score is None and grade.manual_score is None for grade in grades),
        timestamp=str(row.timestamp or ""),
        duedate=str(row.duedate or "") if row.assignment.duedate is not None else "",
        number=grades[0].notebook_id if grades else "",
    )
