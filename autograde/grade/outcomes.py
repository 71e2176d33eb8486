"""What an executed notebook says of each graded cell: outcome, likely mistake, and the message a student may read."""

from __future__ import annotations

import builtins
from dataclasses import dataclass

from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from autograde.course import cells
from autograde.grade import run
from autograde.runner.failures import harmless_text
from unrolled.checking.messages import NOT_WRITTEN, UNNAMED, Message

CHECK_FAILED = "CheckFailed"
STOPPED = (run.NOT_RUN, run.TIME_LIMIT, run.MACHINE_BUSY, run.KERNEL_DIED, run.NO_ANSWER)
FOR_A_PERSON, READ_BY_A_PERSON = "for a person", "read by a person"
# Errors whose names a message may tell, besides Python's own.
OTHER_ERRORS = ("NotAllowedError", "AskedForInputError", "AxisError", "LinAlgError")


@dataclass(frozen=True)
class CellResult:
    """One graded cell.

    outcome: "right", "wrong", "not written", "not run", "for a person" (a written answer not yet read) or, where the
        gradebook says so, "read by a person".
    misconception: the name of the likely mistake, empty where none was recognised.
    message: what a student may read about it; holds nothing of the hidden test.
    """

    grade_id: str
    function: str
    part: str
    points: float
    max_points: float
    outcome: str
    misconception: str = ""
    message: str = ""


def cell_results(notebook: NotebookNode) -> list[CellResult]:
    """The graded cells of an executed notebook, in order, scored as nbgrader scores them."""
    return [_cell_result(cell) for cell in notebook.cells if cells.is_graded(cell)]


def _cell_result(cell: NotebookNode) -> CellResult:
    earned, most = determine_grade(cell)
    error = error_of(cell)
    name, message, misconception = readable_error(error) if error is not None else ("", "", "")
    function, part = cells.function_and_part(cell)
    if earned is None:
        outcome = FOR_A_PERSON
    elif error is None:
        outcome = "right" if earned > 0 else "not written"
    elif name in STOPPED:
        outcome = "not run"
    else:
        outcome = "not written" if misconception == NOT_WRITTEN else "wrong"
    return CellResult(
        grade_id=cells.grade_id(cell),
        function=function,
        part=part,
        points=float(earned or 0.0),
        max_points=float(most),
        outcome=outcome,
        misconception="" if misconception in (UNNAMED, NOT_WRITTEN) else misconception,
        message=message,
    )


def error_of(cell: NotebookNode) -> NotebookNode | None:
    """The first error among a cell's outputs."""
    outputs = cell.get("outputs", [])
    return next((output for output in outputs if output.output_type == "error"), None)


def readable_error(error: NotebookNode) -> tuple[str, str, str]:
    """Name, message and misconception of a test cell's error, without anything of the test itself.

    A check of the course says what a student may know. Plain assertions quote expected values, so that only
    their failure is told. The text of any other error may hold whatever the student's code was given: it is told where
    it is one of the usual ones, that hold names and sizes only.
    """
    name, text = error.ename, error.evalue
    if name == CHECK_FAILED:
        message = Message.read(text)
        return name, message.body(), message.misconception or UNNAMED
    if name == "NotImplementedError":
        return name, "This is not written yet.", NOT_WRITTEN
    if name == "AssertionError":
        return name, "This part is not right yet.", UNNAMED
    if name in STOPPED:
        return name, f"Not graded: {text}.", UNNAMED
    kind = name if hasattr(builtins, name) or name in OTHER_ERRORS else "an error"
    rows = Message.read(text).rows
    said = next((harmless_text(text) for title, text in rows if not title), "")
    first = ("", f"{kind}: {said}" if said else f"Your code raised {kind}.")
    return name, Message("", "", (first, *(row for row in rows if row[0]))).body(), UNNAMED
