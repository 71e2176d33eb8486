"""Sentences of Python's own library, and the package of each."""

from __future__ import annotations

import ast
import re
import sysconfig
import tokenize
from collections.abc import Sequence
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def docstrings(packages: Sequence[str]) -> list[tuple[list[str], str]]:
    """Return the first paragraphs of the docstrings of some packages of the standard library, as (words, package).

    Words are runs of letters in lower case. A paragraph of less than three words is left out, and one that stands twice
    is kept once, so that no sentence of a held-out part stands in another. The files differ a little between Python
    versions.
    """
    root = Path(sysconfig.get_path("stdlib"))
    found: dict[str, tuple[list[str], str]] = {}
    for package in packages:
        for file in sorted((root / package).rglob("*.py")):
            with tokenize.open(file) as source:
                tree = ast.parse(source.read())
            for node in ast.walk(tree):
                if isinstance(node, DOCUMENTED):
                    first = (ast.get_docstring(node) or "").split("\n\n")[0]
                    words = re.findall("[a-z]+", first.lower())
                    if len(words) >= 3:
                        found.setdefault(" ".join(words), (words, package))
    return list(found.values())
