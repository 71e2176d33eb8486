"""The behavioural question of the assignment `lstm-backward`: a net that keeps one marked sign of many to the end.

unrolled-canary-5d2a80f3c76e
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from solutions.judging.training import Question, Weights, sign_at_the_end, turned
from solutions.reference.lstm import lstm_forward
from solutions.reference.numerics import Array
from solutions.reference.rnn import readout
from unrolled.data import tasks

LEAST = 0.95
GUESSING = 0.65  # below this share a net has learned nothing


def lstm_outputs(X: Float[Array, "B T D"], weights: Weights) -> Float[Array, "B T 1"]:
    """The outputs of an LSTM that starts from zeros."""
    W, U, b, Wy, by = weights
    zeros = np.zeros((len(X), len(U)))
    return readout(lstm_forward(X, zeros, zeros, W, U, b)[0], Wy, by)


def kept_sign(key: str, unreached: str) -> Question:
    """A small LSTM, asked about sequences longer than those it was trained on.

    Args:
        key: as in `Question`.
        unreached: questions to a student whose gradient does not reach the marked step.
    """

    def cause(share: float, weights: Weights) -> str:
        if share < 1 - LEAST:
            return "the sign of the update is wrong: take each gradient from its weights."
        if share < GUESSING:
            return f"the gradient does not reach the marked step. {unreached}"
        return "some nets learn too slowly: train longer, and let the rate fall to 0 at the end."

    return sign_at_the_end(
        draw=turned(tasks.marked_sign, shorter=1.5),
        bound=LEAST,
        cause=cause,
        outputs=lstm_outputs,
        blocks=4,
        units=8,  # a large net keeps enough by chance, without a gradient through time
        key=key,
    )


def of_former_releases(question: Question) -> Question:
    """The same as it was asked before: of a larger net, about sequences as long as those it was trained on."""
    return replace(question, draw=turned(tasks.marked_sign), units=32)


MARKED_SIGN = kept_sign(
    "lstm-{part}-{net}",
    "Does the forget gate's bias, the second block of b, start at 4? Does lstm_backward hand both dh and dc from "
    "step to step?",
)
judge_kept_sign = MARKED_SIGN.judge
# The hidden test of releases from before.
judge_marked_sign = of_former_releases(MARKED_SIGN).judge
