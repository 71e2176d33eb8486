"""Judges the behavioural question of the assignment `vanishing`: a net that keeps its first input through a long lag.

unrolled-canary-61d8e0b35f9c
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.initialise import orthogonal
from solutions.judging import KEY_VARIABLE, PLAIN_KEY, generator
from solutions.nets import failed, weights_of
from solutions.numerics import Array
from solutions.rnn import readout, rnn_forward
from unrolled import tasks
from unrolled.check import CheckFailed

SEQUENCES, NEW = 1000, 500
LEAST = 0.9  # the share of right answers that passes
UNITS = 32  # at most


def judge_long_lag(train: Callable[..., Any], part: str, *, steps: int, enough: int) -> None:
    """Does `train(X, y, rng)` make nets that tell at the last step which of two vectors came first?

    The vectors are one-hot ones turned by an angle that nobody knows, so that no weights can be prepared. A net without
    memory is right half of the time.

    Args:
        enough: how many nets have to pass, each trained on data of its own. One more may fail: training is chance.

    Raises:
        CheckFailed: with the share of right answers, or with what is wrong with the weights.
    """
    passed = missed = 0
    while passed < enough:
        rng = generator(os.environ.get(KEY_VARIABLE, PLAIN_KEY), "train", f"{part}-{passed + missed}")
        turn = orthogonal(rng, 2, 2)
        X, y = _sequences(rng, SEQUENCES, steps, turn)
        answer = train(X, y, np.random.default_rng(rng.integers(2**63)))
        weights = weights_of(answer, "train", inputs=2, most=UNITS, part=part)
        share = share_right(weights, *_sequences(rng, NEW, steps, turn))
        if share >= LEAST:
            passed += 1
        elif missed:
            raise _too_few(share, part, steps)
        else:
            missed += 1
    print(f"✓ train: at least {100 * LEAST:.0f} % right on fresh sequences of {steps} steps.")


def share_right(weights: tuple[Array, ...], X: Float[Array, "B T D"], y: Float[Array, "B"]) -> float:
    """The share of sequences whose last output has the sign of y. A net that answers 0 or nan is wrong."""
    W, U, b, Wy, by = weights
    Hs, _ = rnn_forward(X, np.zeros((len(X), len(U))), W, U, b)
    return float((readout(Hs, Wy, by)[:, -1, 0] * y > 0).mean())


def _sequences(
    rng: np.random.Generator, batch: int, steps: int, turn: Float[Array, "2 2"]
) -> tuple[Float[Array, "B T 2"], Float[Array, "B"]]:
    X, first = tasks.first_symbol(rng, batch, steps)
    return X @ turn, 2.0 * first - 1


def _too_few(share: float, part: str, steps: int) -> CheckFailed:
    if share < 1 - LEAST:
        cause = "the sign of the update is wrong, or the rate does not fall to 0 and the last updates are too long."
    else:
        cause = (
            "the gradient does not reach the first step (does U start orthogonal?), or it exploded (are all five "
            "gradients clipped, before each update?). Train a few nets with other seeds: does each one learn?"
        )
    return failed(
        "train",
        f"the nets that train returns do not learn the task: one is right in {100 * share:.0f} % of fresh sequences "
        f"of {steps} steps; {100 * LEAST:.0f} % is asked for, and guessing gives 50 %.",
        cause,
        part=part,
    )
