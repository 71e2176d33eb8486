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
from solutions.numerics import Array
from solutions.rnn import readout, rnn_forward
from unrolled import tasks
from unrolled.check import CheckFailed

SEQUENCES, NEW = 1000, 500
LEAST = 0.9  # the share of right answers that passes
UNITS = 32  # at most
NAMES = ("W", "U", "b", "Wy", "by")


def judge_long_lag(train: Callable[..., Any], part: str, *, steps: int, enough: int) -> None:
    """Does `train(X, y, rng)` make nets that tell at the last step which of two vectors came first?

    The vectors are one-hot ones turned by an angle that nobody knows, so that no weights can be prepared. A net without
    memory is right half of the time.

    Args:
        enough: how many nets have to pass, each trained on data of its own. One more may fail: training is chance.

    Raises:
        CheckFailed: with the share of right answers, or with what is wrong with the weights.
    """
    passed = failed = 0
    while passed < enough:
        rng = generator(os.environ.get(KEY_VARIABLE, PLAIN_KEY), "train", f"{part}-{passed + failed}")
        turn = orthogonal(rng, 2, 2)
        X, y = _sequences(rng, SEQUENCES, steps, turn)
        weights = _weights(train(X, y, np.random.default_rng(rng.integers(2**63))), part)
        share = share_right(weights, *_sequences(rng, NEW, steps, turn))
        if share >= LEAST:
            passed += 1
        elif failed:
            raise _failed(share, part, steps)
        else:
            failed += 1
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


def _failed(share: float, part: str, steps: int) -> CheckFailed:
    if share < 1 - LEAST:
        cause = "the sign of the update is wrong, or the rate does not fall to 0 and the last updates are too long."
    else:
        cause = (
            "the gradient does not reach the first step (does U start orthogonal?), or it exploded (are all five "
            "gradients clipped, before each update?). Train a few nets with other seeds: does each one learn?"
        )
    return CheckFailed(
        f"✗ the nets that train returns do not learn the task: one is right in {100 * share:.0f} % of fresh sequences "
        f"of {steps} steps; {100 * LEAST:.0f} % is asked for, and guessing gives 50 %.\n  Likely cause {cause}",
        function="train",
        part=part,
    )


def _weights(answer: Any, part: str) -> tuple[Array, ...]:
    # The five arrays, or a message about what came back instead.
    def refuse(what: str) -> CheckFailed:
        return CheckFailed(
            f"✗ train has to return W, U, b, Wy, by, in this order; {what}.", function="train", part=part
        )

    if not isinstance(answer, tuple | list) or len(answer) != len(NAMES):
        raise refuse("it returned something else")
    try:
        made = tuple(np.asarray(array, dtype=np.float64) for array in answer)
    except (TypeError, ValueError):
        raise refuse("one of them is no array of numbers") from None
    hidden = made[1].shape[0] if made[1].ndim else 0
    if not 1 <= hidden <= UNITS:
        raise refuse(f"the net has to have 1 to {UNITS} units")
    shapes = ((2, hidden), (hidden, hidden), (hidden,), (hidden, 1), (1,))
    for name, array, shape in zip(NAMES, made, shapes, strict=True):
        if array.shape != shape:
            raise refuse(f"the shape of {name} does not fit a net with two inputs and one output")
        if not np.isfinite(array).all():
            raise CheckFailed(
                f"✗ {name} holds numbers that are not finite: the training ran away.\n"
                "  Likely cause a gradient exploded: clip all five before each update. Or the rate is too large.",
                function="train",
                part=part,
            )
    return made
