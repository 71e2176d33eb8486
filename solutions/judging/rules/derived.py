"""The rule that gradients are derived, not measured: what finite differences of the forward function cannot give.

unrolled-canary-5f1c8e02b7d6
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solutions.judging.cases import Draw
from solutions.judging.contract import Rule
from solutions.judging.derivation import Function
from solutions.judging.parts import STATES, Arguments, Sizes

SIZES = Sizes(batch=3, steps=3, inputs=3, hidden=4, outputs=2)
UNIT = 2.0**30  # no step is short for a kernel of this unit, and long enough for inputs of the other
LOUD = 2.0**60  # beside a loss so large, rounding hides what another row does to it
LARGE = 512  # units of a plain net whose finite differences take minutes of processor time
TOLERANCE = 1e-3


def derivation_rule(draw: Draw, upstream: int, read: str) -> Rule:
    """Gradients that are right in other units of the inputs, beside a much louder row, and soon for a large net.

    Differences with a fixed step fail in other units, those of the whole loss beside a loud row; any others, complex
    steps too, need a forward pass for each of half a million weights, and run out of processor time.

    Args:
        draw: the contract's; arguments of the forward function, the inputs first and W among them, then the upstream
            gradients.
        upstream: how many of those there are.
        read: where the student should read.
    """

    def measured(backward: Function, rng: np.random.Generator, forward: Function) -> bool:
        arguments = draw(rng, SIZES, np.float64)
        names = list(arguments)[: len(arguments) - upstream]
        comes_in = names[0]

        def gradients(given: Arguments) -> dict[str, np.ndarray]:
            return dict(zip(names, backward(*given.values()), strict=True))

        plain = gradients(arguments)
        other = gradients(arguments | {comes_in: arguments[comes_in] * UNIT, "W": arguments["W"] / UNIT})
        other |= {comes_in: other[comes_in] * UNIT, "W": other["W"] / UNIT}
        if not all(_alike(other[name], plain[name]) for name in names):
            return True
        loud = gradients(_first_row_loud(arguments, upstream))
        if not all(_alike(loud[name][1:], plain[name][1:]) for name in (comes_in, *STATES) if name in names):
            return True
        blocks = arguments["b"].shape[0] / SIZES.hidden
        units = round(LARGE / blocks**0.5)
        large = draw(rng, Sizes(1, 2, units, units, 2), np.float64)
        found = gradients(large)
        # Inputs in a unit and W in its inverse give the same loss, so that both sums are equal.
        one, two = (float((large[name] * found[name]).sum()) for name in (comes_in, "W"))
        return not abs(one - two) <= TOLERANCE * max(abs(one), abs(two)) or one == 0

    return Rule(
        "measured-not-derived",
        "gradients hold in other units of the inputs and beside a row with a much larger gradient, and a large net "
        "takes no minutes. Those of finite differences do not, nor does what is cut off: derive them, and clip "
        "elsewhere.",
        measured,
        read,
    )


def _first_row_loud(arguments: Arguments, upstream: int) -> dict[str, Any]:
    loud = dict(arguments)
    for name in list(arguments)[len(arguments) - upstream :]:
        if np.ndim(arguments[name]):
            loud[name] = arguments[name].copy()
            loud[name][0] *= LOUD
    return loud


def _alike(one: np.ndarray, two: np.ndarray) -> bool:
    return np.allclose(one, two, rtol=TOLERANCE, atol=TOLERANCE * float(np.abs(two).max()))
