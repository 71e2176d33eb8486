"""The behavioural question of the assignment `pytorch-cells`: an LSTM that keeps one marked sign of many to the end.

unrolled-canary-8df4657630c6
"""

from __future__ import annotations

import numpy as np

from solutions.exercises.lstm_backward.behaviour import lstm_outputs
from solutions.judging.training import Weights, sign_at_the_end, turned
from unrolled.data import tasks

LEAST = 0.9
LARGE = 10  # weights of a net that learned stay below 5


def _cause(share: float, weights: Weights) -> str:
    if max(float(np.abs(array).max()) for array in weights) > LARGE:
        return (
            "the weights ran away: a number among them is beyond 10. Is the rate too large? Is zero_grad called in "
            "every update, and are the gradients clipped between backward and step?"
        )
    if share < 1 - LEAST:
        return "the answers are the wrong way round: is the loss made of p − y, and are the readout's weights returned?"
    if share < 0.6:
        return (
            "the gradient does not reach the marked step. Does the forget gate's bias, the second H entries of b, "
            "start at 4, so that f is near 1? Is the readout at the last state? Has the optimiser all parameters?"
        )
    return "some nets learn too slowly: train longer."


MARKED_SIGN = sign_at_the_end(
    draw=turned(tasks.marked_sign),
    bound=LEAST,
    cause=_cause,
    outputs=lstm_outputs,
    blocks=4,
    key="pytorch-{part}-{net}",
)
judge_marked_sign = MARKED_SIGN.judge
