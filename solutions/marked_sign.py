"""Judges nets with gates that were trained to keep one marked sign of many: hidden tests of `lstm-backward`.

unrolled-canary-5d2a80f3c76e
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.initialise import orthogonal
from solutions.judging import KEY_VARIABLE, PLAIN_KEY, generator
from solutions.long_lag import NEW, SEQUENCES, UNITS
from solutions.lstm import lstm_forward
from solutions.nets import failed, weights_of
from solutions.numerics import Array
from unrolled import tasks
from unrolled.check import CheckFailed

LEAST = 0.95  # the share of right answers that passes
GUESSING = 0.65  # below this share a net has learned nothing


def judge_marked_sign(train: Callable[..., Any], part: str, *, steps: int, enough: int) -> None:
    """Does `train(X, y, rng)` make LSTMs that say at the last step which sign was marked?

    Both inputs are turned by an angle that nobody knows, so that no weights can be prepared. A net without memory is
    right half of the time.

    Args:
        enough: how many nets have to pass, each trained on data of its own. One more may fail: training is chance.

    Raises:
        CheckFailed: with the share of right answers, or with what is wrong with the weights.
    """
    shares: list[float] = []
    while sum(share >= LEAST for share in shares) < enough:
        rng = generator(os.environ.get(KEY_VARIABLE, PLAIN_KEY), "train", f"lstm-{part}-{len(shares)}")
        turn = orthogonal(rng, 2, 2)
        X, y = tasks.marked_sign(rng, SEQUENCES, steps)
        answer = train(X @ turn, y, np.random.default_rng(rng.integers(2**63)))
        weights = weights_of(answer, "train", inputs=2, most=UNITS, part=part, blocks=4)
        X, y = tasks.marked_sign(rng, NEW, steps)
        shares.append(share_right(weights, X @ turn, y))
        if sum(share < LEAST for share in shares) > 1:
            raise _missed(shares[-1], part, steps)
    print(f"✓ train: at least {100 * LEAST:.0f} % right on fresh sequences of {steps} steps.")


def share_right(weights: tuple[Array, ...], X: Float[Array, "B T D"], y: Float[Array, "B"]) -> float:
    """The share of sequences whose last output has the sign of y. A net that answers 0 or nan is wrong."""
    W, U, b, Wy, by = weights
    zeros = np.zeros((len(X), len(U)))
    Hs, _, _ = lstm_forward(X, zeros, zeros, W, U, b)
    return float(((Hs[:, -1] @ Wy + by)[:, 0] * y > 0).mean())


def _missed(share: float, part: str, steps: int) -> CheckFailed:
    if share < 1 - LEAST:
        cause = "the sign of the update is wrong: take each gradient from its weights."
    elif share < GUESSING:
        cause = (
            "the gradient does not reach the marked step. Does the forget gate's bias, the second block of b, start at "
            "3? Does lstm_backward hand both dh and dc from step to step?"
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
