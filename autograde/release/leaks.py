"""The leak check: nothing of solutions/ may lie in anything that readers or students get."""

from __future__ import annotations

import ast
import gzip
import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import numpy as np

from autograde.course import cells
from autograde.release import judged
from autograde.release.needles import Arrays, CodeLines, distinctive

CANARY = re.compile(rb"unrolled-canary-[0-9a-f]{12}")
NOT_SOURCE = ("__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".ruff_cache")
REGION_WINDOW, MODULE_WINDOW = 2, 3  # so many lines in a row are the secret's own
DEEPEST_ARCHIVE = 4
TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Finding:
    """A secret in a public place: which file (members of archives after a colon), and what of it."""

    place: str
    secret: str


@dataclass
class Secrets:
    """What to look for.

    answers: reference code and solution regions.
    tests: hidden test blocks.
    arrays: hidden expected values, with what they belong to.
    without_canary: secret files that lack their canary line, an error by itself.
    """

    answers: CodeLines = field(default_factory=CodeLines)
    tests: CodeLines = field(default_factory=CodeLines)
    arrays: list[tuple[str, np.ndarray]] = field(default_factory=list)
    without_canary: list[str] = field(default_factory=list)


def secrets_of(solutions: Path) -> Secrets:
    """Read the secret tree: every Python module and every assignment source."""
    found = Secrets()
    for path in _files(solutions):
        name = f"solutions/{path.relative_to(solutions)}"
        if not CANARY.search(path.read_bytes()):
            found.without_canary.append(name)
        if path.suffix == ".py":
            for lines in _code_of_module(path.read_text("utf-8")):
                found.answers.add(lines, MODULE_WINDOW, name)
        elif path.suffix == ".md":
            _add_assignment(found, path, name)
    return found


def search(places: Iterable[Path], secrets: Secrets, *, own_answers: bool = False) -> list[Finding]:
    """All findings in files and folders (those that do not exist hold none), archives opened.

    Args:
        own_answers: the places quote students' own answers, so that right code is no finding there.
    """
    found = []
    arrays = Arrays(secrets.arrays)
    for place in places:
        for path in _files(place):
            name = path.name if path == place else f"{place.name}/{path.relative_to(place)}"
            found += _in_file(name, path.read_bytes(), secrets, arrays, own_answers)
    return found


def search_file(name: str, content: bytes, secrets: Secrets, *, own_answers: bool = False) -> list[Finding]:
    """The same in one file that is not written yet."""
    return _in_file(name, content, secrets, Arrays(secrets.arrays), own_answers)


def _in_file(name: str, content: bytes, secrets: Secrets, arrays: Arrays, own_answers: bool) -> list[Finding]:
    return [
        Finding(member, secret)
        for member, inside in _members(name, content, DEEPEST_ARCHIVE)
        for secret in _secrets_in(member, inside, secrets, arrays, own_answers)
    ]


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    paths = (path for path in place.rglob("*") if path.is_file())
    return sorted(path for path in paths if not any(part in NOT_SOURCE for part in path.parts))


def _members(name: str, content: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    # A file and, where it is an archive (zip, wheel, npz, gz), what is inside it.
    yield name, content
    if depth and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _members(f"{name}:{member}", archive.read(member), depth - 1)
    elif depth and content[:2] == b"\x1f\x8b":
        yield from _members(f"{name}:content", gzip.decompress(content), depth - 1)


def _secrets_in(name: str, content: bytes, secrets: Secrets, arrays: Arrays, own_answers: bool) -> Iterator[str]:
    for canary in sorted(set(CANARY.findall(content))):
        yield f"the canary {canary.decode()}"
    text = _text(name, content)
    for origin in sorted(arrays.found(content, text)):
        yield f"hidden expected values of {origin}"
    lines = distinctive(text.splitlines())
    for origin, line in secrets.tests.found(lines).items():
        yield f"a hidden test of {origin}: {line!r} …"
    if not own_answers:
        for origin, line in secrets.answers.found(lines).items():
            yield f"code of {origin}: {line!r} …"


def _text(name: str, content: bytes) -> str:
    # The words of a file as a reader would see them.
    if b"\0" in content[:4096]:
        return ""
    text = content.decode("utf-8", "replace")
    if name.endswith(".ipynb"):
        return "\n".join(_strings(_parsed(text)))
    if name.endswith((".html", ".htm", ".svg", ".xml")):
        return html.unescape(TAGS.sub("", text))
    if "\\n" in text:  # code inside a JSON or JavaScript string
        text += "\n" + text.replace("\\n", "\n").replace('\\"', '"')
    return text


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _strings(value: object) -> Iterator[str]:
    # Lists of lines, as notebooks keep them, are joined first.
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        if all(isinstance(inner, str) for inner in value):
            yield "".join(value)
        else:
            for inner in value:
                yield from _strings(inner)


def _add_assignment(found: Secrets, path: Path, name: str) -> None:
    for cell in judged.expand(jupytext.read(path).cells, path.stem, path.name):
        for kind, known in ((cells.SOLUTION, found.answers), (cells.HIDDEN_TESTS, found.tests)):
            for lines in cells.lines_inside(cell.source, kind):
                whole = min(REGION_WINDOW, len(distinctive(lines)))
                if whole:
                    known.add(lines, whole, name)


def _code_of_module(text: str) -> Iterator[list[str]]:
    # The bodies of its functions, docstrings left out: signatures and words are public elsewhere too.
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body:
                yield lines[body[0].lineno - 1 : node.end_lineno]
