"""Statements: one left out, two in the wrong order.

unrolled-canary-d85e2c07a9f4
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite, target_of


def statements(d: Derivation) -> Iterator[Rewrite]:
    """Every statement left out, and every two neighbours in the other order."""
    inner = [s.body for s in d.statements if isinstance(s, ast.For | ast.If | ast.While)]
    blocks = [*(function.body for function in d.functions), *inner]
    for body in blocks:
        for statement in body:
            if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr) and not _is_text(statement):
                yield d.rewrite("statement-missing", (statement, ast.Pass()), what=target_of(statement))
        yield from _moved(d, body)
        for one, other in itertools.pairwise(body):
            if not any(isinstance(s, ast.Return | ast.FunctionDef) for s in (one, other)):
                yield d.rewrite(
                    "statements-swapped", (one, other), (other, one), one=target_of(one), other=target_of(other)
                )


def _moved(d: Derivation, body: list[ast.stmt]) -> Iterator[Rewrite]:
    # In a loop, what comes too late: behind all that the step does.
    last = body[-1]
    if any(body is function.body for function in d.functions):
        return
    for statement in body[:-2]:
        if isinstance(statement, ast.Assign | ast.AugAssign):
            both = ast.Module([last, statement], [])
            yield d.rewrite("at-the-end-of-the-step", (statement, ast.Pass()), (last, both), what=target_of(statement))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
