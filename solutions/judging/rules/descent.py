"""The rule that an update of a net goes down the gradient of the loss that it returns.

unrolled-canary-9c05be7d31f8
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solutions.judging.cases import Draw
from solutions.judging.contract import Rule
from solutions.judging.derivation import Function
from solutions.judging.parts import Sizes

NAMES = ("W", "U", "b", "Wy", "by")
SIZES = Sizes(batch=3, steps=4, inputs=3, hidden=4, outputs=2)
RATE = 0.02
TOLERANCE = 0.02  # of the fall of the loss
NO_LIMIT = 1e6  # of the norm of the gradients


def descent_rule(draw: Draw, read: str) -> Rule:
    """A short update lowers the loss by as much as its own length says.

    Along a step s = −rate · g the loss falls by |s|² / rate at first, and by s · s' / rate at its end, where s' is the
    next step. Weights that do not come from those given have no such fall.

    Args:
        draw: the contract's. The function returns the new weights, called as the old ones, and last the loss before.
        read: where the student should read.
    """

    def not_downhill(function: Function, rng: np.random.Generator) -> bool:
        arguments: dict[str, Any] = draw(rng, SIZES, np.float64) | {"rate": RATE}
        if "limit" in arguments:
            arguments["limit"] = NO_LIMIT
        losses, steps = [], []
        for _ in range(2):
            *new, loss = function(*arguments.values())
            losses.append(float(loss))
            step = [(one - arguments[name]).ravel() for name, one in zip(NAMES, new, strict=True)]
            steps.append(np.concatenate(step))
            arguments |= dict(zip(NAMES, new, strict=True))
        first, second = steps
        fall = float(first @ first + first @ second) / (2 * RATE)
        return not abs(losses[0] - losses[1] - fall) <= TOLERANCE * fall or fall == 0

    return Rule(
        "not-downhill",
        "with a small rate an update goes down the gradient of its own loss, as the fall of the loss shows.",
        not_downhill,
        read,
    )
