"""How an assignment's parts worked as questions: how hard each was, and whether it tells those who know from others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from autograde.grade.outcomes import FOR_A_PERSON, READ_BY_A_PERSON, CellResult
from autograde.grade.results import Result

OUTCOMES = ("right", "wrong", "not written", "not run", FOR_A_PERSON, READ_BY_A_PERSON)
FEWEST = 10  # submissions from which a correlation is given
WIDE = 1.96  # standard errors: an interval of 95 %


@dataclass(frozen=True)
class Discrimination:
    """The corrected item-total correlation of a part, from -1 to 1, with the ends of its 95 % interval (Fisher's z)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Item:
    """How the class did on one graded cell.

    counts: submissions by outcome, in the order of OUTCOMES.
    graded: of how many submissions it has points.
    ease: the share of its points that these got, from 0 (nobody any) to 1 (everybody all); None where none has any.
    discrimination: None where there is no telling; `why` then says it in a few words.
    """

    label: str
    max_points: float
    counts: dict[str, int]
    graded: int
    ease: float | None
    discrimination: Discrimination | None
    why: str


def items(rows: list[Result]) -> list[Item]:
    """The parts of an assignment in its order, over these submissions.

    A part's points are correlated with those of all other parts that are graded in every submission.
    """
    rows = [row for row in rows if row.cells]
    first: dict[str, CellResult] = {}
    for row in rows:
        for cell in row.cells:
            first.setdefault(cell.grade_id, cell)
    place = {grade_id: at for at, grade_id in enumerate(first)}
    points = np.full((len(rows), len(first)), np.nan)
    counts = {grade_id: dict.fromkeys(OUTCOMES, 0) for grade_id in first}
    for at, row in enumerate(rows):
        for cell in row.cells:
            waits = cell.grade_id in row.waiting
            counts[cell.grade_id][FOR_A_PERSON if waits else cell.outcome] += 1
            if not waits and cell.outcome != FOR_A_PERSON:
                points[at, place[cell.grade_id]] = cell.points
    complete = ~np.isnan(points).any(axis=0)
    total = points[:, complete].sum(axis=1)
    return [
        _item(cell, counts[grade_id], points[:, at], total - np.where(complete[at], points[:, at], 0.0))
        for at, (grade_id, cell) in enumerate(first.items())
    ]


def _item(cell: CellResult, counts: dict[str, int], points: np.ndarray, rest: np.ndarray) -> Item:
    graded = ~np.isnan(points)
    points, rest = points[graded], rest[graded]
    discrimination, why = _discrimination(points, rest, cell.max_points)
    return Item(
        label=f"{cell.function}, {cell.part}" if cell.function else cell.grade_id,
        max_points=cell.max_points,
        counts=counts,
        graded=len(points),
        ease=float(points.mean() / cell.max_points) if len(points) and cell.max_points else None,
        discrimination=discrimination,
        why=why,
    )


def _discrimination(points: np.ndarray, rest: np.ndarray, most: float) -> tuple[Discrimination | None, str]:
    if len(points) == 0:
        return None, "not graded yet"
    if np.ptp(points) == 0:
        return None, "all right" if points[0] == most else "all wrong" if points[0] == 0 else "all the same"
    if len(points) < FEWEST:
        return None, f"fewer than {FEWEST}"
    if np.ptp(rest) == 0:
        return None, "all the same elsewhere"
    value = float(np.corrcoef(points, rest)[0, 1])
    middle, half = math.atanh(min(max(value, -0.9999), 0.9999)), WIDE / math.sqrt(len(points) - 3)
    return Discrimination(value, math.tanh(middle - half), math.tanh(middle + half)), ""
