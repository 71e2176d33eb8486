"""What handing in late costs, by the present dates: by course.yml's `late`, else by nbgrader's plugin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

from nbgrader.api import Assignment, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.preprocessors import AssignLatePenalties

from autograde.course.folder import Course
from autograde.course.late import Lateness, TakenIn, lateness
from autograde.course.plan import LateRule, Plan, read_plan


@dataclass(frozen=True)
class Penalty:
    """What handing in late costs one submission.

    points: of those so far.
    why: how late it is and what that costs, where course.yml says what being late costs.
    refused: why it is not taken at all: it came after `until`.
    """

    points: float = 0.0
    why: str = ""
    refused: str = ""


PenaltyOf = Callable[[SubmittedAssignment, float], Penalty]


def penalties(book: Gradebook, course: Course, student: str | None = None) -> PenaltyOf:
    """What handing in late costs by the present dates and rules: of a submission, given its points so far.

    Args:
        student: the only one who will be asked for; all where None.
    """
    plan = read_plan(course)
    if plan.late is None:
        by_plugin = _by_plugin(course)
        return lambda row, points: Penalty(by_plugin(row, points), refused=_refusal(plan, row))
    late = late_days(book, plan, plan.late, student)

    def by_plan(row: SubmittedAssignment, points: float) -> Penalty:
        found = late.get(row.student_id, {}).get(row.assignment.name)
        cost = round(points * found.percent / 100, 2) if found else 0.0
        return Penalty(cost, str(found or ""), _refusal(plan, row))

    return by_plan


def late_days(
    book: Gradebook, plan: Plan, rule: LateRule, student: str | None = None
) -> dict[str, dict[str, Lateness]]:
    """The late hand-ins of all assignments, by student and assignment; those that are not taken use no free days."""
    columns = (SubmittedAssignment.student_id, SubmittedAssignment.timestamp, SubmittedAssignment.extension)
    rows = (
        book.db.query(*columns, Assignment.name, Assignment.duedate)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(SubmittedAssignment.timestamp.is_not(None), Assignment.duedate.is_not(None))
    )
    if student is not None:
        rows = rows.filter(SubmittedAssignment.student_id == student)
    of_student: dict[str, list[TakenIn]] = {}
    for row in rows:
        if not plan.why_not_taken(row.name, row.student_id, row.timestamp.replace(tzinfo=UTC)):
            due = row.duedate + row.extension if row.extension else row.duedate
            of_student.setdefault(row.student_id, []).append(TakenIn(row.name, due, row.timestamp))
    return {one: found for one, hand_ins in of_student.items() if (found := lateness(rule, hand_ins))}


def late_or_penalised(book: Gradebook, plan: Plan, rule: LateRule) -> set[tuple[str, str]]:
    """The assignment and student of each hand-in that is late by now, or for which the gradebook has a penalty."""
    rows = (
        book.db.query(Assignment.name, SubmittedAssignment.student_id)
        .join(SubmittedAssignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .filter(SubmittedNotebook.late_submission_penalty > 0)
    )
    late = late_days(book, plan, rule)
    return {(row.name, row.student_id) for row in rows} | {(slug, who) for who, found in late.items() for slug in found}


def _by_plugin(course: Course) -> Callable[[SubmittedAssignment, float], float]:
    step = AssignLatePenalties(config=course.config)
    step.init_plugin()

    def penalty_of(row: SubmittedAssignment, points: float) -> float:
        if row.timestamp is None or row.assignment.duedate is None or row.total_seconds_late <= 0:
            return 0.0
        found = step.plugin_inst.late_submission_penalty(row.student_id, points, row.total_seconds_late)
        return min(max(0.0, float(found or 0.0)), points)

    return penalty_of


def _refusal(plan: Plan, row: SubmittedAssignment) -> str:
    if row.timestamp is None:
        return ""
    return plan.why_not_taken(row.assignment.name, row.student_id, row.timestamp.replace(tzinfo=UTC))
