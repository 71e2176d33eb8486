"""What came out: points, messages and remarks of every submission, read from the gradebook and the notebooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote

import nbformat
from nbgrader.api import SubmittedAssignment

from autograde.course.folder import Course
from autograde.course.gradebook import gradebook
from autograde.grade.history import Record, load_record
from autograde.grade.outcomes import CellResult, cell_results


@dataclass(frozen=True)
class Result:
    """One submission.

    points, max_points: from the gradebook, manual grades and all.
    reason: where the present hand-in could not be graded, why; the points are then those of the former one, if any.
    unsafe: its code ran without a sandbox.
    """

    student: str
    assignment: str
    status: str  # graded | failed
    points: float = 0.0
    max_points: float = 0.0
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    readable: bool = True
    needs_person: bool = False
    unsafe: bool = False
    cells: list[CellResult] = field(default_factory=list)


def results(course: Course, slug: str) -> list[Result]:
    """All submissions of an assignment that were ever looked at, by student."""
    records = _records(course, slug)
    with gradebook(course) as book:
        found = [_graded(course, slug, row, records) for row in book.assignment_submissions(slug)]
    graded = {result.student for result in found}
    found += [
        Result(student, slug, "failed", reason=record.reason, remarks=record.remarks)
        for student, record in records.items()
        if student not in graded
    ]
    return sorted(found, key=lambda result: result.student)


def notes(course: Course, slug: str) -> tuple[dict[str, str], set[str]]:
    """The students whose present hand-in could not be graded, with the reason; and whose code ran without a sandbox."""
    records = _records(course, slug)
    failures = {student: found.reason for student, found in records.items() if found.status == "failed"}
    return failures, {student for student, found in records.items() if found.unsafe}


def _records(course: Course, slug: str) -> dict[str, Record]:
    # By student. A folder's name may be no text: its odd bytes are spelled out.
    records = {}
    for path in course.record_file(slug, "x").parent.glob("*.json"):
        name = unquote(path.stem, errors="surrogateescape")
        shown = name.encode("utf-8", "backslashreplace").decode()
        records[shown] = load_record(course, slug, name) or Record("", "failed", "its record cannot be read")
    return records


def _graded(course: Course, slug: str, row: SubmittedAssignment, records: dict[str, Record]) -> Result:
    found = records.get(row.student_id) or Record("")
    path = course.notebook(row.student_id, slug)
    grades = [grade for notebook in row.notebooks for grade in notebook.grades]
    return Result(
        student=row.student_id,
        assignment=slug,
        status=found.status,
        points=float(row.score),
        max_points=float(row.max_score),
        reason=found.reason,
        remarks=found.remarks,
        readable=found.readable,
        needs_person=any(grade.needs_manual_grade for grade in grades),
        unsafe=found.unsafe,
        cells=cell_results(nbformat.v4.reads(path.read_text("utf-8"))) if path.is_file() else [],
    )


def graded_students(course: Course, slug: str) -> set[str]:
    """The students whose submission of an assignment is in the gradebook and in autograded/."""
    with gradebook(course) as book:
        found = {row.student_id for row in book.assignment_submissions(slug)}
    return {student for student in found if course.notebook(student, slug).is_file()}
