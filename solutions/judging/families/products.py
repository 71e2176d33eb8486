"""Products: a factor missing, inverted, added; kernels as they stand, swapped, transposed; one row for all.

unrolled-canary-58d2a9e4f103
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Sequence

from solutions.judging.derivation import Derivation, Rewrite, flat, joined


def products(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in a product, a quotient, a power or a complement 1 − s."""
    inside: set[int] = set()
    for _, node in d.expressions:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and id(node) not in inside:
            factors = flat(node, ast.Mult)
            inside |= {id(one) for one in ast.walk(node) if one is not node}
            inside -= {id(one) for factor in factors for one in ast.walk(factor)}
            yield from _product(d, node, factors)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            yield from _quotient(d, node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            base, power = ast.unparse(node.left), ast.unparse(node.right)
            for other in ("1", "3", "0.5"):
                new = node.left if other == "1" else ast.BinOp(node.left, ast.Pow(), ast.parse(other, mode="eval").body)
                yield d.rewrite("another-power", (node, new), old=f"{base}**{power}", new=ast.unparse(new))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            yield from _complement(d, node)
        elif (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.USub)
            and not isinstance(node.operand, ast.Constant)
        ):
            yield d.rewrite("minus-missing", (node, node.operand), old=ast.unparse(node))


def _product(d: Derivation, node: ast.expr, factors: list[ast.expr]) -> Iterator[Rewrite]:
    texts = [ast.unparse(factor) for factor in factors]
    for size in range(len(factors) - 1, 0, -1):
        for left in itertools.combinations(range(len(factors)), size):
            gone = [k for k in range(len(factors)) if k not in left]
            kept = joined([factors[k] for k in left], ast.Mult)
            yield d.rewrite(
                "factors-missing",
                (node, kept),
                gone=" * ".join(texts[k] for k in gone),
                of=ast.unparse(node),
                kept=ast.unparse(kept),
            )
    for k in range(len(factors) - 1):
        one, other = factors[k : k + 2]
        said = {"one": texts[k], "other": texts[k + 1]}
        rest = factors[:k], factors[k + 2 :]
        for family, operator in (("factors-added", ast.Add), ("factor-subtracted", ast.Sub), ("divided", ast.Div)):
            both = ast.BinOp(one, operator(), other)
            yield d.rewrite(family, (node, joined([*rest[0], both, *rest[1]], ast.Mult)), **said)
    for factor, text in zip(factors, texts, strict=True):
        if isinstance(factor, ast.Name) and len(factors) > 1:
            yield d.rewrite("share-inverted", (factor, f"1 - {text}"), old=text, new=f"1 - {text}")
            yield d.rewrite("factor-zero", (factor, f"0 * {text}"), old=text, of=ast.unparse(node))
            yield d.rewrite("factor-squared", (factor, f"{text}**2"), old=text, new=f"{text}**2")


def _quotient(d: Derivation, node: ast.BinOp) -> Iterator[Rewrite]:
    above, below = ast.unparse(node.left), ast.unparse(node.right)
    said = {"above": above, "below": below}
    yield d.rewrite("not-divided", (node, node.left), **said)
    yield d.rewrite("divisor-alone", (node, node.right), **said)
    yield d.rewrite("multiplied-for-divided", (node, ast.BinOp(node.left, ast.Mult(), node.right)), **said)
    yield d.rewrite("upside-down", (node, ast.BinOp(node.right, ast.Div(), node.left)), **said)
    yield d.rewrite("subtracted-for-divided", (node, ast.BinOp(node.left, ast.Sub(), node.right)), **said)
    yield d.rewrite("added-for-divided", (node, ast.BinOp(node.left, ast.Add(), node.right)), **said)


def _complement(d: Derivation, node: ast.BinOp) -> Iterator[Rewrite]:
    # A number plus or minus something, as in 1 − s.
    for number, other, first in ((node.left, node.right, True), (node.right, node.left, False)):
        if not isinstance(number, ast.Constant) or isinstance(other, ast.Constant):
            continue
        if not isinstance(number.value, int | float):
            continue
        minus, old = isinstance(node.op, ast.Sub), ast.unparse(node)
        alone = ast.UnaryOp(ast.USub(), other) if minus and first else other
        turned = ast.BinOp(node.left, ast.Add() if minus else ast.Sub(), node.right)
        wrong: list[ast.expr] = [other, alone, turned, number]
        if minus:
            wrong.append(ast.BinOp(other, ast.Sub(), number) if first else ast.BinOp(number, ast.Sub(), other))
        wrong += [
            ast.BinOp(ast.Constant(number.value + by), node.op, other)
            if first
            else ast.BinOp(other, node.op, ast.Constant(number.value + by))
            for by in (1, -1)
        ]
        wrong.append(ast.BinOp(number, ast.Mult(), other))
        for new in wrong:
            yield d.rewrite("complement", (node, new), old=old, new=ast.unparse(new))


def kernels(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in a product of matrices: transposes, the way round, sums over the batch."""
    products = [n for _, n in d.expressions if isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult)]
    turned = [n for _, n in d.expressions if isinstance(n, ast.Attribute) and n.attr == "T"]
    for transpose in turned:
        yield d.rewrite("not-transposed", (transpose, transpose.value), what=ast.unparse(transpose.value))
    behind = [n for n in turned if any(n is p.right for p in products)]
    for first, second in itertools.combinations(behind, 2):
        both = f"{ast.unparse(first.value)} and {ast.unparse(second.value)}"
        yield d.rewrite("not-transposed", (first, first.value), (second, second.value), what=both)
        yield d.rewrite("kernels-swapped", (first, second), (second, first), what=both)
    plain = [p.right for p in products if isinstance(p.right, ast.Name | ast.Subscript)]
    left = [p.left for p in products if isinstance(p.left, ast.Name | ast.Subscript)]
    for kernel in [*plain, *left]:
        yield d.rewrite("transposed", (kernel, f"({ast.unparse(kernel)}).T"), what=ast.unparse(kernel))
    if len(plain) > 1:
        for group in _alike(plain):
            both = " and ".join(dict.fromkeys(ast.unparse(n) for n in group))
            yield d.rewrite("transposed", *((n, f"({ast.unparse(n)}).T") for n in group), what=both)
    for one, other in itertools.combinations(plain, 2):
        both = f"{ast.unparse(one)} and {ast.unparse(other)}"
        yield d.rewrite("kernels-swapped", (one, other), (other, one), what=both)
    for product in products:
        yield from _of_matrices(d, product)
    yield from _over_the_batch(d, products)


def _alike(nodes: Sequence[ast.expr]) -> list[Sequence[ast.expr]]:
    # All of them, and those whose names begin with the same letter, as those of the gates do.
    first = {ast.unparse(n)[0] for n in nodes}
    groups = [nodes] if len(first) > 1 else []
    return groups + [[n for n in nodes if ast.unparse(n)[0] == letter] for letter in sorted(first)]


def _of_matrices(d: Derivation, node: ast.BinOp) -> Iterator[Rewrite]:
    left, right = ast.unparse(node.left), ast.unparse(node.right)
    yield d.rewrite("kernel-left-out", (node, node.left), what=right, kept=left)
    yield d.rewrite("kernel-left-out", (node, node.right), what=left, kept=right)
    yield d.rewrite("entry-by-entry", (node, ast.BinOp(node.left, ast.Mult(), node.right)), one=left, other=right)
    yield d.rewrite("other-way-round", (node, ast.BinOp(node.right, ast.MatMult(), node.left)), one=left, other=right)
    if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult):  # (r * h) @ U -> r * (h @ U)
        gate, *others = flat(node.left, ast.Mult)
        after = ast.BinOp(gate, ast.Mult(), ast.BinOp(joined(others, ast.Mult), ast.MatMult(), node.right))
        yield d.rewrite("after-the-product", (node, after), what=ast.unparse(gate), product=right)


def _over_the_batch(d: Derivation, products: list[ast.BinOp]) -> Iterator[Rewrite]:
    # x.T @ da sums over the batch: the whole product transposed, or one row of it alone.
    summing = [p for p in products if isinstance(p.left, ast.Attribute) and p.left.attr == "T"]

    def back(p: ast.BinOp) -> ast.expr:
        assert isinstance(p.left, ast.Attribute)
        return ast.BinOp(ast.Attribute(p.right, "T", ast.Load()), ast.MatMult(), p.left.value)

    def first(p: ast.BinOp) -> str:
        assert isinstance(p.left, ast.Attribute)
        return f"({ast.unparse(p.left.value)})[:1].T @ ({ast.unparse(p.right)})[:1]"

    sums = list(_sums_of_rows(d))
    bias = [(node, f"({ast.unparse(summed)})[0]") for node, summed in sums]
    for p in summing:
        yield d.rewrite("product-transposed", (p, back(p)), what=ast.unparse(p))
        yield d.rewrite("first-row-only", (p, first(p)), what=_made(d, p))
    if len(summing) > 1:
        yield d.rewrite("product-transposed", *((p, back(p)) for p in summing), what="each of the products")
    if len(summing) + len(bias) > 1:
        what = " and ".join(dict.fromkeys(_made(d, node) for node in [*summing, *(node for node, _ in sums)]))
        yield d.rewrite("first-row-only", *((p, first(p)) for p in summing), *bias, what=what)


def _sums_of_rows(d: Derivation) -> Iterator[tuple[ast.expr, ast.expr]]:
    # da.sum(axis=0): the sum, and what is summed.
    for _, node in d.expressions:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sum":
            over_rows = any(k.arg == "axis" and ast.unparse(k.value) == "0" for k in node.keywords)
            if over_rows and ast.unparse(node.func.value) != "np":
                yield node, node.func.value


def _made(d: Derivation, node: ast.expr) -> str:
    return d.line(node).target
