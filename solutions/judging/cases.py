"""Delicate cases that cells have in common, each made from a contract's own way to draw arguments.

unrolled-canary-f998df2d1ba2
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from solutions.judging.parts import Arguments, Sizes, Special

# A contract's `draw`: a generator, the sizes and the dtype -> the arguments of one case, by name.
Draw = Callable[[np.random.Generator, Sizes, type], Arguments]

SMALL = Sizes(batch=3, steps=4, inputs=5, hidden=2, outputs=2)


def saturated(draw: Draw, *, forbid_overflow: bool = False) -> Special:
    """Inputs of the order of 10 000, the first argument, and an input kernel after which every gate is shut or open.

    Odd eighths in both: an odd number of their products never cancels, and the sum is exact in float32 too.
    """

    def special(rng: np.random.Generator) -> Arguments:
        arguments = draw(rng, SMALL, np.float64)
        name = next(iter(arguments))
        return {
            **arguments,
            name: 1e4 * _odd_eighths(rng, arguments[name].shape),
            "W": _odd_eighths(rng, arguments["W"].shape),
        }

    return Special("saturated", special, forbid_overflow)


def with_zero(draw: Draw, *names: str) -> Special:
    """These arguments zero, such as the initial states."""

    def special(rng: np.random.Generator) -> Arguments:
        arguments = draw(rng, SMALL, np.float64)
        return arguments | {name: np.zeros_like(arguments[name]) for name in names}

    return Special(f"{' and '.join(names)} zero", special)


def of_any_shape(name: str) -> tuple[Special, ...]:
    """An argument with one axis, with three and with four; the function has no other."""
    shapes = {"a vector": (4,), "three axes": (2, 3, 4), "four axes": (2, 1, 3, 2)}

    def special(shape: tuple[int, ...]) -> Callable[[np.random.Generator], Arguments]:
        return lambda rng: {name: rng.standard_normal(shape)}

    return tuple(Special(label, special(shape)) for label, shape in shapes.items())


def loss_at_the_end(draw: Draw) -> Special:
    """Upstream gradients `dHs` that are zero at all steps but the last."""

    def special(rng: np.random.Generator) -> Arguments:
        arguments = draw(rng, Sizes(2, 5, 3, 4, 2), np.float64)
        arguments["dHs"][:, :-1] = 0
        return arguments

    return Special("a loss at the last step only", special)


def loss_at_the_start(draw: Draw) -> Special:
    """Upstream gradients that are zero but at the first step; an LSTM's last cell state has none."""

    def special(rng: np.random.Generator) -> Arguments:
        arguments = draw(rng, Sizes(3, 4, 2, 5, 2), np.float64)
        arguments["dHs"][:, 1:] = 0
        if "dc_last" in arguments:
            arguments["dc_last"][:] = 0
        return arguments

    return Special("a loss at the first step only", special)


def _odd_eighths(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return (2 * rng.integers(-8, 8, shape) + 1) / 8
