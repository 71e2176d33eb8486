"""Judges the nets that a student's function trains, on a task that they have to solve: the form of such a question.

unrolled-canary-7e2b94d1c058
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.judging.judging import fresh
from solutions.judging.weights import failed, weights_of
from solutions.reference.initialise import orthogonal
from solutions.reference.numerics import Array
from solutions.reference.rnn import rnn_outputs

Weights = tuple[Array, ...]  # W, U, b, Wy, by
# Inputs and right answers, some to train on, then others.
Sequences = Iterator[tuple[Float[Array, "B T D"], Any]]
Draw = Callable[[np.random.Generator, int], Sequences]


def percent(share: float) -> str:
    """A share as text."""
    return f"{100 * share:.0f} %"


@dataclass(frozen=True)
class Question:
    """What the nets of a student's function have to be good for. It is called with X, y and a generator.

    function: its name. It returns W, U, b, Wy, by.
    draw: for a generator and T: yields X, (B, T, D), and y twice, first to train on, then to be asked about. What both
        share, such as a delay, is drawn before the first.
    score: for a net's outputs, (B, T), and y: how good they are.
    bound: the score that passes.
    missed: the sentence for nets that fail; {score}, {bound} and {steps} stand for the numbers.
    passed: the same where they pass, without a full stop.
    cause: for the score and the weights: why a net is no better, as far as these tell.
    units: how many a net may have.
    outputs: for X and the weights: the outputs of a net that starts from zeros, (B, T, 1).
    sizes: for X and y: how many inputs and outputs a net has.
    blocks: how many are stacked in W, U and b: 1 for the plain cell, 3 for a GRU, 4 for an LSTM.
    below: a score below the bound is asked for, where otherwise one of at least the bound is.
    shown: a score as text.
    misses: how many nets may fail: training is chance.
    key: names the random numbers of a net of a part, other ones in each question.
    """

    function: str
    draw: Draw
    score: Callable[[Float[Array, "B T"], Array], float]
    bound: float
    missed: str
    passed: str
    cause: Callable[[float, Weights], str]
    units: int
    outputs: Callable[[Float[Array, "B T D"], Weights], Float[Array, "B T 1"]] = rnn_outputs
    sizes: Callable[[Array, Any], tuple[int, int]] = lambda X, y: (X.shape[-1], 1)
    blocks: int = 1
    below: bool = False
    shown: Callable[[float], str] = percent
    misses: int = 0
    key: str = "{part}-{net}"

    def passes(self, score: float) -> bool:
        """Is this score good enough? One that is nan is not."""
        return score < self.bound if self.below else score >= self.bound

    def judge(self, function: Callable[..., Any], part: str, *, steps: int, enough: int) -> None:
        """Does `function(X, y, rng)` make nets that solve the task on sequences of `steps` steps?

        Args:
            enough: how many nets have to pass, each trained on data of its own; `misses` more may fail.

        Raises:
            CheckFailed: with the score of the net that failed, or with what is wrong with the weights.
        """
        passed = missed = 0
        while passed < enough:
            rng = fresh(self.function, self.key.format(part=part, net=passed + missed))
            sequences = self.draw(rng, steps)
            X, y = next(sequences)
            answer = self._answer(function, X, y, np.random.default_rng(rng.integers(2**63)), part)
            inputs, outputs = self.sizes(X, y)
            weights = weights_of(
                answer, self.function, inputs=inputs, outputs=outputs, blocks=self.blocks, most=self.units, part=part
            )
            X, y = next(sequences)
            score = self.score(self.outputs(X, weights)[..., 0], y)
            numbers = {"score": self.shown(score), "bound": self.shown(self.bound), "steps": steps}
            if self.passes(score):
                passed += 1
            elif missed < self.misses:
                missed += 1
            else:
                raise failed(self.function, self.missed.format(**numbers), self.cause(score, weights), part=part)
        print(f"✓ {self.function}: {self.passed.format(**numbers)}.")

    def _answer(self, function: Callable[..., Any], X: Array, y: Array, rng: np.random.Generator, part: str) -> Any:
        try:
            return function(X, y, rng)
        except NotImplementedError:
            raise
        except Exception as error:
            what = f"{self.function}, or something that it calls, stopped with {type(error).__name__}."
            where = f"see what the cell behind {self.function} says: it runs it, and names the function that stopped."
            raise failed(self.function, what, where, part=part) from None


def turned(
    draw: Callable[[np.random.Generator, int, int], tuple[Float[Array, "B T 2"], Array]], *, shorter: float = 1
) -> Draw:
    """Both inputs of a task, drawn for a generator, B and T, turned by an angle that nobody knows.

    No weights can be prepared for them.

    Args:
        shorter: the sequences to train on have so many times fewer steps than those that a net is asked about. What is
            kept because it was learned lasts on; what a net happens to keep without that has faded by then.
    """

    def drawn(rng: np.random.Generator, steps: int) -> Sequences:
        turn = orthogonal(rng, 2, 2)
        for batch, length in ((1000, round(steps / shorter)), (500, steps)):
            X, y = draw(rng, batch, length)
            yield X @ turn, y

    return drawn


def share_of_signs(p: Float[Array, "B T"], y: Float[Array, "B"]) -> float:
    """The share of sequences whose last output has the sign of y, −1 or 1. A net that answers 0 or nan is wrong."""
    return float((p[:, -1] * y > 0).mean())


# A sign that is told at the last step. What is left to say: draw, bound, cause, and what is not as in a plain cell.
sign_at_the_end = partial(
    Question,
    function="train",
    score=share_of_signs,
    missed="the nets that train returns do not learn the task: one is right in {score} of fresh sequences of {steps} "
    "steps; {bound} is asked for, and guessing gives 50 %.",
    passed="at least {bound} right on fresh sequences of {steps} steps",
    units=32,
    misses=1,
)
