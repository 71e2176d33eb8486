"""Judges LSTMs whose gates a student set by hand: the form of such a question.

unrolled-canary-d40c6be19a73
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from solutions.judging.judging import fresh
from solutions.judging.weights import failed, weights_of
from solutions.reference.lstm import lstm_step
from solutions.reference.numerics import Array

SEQUENCES, STEPS = 20, 400
UNITS = 4  # at most
PART = "behaviour"

Steps = Float[Array, "B T"]


@dataclass(frozen=True)
class Fault:
    """What is wrong where a net fails at one of some steps.

    sentence: says it, without a full stop.
    look: where to look for the cause, without a full stop.
    steps: for X and y: the steps that it is about; every one if not said.
    """

    sentence: str
    look: str
    steps: Callable[[Float[Array, "B T D"], Steps], Bool[Array, "B T"]] = lambda X, y: np.ones(y.shape, dtype=bool)


@dataclass(frozen=True)
class ByHand:
    """What an LSTM has to do whose weights a student's function sets. It is called without arguments.

    function: its name. It returns W, U, b, of at most UNITS units.
    draw: for a generator, B and T: inputs, (B, T, D), and right answers, (B, T).
    holds: for the hidden and the cell state of the first unit and the right answers, (B, T) each: the steps at which
        what is asked for holds.
    faults: the first one about a step at which it does not hold is said. The last is about every step.
    """

    function: str
    draw: Callable[[np.random.Generator, int, int], tuple[Float[Array, "B T D"], Steps]]
    holds: Callable[[Steps, Steps, Steps], Bool[Array, "B T"]]
    faults: tuple[Fault, ...]

    def judge(self, function: Callable[[], Any]) -> None:
        """Do the weights of `function()` do it at every step of fresh sequences?

        Raises:
            CheckFailed: with what goes wrong, or with what is wrong with the weights.
        """
        X, y = self.draw(fresh(self.function), SEQUENCES, STEPS)
        weights = weights_of(function(), self.function, inputs=X.shape[-1], most=UNITS, part=PART, blocks=4, head=False)
        h, c = first_unit(X, weights)
        wrong = ~self.holds(h, c, y)
        if wrong.any():
            fault = next(fault for fault in self.faults if wrong[fault.steps(X, y)].any())
            sentence = f"{self.function}: {fault.sentence}, on fresh sequences of {STEPS} steps."
            raise failed(self.function, sentence, f"{fault.look}.", part=PART)
        print(f"✓ {self.function}: right at every step of fresh sequences.")


def first_unit(X: Float[Array, "B T D"], weights: tuple[Array, ...]) -> Float[Array, "2 B T"]:
    """The hidden and the cell state of the first unit at every step, from states of zeros."""
    W, U, b = weights
    first = np.empty((2, *X.shape[:2]))
    h = c = np.zeros((len(X), len(U)))
    for t in range(X.shape[1]):
        h, c, _ = lstm_step(X[:, t], h, c, W, U, b)
        first[:, :, t] = h[:, 0], c[:, 0]
    return first
