"""The behavioural question of the assignment `gru`: a net that keeps one marked sign of many to the end.

unrolled-canary-c3f05a7e81d6
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from solutions.judging.training import Weights, sign_at_the_end, turned
from solutions.reference.gru import gru_forward
from solutions.reference.numerics import Array
from solutions.reference.rnn import readout
from unrolled.data import tasks

LEAST = 0.9
LARGE = 10  # weights of a net that learned stay below 5


def _outputs(X: Float[Array, "B T D"], weights: Weights) -> Float[Array, "B T 1"]:
    # The cell with the reset before the product and z = 1 keeping.
    W, U, b, Wy, by = weights
    return readout(gru_forward(X, np.zeros((len(X), len(U))), W, U, b)[0], Wy, by)


def _cause(share: float, weights: Weights) -> str:
    if max(float(np.abs(array).max()) for array in weights) > LARGE:
        return (
            "the weights ran away: a number among them is beyond 10. Is each gradient taken from its weights, with a "
            "minus? Are all five scaled down before each update? Or the rate is too large."
        )
    if share < 1 - LEAST:
        return "the sign of the update is wrong: take each gradient from its weights."
    if share < 0.6:
        return (
            "the gradient does not reach the marked step. Does the update gate's bias, the first H entries of b, start "
            "at 3, so that z is near 1? Are W, U and Wy random at the start? Does gru_backward pass its check?"
        )
    return "some nets learn too slowly: train longer, and let the rate fall to 0 at the end."


MARKED_SIGN = sign_at_the_end(
    draw=turned(tasks.marked_sign, shorter=2),
    bound=LEAST,
    cause=_cause,
    outputs=_outputs,
    blocks=3,
    key="gru-{part}-{net}",
)
judge_kept_sign = MARKED_SIGN.judge
# The hidden test of releases from before, whose nets are asked about sequences as long as those to train on.
judge_marked_sign = replace(MARKED_SIGN, draw=turned(tasks.marked_sign)).judge
