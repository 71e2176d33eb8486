"""Right answers made from a right one: rewritten so that the program is another and what it computes the same.

unrolled-canary-70b1f5ac28de
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from solutions.judging.derivation import Derivation, Edit, Rewrite, flat, joined


def rights(d: Derivation) -> Iterator[Rewrite]:
    """The derivation in other styles, each one throughout: sums and products turned round, other calls, other loops."""
    styles: dict[str, Callable[[ast.expr], ast.AST | str | None]] = {
        "sums-turned-round": lambda node: _turned(node, ast.Add),
        "products-turned-round": lambda node: _turned(node, ast.Mult),
        "products-by-call": lambda node: None if isinstance(d.definition, ast.ClassDef) else _by_call(node),
        "squares-as-products": _square,
        "complements-multiplied-out": _multiplied_out,
        "loops-by-index": _by_index,
    }
    for name, style in styles.items():
        edits: list[Edit] = []
        done: set[int] = set()
        for _, node in d.expressions:
            if id(node) not in done and (new := style(node)) is not None:
                edits.append((node, new))
                done |= {id(one) for one in ast.walk(node)}
        if edits:
            yield d.rewrite(name, *edits)
    growing = [s for s in d.statements if _grows(s)]
    if growing:
        yield d.rewrite("added-in-place", *((s, _in_place(s)) for s in growing))
    if d.arguments:
        yield from _named_anew(d)


def _turned(node: ast.expr, operator: type[ast.operator]) -> ast.expr | None:
    parts = flat(node, operator)
    if any(isinstance(one, ast.List | ast.ListComp) for part in parts for one in ast.walk(part)):
        return None  # of lists the order counts
    return joined(reversed(parts), operator) if len(parts) > 1 else None


def _by_call(node: ast.expr) -> str | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return f"np.matmul({ast.unparse(node.left)}, {ast.unparse(node.right)})"
    return None


def _square(node: ast.expr) -> str | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and ast.unparse(node.right) == "2":
        base = ast.unparse(node.left)
        return f"({base}) * ({base})"
    return None


def _multiplied_out(node: ast.expr) -> ast.expr | None:
    # s * (1 - s) -> (s - s * s)
    factors = flat(node, ast.Mult)
    texts = [ast.unparse(factor) for factor in factors]
    for k, text in enumerate(texts):
        if f"1 - {text}" in texts:
            j = texts.index(f"1 - {text}")
            slope = ast.parse(f"({text}) - ({text}) * ({text})", mode="eval").body
            return joined([*(f for i, f in enumerate(factors) if i not in (k, j)), slope], ast.Mult)
    return None


def _by_index(node: ast.expr) -> str | None:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "reversed" and isinstance(node.args[0], ast.Call):
        span = node.args[0]
        if ast.unparse(span.func) == "range" and len(span.args) == 1:
            return f"range({ast.unparse(span.args[0])} - 1, -1, -1)"
    return None


def _grows(statement: ast.stmt) -> bool:
    # x = x + …: what was there before belongs to this function alone, a sum that it began itself.
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.BinOp):
        return False
    terms = flat(statement.value, ast.Add)
    target = ast.unparse(statement.targets[0])
    return len(terms) == 2 and ast.unparse(terms[0]) == target and target in ("dW", "dU", "db")


def _in_place(statement: ast.stmt) -> ast.stmt:
    assert isinstance(statement, ast.Assign)
    target = statement.targets[0]
    assert isinstance(target, ast.Name)
    return ast.AugAssign(target, ast.Add(), flat(statement.value, ast.Add)[1])


def _named_anew(d: Derivation) -> Iterator[Rewrite]:
    # The answer in a name of its own, several of them as a list: nobody asks for a tuple.
    for statement in d.statements:
        if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple):
            yield d.rewrite("answers-in-a-list", (statement.value, ast.List(statement.value.elts, ast.Load())))
