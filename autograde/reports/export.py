"""Grades as CSV: nbgrader's columns and a note, or the gradebook imports of Canvas and Moodle."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, Student

from autograde.course.errors import CourseError
from autograde.course.folder import Course, write_whole
from autograde.course.gradebook import gradebook
from autograde.grade.results import notes

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
    "note",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Table = list[list[object]]


@dataclass(frozen=True)
class Grade:
    """One student's grade for one assignment; fields as in nbgrader's own export.

    The scores are None where something was handed in that could not be graded; `note` then says why. It also says
    where student code ran without a sandbox.
    """

    assignment: str
    duedate: str
    timestamp: str
    student_id: str
    last_name: str
    first_name: str
    email: str
    raw_score: float | None
    late_submission_penalty: float | None
    score: float | None
    max_score: float
    note: str = ""


def grades(course: Course, slugs: list[str]) -> list[Grade]:
    """The grades for these assignments in a fixed order: of all students of the gradebook, and a row without points
    for everybody else whose hand-in could not be graded."""
    found = []
    with gradebook(course) as book:
        known = {student.id: student for student in book.students}
        for slug in sorted(slugs):
            failures, unsafe = notes(course, slug)
            for student in sorted({*known, *failures}):
                row = known.get(student) or Student(id=student)
                found.append(_grade(book, slug, row, failures.get(student, ""), unsafe=student in unsafe))
    return found


def missing(found: Iterable[Grade]) -> list[Grade]:
    """Those without a grade, which an import into a learning platform therefore leaves out."""
    return [grade for grade in found if _is_missing(grade)]


def write_grades(course: Course, slugs: list[str], *, form: str = "csv", to: Path | None = None) -> Path:
    """Write grades as `csv`, `canvas` or `moodle`; returns the path.

    Raises:
        CourseError: unknown format.
    """
    if form not in FORMATS:
        raise CourseError(f"There is no export format {form!r}.", f"Use one of: {', '.join(FORMATS)}.")
    table = FORMATS[form](grades(course, slugs))
    path = to or course.grades / ("grades.csv" if form == "csv" else f"grades-{form}.csv")
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([safe(cell) for cell in row] for row in table)
    write_whole(path, text.getvalue())
    return path


def safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula: such text gets a leading apostrophe."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def _grade(book: Gradebook, slug: str, student: Student, failure: str, *, unsafe: bool) -> Grade:
    assignment = book.find_assignment(slug)
    timestamp, note = "", f"not graded: {failure}" if failure else ""
    raw: float | None = None if failure else 0.0  # nothing handed in: no points, as in nbgrader's export
    penalty = raw
    with contextlib.suppress(MissingEntry):
        found = book.find_submission(slug, student.id)
        timestamp, raw = str(found.timestamp or ""), float(found.score)
        penalty = float(found.late_submission_penalty or 0.0)
        note = note and f"the grade of an earlier hand-in; the present one was {note}"
        note = "; ".join(filter(None, [note, "graded without a sandbox" if unsafe else ""]))
    return Grade(
        assignment=slug,
        duedate=str(assignment.duedate or ""),
        timestamp=timestamp,
        student_id=str(student.id),
        last_name=student.last_name or "",
        first_name=student.first_name or "",
        email=student.email or "",
        raw_score=raw,
        late_submission_penalty=penalty,
        score=None if raw is None or penalty is None else max(0.0, raw - penalty),
        max_score=float(assignment.max_score),
        note=note,
    )


def _plain(found: Iterable[Grade]) -> Table:
    return [[*COLUMNS]] + [[getattr(grade, column) for column in COLUMNS] for grade in found]


def _canvas(found: Iterable[Grade]) -> Table:
    slugs, most, students = _by_student(found)
    head: list[object] = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *slugs]
    possible: list[object] = ["    Points Possible", "", "", "", "", *(most[slug] for slug in slugs)]
    rows: Table = [head, possible]
    for student, scores in students.items():
        one = next(iter(scores.values()))
        name = ", ".join(part for part in (one.last_name, one.first_name) if part) or student
        rows.append([name, "", student, student, "", *(scores[slug].score for slug in slugs)])
    return rows


def _moodle(found: Iterable[Grade]) -> Table:
    slugs, _, students = _by_student(found)
    rows: Table = [["ID number", "First name", "Last name", "Email address", *slugs]]
    for student, scores in students.items():
        one = next(iter(scores.values()))
        rows.append([student, one.first_name, one.last_name, one.email, *(scores[slug].score for slug in slugs)])
    return rows


def _by_student(
    found: Iterable[Grade],
) -> tuple[list[str], dict[str, float], dict[str, dict[str, Grade]]]:
    most: dict[str, float] = {}
    students: dict[str, dict[str, Grade]] = {}
    for grade in found:
        most[grade.assignment] = grade.max_score
        students.setdefault(grade.student_id, {})[grade.assignment] = grade
    # A platform would not know the name of a folder from which nothing could be graded.
    graded = {student: scores for student, scores in students.items() if not all(map(_is_missing, scores.values()))}
    return list(most), most, graded


def _is_missing(grade: Grade) -> bool:
    return grade.score is None


FORMATS: dict[str, Callable[[Iterable[Grade]], Table]] = {
    "csv": _plain,
    "canvas": _canvas,
    "moodle": _moodle,
}
