"""A marked derivation: one right implementation, an equation a line, from which the ways to get it wrong are made.

It is a function, or a class such as a PyTorch module, of which every method is taken.

A line may have a mark, at its end or in lines of its own above it, `#: eq-gru-flow: what flows back + its own dHs`: the
equation of the book that it writes down, and what its terms are called.

unrolled-canary-7f0c2e91ab58
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import sys
import textwrap
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

Function = Callable[..., Any]
Definition = ast.FunctionDef | ast.ClassDef
Edit = tuple[ast.AST, ast.AST | str]  # a node, and what stands there instead, a tree or its text
MARK = "#:"
LOOP, CONDITION = "the loop", "the condition"  # what the heads of these make


@dataclass(frozen=True)
class Line:
    """One statement: its number in the text, what it makes, the equation it writes down, the names of its terms."""

    number: int
    target: str
    equation: str = ""
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rewrite:
    """One way to get a derivation wrong (or to write it otherwise).

    family: its kind, a key of the table of hints.
    edits: places among the derivation's nodes, each with what stands there instead.
    about: what the hint of its family speaks of, by field: pieces of the derivation as text.
    """

    family: str
    edits: tuple[tuple[int, ast.AST], ...]
    about: Mapping[str, str] = field(default_factory=dict)
    line: Line = Line(0, "")
    targets: tuple[str, ...] = ()  # of all the lines that are changed


class Rebuilt:
    """A function or class that is compiled when it is first called: of hundreds that are made, a judge calls few."""

    def __init__(self, name: str, text: str, space: Mapping[str, Any]) -> None:
        self.__name__, self.text, self.__globals__ = name, text, dict(space)

    @cached_property
    def _function(self) -> Function:
        exec(compile(self.text, f"<{self.__name__}, rewritten>", "exec"), self.__globals__)
        made: Function = self.__globals__[self.__name__]
        return made

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)


class Derivation:
    """A function's text as a tree whose nodes have places, with what its marks and one run of it tell.

    Args:
        function: the derivation.
        run: calls it, or what it was made into, once with unequal sizes; from this the shapes of its variables are
            known, and with them what can be taken for what.
        alike: what is taken for what beside that: a variable, and a piece of code.
    """

    def __init__(
        self, function: Function, run: Callable[[], object] | None = None, alike: Mapping[str, str] | None = None
    ) -> None:
        self.function, self._run, self.alike = function, run, alike or {}
        self.text = source(function)
        self.definition = definition_in(self.text)
        self.nodes = list(ast.walk(self.definition))
        self._places = {id(node): place for place, node in enumerate(self.nodes)}
        self.lines = _lines(self.definition, self.text)

    @property
    def name(self) -> str:
        """The function's own name."""
        return self.definition.name

    @property
    def functions(self) -> list[ast.FunctionDef]:
        """The function itself; of a class, its methods."""
        if isinstance(self.definition, ast.FunctionDef):
            return [self.definition]
        return [one for one in self.definition.body if isinstance(one, ast.FunctionDef)]

    @property
    def arguments(self) -> list[str]:
        """The names of its arguments; of a class, those of its last method."""
        return [argument.arg for argument in self.functions[-1].args.args if argument.arg != "self"]

    @cached_property
    def helpers(self) -> set[int]:
        """The nodes of functions that are defined inside, such as a sigmoid."""
        inner = [n for n in self.nodes if isinstance(n, ast.FunctionDef | ast.Lambda) and n not in self.functions]
        return {id(node) for one in inner for node in ast.walk(one)}

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """All statements but those of helpers, in the order of the text."""
        outer = [self.definition, *self.functions]
        found = [node for node in self.nodes if isinstance(node, ast.stmt) and node not in outer]
        return sorted((s for s in found if id(s) not in self.helpers), key=lambda s: s.lineno)

    @cached_property
    def expressions(self) -> list[tuple[ast.stmt, ast.expr]]:
        """What is computed: each expression of the statements, with its statement; those of helpers left out."""
        found = []
        for statement in self.statements:
            parts = [value for _, value in ast.iter_fields(statement)]
            for part in parts:
                for one in part if isinstance(part, list) else [part]:
                    if isinstance(one, ast.expr):
                        found += [(statement, node) for node in ast.walk(one) if isinstance(node, ast.expr)]
        return [(s, e) for s, e in found if id(e) not in self.helpers]

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of its variables in one run, where they stay the same."""
        return _shapes_of(self.function, self._run) if self._run is not None else {}

    def line(self, node: ast.AST) -> Line:
        """The line that a node stands in."""
        number = getattr(node, "lineno", 0)
        return self.lines.get(number, Line(number, ""))

    def rewrite(self, family: str, *edits: Edit, **about: str) -> Rewrite:
        """A rewrite of this family."""
        placed = tuple((self._places[id(old)], _expression(new) if isinstance(new, str) else new) for old, new in edits)
        targets = dict.fromkeys(self.line(old).target for old, _ in edits)
        return Rewrite(family, placed, about, self.line(edits[0][0]), tuple(targets))

    def text_of(self, rewrite: Rewrite) -> str:
        """The source after a rewrite."""
        text = self._bytes
        # From the end on, so that earlier places stay where they are.
        for place, new in sorted(rewrite.edits, key=lambda edit: self._span(self.nodes[edit[0]]), reverse=True):
            start, end = self._span(self.nodes[place])
            text = text[:start] + _written(new, self.nodes[place]).encode() + text[end:]
        return text.decode()

    def rebuilt(self, text: str) -> Rebuilt:
        """What a changed text defines."""
        return Rebuilt(self.name, text, space_of(self.function))

    @cached_property
    def _bytes(self) -> bytes:
        return self.text.encode()

    @cached_property
    def _line_starts(self) -> list[int]:
        lengths = [len(line) for line in self._bytes.splitlines(keepends=True)]
        return [0, *itertools.accumulate(lengths)]

    def _span(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr | ast.stmt) and node.end_lineno is not None and node.end_col_offset is not None
        starts = self._line_starts
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    @property
    def answer(self) -> str:
        """The text without marks: the notebook's model answer, body alone, not indented."""
        body = self.text.splitlines()[self.functions[0].body[0].lineno - 1 :]
        lines = [line.split(MARK)[0].rstrip() for line in body if not line.lstrip().startswith(MARK)]
        return textwrap.dedent("\n".join(lines)).strip()


@cache
def source(function: Function) -> str:
    """A function's text from its `def` on, a class's from `class` on, not indented."""
    text = textwrap.dedent(inspect.getsource(function))
    begins = re.search(r"^(def|class) ", text, re.MULTILINE)
    assert begins is not None
    return text[begins.start() :]


def definition_in(text: str) -> Definition:
    """The tree of the one function or class that a text defines."""
    definition = ast.parse(text).body[0]
    assert isinstance(definition, Definition)
    return definition


def space_of(function: Function) -> dict[str, Any]:
    """The names that a function or class finds where it stands."""
    return vars(sys.modules[function.__module__]) if inspect.isclass(function) else function.__globals__


def flat(node: ast.expr, operator: type[ast.operator]) -> list[ast.expr]:
    """The parts of a chain such as a + b + c."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, operator):
        return [*flat(node.left, operator), *flat(node.right, operator)]
    return [node]


def joined(parts: Iterable[ast.expr], operator: type[ast.operator]) -> ast.expr:
    """The chain of these parts."""
    first, *others = parts
    for part in others:
        first = ast.BinOp(first, operator(), part)
    return first


def target_of(statement: ast.stmt) -> str:
    """What a statement makes, as text: the name, or the list of names, that it assigns; `return` for the answer."""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0]).strip("()")
    if isinstance(statement, ast.AugAssign):
        return ast.unparse(statement.target)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func  # dX.insert(0, …) makes dX
        return ast.unparse(called.value) if isinstance(called, ast.Attribute) else ""
    if isinstance(statement, ast.For | ast.While):
        return LOOP
    if isinstance(statement, ast.If):
        return CONDITION
    return "return" if isinstance(statement, ast.Return) else ""


def names_in(node: ast.AST) -> list[str]:
    """The names in a tree, each once."""
    return list(dict.fromkeys(one.id for one in ast.walk(node) if isinstance(one, ast.Name)))


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _written(new: ast.AST, old: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(new))
    if isinstance(new, ast.stmt | ast.Module):  # of several statements
        return text.replace("\n", "\n" + " " * getattr(old, "col_offset", 0))
    whole = isinstance(new, ast.Name | ast.Constant | ast.Call | ast.Subscript | ast.Attribute | ast.List)
    return text if whole or isinstance(getattr(new, "ctx", None), ast.Store) else f"({text})"


def _lines(definition: Definition, text: str) -> dict[int, Line]:
    marks: dict[int, str] = {}
    above: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        code, mark, words = line.partition(MARK)
        if mark and not code.strip():
            above.append(words.strip())
        else:
            marks[number] = " ".join([*above, *([words.strip()] if mark else [])])
            above = []
    found: dict[int, Line] = {}
    for statement in ast.walk(definition):
        if not isinstance(statement, ast.stmt) or statement is definition:
            continue
        last = statement.lineno if hasattr(statement, "body") else statement.end_lineno or statement.lineno
        numbers = range(statement.lineno, last + 1)
        mark = next((marks[number] for number in numbers if marks.get(number)), "")
        equation, _, terms = mark.partition(": ")
        named = tuple(term.strip() for term in terms.split(" + ")) if terms else ()
        for number in numbers:
            found[number] = Line(statement.lineno, target_of(statement), equation.strip(), named)
    return found


def _shapes_of(function: Function, run: Callable[[], object]) -> dict[str, tuple[int, ...]]:
    seen: dict[str, set[tuple[int, ...]]] = {}
    functions = filter(inspect.isfunction, vars(function).values()) if inspect.isclass(function) else [function]
    own = {one.__code__ for one in functions}

    def note(frame: types.FrameType, event: str, argument: object) -> Any:
        if frame.f_code not in own:
            return None
        for name, value in frame.f_locals.items():
            is_number = isinstance(value, float | int) and not isinstance(value, bool)
            shape = () if is_number else getattr(value, "shape", None)  # a tensor has one, too
            if isinstance(shape, tuple):
                seen.setdefault(name, set()).add(tuple(shape))
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        run()
    finally:
        sys.settrace(before)
    # A sum that begins with a plain 0 has the shape that it grows into.
    settled = {name: {shape for shape in shapes if shape} or shapes for name, shapes in seen.items()}
    return {name: next(iter(shapes)) for name, shapes in settled.items() if len(shapes) == 1}
