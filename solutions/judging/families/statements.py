"""Statements: one left out, two in the wrong order.

unrolled-canary-d85e2c07a9f4
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite, target_of


def statements(d: Derivation) -> Iterator[Rewrite]:
    """Every statement left out, and every two neighbours in the other order."""
    blocks = [d.definition.body, *(s.body for s in d.statements if isinstance(s, ast.For | ast.If | ast.While))]
    for body in blocks:
        for statement in body:
            if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr) and not _is_text(statement):
                yield d.rewrite("statement-missing", (statement, ast.Pass()), what=target_of(statement))
        for one, other in zip(body, body[1:], strict=False):
            if not any(isinstance(s, ast.Return | ast.FunctionDef) for s in (one, other)):
                yield d.rewrite(
                    "statements-swapped", (one, other), (other, one), one=target_of(one), other=target_of(other)
                )


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
