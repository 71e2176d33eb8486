"""Judges LSTMs whose gates were set by hand: hidden tests of the assignment `lstm-forward`.

unrolled-canary-7e15c9a04d3b
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from solutions.judging.judging import fresh
from solutions.judging.weights import failed, weights_of
from solutions.reference.lstm import lstm_step
from solutions.reference.numerics import Array
from unrolled.checking.check import CheckFailed
from unrolled.data import tasks

SEQUENCES, STEPS = 20, 400
UNITS = 4  # at most
SURE = 0.5  # how far from 0 the state has to be where it says a sign
SHUT = 0.1  # how near to 0 where it says nothing
COUNT_ERROR = 0.1
PART = "behaviour"


def judge_latch(latch: Callable[[], Any]) -> None:
    """Do the weights of `latch()` keep the sign of the value that was written last?

    Raises:
        CheckFailed: with what goes wrong first, or with what is wrong with the weights.
    """
    X, y = tasks.latch(fresh("latch"), SEQUENCES, STEPS)
    h, _ = _run(latch(), "latch", X)
    wrong = np.where(y == 0, np.abs(h) > SHUT, h * y < SURE)
    if wrong[y == 0].any():
        raise _failed("latch", "the state has to stay near 0 until something is written", "the input gate")
    if wrong[X[..., 1] == 1].any():
        raise _failed(
            "latch",
            f"right after a writing the state has to have the sign of the new value, and be {SURE} away from 0",
            "the forget gate, the candidate or the output gate at that step",
        )
    if wrong.any():
        raise _failed("latch", "what was written is lost later on", "a gate that is not quite open or not quite shut")
    print("✓ latch: right at every step of fresh sequences.")


def judge_counter(counter: Callable[[], Any]) -> None:
    """Is the cell state of `counter()` the number of events since the last reset?

    Raises:
        CheckFailed: with what goes wrong, or with what is wrong with the weights.
    """
    X, y = tasks.counting(fresh("counter"), SEQUENCES, STEPS)
    _, c = _run(counter(), "counter", X)
    wrong = np.abs(c - y) > COUNT_ERROR
    if wrong[X[..., 1] == 1].any():
        raise _failed("counter", "after a reset the cell state has to be 0", "the forget or the input gate at a reset")
    if wrong.any():
        raise _failed(
            "counter", "the cell state is not the number of events", "a gate or a candidate that is not quite 0 or 1"
        )
    print("✓ counter: right at every step of fresh sequences.")


def judge_parity(parity: Callable[[], Any]) -> None:
    """Does the hidden state of `parity()` say whether the number of ones so far is odd?

    Raises:
        CheckFailed: with what goes wrong, or with what is wrong with the weights.
    """
    X, y = tasks.parity(fresh("parity"), SEQUENCES, STEPS)
    h, _ = _run(parity(), "parity", X)
    first = np.cumsum(X[..., 0], axis=1) <= 1
    wrong = np.where(y == 1, h < SURE, h > SHUT)
    if wrong[first].any():
        raise _failed("parity", "it goes wrong at the first one, or before", "what the gates do where h is still 0")
    if wrong.any():
        raise _failed("parity", "it goes wrong after the first one", "how the gates see h through U")
    print("✓ parity: right at every step of fresh sequences.")


def _run(answer: Any, function: str, X: Array) -> tuple[Array, Array]:
    # The hidden and the cell state of the first unit at every step, both (B, T), from states of zeros.
    W, U, b = weights_of(answer, function, inputs=X.shape[-1], most=UNITS, part=PART, blocks=4, head=False)
    first = np.empty((2, *X.shape[:2]))
    h = c = np.zeros((len(X), len(U)))
    for t in range(X.shape[1]):
        h, c, _ = lstm_step(X[:, t], h, c, W, U, b)
        first[:, :, t] = h.T[0], c.T[0]
    return first[0], first[1]


def _failed(function: str, what: str, look: str) -> CheckFailed:
    return failed(function, f"{function}: {what}, on fresh sequences of {STEPS} steps.", f"{look}.", part=PART)
