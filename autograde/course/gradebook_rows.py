"""What the gradebook has of each cell of an assignment's submissions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nbgrader.api import Assignment, BaseCell, Comment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.orm import Query


def rows_of_cells(
    book: Gradebook, kind: type[Grade] | type[Comment], columns: Iterable[Any], slug: str, students: Sequence[str] = ()
) -> Query[Any]:
    """Rows of grades or comments: the student's id, the cell's name, and these columns.

    Columns, not whole objects: a class of thousands has hundreds of thousands of them.

    Args:
        columns: of `kind`, or of what it is joined with.
        students: only of these; of all where it is empty.
    """
    found = (
        book.db.query(SubmittedAssignment.student_id, BaseCell.name, *columns)
        .select_from(kind)
        .join(SubmittedNotebook, kind.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(BaseCell, kind.cell_id == BaseCell.id)
        .filter(Assignment.name == slug)
    )
    return found.filter(SubmittedAssignment.student_id.in_(students)) if students else found
