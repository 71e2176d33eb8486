"""What a contract is: one exercise function described once, from which every check of it follows.

unrolled-canary-7d20b6e9f318
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from unrolled.checking.adapters import ADAPTERS
from unrolled.checking.fixtures import strided
from unrolled.checking.outcome import through_cache

Arguments = dict[str, Any]
Function = Callable[..., Any]


@dataclass(frozen=True)
class Sizes:
    """Sizes of one case: batch B, steps T, inputs D, hidden H, outputs K."""

    batch: int
    steps: int
    inputs: int
    hidden: int
    outputs: int


@dataclass(frozen=True)
class Special:
    """A case that the equations make delicate: its label, how to draw it, and whether overflow is an error."""

    label: str
    draw: Callable[[np.random.Generator], Arguments]
    forbid_overflow: bool = False


@dataclass(frozen=True)
class Variant:
    """A correct implementation, written another way.

    text: its source, where `function` was not written as a function of its own.
    forward: for a backward function, the forward function whose cache it reads, where that is not the reference's.
    """

    name: str
    function: Function
    text: str | None = field(default=None, kw_only=True)
    forward: Function | None = field(default=None, kw_only=True)

    def source(self, function_name: str) -> str:
        """Its source as a student would have it: a plain `def function_name(...)` without decorators."""
        text = self.text if self.text is not None else textwrap.dedent(inspect.getsource(self.function))
        definition = ast.parse(text).body[0]
        assert isinstance(definition, ast.FunctionDef)
        definition.decorator_list, definition.name = [], function_name
        return ast.unparse(definition)


@dataclass(frozen=True)
class Misconception(Variant):
    """A wrong implementation that people really write, the sentence that names the mistake, and where to read."""

    hint: str = ""
    read: str = ""


@dataclass(frozen=True)
class Property:
    """Something that must hold whatever the inputs are.

    violated: True where it does not hold. It takes the function and a generator; for a backward function also the
        forward function whose cache it reads, the function itself then taking what `draw` gives.
    """

    name: str
    statement: str
    violated: Callable[..., bool]
    read: str


@dataclass(eq=False)  # one is itself only: what is drawn for it is kept by it
class Contract:
    """One exercise function.

    reference: the right implementation.
    outputs: names of what it returns, in order; `cache` is opaque.
    read: the equation to read, as chapter#label.
    draw: arguments for given sizes and dtype.
    parts: the parts that earn points, of shapes, values (gradient for a backward function), edges, property.
    specials: delicate inputs; they belong to the part `edges`.
    inherited: mistakes of an earlier function, seen through this one.
    further: other forms of misconceptions, two at once for instance. The visible check, which sees all cases together,
        knows them; one part at grading may see nothing but the plain form.
    forward: for a backward function, the reference's forward function; `draw` then gives the arguments of the forward
        function, followed by the `upstream` gradients that the backward function takes before its cache.
    adapter: which of `unrolled.checking`'s makes the function one of the arguments that `draw` gives, where it is not.
    """

    reference: Function
    outputs: tuple[str, ...]
    read: str
    draw: Callable[[np.random.Generator, Sizes, type], Arguments]
    parts: tuple[str, ...]
    specials: tuple[Special, ...] = ()
    properties: tuple[Property, ...] = ()
    misconceptions: list[Misconception] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    inherited: list[Misconception] = field(default_factory=list)
    further: list[Misconception] = field(default_factory=list)
    forward: Function | None = None
    upstream: int = 0
    adapter: str = ""

    @property
    def name(self) -> str:
        """The name that the assignment asks for."""
        return self.reference.__name__

    def subject(self, implementation: Variant | Function) -> Function:
        """An implementation as a function of the arguments that `draw` gives."""
        function = implementation.function if isinstance(implementation, Variant) else implementation
        if self.forward is None:
            return ADAPTERS[self.adapter](function) if self.adapter else function
        own = implementation.forward if isinstance(implementation, Variant) else None
        return through_cache(own or self.forward, function, self.upstream)

    def misconception(
        self, hint: str, read: str | None = None, *, further: bool = False
    ) -> Callable[[Function], Function]:
        """Decorator: register a wrong implementation; with `further`, as another form of one."""

        def register(function: Function) -> Function:
            entry = Misconception(_spoken(function), function, hint, read or self.read)
            (self.further if further else self.misconceptions).append(entry)
            return function

        return register

    def variant(self, function: Function) -> Function:
        """Decorator: register another correct implementation."""
        self.variants.append(Variant(_spoken(function), function))
        return function

    def variant_of(self, forward: Function) -> Callable[[Function], Function]:
        """Decorator: register another correct backward function, which reads the cache of `forward`."""

        def register(function: Function) -> Function:
            self.variants.append(Variant(_spoken(function), function, forward=forward))
            return function

        return register

    def slip(
        self, name: str, hint: str, *edits: tuple[str, str], read: str | None = None, further: bool = False
    ) -> None:
        """Register a wrong implementation: the first variant with each `(right, wrong)` piece of text replaced.

        With `further`, register it as another form of a misconception.

        Raises:
            ValueError: a piece to replace does not stand exactly once in the first variant.
        """
        base = self.variants[0]
        function, text = _edited(base.function, edits)
        slip = Misconception(name, function, hint, read or self.read, text=text, forward=base.forward)
        (self.further if further else self.misconceptions).append(slip)

    def read_at(self, places: Mapping[str, Collection[str]]) -> None:
        """Say which equation explains which mistakes, where it is not the contract's own.

        Args:
            places: names of misconceptions by chapter#label.

        Raises:
            ValueError: no misconception has this name, or it stands twice.
        """
        by_name = {name: place for place, names in places.items() for name in names}
        unknown = set(by_name) - {wrong.name for wrong in self.misconceptions}
        if unknown or len(by_name) != sum(map(len, places.values())):
            raise ValueError(f"{self.name} has no misconceptions {sorted(unknown)}, or one stands at two places")
        self.misconceptions[:] = [
            replace(wrong, read=by_name.get(wrong.name, wrong.read)) for wrong in self.misconceptions
        ]

    def rewrite(self, name: str, *edits: tuple[str, str]) -> None:
        """Register another correct implementation: the first variant with pieces of text replaced. See `slip`."""
        base = self.variants[0]
        function, text = _edited(base.function, edits)
        self.variants.append(Variant(name, function, text=text, forward=base.forward))

    def inherit(
        self,
        earlier: Contract,
        through: Callable[[Function], Function],
        forward: Callable[[Function], Function] | None = None,
    ) -> None:
        """Know the mistakes of `earlier` when they show in this function, which calls it.

        through: builds this function on a given (wrong) implementation of the earlier one.
        forward: for backward functions, builds this one's forward function on the earlier one's.
        """
        for wrong in earlier.misconceptions:
            own = wrong.forward or earlier.forward
            self.inherited.append(
                Misconception(
                    f"{earlier.name}:{wrong.name}",
                    through(wrong.function),
                    f"{self.name} behaves as if {earlier.name}, which it calls, made this mistake: {wrong.hint} Run "
                    f"check({earlier.name}) first; if it is content, look at how {self.name} calls it.",
                    wrong.read,
                    forward=forward(own) if forward and own else None,
                )
            )

    def arguments(self, part: str, rng: np.random.Generator) -> Iterator[tuple[str, Arguments, bool]]:
        """Labelled arguments for the cases of one part, and whether overflow is an error in them."""
        if part == "shapes":
            yield "unequal sizes", self.draw(rng, _unequal_sizes(rng), np.float64), False
            yield "sizes of one", self.draw(rng, ONES, np.float64), False
        elif part in ("values", "gradient"):
            for _ in range(2):
                yield "unequal sizes", self.draw(rng, _unequal_sizes(rng), np.float64), False
            # Transposed or swapped kernels fit only where inputs and hidden size agree.
            yield "as many inputs as units", self.draw(rng, _square_sizes(rng), np.float64), False
            yield "float32", self.draw(rng, _unequal_sizes(rng), np.float32), False
            yield "not contiguous", _strided(self.draw(rng, _unequal_sizes(rng), np.float64)), False
        elif part == "edges":
            yield "sizes of one", self.draw(rng, ONES, np.float64), False
            yield "a batch of one", self.draw(rng, Sizes(1, 4, 3, 5, 3), np.float64), False
            for special in self.specials:
                yield special.label, special.draw(rng), special.forbid_overflow
        else:
            raise ValueError(f"{self.name} has no cases for the part {part!r}")


def _edited(base: Function, edits: tuple[tuple[str, str], ...]) -> tuple[Function, str]:
    text = textwrap.dedent(inspect.getsource(base))
    text = text[text.index("def ") :]
    for old, new in edits:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in {base.__name__}; an edit needs exactly one")
        text = text.replace(old, new)
    namespace = dict(base.__globals__)
    exec(text, namespace)
    return namespace[base.__name__], text


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


def _spoken(function: Function) -> str:
    return function.__name__.replace("_", "-")
