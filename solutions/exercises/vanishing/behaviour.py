"""The behavioural question of the assignment `vanishing`: a net that keeps its first input through a long lag.

unrolled-canary-61d8e0b35f9c
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from solutions.judging.training import Weights, sign_at_the_end, turned
from solutions.reference.numerics import Array
from unrolled.data import tasks

LEAST = 0.9


def _draw(rng: np.random.Generator, batch: int, steps: int) -> tuple[Float[Array, "B T 2"], Float[Array, "B"]]:
    X, first = tasks.first_symbol(rng, batch, steps)
    return X, 2.0 * first - 1


def _cause(share: float, weights: Weights) -> str:
    if share < 1 - LEAST:
        return "the sign of the update is wrong, or the rate does not fall to 0 and the last updates are too long."
    return (
        "the gradient does not reach the first step (does U start orthogonal?), or it exploded (are all five "
        "gradients clipped, before each update?). Train a few nets with other seeds: does each one learn?"
    )


FIRST_SYMBOL = sign_at_the_end(draw=turned(_draw), bound=LEAST, cause=_cause)
judge_long_lag = FIRST_SYMBOL.judge
