"""Slips of the pen: a number that is one off, a comparison turned round, arguments in another order, an extra minus.

unrolled-canary-f60a91c8d3e4
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite

FEW = 4  # arguments of which any two are swapped
TURNED = {ast.Lt: ("<=", ">"), ast.LtE: ("<", ">="), ast.Gt: (">=", "<"), ast.GtE: (">", "<="), ast.Eq: ("!=",)}


def plain(d: Derivation) -> Iterator[Rewrite]:
    """Every such slip."""
    for _, node in d.expressions:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            for new in (node.value + 1, node.value - 1, -node.value):
                if new != node.value:
                    yield d.rewrite("other-number", (node, ast.Constant(new)), old=str(node.value), new=str(new))
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
            for sign in TURNED.get(type(node.ops[0]), ()):
                turned = f"{left} {sign} {right}"
                yield d.rewrite("other-comparison", (node, turned), old=ast.unparse(node), new=turned)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield from _indices(d, node)
        elif isinstance(node, ast.IfExp):
            for kept in (node.body, node.orelse):
                yield d.rewrite("one-branch", (node, kept), kept=ast.unparse(kept))
        elif isinstance(node, ast.Call) and len(node.args) >= 2:
            yield from _arguments(d, node)
        if _is_computed(node) and not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
            yield d.rewrite("negated", (node, f"-({ast.unparse(node)})"), what=ast.unparse(node))


def _indices(d: Derivation, node: ast.Subscript) -> Iterator[Rewrite]:
    places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for place in places:
        if isinstance(place, ast.Name | ast.Call | ast.BinOp):
            old = ast.unparse(place)
            for new in (f"{old} + 1", f"{old} - 1", "0", "-1"):
                yield d.rewrite("other-index", (place, new), old=old, new=new)
    for one, other in itertools.pairwise(places):
        if not isinstance(one, ast.Slice) and not isinstance(other, ast.Slice):
            said = {"one": ast.unparse(one), "other": ast.unparse(other)}
            yield d.rewrite("indices-swapped", (one, other), (other, one), **said)


def _arguments(d: Derivation, node: ast.Call) -> Iterator[Rewrite]:
    count = len(node.args)
    pairs = itertools.combinations(range(count), 2) if count <= FEW else ((k, k + 1) for k in range(count - 1))
    for one, other in pairs:
        turned = list(node.args)
        turned[one], turned[other] = turned[other], turned[one]
        said = {"one": ast.unparse(node.args[one]), "other": ast.unparse(node.args[other])}
        function = ast.unparse(node.func).removeprefix("np.")
        yield d.rewrite(
            "arguments-swapped", (node, ast.Call(node.func, turned, node.keywords)), function=function, **said
        )


def _is_computed(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) not in ("range", "len", "reversed", "zip", "enumerate")
    return isinstance(node, ast.BinOp)
