"""Source code of Python's own library, and what its tokenizer knows at each character: strings, brackets, indentation.

The files are those of the standard library of the Python that runs, without its tests; they differ a little between
versions.
"""

from __future__ import annotations

import io
import token
import tokenize
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unrolled.data.soft_keywords import library

SIGNS = ("string", "triple-quoted text", "comment", "bracket depth", "indentation", "column")
PARTS = ("search", "test")  # a twentieth of the files each; all others are to train on
PILES = 20
TABLES = "_sysconfigdata"  # how this Python was built, in no two places the same
OPENING, CLOSING = "([{", ")]}"


class Parsed(NamedTuple):
    """A text, and what its tokenizer knows of each character, by the names in SIGNS.

    signs: (N,) each: what holds once the character is read. 0 or 1 for the first three; then how many brackets are
        open, with how many blanks the line began, how many characters it has.
    decided: (N,) each, true at the characters at which one has to know the sign: a string's closing quote, the first
        of three closing quotes, the line end behind a comment, a closing bracket, the blanks before a line and what
        follows them, a line end.
    """

    text: str
    signs: dict[str, np.ndarray]
    decided: dict[str, np.ndarray]


def files(part: str) -> list[Path]:
    """The files of `"train"`, `"search"` or `"test"`; a file's name decides where it belongs."""
    return [path for path in library() if _part(path) == part and not path.name.startswith(TABLES)]


def _part(path: Path) -> str:
    place = zlib.crc32(f"{path.parent.name}/{path.name}".encode()) % PILES
    return PARTS[place] if place < len(PARTS) else "train"


def text_of(path: Path) -> str:
    """A file's text, its lines ended by \\n alone."""
    with tokenize.open(path) as source:
        return source.read()


def parse(text: str) -> Parsed:
    """What the tokenizer knows of each character of a whole file.

    Raises:
        tokenize.TokenError, SyntaxError: the text is no Python.
    """
    lines = io.StringIO(text).readlines()
    starts = np.cumsum([0, *map(len, lines)])
    signs = {name: np.zeros(len(text)) for name in SIGNS}
    decided = {name: np.zeros(len(text), dtype=bool) for name in SIGNS}
    opened: list[int] = []  # begins of f-strings, which newer Pythons cut into tokens
    for one in tokenize.generate_tokens(io.StringIO(text).readline):
        begin, end = (int(starts[row - 1]) + column for row, column in (one.start, one.end))
        kind = token.tok_name[one.type]
        if kind == "FSTRING_START":
            opened.append(begin)
        elif kind == "STRING" or (kind == "FSTRING_END" and opened):
            _mark_string(text, signs, decided, opened.pop() if kind != "STRING" else begin, end)
        elif kind == "COMMENT":
            signs["comment"][begin:end] = 1
            decided["comment"][end : end + 1] = True
        elif kind == "OP" and one.string in OPENING + CLOSING:
            signs["bracket depth"][begin] = 1 if one.string in OPENING else -1
            decided["bracket depth"][begin] = one.string in CLOSING
    signs["bracket depth"] = signs["bracket depth"].cumsum()
    for line, start in zip(lines, starts, strict=False):
        blanks = len(line) - len(line.lstrip(" "))
        place = np.arange(1, len(line) + 1)
        signs["indentation"][start : start + len(line)] = place.clip(max=blanks)
        signs["column"][start : start + len(line)] = place * (np.array(list(line)) != "\n")
        decided["indentation"][start : start + blanks + 1] = True
        decided["column"][start + len(line) - 1] = line.endswith("\n")
    return Parsed(text, signs, decided)


def _mark_string(text: str, signs: dict[str, np.ndarray], decided: dict[str, np.ndarray], begin: int, end: int) -> None:
    while text[begin] not in "'\"":  # a prefix such as r or b
        begin += 1
    name, quotes = ("triple-quoted text", 3) if text[begin : begin + 3] in ("'''", '"""') else ("string", 1)
    signs[name][begin : end - 1] = 1
    decided[name][end - quotes] = True


def joined(parsed: Iterable[Parsed]) -> Parsed:
    """Several files behind each other as one."""
    every = list(parsed)
    return Parsed(
        "".join(one.text for one in every),
        {name: np.concatenate([one.signs[name] for one in every]) for name in SIGNS},
        {name: np.concatenate([one.decided[name] for one in every]) for name in SIGNS},
    )
