"""What a result depends on: the code that makes it, what this imports of the course, and the libraries' versions."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# The packages whose sources decide, and where they lie.
PACKAGES = {
    "unrolled": ROOT / "book/unrolled",
    "experiments": ROOT / "book/experiments",
    "solutions": ROOT / "solutions",
    "tests": ROOT / "tests",
}
VERSIONS = ("numpy", "scipy", "torch", "keras", "scikit-learn", "statsmodels")


def closure(source: str, seen: set[Path] | None = None) -> set[Path]:
    """The files of the course that `source` imports, and that these import.

    A package's own `__init__` counts where the package itself is imported, or a name of it that is no module.
    """
    seen = set() if seen is None else seen
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if files_of(name) else node.module or "" for name in inner]
        else:
            continue
        for file in {file for name in names for file in files_of(name)} - seen:
            seen.add(file)
            closure(file.read_text(encoding="utf-8"), seen)
    return seen


def files_of(name: str) -> list[Path]:
    """The file of a module or package of the course, by its dotted name; none for other names."""
    package, *rest = name.split(".")
    if package not in PACKAGES:
        return []
    place = PACKAGES[package].joinpath(*rest)
    return [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]


def digest(sources: Iterable[str], more: Iterable[str] = (), libraries: Iterable[str] = VERSIONS) -> str:
    """A hash of everything that decides about a result.

    Args:
        sources: Python code; what it imports of the course counts too, comments and docstrings do not.
        more: whatever else decides, as text (names of data and their own hashes).
        libraries: packages whose versions decide.
    """
    sources = list(sources)
    files = sorted({file for source in sources for file in closure(source)})
    total = hashlib.sha256()
    for text in (*sources, *(file.read_text(encoding="utf-8") for file in files)):
        total.update(without_words(text).encode())
    for text in more:
        total.update(text.encode())
    total.update(json.dumps([[name, version(name).partition("+")[0]] for name in libraries]).encode())
    return total.hexdigest()[:16]


def without_words(source: str) -> str:
    """The lines of code, without comments and docstrings, on which no result depends; the same under every Python."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            words = node.body[0]
            lines[words.lineno - 1 : words.end_lineno] = [""] * ((words.end_lineno or words.lineno) - words.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip() and not line.lstrip().startswith("#"))
