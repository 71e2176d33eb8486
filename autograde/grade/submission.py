"""One submission through intake and run: a pure function, so that any process may do it, here or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from autograde.course.cells import copied, grade_id
from autograde.course.confinement import MARKS, Confinement
from autograde.course.errors import explain
from autograde.course.policy import internals, is_students, mentions, policy_of
from autograde.grade import run
from autograde.grade.alone import alone, in_company
from autograde.grade.assignment import Assignment
from autograde.grade.hand_ins import HandIn
from autograde.grade.intake import Rebuilt, rebuild

MOST_NAMED = 5  # names from a submission in a remark
MOST_RUNS = 3  # of a notebook whose process ends at other cells each time


@dataclass(frozen=True)
class Outcome:
    """A submission that has run.

    executed: the rebuilt notebook with its outputs.
    remarks: what was odd about the hand-in, and what intake repaired.
    readable: False where no notebook could be read.
    """

    executed: NotebookNode
    remarks: list[str]
    readable: bool


def run_submission(
    assignment: Assignment, hand_in: HandIn, key: str, timeout: int, confinement: Confinement
) -> Outcome:
    """Rebuild one hand-in on the release and run it.

    Args:
        key: from which the hidden checks draw their inputs.
        timeout: seconds for each cell.
        confinement: how the student's code is kept apart.

    A process of the student's that ended may have been ended from outside, by a person or for want of memory: the
    notebook runs again until the same cells end it twice. One that found this machine too busy runs once more when no
    other does.

    Raises whatever kept this machine from running it, after a second try.
    """
    rebuilt = _rebuild(assignment, hand_in)
    with in_company():
        executed = _run(assignment, rebuilt, key, timeout, confinement)
        for _ in range(MOST_RUNS - 1):
            died = _died(executed)
            if not died:
                break
            executed = _run(assignment, rebuilt, key, timeout, confinement)
            if _died(executed) == died:
                break
    crowded = _late(executed, run.MACHINE_BUSY)
    if crowded:
        with alone():
            executed = _run(assignment, rebuilt, key, timeout, confinement)
    remarks = [*hand_in.remarks, *rebuilt.remarks, *_about_the_run(assignment, rebuilt, confinement)]
    return Outcome(executed, [*remarks, *_about_time(executed, crowded)], rebuilt.readable)


def _about_time(executed: NotebookNode, crowded: list[str]) -> list[str]:
    remarks = []
    if crowded:
        remarks.append(f"The machine was too busy for it ({', '.join(crowded)}); it ran once more, alone.")
    if late := _late(executed, run.TIME_LIMIT, run.MACHINE_BUSY):
        remarks.append(f"It ran out of time: {', '.join(late)}.")
    return remarks


def _about_the_run(assignment: Assignment, rebuilt: Rebuilt, confinement: Confinement) -> list[str]:
    mark = MARKS[confinement]
    remarks = [f"Its code ran {mark} (--confinement {confinement})."] if mark else []
    forbidden = policy_of(assignment.template).forbidden
    answers = [cell.source for cell in rebuilt.notebook.cells if cell.cell_type == "code" and is_students(cell)]
    mentioned = sorted({name for source in answers for name in mentions(source, forbidden)})
    if mentioned:
        remarks.append(f"It mentions what answers may not call ({', '.join(mentioned)}): a person should look.")
    inner = sorted({name for source in answers for name in internals(source, forbidden)})
    if inner:
        named = ", ".join(inner[:MOST_NAMED]) + (", …" if len(inner) > MOST_NAMED else "")
        remarks.append(f"It uses inner parts of a framework ({named}): a person should look.")
    return remarks


def _rebuild(assignment: Assignment, hand_in: HandIn) -> Rebuilt:
    if hand_in.raw is None:  # its remarks say why
        return Rebuilt(copied(assignment.template), readable=False)
    return rebuild(hand_in.raw, assignment.template)


def _run(assignment: Assignment, rebuilt: Rebuilt, key: str, timeout: int, confinement: Confinement) -> NotebookNode:
    how: dict[str, Any] = {"key": key, "files": assignment.files, "timeout": timeout}
    how |= {"confinement": confinement, "private": assignment.private}
    try:
        return run.run_notebook(rebuilt.notebook, **how)
    except Exception as error:
        if explain(error) is not None:  # a second try would meet it too
            raise
        return run.run_notebook(rebuilt.notebook, **how)


def _died(executed: NotebookNode) -> list[int]:
    # The cells that ended Python; none where it had to be ended too, and has cost enough.
    errors = list(_errors(executed))
    if any(name in (run.TIME_LIMIT, run.MACHINE_BUSY, run.NO_ANSWER) for _, name in errors):
        return []
    return [index for index, name in errors if name == run.KERNEL_DIED]


def _late(executed: NotebookNode, *names: str) -> list[str]:
    # The cells that ended with one of these errors, by name; those that have none, at last.
    cells = [executed.cells[index] for index, name in _errors(executed) if name in names]
    named = [grade_id(cell) for cell in cells if grade_id(cell)]
    others = ["another cell"] if len(named) < len(cells) else []
    return [*named[:MOST_NAMED], *(["…"] if len(named) > MOST_NAMED else []), *others]


def _errors(executed: NotebookNode) -> Iterator[tuple[int, str]]:
    for index, cell in enumerate(executed.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                yield index, output.ename
