"""The behavioural question of the assignment `bptt`: a net that compares each bit with the one four steps earlier.

unrolled-canary-b3e51f08a7d4
"""

from __future__ import annotations

from functools import partial

import numpy as np
from jaxtyping import Bool, Float

from solutions.judging.training import Question, Sequences
from solutions.reference.numerics import Array
from unrolled.data import tasks

DELAY = 4


def _draw(rng: np.random.Generator, steps: int) -> Sequences:
    yield tasks.delayed_xor(rng, 500, steps, DELAY)
    yield tasks.delayed_xor(rng, 500, 2 * steps, DELAY)


def _share_right(p: Float[Array, "B T"], y: Bool[Array, "B T"]) -> float:
    # From the fifth step on, where a net without memory is right half of the time.
    return float(((p > 0) == y)[:, DELAY:].mean())


DELAYED_XOR = Question(
    "train",
    _draw,
    _share_right,
    bound=0.97,
    missed="The net that train returns answers {score} right on fresh sequences. {bound} are asked for; guessing gives "
    "50 %.",
    passed="{score} right on fresh sequences",
    cause=lambda score, weights: (
        "the gradient does not come from four steps back (is rnn_backward right?), or the net "
        "trained too briefly, or with a learning rate that is too small or too large."
    ),
    units=16,  # a large net has enough memory by chance, without a gradient through time
    key="behaviour",
)
judge_training = partial(DELAYED_XOR.judge, part="behaviour", steps=12, enough=1)
