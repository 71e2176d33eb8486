"""An assignment's submissions as rows of nbgrader's gradebook, read and written in a handful of statements.

nbgrader's own objects come each with the sums of all points, cell by cell: recording a submission with them takes this
process ten times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.utils import parse_utc
from sqlalchemy import Row, bindparam, insert, select, update

from autograde.course.gradebook import OpenGradebook

ASSIGNMENTS, NOTEBOOKS, CELLS, STUDENTS, SUBMITTED, PARTS, GRADES, COMMENTS = (
    kind.__table__
    for kind in (Assignment, Notebook, BaseCell, Student, SubmittedAssignment, SubmittedNotebook, Grade, Comment)
)
GRADED, COMMENTED = ("GradeCell", "TaskCell"), ("SolutionCell", "TaskCell")  # kinds of cells
OF_SUBMISSION = (
    select(SUBMITTED.c.id, SUBMITTED.c.timestamp, SUBMITTED.c.extension, PARTS.c.id, PARTS.c.late_submission_penalty)
    .join(PARTS, PARTS.c.assignment_id == SUBMITTED.c.id)
    .where(
        SUBMITTED.c.assignment_id == bindparam("assignment"),
        SUBMITTED.c.student_id == bindparam("student"),
        PARTS.c.notebook_id == bindparam("notebook"),
    )
)
SCORES = select(GRADES).where(GRADES.c.notebook_id == bindparam("part"))
REMARKS = select(COMMENTS.c.id, COMMENTS.c.cell_id, COMMENTS.c.auto_comment).where(
    COMMENTS.c.notebook_id == bindparam("part")
)
TIMED = update(SUBMITTED).where(SUBMITTED.c.id == bindparam("row")).values(timestamp=bindparam("time"))
SCORED = (
    update(GRADES)
    .where(GRADES.c.id == bindparam("row"))
    .values(auto_score=bindparam("points"), needs_manual_grade=bindparam("waits"))
)
REMARKED = update(COMMENTS).where(COMMENTS.c.id == bindparam("row")).values(auto_comment=bindparam("text"))
PENALTY = select(PARTS.c.late_submission_penalty).where(PARTS.c.id == bindparam("part"))


@dataclass(frozen=True)
class Entry:
    """A submission's rows.

    part: the id of its notebook's row.
    is_new: whether they were made just now, so that no person has given anything yet.
    may_cost: whether it is late by the gradebook's dates, or has cost something for it.
    """

    part: str
    is_new: bool
    may_cost: bool


class Rows:
    """The submissions of one assignment. To be used inside a transaction of its gradebook."""

    def __init__(self, book: OpenGradebook, slug: str) -> None:
        self.book, self.slug = book, slug

    def enter(self, student: str, timestamp: str | None) -> Entry:
        """The rows of a submission, with the time at which it came; made as nbgrader makes them where there are none.

        Raises MissingEntry where the gradebook does not hold the assignment.
        """
        time = parse_utc(timestamp) if timestamp else None
        key = {"assignment": self._assignment.id, "student": student, "notebook": self._notebook}
        found = self._all(OF_SUBMISSION, key)
        if not found:
            return self._new(student, time)
        submission, before, extension, part, penalty = tuple(found[0])
        if before != time:  # of a former hand-in, or one that was taken back
            self._do(TIMED, {"row": submission, "time": time})
        return Entry(part, is_new=False, may_cost=bool(penalty) or self._is_late(time, extension))

    def scores(self, entry: Entry) -> dict[str, Row[Any]]:
        """The rows of its graded cells, by their names."""
        return self._by_name(SCORES, entry)

    def score(self, entry: Entry, points: Mapping[str, float | None], remarks: Mapping[str, str | None]) -> None:
        """Write what its tests gave, and nbgrader's remark, for each cell by name.

        As nbgrader does it: a cell waits for a person where its tests give no points, or where a person had given some.

        Raises MissingEntry for a cell that the gradebook does not hold.
        """
        scores, comments = self.scores(entry), self._by_name(REMARKS, entry)
        if unknown := sorted({*points} - {*scores} | {*remarks} - {*comments}):
            raise MissingEntry(f"No such cell: {self.slug}/{unknown[0]}")
        new = [
            {"row": row.id, "points": points[name], "waits": points[name] is None or row.manual_score is not None}
            for name, row in scores.items()
            if name in points
        ]
        self._do(SCORED, new)
        said = [
            {"row": comments[name].id, "text": text}
            for name, text in remarks.items()
            if comments[name].auto_comment != text
        ]
        self._do(REMARKED, said)

    def confirm(self, rows: list[Row[Any]]) -> None:
        """Let these cells wait for nobody: a person gave their points, and the same answer still stands there."""
        self._do(SCORED, [{"row": row.id, "points": row.auto_score, "waits": False} for row in rows])

    def penalty(self, entry: Entry) -> float:
        """What handing in late cost it."""
        return float(self._all(PENALTY, {"part": entry.part})[0][0] or 0.0)

    def late_or_penalised(self) -> set[str]:
        """The students who have handed in late by the gradebook's dates, or for whom it has a penalty."""
        asked = (
            select(
                SUBMITTED.c.student_id, SUBMITTED.c.timestamp, SUBMITTED.c.extension, PARTS.c.late_submission_penalty
            )
            .join(PARTS, PARTS.c.assignment_id == SUBMITTED.c.id)
            .where(PARTS.c.notebook_id == bindparam("notebook"))
        )
        rows = self._all(asked, {"notebook": self._notebook})
        return {
            student
            for student, time, extension, penalty in map(tuple, rows)
            if penalty or self._is_late(time, extension)
        }

    def _new(self, student: str, time: datetime | None) -> Entry:
        if not self._all(select(STUDENTS.c.id).where(STUDENTS.c.id == bindparam("student")), {"student": student}):
            self._do(insert(STUDENTS), {"id": student})
        submission, own = new_uuid(), ""
        self._do(
            insert(SUBMITTED),
            {"id": submission, "assignment_id": self._assignment.id, "student_id": student, "timestamp": time},
        )
        for notebook, cells in self._cells.items():
            part = new_uuid()
            own = part if notebook == self._notebook else own
            self._do(insert(PARTS), {"id": part, "assignment_id": submission, "notebook_id": notebook})
            for table, kinds in ((GRADES, GRADED), (COMMENTS, COMMENTED)):
                self._do(
                    insert(table),
                    [
                        {"id": new_uuid(), "notebook_id": part, "cell_id": cell.id}
                        for cell in cells
                        if cell.type in kinds
                    ],
                )
        return Entry(own, is_new=True, may_cost=self._is_late(time, None))

    def _is_late(self, time: datetime | None, extension: Any) -> bool:
        due = self._assignment.duedate
        return time is not None and due is not None and time > due + (extension or timedelta())

    def _by_name(self, question: Any, entry: Entry) -> dict[str, Row[Any]]:
        return {self._names[row.cell_id]: row for row in self._all(question, {"part": entry.part})}

    @cached_property
    def _assignment(self) -> Row[Any]:
        asked = select(ASSIGNMENTS.c.id, ASSIGNMENTS.c.duedate).where(ASSIGNMENTS.c.name == self.slug)
        found = self._all(asked, {})
        if not found:
            raise MissingEntry(f"No such assignment: {self.slug}")
        return found[0]

    @cached_property
    def _cells(self) -> dict[str, list[Row[Any]]]:
        # Of each notebook of the assignment, by its id.
        asked = select(NOTEBOOKS.c.id).where(NOTEBOOKS.c.assignment_id == self._assignment.id)
        of_one = select(CELLS.c.id, CELLS.c.name, CELLS.c.type).where(CELLS.c.notebook_id == bindparam("notebook"))
        return {row.id: self._all(of_one, {"notebook": row.id}) for row in self._all(asked, {})}

    @cached_property
    def _notebook(self) -> str:
        asked = select(NOTEBOOKS.c.id).where(
            NOTEBOOKS.c.assignment_id == self._assignment.id, NOTEBOOKS.c.name == self.slug
        )
        found = self._all(asked, {})
        if not found:
            raise MissingEntry(f"No such notebook: {self.slug}/{self.slug}")
        return str(found[0].id)

    @cached_property
    def _names(self) -> dict[str, str]:
        return {cell.id: cell.name for cells in self._cells.values() for cell in cells}

    def _all(self, question: Any, about: Mapping[str, Any]) -> list[Row[Any]]:
        return list(self.book.connection.execute(question, about))

    def _do(self, change: Any, about: Any) -> None:
        if about:
            self.book.connection.execute(change, about)
