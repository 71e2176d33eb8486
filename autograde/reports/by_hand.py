"""What a person gave, held against the rubric items that this person chose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from nbgrader.api import BaseCell, Comment

from autograde.course.folder import Course
from autograde.course.gradebook import gradebook, rows_of_cells
from autograde.course.rubric import rubrics_in, what_is_wrong
from autograde.grade.results import Result


def mismatches(course: Course, slug: str, found: Iterable[Result]) -> dict[str, str]:
    """Where points given by hand are not those of the chosen items, by student, in words."""
    rubrics = rubrics_in(course.source_notebook(slug))
    given = {one.student: one.given for one in found if rubrics.keys() & one.given.keys()}
    if not given:
        return {}
    with gradebook(course) as book:
        comments = rows_of_cells(book, Comment, [Comment.manual_comment], slug)
        asked = comments.filter(BaseCell.name.in_(rubrics), Comment.manual_comment.is_not(None))
        said = [tuple(row) for row in asked]
    wrong = defaultdict(list)
    for student, cell, comment in said:
        points = given.get(student, {}).get(cell)
        if points is not None and (what := what_is_wrong(comment, rubrics[cell], points)):
            wrong[student].append(f"{cell}: {what}")
    return {student: "; ".join(what) for student, what in sorted(wrong.items())}
