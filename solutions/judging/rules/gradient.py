"""The rule that a backward function gives the gradient of the forward function next to it, by finite differences.

unrolled-canary-0398be31c1ce
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solutions.judging.contract import Rule
from solutions.judging.derivation import Function
from solutions.judging.parts import Arguments, Sizes

SIZES = Sizes(batch=2, steps=3, inputs=3, hidden=4, outputs=2)
# Of four forward passes around a point, for a step long enough that float32 arithmetic in a right answer passes.
STEP, TOLERANCE = 0.05, 2e-3


def gradient_rule(draw: Callable[..., Arguments], upstream: int, read: str) -> Rule:
    """The student's backward function against the student's own forward function, so that a slip in the forward
    function costs nothing here. The loss is Σ output ⊙ upstream gradient, over all outputs.

    Args:
        draw: the contract's; arguments of the forward function, then the upstream gradients.
        upstream: how many of those there are.
        read: where the student should read.
    """

    def not_the_gradient(backward: Function, rng: np.random.Generator, forward: Function) -> bool:
        arguments = draw(rng, SIZES, np.float64)
        values = list(arguments.values())
        inputs, dependent = values[: len(values) - upstream], values[len(values) - upstream :]
        for k, (given, gradient) in enumerate(zip(inputs, backward(*values), strict=True)):
            if np.shape(gradient) != given.shape:
                return True
            direction = rng.standard_normal(given.shape)
            direction /= np.linalg.norm(direction)
            slope = _slope(forward, inputs, k, direction, dependent)
            along = float(np.sum(np.asarray(gradient) * direction))
            # A forward function that does not depend on an argument would make any check of its gradient pass.
            if not abs(slope - along) <= TOLERANCE * max(1, abs(slope)) or slope == 0:
                return True
        return False

    return Rule(
        "not-the-gradient",
        "your gradients have to be those of your own forward function, as finite differences of it give them.",
        not_the_gradient,
        read,
    )


def _slope(
    forward: Function, inputs: list[np.ndarray], k: int, direction: np.ndarray, dependent: list[np.ndarray]
) -> float:
    def loss(s: float) -> float:
        moved = [a + s * direction if j == k else a.copy() for j, a in enumerate(inputs)]
        *outputs, _cache = forward(*moved)
        pairs = list(zip(outputs, dependent, strict=True))
        if any(np.shape(output) != upstream.shape for output, upstream in pairs):
            raise ValueError("the forward function's outputs have not the shapes of their gradients")
        return sum(float(np.sum(np.asarray(output) * upstream)) for output, upstream in pairs)

    near, far = loss(STEP) - loss(-STEP), loss(2 * STEP) - loss(-2 * STEP)
    return (8 * near - far) / (12 * STEP)
