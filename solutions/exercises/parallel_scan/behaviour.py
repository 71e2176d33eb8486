"""The behavioural question of the assignment `parallel-scan`: a minGRU that keeps one marked sign for sixty steps.

unrolled-canary-b7b6f3fe8711
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.judging.judging import fresh
from solutions.judging.training import percent, share_of_signs, turned
from solutions.judging.weights import failed
from solutions.reference.numerics import Array
from solutions.reference.parallel import mingru_forward
from solutions.reference.rnn import readout
from unrolled.data import tasks

PART = "solved"
STEPS = 60
LEAST = 0.95
GUESSING = 0.65  # below this share a net has learned nothing
NETS = 2  # one of them is enough: training is chance
UNITS = 32
NAMES = ("W", "b", "Wy", "by")

Weights = tuple[Array, ...]  # W, b, Wy, by

_failed = partial(failed, "train_mingru", part=PART)
_drawn = turned(tasks.marked_sign)


def judge_mingru(function: Callable[..., Any]) -> None:
    """Does `train_mingru(X, y, rng)` return a minGRU that knows the marked sign of fresh sequences?

    Raises:
        CheckFailed: with the share of right answers, or with what is wrong with the weights.
    """
    share = 0.0
    for net in range(NETS):
        rng = fresh("train_mingru", f"{PART}-{net}")
        sequences = _drawn(rng, STEPS)
        X, y = next(sequences)
        weights = _weights(_answer(function, X, y, np.random.default_rng(rng.integers(2**63))))
        X, y = next(sequences)
        share = share_of_signs(_outputs(X, weights)[..., 0], y)
        if share >= LEAST:
            print(f"✓ train_mingru: {percent(share)} right on fresh sequences of {STEPS} steps.")
            return
    raise _failed(
        f"train_mingru: its nets do not learn the task: the last one is right in {percent(share)} of fresh sequences "
        f"of {STEPS} steps; {percent(LEAST)} is asked for, and guessing gives 50 %.",
        _cause(share),
    )


def _outputs(X: Float[Array, "B T 2"], weights: Weights) -> Float[Array, "B T 1"]:
    W, b, Wy, by = weights
    return readout(mingru_forward(X, np.zeros((len(X), len(Wy))), W, b)[0], Wy, by)


def _cause(share: float) -> str:
    if share < 1 - LEAST:
        return "the sign of the update is wrong: take each gradient from its weights."
    if share < GUESSING:
        return (
            "the gradient does not reach the marked step. Does the gate's bias, the first half of b, start at 4? Do "
            "mingru_forward and mingru_backward pass their checks?"
        )
    return "trained too briefly, or with a rate that does not fall to 0 at the end."


def _answer(function: Callable[..., Any], X: Array, y: Array, rng: np.random.Generator) -> Any:
    try:
        return function(X, y, rng)
    except NotImplementedError:
        raise
    except Exception as error:
        raise _failed(
            f"train_mingru, or something that it calls, stopped with {type(error).__name__}.",
            "see what the cell behind train_mingru says: it runs it, and names the function that stopped.",
        ) from None


def _weights(answer: Any) -> Weights:
    def refused(what: str) -> Exception:
        return _failed(f"train_mingru has to return {', '.join(NAMES)}, in this order; {what}.")

    if not isinstance(answer, tuple | list) or len(answer) != len(NAMES):
        raise refused("it returned something else")
    try:
        made = tuple(np.asarray(array, dtype=np.float64) for array in answer)
    except (TypeError, ValueError):
        raise refused("one of them is no array of numbers") from None
    hidden = made[2].shape[0] if made[2].ndim else 0
    if not 1 <= hidden <= UNITS:
        raise refused(f"the net has to have 1 to {UNITS} units")
    shapes = ((2, 2 * hidden), (2 * hidden,), (hidden, 1), (1,))
    for name, array, shape in zip(NAMES, made, shapes, strict=True):
        if array.shape != shape:
            raise refused(f"{name} does not fit: for H units the shapes are W (2, 2H), b (2H,), Wy (H, 1), by (1,)")
        if not np.isfinite(array).all():
            raise _failed(
                f"{name} holds numbers that are not finite: the training ran away.", "take a smaller rate, and clip."
            )
    return made
