"""Judges a net that a student's `train` made: the hidden test of the behavioural question of `bptt`.

unrolled-canary-b3e51f08a7d4
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
XOR_RIGHT = 0.97  # the share of right answers that passes
XOR_UNITS = 16  # at most: a large net has enough memory by chance, without a gradient through time
XOR_DELAY = 4
XOR_STEPS, XOR_LONGER = 12, 24  # of the sequences to train on; of those to be judged on


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
    right = float(((rnn_outputs(X, weights)[..., 0] > 0) == y)[:, XOR_DELAY:].mean())
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


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
