"""The rule that a state depends on the inputs up to its own step, and on no later ones.

unrolled-canary-bd5c92e2d82b
"""

from __future__ import annotations

import numpy as np

from solutions.judging.cases import Draw
from solutions.judging.contract import Rule
from solutions.judging.derivation import Function
from solutions.judging.parts import Sizes


def causality_rule(draw: Draw) -> Rule:
    """Inputs from some step on are changed: states before it stay, states from it on do not.

    Args:
        draw: the contract's; its first argument is the sequence X, and the function's first output all states.
    """

    def sees_the_future(function: Function, rng: np.random.Generator) -> bool:
        arguments = draw(rng, Sizes(2, 7, 3, 4, 2), np.float64)
        t = int(rng.integers(2, 6))
        changed = {**arguments, "X": arguments["X"].copy()}
        changed["X"][:, t:] += rng.uniform(0.5, 1, changed["X"][:, t:].shape)
        before, after = (np.asarray(function(*each.values())[0]) for each in (arguments, changed))
        return not np.allclose(before[:, :t], after[:, :t]) or np.allclose(before[:, t:], after[:, t:])

    return Rule(
        "sees-the-future",
        "a state may depend on the inputs up to its own step, and has to; later inputs must not change it.",
        sees_the_future,
        "rnn-cell#eq-causality",
    )
