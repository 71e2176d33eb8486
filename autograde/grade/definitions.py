"""Which names a piece of a student's code defines, and which of them are stubs still: read, never run."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

MAGIC = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
HARMLESS_CELL_MAGIC = re.compile(r"\s*%%(time|capture|timeit)\b")  # the rest of the cell is Python
HEAD = re.compile(r"^(?:async[ \t]+def|def|class)[ \t]+(\w+)", re.MULTILINE)
BLOCKS = ("body", "orelse", "finalbody")
DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
UNWRITTEN = "NotImplementedError"
MOST_REMEMBERED, LONGEST_REMEMBERED = 2_000, 5_000  # cells, characters
MOST_PARSED = 1_000_000  # characters of a submission that are read as Python; nobody writes a tenth


@dataclass(frozen=True)
class Definitions:
    """What a piece of code defines at its top level; imports aside.

    written: names with a definition of their own.
    stubs: names of which nothing is there but what raises NotImplementedError.
    is_python: False where it is no Python, so that nothing of it can run; the names are then those behind `def`.
    """

    written: frozenset[str] = frozenset()
    stubs: frozenset[str] = frozenset()
    is_python: bool = True

    @property
    def names(self) -> frozenset[str]:
        return self.written | self.stubs


def definitions(source: str) -> Definitions:
    """What a cell defines."""
    return _remembered(source) if len(source) <= LONGEST_REMEMBERED else _definitions(source)


def _definitions(source: str) -> Definitions:
    tree = _parsed(source)
    if tree is None:
        return Definitions(frozenset(HEAD.findall(source)), is_python=False)
    written: set[str] = set()
    stubs: set[str] = set()
    may_be_stubs = UNWRITTEN in source
    for statement in _statements(tree.body):
        if isinstance(statement, DEFINING):
            (stubs if may_be_stubs and _is_stub(statement) else written).add(statement.name)
        else:
            written |= set(_assigned(statement))
    return Definitions(frozenset(written), frozenset(stubs - written))


_remembered = lru_cache(maxsize=MOST_REMEMBERED)(_definitions)  # a class hands in most cells again and again


def is_python(source: str) -> bool:
    """Whether it is a cell that can run, magics and all."""
    return _parsed(source) is not None


def is_lower_half(source: str, upper: str) -> bool:
    """Whether a cell is Python only as the end of a function whose beginning is the `upper` one."""
    if source[:1] not in (" ", "\t") or not is_python(f"{upper}\n{source}"):
        return False
    alone = _parsed(textwrap.dedent(source))  # Jupyter runs a cell that is indented as a whole
    return alone is None or any(isinstance(one, ast.Return) for one in _statements(alone.body))


def joined(sources: Sequence[str]) -> str:
    """The parts of a cell as one; those that would keep it from running, as comments."""
    whole = "\n\n".join(sources)
    if len(whole) > MOST_PARSED or is_python(whole) or not any(is_python(source) for source in sources):
        return whole
    return "\n\n".join(source if is_python(source) else as_comments(source) for source in sources)


def as_comments(source: str) -> str:
    """Code that is to be read, not run."""
    return "\n".join(f"# {line}" for line in source.splitlines())


def without_stubs(source: str, names: Collection[str]) -> str:
    """A cell without its stubs of these names, so that they define nothing anew. Every other line stays."""
    tree = _parsed(source) if UNWRITTEN in source else None
    if tree is None:
        return source
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", source)  # as Python counts them
    for statement in reversed(tree.body):
        if isinstance(statement, DEFINING) and statement.name in names and _is_stub(statement):
            first = min([statement.lineno, *(one.lineno for one in statement.decorator_list)])
            del lines[first - 1 : statement.end_lineno]
    return "".join(lines)


def _parsed(source: str) -> ast.Module | None:
    is_magic = source.lstrip().startswith("%%") and not HARMLESS_CELL_MAGIC.match(source)
    if is_magic or len(source) > MOST_PARSED:
        return None
    for text in (source, MAGIC.sub(r"\1pass", source)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    # Those that run when the cell runs, also under if, for, with and try. A chain of elif nests as deep as it is long.
    left = [*body]
    while left:
        statement = left.pop()
        yield statement
        if not isinstance(statement, DEFINING):
            parts = [statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())]
            left += [inner for one in parts for name in BLOCKS for inner in getattr(one, name, ())]


def _assigned(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.Assign):
        targets: list[ast.expr] = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    else:
        return
    for target in targets:
        yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name) and _is_stored(node))


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _is_stub(statement: ast.stmt) -> bool:
    # A function that raises it before it returns anything; a class with such a method.
    if isinstance(statement, ast.ClassDef):
        return any(_is_stub(inner) for inner in statement.body)
    if not isinstance(statement, DEFINING):
        return False
    for inner in statement.body:
        if isinstance(inner, ast.Raise) and _raised(inner) == UNWRITTEN:
            return True
        if any(isinstance(one, (ast.Return, ast.Yield, ast.YieldFrom)) for one in ast.walk(inner)):
            return False  # the line was forgotten below the answer
    return False


def _raised(statement: ast.Raise) -> str:
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return raised.id if isinstance(raised, ast.Name) else ""
