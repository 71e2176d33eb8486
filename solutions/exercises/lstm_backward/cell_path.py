"""Judges the products of forget gates: a hidden test of the assignment `lstm-backward`.

unrolled-canary-b60e9d47f218
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from solutions.judging.judging import fresh
from unrolled.checking.check import CheckFailed, refused

NAME, PART = "cell_path", "values"


def judge_cell_path(cell_path: Callable[..., Any]) -> None:
    """Does `cell_path(F)` give the product of the gates from each step to the last?

    Raises:
        CheckFailed: with what is wrong.
    """
    rng = fresh(NAME)
    for shape in ((3, 7, 4), (2, 5, 5), (1, 1, 1), (4, 60, 2)):
        F = rng.uniform(0.2, 1, shape)
        F[rng.random(shape) < 0.05] = 0
        expected = np.stack([F[:, t:].prod(axis=1) for t in range(shape[1])], axis=1)
        given = F.copy()
        answer = cell_path(given)
        if not np.array_equal(given, F):
            raise _failed("it changes the gates that it was given")
        try:
            P = np.asarray(answer, dtype=np.float64)
        except (TypeError, ValueError):
            raise _failed("it returns no array of numbers") from None
        if P.shape != shape:
            raise _failed("what it returns does not have the shape of F")
        if np.isnan(P).any():
            raise _failed("it divides by a gate, or takes its logarithm, and some gates are 0")
        if not np.allclose(P, expected, rtol=1e-6, atol=1e-12):
            raise _failed("the products are not those from each step to the last, that step's included")
    print(f"✓ {NAME}: right for fresh gates.")


def _failed(what: str) -> CheckFailed:
    return refused(NAME, PART, f"{NAME} is not right yet: {what}.")
