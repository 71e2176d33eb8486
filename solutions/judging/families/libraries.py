"""The families of arrays for derivations that are written with another library than NumPy.

unrolled-canary-e7a25d90c43f
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from dataclasses import replace

from solutions.judging.derivation import Derivation, Rewrite
from solutions.judging.families import Family


def written_with(library: str, families: Iterable[Family]) -> list[Family]:
    """Families whose rewrites call `library` (such as `torch`) where they would call `np`."""

    def changed(family: Family) -> Family:
        def rewritten(d: Derivation) -> Iterator[Rewrite]:
            for rewrite in family(d):
                edits = tuple((place, _called_by(library, new)) for place, new in rewrite.edits)
                yield replace(rewrite, edits=edits)

        return rewritten

    return [changed(family) for family in families]


def _called_by(library: str, tree: ast.AST) -> ast.AST:
    tree = copy.deepcopy(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "np":
            node.id = library
    return tree
