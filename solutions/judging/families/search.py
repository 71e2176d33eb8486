"""Search: hypotheses kept in the wrong order, too few or too many of them, finished ones dropped or grown on.

unrolled-canary-c7416ae9d052
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite


def search(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in which hypotheses a beam search keeps."""
    for statement in d.statements:
        # if finished: kept.append(…); continue
        if isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Continue):
            kept, last = statement.body[0], statement.body[-1]
            yield d.rewrite("finished-not-stopped", (statement, ast.Pass()))
            if kept is not last:
                yield d.rewrite("finished-dropped", (kept, ast.Pass()))
                yield d.rewrite("finished-kept-and-grown", (last, ast.Pass()))
    for _, node in d.expressions:
        if isinstance(node, ast.Call) and any(keyword.arg == "key" for keyword in node.keywords):
            yield from _sorted(d, node)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            of, upper = ast.unparse(node.value), node.slice.upper
            if node.slice.lower is None and isinstance(upper, ast.Name):
                width = upper.id
                yield d.rewrite("greedy", (node, f"{of}[:1]"), what=width)
                yield d.rewrite("none-dropped", (node, node.value), what=width)
                yield d.rewrite("one-too-many", (node, f"{of}[:{width} + 1]"), what=width)


def _sorted(d: Derivation, node: ast.Call) -> Iterator[Rewrite]:
    for keyword in node.keywords:
        if keyword.arg == "reverse":
            left = [k for k in node.keywords if k is not keyword]
            yield d.rewrite("worst-first", (node, ast.Call(node.func, node.args, left)))
        elif keyword.arg == "key" and isinstance(keyword.value, ast.Lambda):
            one, by = keyword.value.args.args[0].arg, ast.unparse(keyword.value.body)
            by_length = f"lambda {one}: {by} / len({one}[0])"
            left = [k for k in node.keywords if k is not keyword]
            changed = [ast.keyword("key", ast.parse(by_length, mode="eval").body), *left]
            yield d.rewrite("by-length", (node, ast.Call(node.func, node.args, changed)))
