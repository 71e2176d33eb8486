"""Words of Python's own library that mean two things, labelled exactly by Python's tokenizer and parser.

Three questions about a word in source code, each answered by the grammar:

- `Code.soft_keywords`: `match`, `case`, `type` and `_` are keywords in some places and names in all others.
- `Code.bindings`: in `def f(type=None)` the word `type` is a parameter that is being defined; in `f(type=None)` it is
  an argument that is being passed.
- `Code.match_pairs`: `match (a, b)` calls a function, `match (a, b):` opens a statement. What stands between the
  brackets comes from real calls; the word before them and the colon behind them are ours.

The files are those of the standard library of the Python that runs, without its tests, so that every machine has them.
They differ a little between versions, and so do the counts.
"""

from __future__ import annotations

import ast
import io
import random
import sysconfig
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

WORDS = ("match", "case", "type", "_")
LEFT_OUT = {"__pycache__", "site-packages", "test", "tests", "idle_test", "idlelib", "lib2to3", "distutils"}
LEFT_OUT |= {"encodings", "ensurepip", "pydoc_data", "turtledemo"}
STAND_INS = {"NUMBER": "0", "STRING": "''"}


class Token(NamedTuple):
    """One token: its text (`NUMBER`, `STRING`, `INDENT` and `DEDENT` stand for themselves), line and column."""

    text: str
    line: int
    column: int


class Occurrence(NamedTuple):
    """One word in its logical line: all tokens of the line, the word's place among them, and what it means there."""

    tokens: tuple[str, ...]
    place: int
    meaning: str

    @property
    def word(self) -> str:
        """The word itself."""
        return self.tokens[self.place]


def library() -> list[Path]:
    """Return the files of the standard library, sorted, without its tests and tables and without other packages."""
    root = Path(sysconfig.get_path("stdlib"))
    found = (path for path in root.rglob("*.py") if not LEFT_OUT.intersection(path.relative_to(root).parts))
    return sorted(found)


def read(path: Path) -> Code:
    """Read a source file in the encoding that it declares."""
    with tokenize.open(path) as file:
        return Code(file.read())


def logical_lines(text: str) -> Iterator[list[Token]]:
    """Split source code into logical lines of tokens, without comments and blank lines.

    A statement that runs over several lines is one logical line. An f-string is one `STRING`, as it is before
    Python 3.12.
    """
    line: list[Token] = []
    depth = 0  # of f-strings inside f-strings
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name.endswith("STRING_START"):
            depth += 1
            if depth == 1:
                line.append(Token("STRING", *token.start))
        elif name.endswith("STRING_END"):
            depth -= 1
        elif depth or name in ("COMMENT", "NL", "ENDMARKER"):
            continue
        elif name == "NEWLINE":
            yield line
            line = []
        else:
            kept = name if name in ("NUMBER", "STRING", "INDENT", "DEDENT") else token.string
            line.append(Token(kept, *token.start))


class Code:
    """Some Python source code, split and parsed once.

    Raises:
        SyntaxError: on first use, where the text is not Python.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def lines(self) -> list[list[Token]]:
        """The logical lines, each a list of tokens."""
        return list(logical_lines(self.text))

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the syntax tree."""
        return list(ast.walk(ast.parse(self.text)))

    @cached_property
    def _text_lines(self) -> list[str]:
        return self.text.split("\n")

    def soft_keywords(self) -> list[tuple[Token, bool]]:
        """Return every `match`, `case`, `type` and `_`, and whether it is a keyword there."""
        keywords = self._keyword_places()
        tokens = (token for line in self.lines for token in line if token.text in WORDS)
        return [(token, (token.line, token.column) in keywords) for token in tokens]

    def bindings(self) -> list[Occurrence]:
        """Return the words before an `=` in brackets: a `parameter` with a default, or an `argument` of a call.

        A parameter with an annotation is left out: the `=` does not follow it directly.
        """
        meaning: dict[tuple[int, int], str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Call):
                meaning |= {self._place(word): "argument" for word in node.keywords if word.arg}
            elif isinstance(node, ast.arguments):
                plain = node.posonlyargs + node.args
                named = plain[len(plain) - len(node.defaults) :]
                named += [arg for arg, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value]
                meaning |= {self._place(arg): "parameter" for arg in named if arg.annotation is None}
        found = []
        for line in self.lines:
            places = [index for index, token in enumerate(line) if (token.line, token.column) in meaning]
            texts = tuple(token.text for token in line) if places else ()
            found += [Occurrence(texts, index, meaning[line[index].line, line[index].column]) for index in places]
        return found

    def match_pairs(self) -> Iterator[tuple[Occurrence, Occurrence]]:
        """Yield `match (…)` and `match (…):` with the same tokens in the brackets, taken from each call of the code.

        The first is labelled `name`, the second `keyword`; the parser says so. Calls whose arguments do not fit both,
        such as `f(a=1)`, are passed over.
        """
        for line in self.lines:
            texts = [token.text for token in line]
            for start in range(1, len(texts)):
                if texts[start] == "(" and texts[start - 1].isidentifier():
                    inside = _bracket(texts[start:])
                    if len(inside) <= 2:
                        continue
                    call, statement = (_labelled(("match", *inside, *end)) for end in ((), (":",)))
                    if call and statement and (call.meaning, statement.meaning) == ("name", "keyword"):
                        yield call, statement

    def _place(self, node: ast.expr | ast.arg | ast.keyword | ast.stmt | ast.pattern) -> tuple[int, int]:
        """Where a node starts, its column in characters as the tokenizer counts (the parser counts bytes)."""
        line = self._text_lines[node.lineno - 1]
        if line.isascii():
            return node.lineno, node.col_offset
        return node.lineno, len(line.encode()[: node.col_offset].decode())

    def _keyword_places(self) -> set[tuple[int, int]]:
        """Find where the four words are keywords. A `case` has no place of its own: it stands before its pattern."""
        places, patterns = set(), []
        for node in self.nodes:
            if isinstance(node, ast.MatchAs):
                if node.name is None:  # the wildcard `_`
                    places.add(self._place(node))
            elif isinstance(node, ast.stmt) and type(node).__name__ in ("Match", "TypeAlias"):
                places.add(self._place(node))
            elif isinstance(node, ast.match_case):
                patterns.append(self._place(node.pattern))
        if patterns:
            cases = [(token.line, token.column) for line in self.lines for token in line if token.text == "case"]
            places |= {max(case for case in cases if case < pattern) for pattern in patterns}
        return places


def balance(occurrences: Iterable[Occurrence], seed: int = 0) -> list[Occurrence]:
    """Keep equally many occurrences of each meaning of each word, drawn at random: the word alone then says nothing."""
    groups: dict[str, dict[str, list[Occurrence]]] = defaultdict(lambda: defaultdict(list))
    meanings = set()
    for one in occurrences:
        groups[one.word][one.meaning].append(one)
        meanings.add(one.meaning)
    draw = random.Random(seed)
    kept = []
    for word in sorted(groups):
        number = min(len(groups[word][meaning]) for meaning in meanings)
        for meaning in sorted(meanings):
            kept += draw.sample(groups[word][meaning], number)
    return kept


def _bracket(texts: list[str]) -> list[str]:
    """Cut `texts`, which start with an open bracket, behind the bracket that closes it."""
    depth = 0
    for index, text in enumerate(texts):
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
        if depth == 0:
            return texts[: index + 1]
    return []


def _labelled(tokens: tuple[str, ...]) -> Occurrence | None:
    """Ask the parser what the first word of a line is; None where the line is not Python."""
    text = " ".join(STAND_INS.get(token, token) for token in tokens)
    try:
        statement = ast.parse(text + ("\n case _: pass" if tokens[-1] == ":" else "")).body[0]
    except SyntaxError:
        return None
    return Occurrence(tokens, 0, "keyword" if isinstance(statement, ast.Match) else "name")
