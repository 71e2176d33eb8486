"""Slopes of squashing functions: left out, of the other function, or a wrong one; in one place, or in all.

unrolled-canary-e07b6d1c94fa
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from solutions.judging.derivation import Derivation, Rewrite, flat, joined

# Of a sigmoid s the slope is s (1 − s), of a tanh s it is 1 − s².
OF_A_SIGMOID = {
    "slope-of-a-tanh": "1 - ({s})**2",
    "slope-without-1-s": "{s}",
    "slope-without-s": "1 - ({s})",
    "slope-of-a-second-sigmoid": "1 / (1 + np.exp(-({s}))) * (1 - 1 / (1 + np.exp(-({s}))))",
    "slope-wrong": "({s}) * (1 + ({s}));({s}) - 1 + ({s});(1 - ({s})) ** 2;({s})**2;({s}) ** 2 * (1 - ({s}))",
}
OF_A_TANH = {
    "slope-of-a-sigmoid": "({s}) * (1 - ({s}))",
    "slope-of-a-second-tanh": "1 - np.tanh({s})**2",
    "slope-not-squared": "1 - ({s})",
    "slope-squared-whole": "(1 - ({s}))**2",
    "slope-wrong": "1 + ({s})**2;({s})**2;1 - ({s})**3;2 - ({s})**2;-({s})**2;({s})**2 - 1;1 + ({s});1 - 2 * ({s})",
}


@dataclass(frozen=True)
class Slope:
    """A product that holds a slope: its node, the other factors, what was squashed, by which function."""

    node: ast.expr
    others: list[ast.expr]
    squashed: str
    function: str

    def replaced(self, slope: str) -> ast.expr:
        """The product with another slope, or none."""
        new = [ast.parse(slope, mode="eval").body] if slope else []
        ones = ast.parse(f"np.ones_like({self.squashed})", mode="eval").body
        return joined([*self.others, *new] or [ones], ast.Mult)


def slopes(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in the slope of a squashing function."""
    found = list(_slopes(d))
    for function, wrong in (("sigmoid", OF_A_SIGMOID), ("tanh", OF_A_TANH)):
        own = [slope for slope in found if slope.function == function]
        names = " and ".join(slope.squashed for slope in own)
        for family, texts in {"slope-missing": "", **wrong}.items():
            for text in texts.split(";"):
                for slope in own:
                    new = ast.unparse(ast.parse(text.format(s=slope.squashed), mode="eval")) if text else ""
                    about = {"s": slope.squashed, "function": function, "new": new}
                    yield d.rewrite(family, (slope.node, slope.replaced(new)), **about)
                if len(own) > 1:
                    edits = [(slope.node, slope.replaced(text.format(s=slope.squashed))) for slope in own]
                    yield d.rewrite(family, *edits, s=names, function=function, new=text.format(s="s"))
        for slope in own:
            for other in sorted({o.squashed for o in own} - {slope.squashed}):
                new = ("({s}) * (1 - ({s}))" if function == "sigmoid" else "1 - ({s})**2").format(s=other)
                yield d.rewrite("slope-of-another", (slope.node, slope.replaced(new)), s=slope.squashed, new=other)
    if len({slope.function for slope in found}) > 1:
        whole = [slope for slope in found if not any(slope.node in ast.walk(o.node) for o in found if o is not slope)]
        edits = [(slope.node, slope.replaced("")) for slope in whole]
        yield d.rewrite("slopes-missing", *edits, s=" and ".join(slope.squashed for slope in whole))


def _slopes(d: Derivation) -> Iterator[Slope]:
    taken: set[int] = set()
    for _, node in d.expressions:
        if id(node) in taken:
            continue
        factors = flat(node, ast.Mult)
        texts = [ast.unparse(factor) for factor in factors]
        for k, text in enumerate(texts):
            if f"1 - {text}" in texts and isinstance(factors[k], ast.Name | ast.Subscript | ast.Attribute):
                j = texts.index(f"1 - {text}")
                others = [factor for i, factor in enumerate(factors) if i not in (k, j)]
                yield Slope(node, others, text, "sigmoid")
                taken |= {id(one) for one in ast.walk(node)}
                break
            if (squashed := _of_tanh(factors[k])) and not (isinstance(node, ast.Name) or id(node) in taken):
                yield Slope(node, [factor for i, factor in enumerate(factors) if i != k], squashed, "tanh")
                taken |= {id(one) for one in ast.walk(node)}
                break


def _of_tanh(factor: ast.expr) -> str:
    # s of 1 − s².
    if (
        isinstance(factor, ast.BinOp)
        and isinstance(factor.op, ast.Sub)
        and ast.unparse(factor.left) == "1"
        and isinstance(factor.right, ast.BinOp)
        and isinstance(factor.right.op, ast.Pow)
        and ast.unparse(factor.right.right) == "2"
    ):
        return ast.unparse(factor.right.left)
    return ""
