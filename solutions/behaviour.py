"""Judges what a net of a student's does on data that nobody has seen: the hidden tests of behavioural questions.

unrolled-canary-27c94e0d6b8a
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from solutions.judging import KEY_VARIABLE, PLAIN_KEY, generator
from solutions.nets import failed, weights_of
from solutions.numerics import Array
from solutions.rnn import readout, rnn_forward
from unrolled import tasks

PART = "behaviour"
XOR_RIGHT = 0.97  # the share of right answers that passes
XOR_UNITS = 16  # at most: a large net has enough memory by chance, without a gradient through time
XOR_DELAY = 4
XOR_STEPS, XOR_LONGER = 12, 24  # of the sequences to train on; of those to be judged on
ECHO_ERROR = 0.2  # the relative error that is still too large; without memory it is 1
ECHO_UNITS = 100
ECHO_DELAYS = (3, 4, 5)


def fresh(name: str) -> np.random.Generator:
    """The random numbers of the behavioural test of `name`, for this submission."""
    return generator(os.environ.get(KEY_VARIABLE, PLAIN_KEY), name, PART)


def judge_training(train: Callable[..., Any]) -> None:
    """Does `train(X, y, rng)` make a net that compares each bit with the one four steps earlier?

    It is asked on fresh, longer sequences, from the fifth step on: a net without memory is right half of the time.

    Raises:
        CheckFailed: with the share, or with what is wrong with the weights.
    """
    rng = fresh("train")
    X, y = tasks.delayed_xor(rng, 500, XOR_STEPS, XOR_DELAY)
    weights = weights_of(
        train(X, y, np.random.default_rng(rng.integers(2**63))), "train", inputs=1, most=XOR_UNITS, part=PART
    )
    X, y = tasks.delayed_xor(rng, 500, XOR_LONGER, XOR_DELAY)
    right = float(((outputs(weights, X)[..., 0] > 0) == y)[:, XOR_DELAY:].mean())
    if right < XOR_RIGHT:
        raise failed(
            "train",
            f"The net that train returns answers {_percent(right)} right on fresh sequences. {_percent(XOR_RIGHT)} are "
            "asked for; guessing gives 50 %.",
            "the gradient does not come from four steps back (is rnn_backward right?), or the net trained too briefly, "
            "or with a learning rate that is too small or too large.",
            part=PART,
        )
    print(f"✓ train: {_percent(right)} right on fresh sequences.")


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
    error = float(((outputs(weights, X)[..., 0] - y)[:, delay:] ** 2).mean() / (y[:, delay:] ** 2).mean())
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


def outputs(weights: tuple[Array, ...], X: Array) -> Array:
    """The outputs of every step, (B, T, K), of the net with the weights W, U, b, Wy, by."""
    W, U, b, Wy, by = weights
    Hs, _ = rnn_forward(X, np.zeros((len(X), len(U))), W, U, b)
    return readout(Hs, Wy, by)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
