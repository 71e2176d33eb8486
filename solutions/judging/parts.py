"""Parts of a contract that functions of arrays have in common: what earns points, and on which inputs.

unrolled-canary-5b9e20d7c4f1
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unrolled.checking.fixtures import strided
from unrolled.checking.outputs import WORK

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
    """The input of one case.

    label: what it is called. arguments: by name. forbid_overflow: whether overflow in it is an error.
    rare: whether it shows what few programs get wrong. No known mistake is told by it; such cases come last.
    """

    label: str
    arguments: Arguments
    forbid_overflow: bool = False
    rare: bool = False


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


def of_values(draw: Draw, *specials: Special, many: Sizes | None = None) -> tuple[Part, ...]:
    """Values and edges, for a function whose answer has no shape to speak of. `many`: sizes, some above eight."""
    return (_values("values", draw), _edges(draw, specials, (), many))


def of_arrays(draw: Draw, *specials: Special, many: Sizes | None = None) -> tuple[Part, ...]:
    """Shapes, values and edges: a step's, or a sequence's."""
    return (_shapes(draw), _values("values", draw), _edges(draw, specials, _on_arrays(draw), many))


def of_gradients(draw: Draw, *specials: Special) -> tuple[Part, ...]:
    """Shapes, gradient and edges: those of a backward function."""
    return (_shapes(draw), _values("gradient", draw), _edges(draw, specials, _on_arrays(draw), None))


def with_work(draw: Draw, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The same parts, and before the last one that of counted work, on sequences of more steps."""

    def given(rng: np.random.Generator) -> Iterator[Given]:
        sizes = Sizes(*map(int, rng.permutation(np.arange(3, 8))))
        yield Given("many steps", draw(rng, replace(sizes, steps=int(rng.integers(16, 20))), np.float64))

    return (*parts[:-1], Part(WORK, given), parts[-1])


def _shapes(draw: Draw) -> Part:
    def given(rng: np.random.Generator) -> Iterator[Given]:
        for sizes in _unequal_sizes(rng):
            yield Given("unequal sizes", draw(rng, sizes, np.float64))
        yield Given("sizes of one", draw(rng, ONES, np.float64))

    return Part("shapes", given, values=False)


def _values(name: str, draw: Draw) -> Part:
    def given(rng: np.random.Generator) -> Iterator[Given]:
        some, others = _unequal_sizes(rng)
        for sizes in (some, others):
            yield Given("unequal sizes", draw(rng, sizes, np.float64))
        # Transposed or swapped kernels fit only where inputs and hidden size agree.
        yield Given("as many inputs as units", draw(rng, replace(some, inputs=some.hidden), np.float64))
        yield Given("float32", draw(rng, others, np.float32))
        yield Given("not contiguous", _each_array(draw(rng, some, np.float64), strided))

    return Part(name, given)


def _edges(draw: Draw, specials: Iterable[Special], rare: Iterable[Special], many: Sizes | None) -> Part:
    def given(rng: np.random.Generator) -> Iterator[Given]:
        for label, sizes in OF_ONE:
            yield Given(label, draw(rng, sizes, np.float64))
        for special in specials:
            yield Given(special.label, special.draw(rng), special.forbid_overflow)
        for label, sizes in (*DELICATE, ("sizes above eight", many or MANY)):
            yield Given(label, draw(rng, sizes, np.float64), rare=True)
        for special in rare:
            yield Given(special.label, special.draw(rng), special.forbid_overflow, rare=True)

    return Part("edges", given)


ONES = Sizes(batch=1, steps=1, inputs=1, hidden=1, outputs=2)
MANY = Sizes(batch=10, steps=11, inputs=2, hidden=9, outputs=3)
# Where a program that is right elsewhere goes wrong: an axis of length 1 is lost, or broadcast, or two are confused.
OF_ONE = (
    ("sizes of one", ONES),
    ("a batch of one", Sizes(batch=1, steps=4, inputs=3, hidden=5, outputs=3)),
)
DELICATE = (
    ("a single step", Sizes(batch=3, steps=1, inputs=2, hidden=5, outputs=4)),
    ("a single input", Sizes(batch=4, steps=3, inputs=1, hidden=2, outputs=5)),
    ("a single unit", Sizes(batch=2, steps=4, inputs=3, hidden=1, outputs=5)),
    ("all sizes equal", Sizes(batch=3, steps=3, inputs=3, hidden=3, outputs=3)),
)
SOME = Sizes(batch=4, steps=3, inputs=2, hidden=5, outputs=3)
STATES, CELL_STATES = ("h", "h0"), ("c", "c0")  # arguments
LARGE, LOUD = 20.0, 4.0  # the least of large states and gradients; larger ones leave float32 too few digits of sums


def _on_arrays(draw: Draw) -> tuple[Special, ...]:
    # What arrays may be, whatever is computed from them. The first argument is what comes in.
    drawn = draw(np.random.default_rng(0), SOME, np.float64)
    comes_in = next(iter(drawn))
    if not isinstance(drawn[comes_in], np.ndarray):
        return ()

    def changed(change: Callable[[np.ndarray], np.ndarray], *names: str) -> Callable[[np.random.Generator], Arguments]:
        def special(rng: np.random.Generator) -> Arguments:
            arguments = draw(rng, SOME, np.float64)
            return arguments | _each_array({name: arguments[name] for name in names}, change)

        return special

    specials = [
        Special("nothing comes in", changed(np.zeros_like, comes_in)),
        Special("in Fortran's order", changed(np.asfortranarray, *drawn)),
    ]
    if "W" in drawn:
        specials.append(Special("a kernel of zeros", changed(np.zeros_like, "W")))
    upstream = [name for name in drawn if name.startswith("d")]
    if not upstream:  # of whole numbers there is no gradient
        specials.append(Special("whole numbers", changed(lambda array: np.round(3 * array).astype(np.int64), comes_in)))
    # What enters a sum of states or of gradients: who cuts these off shows. A cell state shuts no gate, as a state may.
    states = [name for name in drawn if name in CELL_STATES] or [name for name in drawn if name in STATES]
    least = LOUD if upstream else LARGE
    if large := upstream or states:
        specials.append(Special("large values", changed(lambda array: least * (array + np.sign(array)), *large)))
    return tuple(specials)


def _unequal_sizes(rng: np.random.Generator) -> tuple[Sizes, Sizes]:
    # All different, so that an axis taken for another shows; what is longer in the first is shorter in the second.
    some = rng.permutation(np.arange(2, 9))[:5]
    return Sizes(*map(int, some)), Sizes(*map(int, 10 - some))


def _each_array(arguments: Arguments, change: Callable[[np.ndarray], np.ndarray]) -> Arguments:
    return {name: change(value) if isinstance(value, np.ndarray) else value for name, value in arguments.items()}
