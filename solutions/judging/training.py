"""Judges the nets that a student's `train` makes, on tasks whose answer is a sign that is told at the last step.

unrolled-canary-7e2b94d1c058
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.judging.judging import fresh
from solutions.judging.weights import failed, weights_of
from solutions.reference.initialise import orthogonal
from solutions.reference.numerics import Array
from unrolled.checking.check import CheckFailed

SEQUENCES, NEW = 1000, 500  # to train on, and to be asked about
UNITS = 32  # at most

Weights = tuple[Array, ...]  # W, U, b, Wy, by


@dataclass(frozen=True)
class Question:
    """What an assignment asks of the nets.

    draw: for a generator, B and T: sequences with two inputs, (B, T, 2), and the right answers, −1 or 1, (B,).
    states: for X, W, U, b: the states of a net that starts from zeros, (B, T, H).
    blocks: how many are stacked in W, U and b.
    least: the share of right answers that passes.
    cause: why a net is right so rarely, as far as its share of right answers and its weights tell.
    key: begins the names of the random numbers, so that each question has its own.
    """

    draw: Callable[[np.random.Generator, int, int], tuple[Float[Array, "B T 2"], Float[Array, "B"]]]
    states: Callable[..., Float[Array, "B T H"]]
    blocks: int
    least: float
    cause: Callable[[float, Weights], str]
    key: str = ""

    def share_right(self, weights: Weights, X: Float[Array, "B T D"], y: Float[Array, "B"]) -> float:
        """The share of sequences whose last output has the sign of y. A net that answers 0 or nan is wrong."""
        W, U, b, Wy, by = weights
        p = self.states(X, W, U, b)[:, -1] @ Wy + by
        return float((p[:, 0] * y > 0).mean())

    def judge(self, train: Callable[..., Any], part: str, *, steps: int, enough: int) -> None:
        """Does `train(X, y, rng)` make nets that answer right on sequences of `steps` steps?

        Both inputs are turned by an angle that nobody knows, so that no weights can be prepared. A net without memory
        is right half of the time.

        Args:
            enough: how many nets have to pass, each trained on data of its own. One more may fail: training is chance.

        Raises:
            CheckFailed: with the share of right answers, or with what is wrong with the weights.
        """
        passed = missed = 0
        while passed < enough:
            rng = fresh("train", f"{self.key}{part}-{passed + missed}")
            turn = orthogonal(rng, 2, 2)
            X, y = self.draw(rng, SEQUENCES, steps)
            answer = train(X @ turn, y, np.random.default_rng(rng.integers(2**63)))
            weights = weights_of(answer, "train", inputs=2, blocks=self.blocks, most=UNITS, part=part)
            X, y = self.draw(rng, NEW, steps)
            share = self.share_right(weights, X @ turn, y)
            if share >= self.least:
                passed += 1
            elif missed:
                raise self._too_few(share, weights, part, steps)
            else:
                missed += 1
        print(f"✓ train: at least {100 * self.least:.0f} % right on fresh sequences of {steps} steps.")

    def _too_few(self, share: float, weights: Weights, part: str, steps: int) -> CheckFailed:
        return failed(
            "train",
            f"the nets that train returns do not learn the task: one is right in {100 * share:.0f} % of fresh "
            f"sequences of {steps} steps; {100 * self.least:.0f} % is asked for, and guessing gives 50 %.",
            self.cause(share, weights),
            part=part,
        )
