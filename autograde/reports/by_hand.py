"""What a person gave, held against the rubric items that this person chose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from nbgrader.api import Assignment, BaseCell, Comment, SubmittedAssignment, SubmittedNotebook

from autograde.course.folder import Course
from autograde.course.gradebook import gradebook
from autograde.course.rubric import rubrics_in, what_is_wrong
from autograde.grade.results import Result


def mismatches(course: Course, slug: str, found: Iterable[Result]) -> dict[str, str]:
    """Where points given by hand are not those of the chosen items, by student, in words."""
    rubrics = rubrics_in(course.source_notebook(slug))
    given = {one.student: one.given for one in found if rubrics.keys() & one.given.keys()}
    if not given:
        return {}
    with gradebook(course) as book:
        comments = (
            book.db.query(SubmittedAssignment.student_id, BaseCell.name, Comment.manual_comment)
            .select_from(Comment)
            .join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
            .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .join(BaseCell, Comment.cell_id == BaseCell.id)
            .filter(Assignment.name == slug, BaseCell.name.in_(rubrics), Comment.manual_comment.is_not(None))
        )
        said = [tuple(row) for row in comments]
    wrong = defaultdict(list)
    for student, cell, comment in said:
        points = given.get(student, {}).get(cell)
        if points is not None and (what := what_is_wrong(comment, rubrics[cell], points)):
            wrong[student].append(f"{cell}: {what}")
    return {student: "; ".join(what) for student, what in sorted(wrong.items())}
