"""Judges an untrained net that says what its input was: a hidden test of the assignment `rnn-cell`.

unrolled-canary-27c94e0d6b8a
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from solutions.judging.judging import fresh
from solutions.judging.weights import failed, weights_of
from solutions.reference.rnn import rnn_outputs
from unrolled.data import tasks

PART = "behaviour"
ECHO_ERROR = 0.2  # the relative error that is still too large; without memory it is 1
ECHO_UNITS = 100
ECHO_DELAYS = (3, 4, 5)


def judge_echo(echo_state: Callable[..., Any]) -> None:
    """Does `echo_state(X, y, rng)` make a net that says what the input was some steps earlier?

    Raises:
        CheckFailed: with the relative error on fresh sequences, or with what is wrong with the weights.
    """
    rng = fresh("echo_state")
    delay = int(rng.choice(ECHO_DELAYS))
    X, y = tasks.delayed_echo(rng, 20, 50, delay)
    answer = echo_state(X, y, np.random.default_rng(rng.integers(2**63)))
    weights = weights_of(answer, "echo_state", inputs=1, most=ECHO_UNITS, part=PART)
    X, y = tasks.delayed_echo(rng, 20, 50, delay)
    error = float(((rnn_outputs(X, weights)[..., 0] - y)[:, delay:] ** 2).mean() / (y[:, delay:] ** 2).mean())
    if error >= ECHO_ERROR:
        raise failed(
            "echo_state",
            f"The net that echo_state returns has a relative error of {error:.2g} on fresh sequences. Below "
            f"{ECHO_ERROR} is asked for; a net without memory has 1.",
            "the scale of U or W (too large: the states saturate; too small: they fade at once), too few units, or a "
            "readout that was not fitted to the y of its own steps.",
            part=PART,
        )
    print(f"✓ echo_state: a relative error of {error:.2g} on fresh sequences.")
