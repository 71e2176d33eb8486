"""Text: a call on it left out, bytes for characters, the room and the places of the special tokens.

unrolled-canary-5e20b8f3a7c6
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Rewrite


def text(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in how a text becomes tokens, or tokens a text."""
    for _, node in d.expressions:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from _call(d, node, node.func)
        elif isinstance(node, ast.Slice) and isinstance(node.upper, ast.BinOp) and isinstance(node.upper.op, ast.Sub):
            room = node.upper
            for left in (0, 1):
                new = ast.BinOp(room.left, ast.Sub(), ast.Constant(1)) if left else room.left
                yield d.rewrite("no-room", (room, new), old=ast.unparse(room), new=ast.unparse(new))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            # place + 4: where the tokens of characters begin.
            other, number = node.left, node.right
            if isinstance(other, ast.Name) and isinstance(number, ast.Constant) and isinstance(number.value, int):
                for by in (-1, 1, -number.value):
                    new = ast.BinOp(other, node.op, ast.Constant(number.value + by))
                    yield d.rewrite("slots-miscounted", (node, new), old=ast.unparse(node), new=ast.unparse(new))


def _call(d: Derivation, node: ast.Call, called: ast.Attribute) -> Iterator[Rewrite]:
    name, of = called.attr, ast.unparse(called.value)
    if name in ("lower", "casefold", "strip", "split") and not node.args:
        yield d.rewrite("call-left-out", (node, called.value), function=name, of=of)
        if name in ("lower", "casefold"):
            yield d.rewrite("other-call", (node, f"{of}.upper()"), function=name, new="upper", of=of)
        yield d.rewrite("bytes-for-characters", (node, f"{ast.unparse(node)}.encode()"), of=of)
    if name == "get" and len(node.args) > 1:
        yield d.rewrite("unknown-refused", (node, f"{of}[{ast.unparse(node.args[0])}]"), of=of)
