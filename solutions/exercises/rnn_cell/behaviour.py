"""The behavioural question of the assignment `rnn-cell`: an untrained net that says what its input was.

unrolled-canary-27c94e0d6b8a
"""

from __future__ import annotations

from functools import partial

import numpy as np
from jaxtyping import Float

from solutions.judging.training import Question, Sequences
from solutions.reference.numerics import Array
from unrolled.data import tasks

DELAYS = (3, 4, 5)


def _draw(rng: np.random.Generator, steps: int) -> Sequences:
    # A mixture that nobody knows, so that a readout has to be fitted to it. Each delay has a share worth having.
    shares = rng.uniform(0.5, 1, len(DELAYS)) * rng.choice([-1, 1], len(DELAYS))
    for _ in range(2):
        X, _ = tasks.delayed_echo(rng, 20, steps, delay=0)
        y = np.zeros(X.shape[:2])
        for delay, share in zip(DELAYS, shares, strict=True):
            y[:, delay:] += share * X[:, :-delay, 0]
        yield X, y


def _relative_error(p: Float[Array, "B T"], y: Float[Array, "B T"]) -> float:
    asked = y != 0  # from the first step on that has an input to say
    return float(((p - y)[asked] ** 2).mean() / (y[asked] ** 2).mean())


ECHO = Question(
    "echo_state",
    _draw,
    _relative_error,
    bound=0.2,
    below=True,
    missed="The net that echo_state returns has a relative error of {score} on fresh sequences. Below {bound} is asked "
    "for; a net without memory has 1.",
    passed="a relative error of {score} on fresh sequences",
    shown="{:.2g}".format,
    cause=lambda score, weights: (
        "the scale of U or W (too large: the states saturate; too small: they fade at once), "
        "too few units, or a readout that was not fitted to the y of its own steps."
    ),
    units=100,
    key="behaviour",
)
judge_echo = partial(ECHO.judge, part="behaviour", steps=50, enough=1)
