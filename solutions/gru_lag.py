"""Judges the behavioural question of the assignment `gru`: a net that keeps one marked sign of many to the end.

unrolled-canary-c3f05a7e81d6
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.gru import gru_forward
from solutions.initialise import orthogonal
from solutions.judging import KEY_VARIABLE, PLAIN_KEY, generator
from solutions.long_lag import LEAST, NEW, SEQUENCES, UNITS
from solutions.nets import failed, weights_of
from solutions.numerics import Array
from solutions.rnn import readout
from unrolled import tasks
from unrolled.check import CheckFailed

LARGE = 10  # weights of a net that learned stay below 5


def judge_marked_sign(train: Callable[..., Any], part: str, *, steps: int, enough: int) -> None:
    """Does `train(X, y, rng)` make GRUs that say at the last step which sign was marked?

    The weights are used in the cell with the reset before the product and z = 1 keeping. Both inputs are turned by an
    angle that nobody knows, so that no weights can be prepared. A net without memory is right half of the time.

    Args:
        enough: how many nets have to pass, each trained on data of its own. One more may fail: training is chance.

    Raises:
        CheckFailed: with the share of right answers, or with what is wrong with the weights.
    """
    passed = missed = 0
    while passed < enough:
        rng = generator(os.environ.get(KEY_VARIABLE, PLAIN_KEY), "train", f"gru-{part}-{passed + missed}")
        turn = orthogonal(rng, 2, 2)
        X, y = tasks.marked_sign(rng, SEQUENCES, steps)
        answer = train(X @ turn, y, np.random.default_rng(rng.integers(2**63)))
        weights = weights_of(answer, "train", inputs=2, blocks=3, most=UNITS, part=part)
        X, y = tasks.marked_sign(rng, NEW, steps)
        share = share_right(weights, X @ turn, y)
        if share >= LEAST:
            passed += 1
        elif missed:
            raise _too_few(share, part, steps, largest=max(float(np.abs(array).max()) for array in weights))
        else:
            missed += 1
    print(f"✓ train: at least {100 * LEAST:.0f} % right on fresh sequences of {steps} steps.")


def share_right(weights: tuple[Array, ...], X: Float[Array, "B T D"], y: Float[Array, "B"]) -> float:
    """The share of sequences whose last output has the sign of y. A net that answers 0 or nan is wrong."""
    W, U, b, Wy, by = weights
    Hs, _ = gru_forward(X, np.zeros((len(X), len(U))), W, U, b)
    return float((readout(Hs[:, -1:], Wy, by)[:, 0, 0] * y > 0).mean())


def _too_few(share: float, part: str, steps: int, largest: float) -> CheckFailed:
    if largest > LARGE:
        cause = (
            "the weights ran away: a number among them is beyond 10. Is each gradient taken from its weights, with a "
            "minus? Are all five scaled down before each update? Or the rate is too large."
        )
    elif share < 1 - LEAST:
        cause = "the sign of the update is wrong: take each gradient from its weights."
    elif share < 0.6:
        cause = (
            "the gradient does not reach the marked step. Does the update gate's bias, the first H entries of b, start "
            "at 2, so that z is near 1? Are W, U and Wy random at the start? Does gru_backward pass its check?"
        )
    else:
        cause = "some nets learn too slowly: train longer, and let the rate fall to 0 at the end."
    return failed(
        "train",
        f"the nets that train returns do not learn the task: one is right in {100 * share:.0f} % of fresh sequences "
        f"of {steps} steps; {100 * LEAST:.0f} % is asked for, and guessing gives 50 %.",
        cause,
        part=part,
    )
