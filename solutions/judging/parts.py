"""Parts of a contract that functions of arrays have in common: what earns points, and on which inputs.

unrolled-canary-5b9e20d7c4f1
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from unrolled.checking.fixtures import strided

Arguments = dict[str, Any]
PROPERTY = "property"  # the part that rules make


@dataclass(frozen=True)
class Sizes:
    """Sizes of one case: batch B, steps T, inputs D, hidden H, outputs K."""

    batch: int
    steps: int
    inputs: int
    hidden: int
    outputs: int


@dataclass(frozen=True)
class Given:
    """The input of one case: what it is called, the arguments by name, and whether overflow in it is an error."""

    label: str
    arguments: Arguments
    forbid_overflow: bool = False


@dataclass(frozen=True)
class Part:
    """One part of a contract.

    draw: makes its inputs from a generator.
    values: False where only the structure of the answer counts: how many outputs, of which shapes.
    """

    name: str
    draw: Callable[[np.random.Generator], Iterator[Given]]
    values: bool = True


@dataclass(frozen=True)
class Special:
    """A case that the equations make delicate: its label, how to draw it, and whether overflow is an error."""

    label: str
    draw: Callable[[np.random.Generator], Arguments]
    forbid_overflow: bool = False


# A contract's way to draw: a generator, the sizes and the dtype -> the arguments of one case, by name.
Draw = Callable[[np.random.Generator, Sizes, type], Arguments]


def of_values(draw: Draw, *specials: Special) -> tuple[Part, ...]:
    """Values and edges, for a function whose answer has no shape to speak of."""
    return (_values("values", draw), _edges(draw, specials))


def of_arrays(draw: Draw, *specials: Special) -> tuple[Part, ...]:
    """Shapes, values and edges: a step's, or a sequence's."""
    return (_shapes(draw), _values("values", draw), _edges(draw, specials))


def of_gradients(draw: Draw, *specials: Special) -> tuple[Part, ...]:
    """Shapes, gradient and edges: those of a backward function."""
    return (_shapes(draw), _values("gradient", draw), _edges(draw, specials))


def _shapes(draw: Draw) -> Part:
    def given(rng: np.random.Generator) -> Iterator[Given]:
        yield Given("unequal sizes", draw(rng, _unequal_sizes(rng), np.float64))
        yield Given("sizes of one", draw(rng, ONES, np.float64))

    return Part("shapes", given, values=False)


def _values(name: str, draw: Draw) -> Part:
    def given(rng: np.random.Generator) -> Iterator[Given]:
        for _ in range(2):
            yield Given("unequal sizes", draw(rng, _unequal_sizes(rng), np.float64))
        # Transposed or swapped kernels fit only where inputs and hidden size agree.
        yield Given("as many inputs as units", draw(rng, _square_sizes(rng), np.float64))
        yield Given("float32", draw(rng, _unequal_sizes(rng), np.float32))
        yield Given("not contiguous", _strided(draw(rng, _unequal_sizes(rng), np.float64)))

    return Part(name, given)


def _edges(draw: Draw, specials: tuple[Special, ...]) -> Part:
    def given(rng: np.random.Generator) -> Iterator[Given]:
        yield Given("sizes of one", draw(rng, ONES, np.float64))
        yield Given("a batch of one", draw(rng, Sizes(1, 4, 3, 5, 3), np.float64))
        for special in specials:
            yield Given(special.label, special.draw(rng), special.forbid_overflow)

    return Part("edges", given)


ONES = Sizes(batch=1, steps=1, inputs=1, hidden=1, outputs=2)


def _unequal_sizes(rng: np.random.Generator) -> Sizes:
    # All different, so that an axis taken for another shows.
    batch, steps, inputs, hidden, outputs = rng.permutation(np.arange(2, 9))[:5]
    return Sizes(int(batch), int(steps), int(inputs), int(hidden), int(outputs))


def _square_sizes(rng: np.random.Generator) -> Sizes:
    sizes = _unequal_sizes(rng)
    return Sizes(sizes.batch, sizes.steps, sizes.hidden, sizes.hidden, sizes.outputs)


def _strided(arguments: Mapping[str, Any]) -> Arguments:
    return {name: strided(v) if isinstance(v, np.ndarray) else v for name, v in arguments.items()}
