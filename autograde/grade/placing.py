"""The order in which a rebuilt submission runs: stubs undo no answer, and tests stand behind what they test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nbformat import NotebookNode

from autograde.course import cells
from autograde.grade.definitions import without_stubs

ELSEWHERE = "# It is defined in another cell of the hand-in."


@dataclass(eq=False)
class Placed:
    """A cell of a rebuilt notebook, with the names that the release asks for.

    asked: those that this cell is to define, where it is an answer of the release.
    written: those that it does define when it runs.
    stubs: those of which it may hold no more than a stub.
    """

    cell: NotebookNode
    asked: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    stubs: frozenset[str] = frozenset()


def take_out_stubs(order: Iterable[Placed]) -> None:
    """Take out of the cells the stubs that would undo what a cell before them, or they themselves, have defined."""
    defined: frozenset[str] = frozenset()
    for placed in order:
        defined |= placed.written
        if placed.cell.cell_type == "code" and placed.stubs & defined:
            placed.cell.source = without_stubs(placed.cell.source, defined)
            if not placed.cell.source.strip():
                placed.cell.source = ELSEWHERE


def tests_behind_answers(order: list[Placed]) -> list[Placed]:
    """The cells, with tests moved down where an answer's function is defined further down only.

    A test finds the names as they were where it stands. All tests in between move, in their order: what they test may
    call that function.
    """
    for answer in [placed for placed in order if placed.asked and not placed.asked & placed.written]:
        here = next(number for number, placed in enumerate(order) if placed is answer)
        there = max((number for number, placed in enumerate(order) if placed.written & answer.asked), default=-1)
        if there > here:
            moved = [placed for placed in order[here:there] if cells.is_test(placed.cell)]
            others = [placed for placed in order[here : there + 1] if not cells.is_test(placed.cell)]
            order = [*order[:here], *others, *moved, *order[there + 1 :]]
    return order
