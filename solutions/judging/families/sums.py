"""Sums: a term missing, of the wrong sign, twice; multiplied or compared where they are added; not accumulated.

unrolled-canary-b14e07c3d892
"""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Edit, Rewrite, joined, names_in, target_of

ALL_SUBSETS = 4  # of a sum of so many terms, any may be missing; of a longer one, one or all but one
Term = tuple[bool, ast.expr]  # whether it is subtracted


def sums(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in a sum of the derivation."""
    accumulated = []
    for statement, node, terms in _sums(d):
        target = target_of(statement)
        if any(ast.unparse(term) == target for _, term in terms):
            accumulated.append((statement, node, terms))
        yield from _missing(d, node, terms, target)
        yield from _signs(d, node, terms)
        yield from _together(d, node, terms)
    yield from _accumulated(d, accumulated)
    yield from _parallel(d)


def _missing(d: Derivation, node: ast.expr, terms: list[Term], target: str) -> Iterator[Rewrite]:
    texts = [ast.unparse(term) for _, term in terms]
    for left in _left_over(len(terms)):
        kept = _sum([terms[k] for k in left])
        gone = [texts[k] for k in range(len(terms)) if k not in left]
        if gone == [target] and not d.line(node).terms:
            yield d.rewrite("not-accumulated", (node, kept), gone=target)
        else:
            said = {"gone": _several(d, node, gone), "kept": _several(d, node, [texts[k] for k in left])}
            yield d.rewrite("terms-missing", (node, kept), **said)


def _signs(d: Derivation, node: ast.expr, terms: list[Term]) -> Iterator[Rewrite]:
    # One of another sign, one twice; a difference that is none, or the other way round.
    texts = [ast.unparse(term) for _, term in terms]
    for k in range(len(terms)):
        term = _called(d, node, texts[k])
        turned = [(minus != (j == k), one) for j, (minus, one) in enumerate(terms)]
        yield d.rewrite("term-of-the-wrong-sign", (node, _sum(turned)), term=term)
        yield d.rewrite("term-twice", (node, _sum([*terms, terms[k]])), term=term)
    if [minus for minus, _ in terms] == [False, True]:
        (_, one), (_, other) = terms
        said = {"one": _called(d, node, texts[0]), "other": _called(d, node, texts[1])}
        yield d.rewrite("subtrahend-alone", (node, other), **said)
        yield d.rewrite("multiplied-for-subtracted", (node, ast.BinOp(one, ast.Mult(), other)), **said)
    if len({minus for minus, _ in terms}) > 1:
        turned = [(not minus, one) for minus, one in terms]
        yield d.rewrite("turned-round", (node, _sum(turned)), of=ast.unparse(node))


def _together(d: Derivation, node: ast.expr, terms: list[Term]) -> Iterator[Rewrite]:
    # Neighbours that are put together in another way than by a sum.
    texts = [ast.unparse(term) for _, term in terms]
    for k in range(1, len(terms) - 1):
        # (a + b) * c: what stands before, whole.
        before = ast.BinOp(_sum(terms[: k + 1]), ast.Mult(), terms[k + 1][1])
        said = {"one": "@all that stands before it", "other": _called(d, node, texts[k + 1])}
        yield d.rewrite("terms-multiplied", (node, _sum([(False, before), *terms[k + 2 :]])), **said)
    for k in range(len(terms) - 1):
        (minus, one), (other_minus, other) = terms[k : k + 2]
        if minus or other_minus:
            continue
        said = {"one": _called(d, node, texts[k]), "other": _called(d, node, texts[k + 1])}
        for family, both in (
            ("terms-multiplied", ast.BinOp(one, ast.Mult(), other)),
            ("larger-of-the-terms", _call("np.maximum", one, other)),
            ("mean-of-the-terms", ast.BinOp(joined([one, other], ast.Add), ast.Div(), ast.Constant(2))),
        ):
            yield d.rewrite(family, (node, _sum([*terms[:k], (False, both), *terms[k + 2 :]])), **said)


def added(d: Derivation) -> Iterator[Rewrite]:
    """A value that is added where it is replaced, and a gradient that goes past what it should go through."""
    made: set[str] = set()
    for statement in d.statements:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name, value = statement.targets[0].id, statement.value
            terms = [ast.unparse(term) for _, term in _terms(value)]
            if name in made and name not in terms:
                whole = ast.BinOp(ast.Name(name, ast.Load()), ast.Add(), value)
                yield d.rewrite("added-to-itself", (value, whole), what=name)
            for upstream in d.arguments:
                fits = d.shapes.get(upstream) is not None and d.shapes.get(upstream) == d.shapes.get(name)
                if upstream.startswith("d") and name.startswith("d") and fits and upstream not in names_in(value):
                    whole = ast.BinOp(ast.Name(upstream, ast.Load()), ast.Add(), value)
                    yield d.rewrite("passed-straight-on", (value, whole), new=upstream)
        made |= set(target_of(statement).split(", "))


def _accumulated(d: Derivation, found: list[tuple[ast.stmt, ast.expr, list[Term]]]) -> Iterator[Rewrite]:
    # Sums over the steps or the batch, all of them at once.
    plain = [s for s in d.statements if isinstance(s, ast.AugAssign) and isinstance(s.op, ast.Add)]
    for s in plain:
        yield d.rewrite("not-accumulated", (s, _overwritten(s)), gone=target_of(s))
        yield d.rewrite("taken-away", (s, ast.AugAssign(s.target, ast.Sub(), s.value)), term=target_of(s))
    # What is assigned again in the same loop is handed on, not summed up.
    again = Counter(name for s in d.statements for name in target_of(s).split(", "))
    found = [one for one in found if again[target_of(one[0])] <= 2]
    if len(found) + len(plain) < 2:
        return
    both: list[Edit] = [
        (node, _sum([t for t in terms if ast.unparse(t[1]) != target_of(s)])) for s, node, terms in found
    ]
    both += [(s, _overwritten(s)) for s in plain]
    gone = " and ".join([target_of(s) for s, _, _ in found] + [target_of(s) for s in plain])
    yield d.rewrite("not-accumulated", *both, gone=gone)


def _parallel(d: Derivation) -> Iterator[Rewrite]:
    # The same term missing in several sums of one form, as those of gates are.
    by_length: dict[int, list[tuple[ast.expr, list[Term]]]] = {}
    for _, node, terms in _sums(d):
        if len(terms) > 1 and not any(minus for minus, _ in terms):
            by_length.setdefault(len(terms), []).append((node, terms))
    for length, found in by_length.items():
        if length < 3 or len(found) > ALL_SUBSETS:
            continue
        for size in range(2, len(found) + 1):
            for group in itertools.combinations(found, size):
                for k in range(length):
                    edits = [(node, _sum([*terms[:k], *terms[k + 1 :]])) for node, terms in group]
                    gone = " and ".join(_called(d, node, ast.unparse(terms[k][1])) for node, terms in group)
                    yield d.rewrite("terms-missing", *edits, gone=gone)


def _overwritten(s: ast.AugAssign) -> ast.stmt:
    return ast.Assign([s.target], s.value)


def _sums(d: Derivation) -> Iterator[tuple[ast.stmt, ast.expr, list[Term]]]:
    # Whole chains of + and −; those with a plain number are complements or indices, which other families know.
    inside: set[int] = set()
    for statement, node in d.expressions:
        if id(node) in inside or not _is_sum(node):
            continue
        inside |= {id(one) for one in ast.walk(node) if _is_sum(one)}
        terms = _terms(node)
        # A sum within a sum's term begins a chain of its own.
        inside -= {id(one) for _, term in terms for one in ast.walk(term)}
        if not any(isinstance(term, ast.Constant) for _, term in terms):
            yield statement, node, terms


def _is_sum(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _terms(node: ast.expr, minus: bool = False) -> list[Term]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        turned = isinstance(node.op, ast.Sub)
        return [*_terms(node.left, minus), *_terms(node.right, minus != turned)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _terms(node.operand, not minus)
    return [(minus, node)]


def _sum(terms: list[Term]) -> ast.expr:
    (minus, made), *others = terms
    if minus:
        made = ast.UnaryOp(ast.USub(), made)
    for minus, term in others:
        made = ast.BinOp(made, ast.Sub() if minus else ast.Add(), term)
    return made


def _left_over(count: int) -> Iterator[tuple[int, ...]]:
    sizes = range(count - 1, 0, -1) if count <= ALL_SUBSETS else (count - 1, 1)
    for size in sizes:
        yield from itertools.combinations(range(count), size)


def _called(d: Derivation, node: ast.expr, term: str) -> str:
    # The mark's name for a term, where the line has one for each; what a sum begins with is what it collected.
    line = d.line(node)
    texts = [ast.unparse(one) for _, one in _terms(node)]
    if len(line.terms) == len(texts):
        return f"@{line.terms[texts.index(term)]}"
    return "@what was added up before" if term == line.target else term


def _several(d: Derivation, node: ast.expr, terms: list[str]) -> str:
    return " and ".join(_called(d, node, term) for term in terms)


def _call(function: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.parse(function, mode="eval").body, list(arguments), [])
