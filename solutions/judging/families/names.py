"""Names: one value taken for another of the same shape, in one place, in all, or the two for each other.

unrolled-canary-46c8d3f9e1b7
"""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite, names_in

FEW = 8  # variables of a function in which each is tried for each; with more, those of one shape


def declared(d: Derivation) -> Iterator[Rewrite]:
    """What the contract says is taken for what."""
    for old, new in d.alike.items():
        places = [n for _, n in d.expressions if isinstance(n, ast.Name | ast.Subscript) and ast.unparse(n) == old]
        places = [node for node in places if isinstance(node.ctx, ast.Load)]
        for node in places:
            yield d.rewrite("another-value", (node, new), old=old, new=new)
        if len(places) > 1:
            yield d.rewrite("another-value-everywhere", *((node, new) for node in places), old=old, new=new)


def names(d: Derivation) -> Iterator[Rewrite]:
    """Every value in the place of another. Gradients are taken for gradients, values for values."""
    uses = [(s, n) for s, n in d.expressions if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    first = _first_lines(d)
    counts = Counter(n.id for _, n in uses)
    for statement, node in uses:
        for other in _alike(d, node.id, first, statement):
            family = "made-too-early" if other in _made_of(d, node.id) else "another-value"
            yield d.rewrite(family, (node, other), old=node.id, new=other)
    for old in counts:
        for other in _alike(d, old, first, None):
            places = [n for s, n in uses if n.id == old and first[other] < s.lineno]
            if len(places) > 1:
                yield d.rewrite("another-value-everywhere", *((n, other) for n in places), old=old, new=other)
    for one, other in itertools.combinations(sorted(counts), 2):
        if other in _alike(d, one, first, None) and counts[one] + counts[other] < 5:
            edits = [(n, other if n.id == one else one) for _, n in uses if n.id in (one, other)]
            yield d.rewrite("values-swapped", *edits, one=one, other=other)
    yield from _rows(d, uses)


def _rows(d: Derivation, uses: list[tuple[ast.stmt, ast.Name]]) -> Iterator[Rewrite]:
    # One row, or the mean of all, for every row of the batch.
    batch = d.shapes.get(d.arguments[0], (0,))[:1]
    for _, node in uses:
        shape = d.shapes.get(node.id, ())
        if len(shape) == 2 and shape[:1] == batch:
            yield d.rewrite("first-row-for-all", (node, f"({node.id}[:1] + 0 * {node.id})"), what=node.id)
            mean = f"({node.id}.mean(axis=0, keepdims=True) + 0 * {node.id})"
            yield d.rewrite("mean-over-batch", (node, mean), what=node.id)


def _alike(d: Derivation, name: str, first: dict[str, int], statement: ast.stmt | None) -> list[str]:
    shape = d.shapes.get(name)
    if shape is None:
        return []
    few = len(d.shapes) <= FEW
    return [
        other
        for other, others in d.shapes.items()
        if other != name
        and (others == shape or (few and others and shape))
        and _is_gradient(other) == _is_gradient(name)
        and other in first
        and (statement is None or first[other] < statement.lineno)
    ]


def _is_gradient(name: str) -> bool:
    return name.startswith("d") and len(name) > 1


def _first_lines(d: Derivation) -> dict[str, int]:
    first = {name: 0 for name in d.arguments}
    for statement in d.statements:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                for name in names_in(target):
                    first.setdefault(name, statement.lineno)
    return first


def _made_of(d: Derivation, name: str) -> set[str]:
    # What a value is computed from, at any distance.
    made: dict[str, set[str]] = {}
    for statement in d.statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            made.setdefault(statement.targets[0].id, set()).update(names_in(statement.value))
    waiting, found = [name], set()
    while waiting:
        for one in made.get(waiting.pop(), ()):
            if one not in found:
                found.add(one)
                waiting.append(one)
    return found - {name}
