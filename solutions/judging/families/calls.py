"""Calls: a squashing function left out, another, twice; a sum that is a mean; axes; and blocks in another order.

unrolled-canary-c2f86b30d71e
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite, names_in

SQUASHING = ("sigmoid", "tanh", "expit")
INSTEAD = {
    "tanh": ("np.sin", "np.arctan"),
    "exp": ("np.expm1", "np.exp2"),
    "log": ("np.log2", "np.log10", "np.log1p"),
    "maximum": ("np.minimum",),
    "minimum": ("np.maximum",),
    "zeros_like": ("np.ones_like",),
    "zeros": ("np.ones",),
    "eye": ("np.ones_like",),
}
REDUCING = {"sum": ("mean", "max"), "mean": ("sum", "max"), "max": ("min", "mean"), "prod": ("sum",)}
LEFT_OUT = ("tanh", "sigmoid", "exp", "log", "sqrt", "abs", "sign")
NAIVE_SIGMOID = "naive-sigmoid", "1 / (1 + np.exp(-({a})))"
NAIVE_TANH = "naive-tanh", "(np.exp({a}) - np.exp(-({a}))) / (np.exp({a}) + np.exp(-({a})))"
FEW = 4  # blocks of which every order is tried


def calls(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in the choice of a function, its axis or its shape."""
    squashed: dict[str, list[ast.Call]] = {}
    for _, node in d.expressions:
        if not isinstance(node, ast.Call):
            continue
        name = _name(node)
        text = ast.unparse(node)
        if name in LEFT_OUT and len(node.args) == 1:
            yield d.rewrite("function-missing", (node, node.args[0]), function=name, of=text)
        if name in SQUASHING and len(node.args) == 1:
            squashed.setdefault(name, []).append(node)
            inner = ast.unparse(node.args[0])
            other = _other(name)
            yield d.rewrite("other-function", (node, f"{other}({inner})"), function=name, new=_word(other), of=text)
            yield d.rewrite("function-twice", (node, f"{ast.unparse(node.func)}({text})"), function=name, of=text)
        for other in INSTEAD.get(name, ()):
            new = ast.Call(ast.parse(other, mode="eval").body, node.args, node.keywords)
            yield d.rewrite("other-function", (node, new), function=name, new=_word(other), of=text)
        if name in REDUCING and isinstance(node.func, ast.Attribute):
            for other in REDUCING[name]:
                changed = ast.Call(ast.Attribute(node.func.value, other, ast.Load()), node.args, node.keywords)
                yield d.rewrite("other-reduction", (node, changed), function=name, new=other, of=text)
            if ast.unparse(node.func.value) != "np":
                yield d.rewrite("not-reduced", (node, node.func.value), function=name, of=text)
        yield from _axes(d, node, name)
    for name, nodes in squashed.items():
        family, naive = NAIVE_TANH if name == "tanh" else NAIVE_SIGMOID
        edits = [(n, naive.format(a=ast.unparse(n.args[0]))) for n in nodes]
        yield d.rewrite(family, *edits)
        if len(nodes) > 1:
            other = _other(name)
            yield d.rewrite("function-missing", *((n, n.args[0]) for n in nodes), function=name, of="each")
            edits = [(n, f"{other}({ast.unparse(n.args[0])})") for n in nodes]
            yield d.rewrite("other-function", *edits, function=name, new=_word(other), of="each")


def _axes(d: Derivation, node: ast.Call, name: str) -> Iterator[Rewrite]:
    for keyword in node.keywords:
        if keyword.arg == "axis":
            old = ast.unparse(keyword.value)
            for new in dict.fromkeys(("0", "1", "2", "-1", "-2")):
                if new != old:
                    yield d.rewrite("other-axis", (keyword.value, new), old=old, new=new, function=name)
            without = ast.Call(node.func, node.args, [k for k in node.keywords if k is not keyword])
            yield d.rewrite("without-axis", (node, without), old=old, function=name)
        if keyword.arg == "keepdims":
            without = ast.Call(node.func, node.args, [k for k in node.keywords if k is not keyword])
            yield d.rewrite("without-keepdims", (node, without), function=name)


def orders(d: Derivation) -> Iterator[Rewrite]:
    """Blocks or gradients in another order, where they are taken apart and where they are joined."""
    apart = [n for s in d.statements if isinstance(s, ast.Assign) for n in s.targets if isinstance(n, ast.Tuple)]
    joined = [n for _, n in d.expressions if isinstance(n, ast.List) and len(n.elts) > 1]
    for nodes, family in ((apart, "taken-apart-in-another-order"), (joined, "joined-in-another-order")):
        for length in sorted({len(n.elts) for n in nodes}):
            same = [n for n in nodes if len(n.elts) == length]
            for order in _orders(length):
                # Of several that hold the same blocks, one, or all.
                groups = [[n] for n in same]
                if len(same) > 1:
                    groups.insert(0, same)
                for group in groups:
                    edits = [(n, _permuted(n, order)) for n in group]
                    about = {"right": _listed(group[0].elts), "order": _listed([group[0].elts[k] for k in order])}
                    yield d.rewrite(family, *edits, **about)


def _orders(length: int) -> list[tuple[int, ...]]:
    right = tuple(range(length))
    if length <= FEW:
        return [order for order in itertools.permutations(right) if order != right]
    swaps = []
    for k in range(length - 1):
        order = list(right)
        order[k], order[k + 1] = order[k + 1], order[k]
        swaps.append(tuple(order))
    return swaps


def _permuted(node: ast.Tuple | ast.List, order: tuple[int, ...]) -> ast.expr:
    return type(node)([node.elts[k] for k in order], node.ctx)


def _listed(elements: list[ast.expr]) -> str:
    # Of a longer element its last name.
    return ", ".join((names_in(one) or [ast.unparse(one)])[-1] for one in elements)


def _name(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _other(name: str) -> str:
    return "(lambda a: 0.5 * (1 + np.tanh(0.5 * a)))" if name == "tanh" else "np.tanh"


def _word(function: str) -> str:
    return "sigmoid" if function.startswith("(lambda") else function.removeprefix("np.")
