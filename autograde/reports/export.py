"""Grades as CSV: nbgrader's columns and more, or the gradebook imports of Canvas and Moodle."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from autograde.course.errors import CourseError
from autograde.course.folder import Course, write_whole
from autograde.reports.grades import Grade, grades

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "section",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
    "points_so_far",
    "max_so_far",
    "waiting",
    "late",
    "note",
    "remarks",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Table = list[list[object]]


def write_grades(
    course: Course,
    slugs: list[str],
    *,
    form: str = "csv",
    to: Path | None = None,
    partial: bool = False,
    zeros: bool = False,
) -> Path:
    """Write these grades as `csv`, `canvas` or `moodle`; returns the path.

    Raises:
        CourseError: unknown format.
    """
    if form not in FORMATS:
        raise CourseError(f"There is no export format {form!r}.", f"Use one of: {', '.join(FORMATS)}.")
    found = grades(course, slugs, partial=partial, zeros=zeros)
    path = to or course.grades / ("grades.csv" if form == "csv" else f"grades-{form}.csv")
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([safe(cell) for cell in row] for row in FORMATS[form](found))
    write_whole(path, text.getvalue())
    return path


def safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula: such text gets a leading apostrophe."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


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
        rows.append([name, "", student, student, one.section, *(scores[slug].score for slug in slugs)])
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
    # A platform would not know the name of a folder from which nothing could be graded: such a row is left out.
    most: dict[str, float] = {}
    students: dict[str, dict[str, Grade]] = {}
    for grade in found:
        most[grade.assignment] = grade.max_score
        if grade.known:
            students.setdefault(grade.student_id, {})[grade.assignment] = grade
    return list(most), most, students


FORMATS: dict[str, Callable[[Iterable[Grade]], Table]] = {
    "csv": _plain,
    "canvas": _canvas,
    "moodle": _moodle,
}
