"""A cell's role, which nbgrader keeps in its metadata, and marked regions inside of it, between `### BEGIN …` and
`### END …`."""

from __future__ import annotations

import re
from typing import Any

Cell = Any  # nbformat's NotebookNode, or the plain dictionary of a notebook read as JSON

NBGRADER, METADATA = "nbgrader", "unrolled"  # keys of a cell's metadata: nbgrader's and ours
CHECKED = re.compile(r"check\(\s*(\w+)\s*,.*hidden\s*=\s*[\"'](\w+)[\"']")
SOLUTION = "SOLUTION"
HIDDEN_TESTS = "HIDDEN TESTS"


def role(cell: Cell) -> dict[str, Any]:
    """What nbgrader knows of a cell; empty for one of no role."""
    found: dict[str, Any] = cell["metadata"].get(NBGRADER, {})
    return found


def grade_id(cell: Cell) -> str:
    """The cell's id in the gradebook; empty for one of no role."""
    return str(role(cell).get("grade_id", ""))


def is_answer(cell: Cell) -> bool:
    """Whether students write in it."""
    return bool(role(cell).get("solution"))


def is_graded(cell: Cell) -> bool:
    """Whether it earns points: a test, or an answer that a person reads."""
    return bool(role(cell).get("grade"))


def is_test(cell: Cell) -> bool:
    """Whether it earns points by running without an error."""
    return is_graded(cell) and not is_answer(cell)


def points(cell: Cell) -> float:
    """The most that it earns."""
    return float(role(cell).get("points", 0))


def function_and_part(cell: Cell) -> tuple[str, str]:
    """What a test judges; both empty where it is no check of the course.

    The release writes it into the cell. In one of a former release it is found as `checked_by` finds it. After plain
    `nbgrader autograde`, which rebuilds nothing, a cell's other metadata are the student's.
    """
    if not is_test(cell):
        return "", ""  # an answer's text is the student's
    about = cell["metadata"].get(METADATA)
    if isinstance(about, dict):
        function, part = about.get("function"), about.get("part")
        return (function, part) if isinstance(function, str) and isinstance(part, str) else ("", "")
    return checked_by(cell["source"])


def checked_by(source: str) -> tuple[str, str]:
    """Function and part of the hidden check in a test's source; both empty where there is none."""
    found = CHECKED.search(source)
    return (found[1], found[2]) if found else ("", "")


class UnbalancedMarkersError(ValueError):
    """A BEGIN without its END, an END without its BEGIN, or one region inside another."""


def lines_inside(source: str, kind: str) -> list[list[str]]:
    """The lines of each region of this kind. Raises UnbalancedMarkersError."""
    regions: list[list[str]] = []
    inside = False
    for line in source.split("\n"):
        begins, ends = f"BEGIN {kind}" in line, f"END {kind}" in line
        if (begins and inside) or (ends and not inside):
            raise UnbalancedMarkersError(line.strip())
        if begins:
            regions.append([])
            inside = True
        elif ends:
            inside = False
        elif inside:
            regions[-1].append(line)
    if inside:
        raise UnbalancedMarkersError(f"BEGIN {kind}")
    return regions


def without(source: str, kind: str) -> str:
    """The source with its regions of this kind taken out, markers included, as nbgrader does it."""
    kept, inside = [], False
    for line in source.split("\n"):
        if f"BEGIN {kind}" in line:
            inside = True
        elif f"END {kind}" in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def copied(notebook: Any) -> Any:
    """A copy of a notebook, down to its texts: what `copy.deepcopy` makes of it, in a third of the time."""
    if isinstance(notebook, dict):
        made = type(notebook)()
        dict.update(made, {key: copied(value) for key, value in notebook.items()})
        return made
    return [copied(value) for value in notebook] if isinstance(notebook, list) else notebook
