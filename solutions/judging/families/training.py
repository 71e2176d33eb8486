"""Training loops: what belongs into the loop before or behind it, gradients that pile up.

unrolled-canary-08b3f5d61e9c
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite, names_in, target_of


def training(d: Derivation) -> Iterator[Rewrite]:
    """Every statement of a loop moved out of it, and gradients that are never cleared."""
    for loop in (s for s in d.statements if isinstance(s, ast.For)):
        for place, statement in enumerate(loop.body):
            if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
                continue
            left = [*loop.body[:place], *loop.body[place + 1 :]] or [ast.Pass()]
            without = ast.For(loop.target, loop.iter, left, [])
            what = target_of(statement)
            yield d.rewrite("behind-the-loop", (loop, _both(without, statement)), what=what)
            if not set(names_in(statement)) & set(names_in(loop.target)):
                yield d.rewrite("before-the-loop", (loop, _both(statement, without)), what=what)
            yield from _piling_up(d, loop, place)


def _piling_up(d: Derivation, loop: ast.For, place: int) -> Iterator[Rewrite]:
    # loss, g = gradient(w, batch), and g is added to what it was.
    statement = loop.body[place]
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return
    if ast.unparse(statement.value.func) != d.arguments[0] or not isinstance(statement.targets[0], ast.Tuple):
        return
    name = ast.unparse(statement.targets[0].elts[-1])
    added = ast.parse(f"{name} = piled_up = piled_up + {name}").body[0]
    body = [*loop.body[: place + 1], added, *loop.body[place + 1 :]]
    start = ast.parse("piled_up = 0").body[0]
    yield d.rewrite("piling-up", (loop, _both(start, ast.For(loop.target, loop.iter, body, []))), what=name)


def _both(one: ast.stmt, other: ast.stmt) -> ast.stmt:
    return ast.If(ast.Constant(True), [one, other], [])
