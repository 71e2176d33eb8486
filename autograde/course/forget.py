"""Deletes all that a course folder holds of one student."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import MissingEntry
from sqlalchemy import text

from autograde.course.errors import CourseError
from autograde.course.folder import EARLIER, Course
from autograde.course.gradebook import gradebook
from autograde.course.lock import only_grader
from autograde.course.origins import keep_origins
from autograde.course.people import read_people
from autograde.course.plan import PLAN_NAME, read_plan


def forget(course: Course, student: str) -> list[str]:
    """Delete a student's hand-ins, graded notebooks, feedback, records, points, and lines in collected.csv; and the
    report, the exported grades and the packed feedback of all, which are made anew.

    Returns what a person has to take out by hand, in sentences without a full stop.

    Raises:
        CourseError: nothing of a student of this id is there.
    """
    with only_grader(course):
        found = [path for path in _places(course, student) if path.exists()]
        had_points = _forget_points(course, student)
        was_collected = keep_origins(course, lambda one: one.student != student)
        if not (found or had_points or was_collected):
            raise CourseError(
                f"Nothing is known of a student {student!r}.", "`autograde export` lists the students by their ids."
            )
        for path in [*found, course.report.parent, course.grades, course.build / "return"]:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    left = []
    if student in read_people(course):
        left.append(f"{student} is in the roster, {read_plan(course).roster}: take out the line, or the id comes back")
    if student in read_plan(course).extensions:
        left.append(f"{student} has an extension in {PLAN_NAME}: take it out")
    return left


def _places(course: Course, student: str) -> Iterator[Path]:
    for folder in (course.submitted, course.submitted / EARLIER, course.autograded, course.feedback):
        for path in sorted(folder.glob("*")):
            if not path.name.startswith(".") and _composed(path.name) == _composed(student):
                yield path
    for slug in sorted(path.name for path in course.records.glob("*")):
        record = course.record_file(slug, student)
        yield from (record, record.with_suffix(".page"))


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _forget_points(course: Course, student: str) -> bool:
    with gradebook(course) as book:
        try:
            book.remove_student(student)
        except MissingEntry:
            return False
        if book.engine.dialect.name == "sqlite":  # which leaves what was deleted in its file
            with book.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
        return True
