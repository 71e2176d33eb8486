"""In a few words for which parts a student lost points, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from nbgrader.api import Grade

from autograde.course.folder import Course
from autograde.course.gradebook import gradebook, rows_of_cells
from autograde.grade.outcomes import CellResult
from autograde.grade.results import Result, of_most
from unrolled.checking.messages import Message


def scores_by_cell(course: Course, slug: str) -> dict[str, dict[str, float]]:
    """The points of each graded cell, by student and grade id: by test or by hand, as the gradebook has them."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    with gradebook(course) as book:
        for student, cell, score in rows_of_cells(book, Grade, [Grade.score], slug):
            found[student][cell] = float(score)
    return dict(found)


def summary(result: Result, scores: Mapping[str, float]) -> list[str]:
    """Lines of plain text: the points, then for each function the parts that lost some, with its likely cause.

    Args:
        scores: the points of each graded cell.
    """
    if result.score is None:
        return []
    penalty = f" {result.penalty:g} points less for handing in late." if result.penalty else ""
    lost: dict[str, list[CellResult]] = defaultdict(list)
    unwritten: list[CellResult] = []
    for cell in result.cells:
        if cell.grade_id in result.waiting or scores.get(cell.grade_id, cell.points) >= cell.max_points:
            continue
        if cell.outcome == "not written":
            unwritten.append(cell)
        else:
            lost[cell.function or cell.grade_id].append(cell)
    lines = [f"{result.score:g} {of_most(result.max_points, result.waiting_points)}.{penalty}"]
    for name, cells in lost.items():
        parts = ", ".join(cell.part for cell in cells if cell.function)
        points = sum(scores.get(cell.grade_id, cell.points) for cell in cells)
        most = sum(cell.max_points for cell in cells)
        lines.append(f"{name}{f' ({parts})' if parts else ''}: {points:g} of {most:g}. {_cause(cells)}".rstrip())
    if unwritten:
        names = dict.fromkeys(cell.function or cell.grade_id for cell in unwritten)
        lines.append(f"Not written: {', '.join(names)}.")
    return lines


def label(cell: CellResult) -> str:
    """What a part is called."""
    return f"{cell.function}, {cell.part}" if cell.function else cell.grade_id


def _cause(cells: list[CellResult]) -> str:
    # Of the part in which a likely mistake was recognised.
    telling = next((cell for cell in cells if cell.misconception), cells[0])
    return Message.read(telling.message).cause if telling.message else ""
