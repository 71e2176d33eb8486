"""The behavioural question of the assignment `deep-bidirectional`: a net, set by hand, that needs both sides.

unrolled-canary-b13909ba53b2
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.judging.by_hand import PART, Fault
from solutions.judging.judging import fresh
from solutions.judging.weights import failed
from solutions.reference.deep import bidirectional_forward
from solutions.reference.numerics import Array
from solutions.reference.rnn import readout

TRIPLETS, STEPS = 10, 60
UNITS = 8  # in each direction, at most
SURE = 0.5  # how far from 0 an answer has to be
NAMES = ("W_f", "U_f", "b_f", "W_b", "U_b", "b_b", "Wy", "by")
SHAPES = "(1, H), (H, H), (H,), (1, H), (H, H), (H,), (2H, 1), (1,)"

Weights = tuple[Array, ...]


def draw(
    rng: np.random.Generator, triplets: int, steps: int
) -> tuple[Float[Array, "B T 1"], Int[Array, "B"], Int[Array, "B T"]]:
    """Bits, lengths, and where a step lies between the first and the last one of its sequence, these included.

    The sequences of a triplet are the same up to some step, or from it on, and another answer is right there: no net
    that sees one side alone can give it. Single ones, sequences without any, and short ones follow. Padding is noise.
    """
    lengths = np.concatenate([np.repeat(rng.integers(12, steps + 1, triplets), 3), [steps, steps - 1, 5, 3, 1, 1]])
    X = rng.integers(0, 2, (len(lengths), steps))
    for row in range(0, 3 * triplets, 3):
        length, share = lengths[row], rng.uniform(0.05, 0.3)
        middle = int(rng.integers(4, length - 4))
        bits = (rng.random(length) < share).astype(int)
        bits[rng.integers(0, middle)] = bits[rng.integers(middle + 1, length)] = 1
        bits[middle] = 0
        X[row : row + 3, :length] = bits
        X[row + 1, middle:length] = 0
        X[row + 2, :middle] = 0
    for row in range(3 * triplets, len(lengths)):
        X[row, : lengths[row]] = 0
        if row % 2:
            X[row, rng.integers(0, lengths[row])] = 1
    real = X * (np.arange(steps) < lengths[:, None])
    seen = np.maximum.accumulate(real, axis=1)
    to_come = np.maximum.accumulate(real[:, ::-1], axis=1)[:, ::-1]
    order = rng.permutation(len(X))
    return X[order, :, None].astype(float), lengths[order], (seen * to_come)[order]


def outputs(X: Float[Array, "B T 1"], lengths: Int[Array, "B"], weights: Weights) -> Float[Array, "B T"]:
    """The answers of the net with the weights of both directions and of the readout."""
    *cells, Wy, by = weights
    Hs, _ = bidirectional_forward(X, lengths, *cells)
    return readout(Hs, Wy, by)[..., 0]


FAULTS = (
    Fault(
        "before the first one of a sequence the answer has to be below −0.5",
        "the forward direction, whose state has to be another one before the first one than from it on; or the readout",
        lambda X, y: np.maximum.accumulate(X, axis=1) == 0,
    ),
    Fault(
        "behind the last one of a sequence the answer has to be below −0.5",
        "the backward direction. Only it can know that no more ones come; or the readout, which needs both blocks",
        lambda X, y: np.maximum.accumulate(X[:, ::-1], axis=1)[:, ::-1] == 0,
    ),
    Fault(
        "from the first one to the last one of a sequence the answer has to be above 0.5",
        "a state that fades: with a large U and tanh, 1 stays 1 and 0 stays 0; or the readout",
    ),
)


def judge_between(function: Callable[[], Any]) -> None:
    """Do the weights of `between()` say at every step of fresh sequences whether it lies between two ones?

    Raises:
        CheckFailed: with what goes wrong, or with what is wrong with the weights.
    """
    X, lengths, y = draw(fresh("between"), TRIPLETS, STEPS)
    p = outputs(X, lengths, _weights(function()))
    inside = np.arange(STEPS) < lengths[:, None]
    wrong = inside & ~np.where(y == 1, p >= SURE, p <= -SURE)
    if wrong.any():
        bits = X[..., 0] * inside
        fault = next(fault for fault in FAULTS if wrong[fault.steps(bits, y)].any())
        raise _failed(f"between: {fault.sentence}, on fresh sequences.", f"{fault.look}.")
    print("✓ between: right at every step of fresh sequences.")


_failed = partial(failed, "between", part=PART)


def _weights(answer: Any) -> Weights:
    def refused(what: str) -> Exception:
        return _failed(f"between has to return {', '.join(NAMES)}, in this order; {what}.")

    if not isinstance(answer, tuple | list) or len(answer) != len(NAMES):
        raise refused("it returned something else")
    try:
        made = tuple(np.asarray(array, dtype=np.float64) for array in answer)
    except (TypeError, ValueError):
        raise refused("one of them is no array of numbers") from None
    hidden = len(made[1]) if made[1].ndim else 0
    if not 1 <= hidden <= UNITS:
        raise refused(f"each direction has to have 1 to {UNITS} units")
    cell = (1, hidden), (hidden, hidden), (hidden,)
    for name, array, shape in zip(NAMES, made, (*cell, *cell, (2 * hidden, 1), (1,)), strict=True):
        if array.shape != shape:
            raise refused(f"{name} does not fit. With H units in each direction the shapes are {SHAPES}")
        if not np.isfinite(array).all():
            raise refused(f"{name} holds numbers that are not finite")
    return made
