"""Grades as CSV: nbgrader's columns and more, or a platform's import made from nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from autograde.course.errors import CourseError
from autograde.course.folder import Course, write_whole
from autograde.course.plan import read_plan
from autograde.reports.grades import Grade, grades
from autograde.reports.into.fill import FORMS
from autograde.reports.into.matching import seek
from autograde.reports.into.sheet import Table, safe

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
FORMATS = ("csv", *FORMS)


def write_grades(
    course: Course,
    slugs: list[str],
    *,
    form: str = "csv",
    to: Path | None = None,
    partial: bool = False,
    zeros: bool = False,
) -> tuple[Path, list[Grade]]:
    """Write these grades as CSV with all that is known, or in the form of a platform's import.

    Returns the path, and the grades.

    Raises:
        CourseError: unknown format.
    """
    if form not in FORMATS:
        raise CourseError(f"There is no export format {form!r}.", f"Use one of: {', '.join(FORMATS)}.")
    found = grades(course, slugs, partial=partial, zeros=zeros)
    path = to or course.grades / ("grades.csv" if form == "csv" else f"grades-{form}.csv")
    table = _plain(found) if form == "csv" else _for_import(course, found, form)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([safe(cell) for cell in row] for row in table)
    write_whole(path, text.getvalue())
    return path, found


def _plain(found: Iterable[Grade]) -> Table:
    return [[*COLUMNS]] + [[getattr(grade, column) for column in COLUMNS] for grade in found]


def _for_import(course: Course, found: list[Grade], form: str) -> Table:
    plan = read_plan(course)
    titles = {grade.assignment: plan.column(grade.assignment, form) or grade.assignment for grade in found}
    return FORMS[form].table(found, seek(course, found, form), titles)
