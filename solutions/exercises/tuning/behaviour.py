"""The behavioural question of the assignment `tuning`: a net trained within a budget, on data that stay here.

unrolled-canary-aff60b950b33
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.judging.judging import fresh
from solutions.judging.training import Weights, percent
from solutions.judging.weights import failed, weights_of
from solutions.reference.initialise import orthogonal
from solutions.reference.numerics import Array
from solutions.reference.rnn import rnn_backward, rnn_forward, rnn_outputs

PART = "solved"
KNOWN, HELD, ASKED = 100, 200, 500  # sequences to train on, to validate on, to be asked about
STEPS, BACK, UNITS, BATCH = 8, 3, 24, 10
NOISE = 0.8
UPDATES, EVALUATIONS = 800, 100
BOUND = 0.5  # share of the variance
UNITS_OF_LOSS = 1.5  # powers of 10, either way, of what the target is measured in

Data = tuple[Float[Array, "B T 2"], Float[Array, "B"]]

_failed = partial(failed, "train", part=PART)


# A student's code sees no more of an error than its name.
class NoUpdatesLeftError(ValueError):
    """The budget is spent."""


class NoEvaluationsLeftError(ValueError):
    """The validation loss was asked for too often."""


class NotTheseWeightsError(ValueError):
    """Something else than W, U, b, Wy, by of the shapes that were given."""


@dataclass
class Task:
    """A net's data, which no student's code sees, and what it may ask of them.

    updates, losses: what it has asked for: how many updates, and which validation losses it was told.
    """

    rng: np.random.Generator
    updates: int = 0
    losses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._unit = 10 ** self.rng.uniform(-UNITS_OF_LOSS, UNITS_OF_LOSS)
        self._turn = orthogonal(self.rng, 2, 2)  # so that no weights can be prepared
        self._known, self._held = self.draw(KNOWN, NOISE), self.draw(HELD, NOISE)
        self.weights: Weights = (
            self.rng.standard_normal((2, UNITS)) / 2,
            0.9 * orthogonal(self.rng, UNITS, UNITS),
            np.zeros(UNITS),
            0.3 * self.rng.standard_normal((UNITS, 1)) / UNITS**0.5,
            np.zeros(1),
        )

    def draw(self, count: int, noise: float) -> Data:
        """Sequences of two inputs; the target takes more of an early value of one than of the last of the other."""
        X = self.rng.standard_normal((count, STEPS, 2))
        y = 0.8 * X[:, -1 - BACK, 0] + 0.6 * X[:, -1, 1] + noise * self.rng.standard_normal(count)
        return X @ self._turn, y

    def update(self, weights: Any, rate: Any, /) -> tuple[list[Array], float]:
        """The weights after an update on a batch, and the batch's loss before it, in the unit of this task.

        Raises:
            NoUpdatesLeftError: there were as many as the budget has.
            NotTheseWeightsError: the weights do not fit.
        """
        if self.updates >= UPDATES:
            raise NoUpdatesLeftError
        given, step = self._checked(weights), float(rate) * self._unit**2
        self.updates += 1
        rows = self.rng.choice(KNOWN, BATCH, replace=False)
        X, y = (one[rows] for one in self._known)
        with np.errstate(all="ignore"):
            loss, gradients = _loss_and_gradients(given, X, y)
            new = [old - step * gradient for old, gradient in zip(given, gradients, strict=True)]
            return new, float(loss * self._unit**2)

    def evaluate(self, weights: Any, /) -> float:
        """The validation loss, in the unit of this task.

        Raises:
            NoEvaluationsLeftError: it was asked for often enough.
            NotTheseWeightsError: the weights do not fit.
        """
        if len(self.losses) >= EVALUATIONS:
            raise NoEvaluationsLeftError
        self.losses.append(self.validation_loss(self._checked(weights)))
        return self.losses[-1]

    def validation_loss(self, weights: Weights) -> float:
        """The same, uncounted."""
        return self._loss(weights, self._held) * self._unit**2

    def score(self, weights: Weights) -> float:
        """The share of the variance that a net explains on fresh sequences, whose targets have no noise."""
        X, y = self.draw(ASKED, 0)
        return 1 - self._loss(weights, (X, y)) / float(np.var(y))

    def _loss(self, weights: Weights, data: Data) -> float:
        with np.errstate(all="ignore"):
            return float(np.mean((rnn_outputs(data[0], weights)[:, -1, 0] - data[1]) ** 2))

    def _checked(self, weights: Any) -> Weights:
        try:
            made = tuple(np.array(one, dtype=np.float64) for one in weights)
        except (TypeError, ValueError):
            raise NotTheseWeightsError from None
        if [one.shape for one in made] != [one.shape for one in self.weights]:
            raise NotTheseWeightsError
        return made


def _loss_and_gradients(weights: Weights, X: Float[Array, "B T 2"], y: Float[Array, "B"]) -> tuple[float, Weights]:
    W, U, b, Wy, by = weights
    Hs, cache = rnn_forward(X, np.zeros((len(X), len(U))), W, U, b)
    error = Hs[:, -1] @ Wy + by - y[:, None]
    dp = 2 * error / len(y)
    dHs = np.zeros_like(Hs)
    dHs[:, -1] = dp @ Wy.T
    _, _, dW, dU, db = rnn_backward(dHs, cache)
    return float(np.mean(error**2)), (dW, dU, db, Hs[:, -1].T @ dp, dp.sum(axis=0))


def judge_train(function: Callable[..., Any]) -> None:
    """Does `train(weights, update, evaluate, updates)` make a net that is good on fresh sequences, within its budget?

    Raises:
        CheckFailed: with the score of the net and what it was trained with, or with what is wrong with the weights.
    """
    task = Task(fresh("train", PART))
    answer = _answer(function, task)
    weights = weights_of(answer, "train", inputs=2, most=UNITS, part=PART)
    score = task.score(weights)
    if not score >= BOUND:
        what = (
            f"train: on fresh sequences its net explains {percent(max(score, 0))} of the variance; {percent(BOUND)} is "
            f"asked for. It has used {task.updates} of {UPDATES} updates."
        )
        raise _failed(what, _cause(task, weights))
    print(f"✓ train: {percent(score)} of the variance on fresh sequences, with {task.updates} updates.")


def _cause(task: Task, weights: Weights) -> str:
    if not task.losses:
        return "evaluate was never called: the weights of the last update have overfitted. Keep the best ones."
    if task.validation_loss(weights) > np.nanmin(task.losses):
        return "you had weights with a lower validation loss on the way. Keep those that early_stopping says."
    if task.updates < UPDATES // 3:
        return "trained too briefly: most of the updates are left."
    return (
        "the rates do not fit this loss, whose unit is another one each time. Take a twentieth of a range test's limit."
    )


def _answer(function: Callable[..., Any], task: Task) -> Any:
    try:
        return function([one.copy() for one in task.weights], task.update, task.evaluate, UPDATES)
    except NotImplementedError:
        raise
    except Exception as error:
        reason = ""
        if task.updates >= UPDATES:
            reason = f" All {UPDATES} updates are spent: those of the range test count, too."
        elif len(task.losses) >= EVALUATIONS:
            reason = f" evaluate may be called {EVALUATIONS} times."
        raise _failed(
            f"train, or something that it calls, stopped with {type(error).__name__}.{reason}",
            "see what the cell behind train says: it runs it, and names the function that stopped.",
        ) from None
