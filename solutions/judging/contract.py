"""What a contract is: one exercise function described once, from which every check of it follows.

unrolled-canary-7d20b6e9f318
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from solutions.judging import hints
from solutions.judging.derivation import (
    Derivation,
    Function,
    Rebuilt,
    definition_in,
    source,
    space_of,
)
from solutions.judging.families import ARRAYS, Family, rewrites
from solutions.judging.parts import PROPERTY, Part
from unrolled.checking.compare import Counts
from unrolled.checking.outputs import WORK, Output
from unrolled.checking.probes import Probe

EDIT = " " * 4  # begins an edit in a table of mistakes
ENTRY = re.compile(r"(\S+): (.+?)(?: \[(\S+#\S+)\])?")

OWN, DERIVED, FURTHER, INHERITED = "own", "derived", "further", "inherited"


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
        """Its source as a student would have it: a plain `def function_name(...)`, or class, without decorators."""
        text = self.text if self.text is not None else textwrap.dedent(inspect.getsource(self.function))
        definition = definition_in(text)
        definition.decorator_list, definition.name = [], function_name
        return ast.unparse(definition)


@dataclass(frozen=True)
class Misconception(Variant):
    """A wrong implementation that people really write, the sentence that names the mistake, and where to read.

    origin: own (written in the contract), derived (made by a family), further (two mistakes at once, or another form of
        one: the visible check, which sees all cases together, knows it; one part at grading may see nothing but the
        plain form) or inherited (of an earlier function, seen through this one).
    line: the number of the derivation's line that it changes; 0 where there is none.
    """

    hint: str = ""
    read: str = ""
    origin: str = OWN
    line: int = 0


@dataclass(frozen=True)
class Rule:
    """Something that must hold whatever the inputs are.

    violated: True where it does not hold. It takes the function and a generator; for a backward function also the
        forward function whose cache it reads, the function itself then taking what a case gives.
    """

    name: str
    statement: str
    violated: Callable[..., bool]
    read: str


@dataclass(frozen=True)
class _Marked:
    """A derivation as it was registered."""

    variant: Variant
    text: Derivation
    words: hints.Words
    families: list[Family]


@dataclass(eq=False)  # one is itself only: what is drawn for it is kept by it
class Contract:
    """One exercise function.

    reference: the right implementation.
    outputs: what it returns, in order.
    read: the equation to read, as chapter#label.
    parts: the parts that earn points, with their inputs; `rules` make one more, the last.
    probe: makes the function one of the arguments that the parts draw.
    forward: for a backward function, the reference's forward function, which the probe takes, too.
    """

    reference: Function
    outputs: tuple[Output, ...]
    read: str
    parts: tuple[Part, ...]
    rules: tuple[Rule, ...] = ()
    probe: Probe = Probe()  # noqa: RUF009  # it is frozen
    forward: Function | None = None
    variants: list[Variant] = field(default_factory=list)
    _written: list[Misconception] = field(default_factory=list)
    _derivations: list[_Marked] = field(default_factory=list)
    _derived: list[Misconception] | None = None
    _known: list[Misconception] | None = None
    _without: set[str] = field(default_factory=set)
    _unmade: set[str] = field(default_factory=set)
    _inherit: list[Callable[[], Iterable[Misconception]]] = field(default_factory=list)
    _said: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name that the assignment asks for."""
        return self.reference.__name__

    @property
    def part_names(self) -> tuple[str, ...]:
        """The parts that earn points."""
        return (*(part.name for part in self.parts), *((PROPERTY,) if self.rules else ()))

    def part(self, name: str) -> Part:
        """One of the parts that have inputs."""
        return next(part for part in self.parts if part.name == name)

    def counts(self, name: str) -> Counts:
        """What counts in one of the parts that have inputs, so that one fault costs the points of one part.

        What a call does to its arguments and to other calls costs those of the last part. An axis of length 1 too many
        costs those of the shapes; where these are no part, those of the last, too. Counted work costs those of `work`.
        """
        last = self.parts[-1].name
        shapes = next((part.name for part in self.parts if not part.values), last)
        return Counts(self.part(name).values, axes=name == shapes, manners=name == last, work=name == WORK)

    @property
    def takes_arrays(self) -> bool:
        """Whether an argument is an array, which a call could write into."""
        given = next(self.parts[0].draw(np.random.default_rng(0)))
        return any(isinstance(value, np.ndarray) for value in given.arguments.values())

    def subject(self, implementation: Variant | Function) -> Function:
        """An implementation as a function of the arguments that the parts draw."""
        function = implementation.function if isinstance(implementation, Variant) else implementation
        if self.forward is None:
            return self.probe(function)
        own = implementation.forward if isinstance(implementation, Variant) else None
        return self.probe(function, own or self.forward)

    # What is registered: right implementations, mistakes.

    def derivation(
        self,
        forward: Function | None = None,
        *,
        words: Mapping[str, str] | None = None,
        alike: Mapping[str, str] | None = None,
        families: Iterable[Family] = ARRAYS,
        without: Iterable[str] = (),
    ) -> Callable[[Function], Function]:
        """Decorator: register a marked derivation, of which the families make mistakes.

        The first one is the first variant, and the notebook's model answer. Others, written in another way, add the
        mistakes that only their way has a place for.

        Args:
            forward: for a backward function, the forward function whose cache it reads.
            words: what its variables are called in hints.
            alike: what is taken for what, beside variables of the same shape: a variable, and a piece of code.
            families: what makes the mistakes.
            without: names of mistakes that are none, or that are better left unsaid.

        Raises:
            ValueError: the function has a `while`, so that a mistake might never end, or an array that is not filled.
        """

        def register(function: Function) -> Function:
            text = source(function)
            if any(isinstance(node, ast.While) for node in ast.walk(definition_in(text))):
                raise ValueError(f"{function.__name__} has a while: a mistake in it might never end. Make it a variant")
            if "np.empty" in text:
                raise ValueError(f"{function.__name__} has np.empty: a mistake might read what was never written")
            variant = Variant(_spoken(function), function, forward=forward)
            marked = Derivation(function, lambda: self._run(variant), alike or {})
            # What a probe takes apart has other names than the function's own answers.
            names = [] if self.probe.name.startswith("on_") else [output.name for output in self.outputs]
            table = hints.Words(words or {}, names)
            self.variants.append(variant)
            self._derivations.append(_Marked(variant, marked, table, list(families)))
            self._without |= set(without)
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

    def misconception(
        self, hint: str, read: str | None = None, *, further: bool = False
    ) -> Callable[[Function], Function]:
        """Decorator: register a wrong implementation; with `further`, as another form of one."""

        def register(function: Function) -> Function:
            origin = FURTHER if further else OWN
            self._written.append(Misconception(_spoken(function), function, hint, read or self.read, origin))
            return function

        return register

    def slip(
        self, name: str, hint: str, *edits: tuple[str, str], read: str | None = None, further: bool = False
    ) -> None:
        """Register a wrong implementation: the derivation with each `(right, wrong)` piece of text replaced.

        Args:
            read: where to read; by default the equation of the first line that is changed.

        Raises:
            ValueError: a piece to replace does not stand exactly once in the derivation.
        """
        base, text = self.variants[0], self.text.text
        line = self.text.lines.get(text[: text.find(edits[0][0])].count("\n") + 1)
        function = self._edited(edits)
        origin = FURTHER if further else OWN
        self._written.append(
            Misconception(
                name,
                function,
                hint,
                read or self._place(line.equation if line else ""),
                origin,
                line.number if line else 0,
                text=function.text,
                forward=base.forward,
            )
        )

    def rewrite(self, name: str, *edits: tuple[str, str]) -> None:
        """Register another correct implementation: the derivation with pieces of text replaced. See `slip`."""
        function = self._edited(edits)
        self.variants.append(Variant(name, function, text=function.text, forward=self.variants[0].forward))

    def mistakes(self, text: str) -> None:
        """Register mistakes by a table: one that families make, in other words than theirs, or one that they do not.

        ```
        name of a derived one: The sentence. [chapter#label]
        name of one's own: The sentence, in one line
          or several, indented by two.
            right piece of the derivation → wrong piece
        ```

        The place to read may be left out. What is indented by four are edits, as `slip` takes them.

        Raises:
            ValueError: a line that is none of these, or a piece that does not stand exactly once in the derivation.
        """
        for entry in re.split(r"\n(?=\S)", textwrap.dedent(text).strip()):
            lines = entry.splitlines()
            said = [line.strip() for line in lines if not line.startswith(EDIT)]
            edits = [line.strip().partition(" →") for line in lines if line.startswith(EDIT)]
            found = ENTRY.fullmatch(" ".join(said))
            if found is None or not all(arrow for _, arrow, _ in edits):
                raise ValueError(f"{self.name}: this is no entry of a table of mistakes: {entry!r}")
            name, hint, read = found.groups()
            if edits:
                self.slip(name, hint, *((right, wrong.removeprefix(" ")) for right, _, wrong in edits), read=read)
            else:
                self.say(name, hint, read or "")

    def say(self, name: str, hint: str, read: str = "") -> None:
        """Say what a derived mistake is called in other words than its family's."""
        self._said[name] = hint, read

    def inherit(self, earlier: Contract) -> None:
        """Know the mistakes of `earlier` when they show in this function, whose derivation calls it by its name."""

        def inherited() -> Iterator[Misconception]:
            base = self.variants[0]
            # Of the first derivation alone: whoever calls a step has not written it in another way here.
            for wrong in (*earlier.written(), *(one for one in earlier.derived() if one.line)):
                forward = base.forward
                if forward is not None and earlier.forward is not None and wrong.forward is not None:
                    forward = _calling(forward, earlier.forward.__name__, wrong.forward)
                yield Misconception(
                    f"{earlier.name}:{wrong.name}",
                    _calling(base.function, earlier.name, wrong.function),
                    f"{self.name} behaves as if a step, {earlier.name}, made this mistake: {wrong.hint} Run "
                    f"check({earlier.name}) first; if it is content, look at what {self.name} does in its place.",
                    wrong.read,
                    INHERITED,
                    forward=forward,
                )

        self._inherit.append(inherited)

    # What follows from it.

    @property
    def text(self) -> Derivation:
        """The derivation.

        Raises:
            LookupError: the contract has none.
        """
        if not self._derivations:
            raise LookupError(f"{self.name} has no derivation")
        return self._derivations[0].text

    def written(self) -> list[Misconception]:
        """The mistakes that are written in the contract."""
        return [wrong for wrong in self._written if wrong.origin == OWN]

    def derived(self) -> list[Misconception]:
        """The mistakes that families make; some of them may be the same in effect, or no mistake at all."""
        if self._derived is None:
            self._derived = list(self._mistakes())
        return self._derived

    def unmade(self) -> set[str]:
        """Names of mistakes that the contract words anew or leaves out, and that no family makes."""
        self.derived()
        return self._unmade

    def known(self) -> list[Misconception]:
        """Everything that a wrong answer is compared with; where two are the same, the first is said."""
        if self._known is None:
            inherited = [wrong for make in self._inherit for wrong in make()]
            further = [wrong for wrong in self._written if wrong.origin == FURTHER]
            self._known = [*self.written(), *self.derived(), *inherited, *further]
        return self._known

    def _edited(self, edits: Iterable[tuple[str, str]]) -> Rebuilt:
        text = self.text.text
        for old, new in edits:
            if text.count(old) != 1:
                raise ValueError(f"{old!r} stands {text.count(old)} times in {self.name}; an edit needs exactly one")
            text = text.replace(old, new)
        return self.text.rebuilt(text)

    def _run(self, variant: Variant) -> object:
        given = next(self.parts[0].draw(np.random.default_rng(0)))
        return self.subject(variant)(*given.arguments.values())

    def _mistakes(self) -> Iterator[Misconception]:
        names = {wrong.name for wrong in self._written}
        for marked in self._derivations:
            for rewrite, text in rewrites(marked.text, marked.families):
                name = _another(hints.name(rewrite), names)
                names.add(name)
                if name in self._without:
                    continue
                hint, read = self._said.get(name, ("", ""))
                yield Misconception(
                    name,
                    marked.text.rebuilt(text),
                    hint or marked.words.sentence(rewrite),
                    read or self._place(rewrite.line.equation),
                    DERIVED,
                    rewrite.line.number if marked is self._derivations[0] else 0,
                    text=text,
                    forward=marked.variant.forward,
                )
        self._unmade = {*self._said, *self._without} - names

    def _place(self, label: str) -> str:
        if not label:
            return self.read
        return label if "#" in label else f"{self.read.partition('#')[0]}#{label}"


def _calling(function: Function, name: str, called: Function) -> Function:
    # The same function, but that what it calls by this name is another.
    return Rebuilt(function.__name__, source(function), {**space_of(function), name: called})


def _another(name: str, taken: set[str]) -> str:
    number = 2
    made = name
    while made in taken:
        made, number = f"{name}-{number}", number + 1
    return made


def _spoken(function: Function) -> str:
    return function.__name__.replace("_", "-")
