"""Loops over the steps: direction, ends, the step's own entry, what is carried, the order of what is kept.

unrolled-canary-91a4e8f7b25c
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from solutions.judging.derivation import Derivation, Edit, Rewrite

STACKS = ("np.stack", "torch.stack", "ops.stack")


def loops(d: Derivation) -> Iterator[Rewrite]:
    """Every mistake in a loop, and in the lists that it fills."""
    for loop in (s for s in d.statements if isinstance(s, ast.For)):
        yield from _range(d, loop)
        yield from _carried(d, loop)
        returned = [s for s in d.statements if isinstance(s, ast.Return)][-1:]
        within = ast.For(loop.target, loop.iter, [*loop.body, *returned], [])
        yield d.rewrite("returned-in-the-loop", (loop, within))
    yield from _entries(d)
    yield from _lists(d)


def _range(d: Derivation, loop: ast.For) -> Iterator[Rewrite]:
    span, backwards = loop.iter, False
    if isinstance(span, ast.Call) and ast.unparse(span.func) == "reversed":
        span, backwards = span.args[0], True
    if not (isinstance(span, ast.Call) and ast.unparse(span.func) == "range" and len(span.args) == 1):
        return
    end = ast.unparse(span.args[0])
    if backwards:
        appended = [(call, f"{name}.append({value})") for call, name, value in _inserts(d)]
        yield d.rewrite("forwards", (loop.iter, span), *appended)
        yield d.rewrite("forwards", (loop.iter, span))
    else:
        turned = ast.Call(ast.Name("reversed", ast.Load()), [span], [])
        yield d.rewrite("backwards", (loop.iter, turned))
    first = "first-step-left-out" if backwards else "begins-with-step-1"
    yield d.rewrite(first, (span, f"range(1, {end})"), variable=ast.unparse(loop.target))
    yield d.rewrite("last-step-left-out", (span, f"range({end} - 1)"), variable=ast.unparse(loop.target))
    for stack in _stacks(d):
        name = ast.unparse(stack.args[0])
        if name.isidentifier():
            filled = f"np.stack([0 * {name}[0], *{name}], axis=1)"
            yield d.rewrite(first, (span, f"range(1, {end})"), (stack, filled), variable=ast.unparse(loop.target))
    if ".shape[1]" in end:
        array = end.split(".shape")[0]
        rows: list[Edit] = [(n, f"{ast.unparse(n.value)}[t]") for n in _steps(d)]
        for edits in ([], rows):
            yield d.rewrite("over-the-batch", (span, f"range(len({array}))"), *edits, what=array)


def _carried(d: Derivation, loop: ast.For) -> Iterator[Rewrite]:
    # What a step hands to the next one: set before the loop, and again in it.
    before = {name: s for s in d.statements if s.lineno < loop.lineno for name in _assigned(s)}
    for statement in loop.body:
        for name in _assigned(statement):
            if name not in before:
                continue
            start = _value(before[name], name)
            if start is not None and isinstance(statement, ast.Assign):
                kept = ast.parse(f"{name} = {ast.unparse(start)}").body[0]
                last = loop.body[-1]
                yield d.rewrite("not-carried", (last, ast.Module([last, kept], [])), what=name)
                if ast.unparse(loop.iter).startswith("reversed"):
                    passed = f"if {ast.unparse(loop.target)}:\n    {ast.unparse(statement)}"
                    yield d.rewrite(
                        "last-step-not-passed",
                        (statement, ast.parse(passed).body[0]),
                        what=name,
                        variable=ast.unparse(loop.target),
                    )
            if start is not None:
                zero = f"0 * ({ast.unparse(start)})"
                if not isinstance(start, ast.Constant | ast.List):
                    yield d.rewrite("begins-with-zeros", (start, zero), what=name, old=ast.unparse(start))
    for name in before:
        for upstream in [a for a in d.arguments if a.startswith("d")]:
            start = _value(before[name], name)
            if start is not None and "zeros" in ast.unparse(start):
                yield d.rewrite("begins-with-the-last", (start, f"{upstream}[:, -1]"), what=name, new=upstream)


def _entries(d: Derivation) -> Iterator[Rewrite]:
    # X[:, t] and caches[t]: of another step, or at one step alone.
    for step in _steps(d):
        base = ast.unparse(step.value)
        if base in d.arguments and isinstance(step.ctx, ast.Load):
            for end, word in ((f"{base}.shape[1] - 1", "last"), ("0", "first")):
                yield d.rewrite(
                    "at-one-step-alone",
                    (step, f"({base}[:, t] if t == {end} else 0 * {base}[:, t])"),
                    what=base,
                    index=word,
                )
        for index in ("t - 1", "t + 1", "0", "-1", "-1 - t", "max(t - 1, 0)"):
            store = isinstance(step.ctx, ast.Store)
            if store and index not in ("-1 - t", "0", "-1"):
                continue
            new = f"{base}[:, {index}]"
            changed: ast.AST | str = new
            if store:
                made = ast.parse(f"{new} = 0").body[0]
                assert isinstance(made, ast.Assign)
                changed = made.targets[0]
            yield d.rewrite("another-step", (step, changed), old=f"{base}[:, t]", new=new, index=index)
    for _, node in d.expressions:
        if isinstance(node, ast.Subscript) and ast.unparse(node.slice) in ("t", "t + 1"):
            base, old = ast.unparse(node.value), ast.unparse(node.slice)
            for index in ("t", "t - 1", "t + 1", "0", "-1", "-1 - t", "max(t - 1, 0)"):
                if index != old and isinstance(node.ctx, ast.Load):
                    yield d.rewrite(
                        "another-step",
                        (node, f"{base}[{index}]"),
                        old=f"{base}[{old}]",
                        new=f"{base}[{index}]",
                        index=index,
                    )


def _lists(d: Derivation) -> Iterator[Rewrite]:
    for call, name, value in _inserts(d):
        yield d.rewrite("in-reverse", (call, f"{name}.append({value})"), what=name)
    for _, node in d.expressions:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            name, value = ast.unparse(node.func.value), ast.unparse(node.args[0])
            yield d.rewrite("in-reverse", (node, f"{name}.insert(0, {value})"), what=name)
    for stack in _stacks(d):
        inner = ast.unparse(stack.args[0])
        yield d.rewrite("time-first", (stack, f"np.stack({inner})"), what=inner)
        if inner.isidentifier():
            yield d.rewrite("last-entry-alone", (stack, f"{inner}[-1]"), what=inner)
            yield d.rewrite("added-up", (stack, f"np.cumsum({ast.unparse(stack)}, axis=1)"), what=inner)
            for start in d.arguments:
                if start.endswith("0"):
                    yield d.rewrite(
                        "start-among-them", (stack, f"np.stack([{start}, *{inner}], axis=1)"), what=inner, start=start
                    )
                    yield d.rewrite(
                        "one-step-late", (stack, f"np.stack([{start}, *{inner}[:-1]], axis=1)"), what=inner, start=start
                    )


def _steps(d: Derivation) -> list[ast.Subscript]:
    # Subscripts [:, t], where they are read and where they are written.
    targets = [n for s in d.statements for n in ast.walk(s) if isinstance(n, ast.Subscript)]
    return [n for n in dict.fromkeys(targets) if ast.unparse(n.slice).strip("()") == ":, t" and id(n) not in d.helpers]


def _inserts(d: Derivation) -> Iterator[tuple[ast.Call, str, str]]:
    # dX.insert(0, …): the call, the list's name, what is inserted.
    for _, node in d.expressions:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "insert":
            name = ast.unparse(node.func.value)
            if name.isidentifier():
                yield node, name, ast.unparse(node.args[1])


def _stacks(d: Derivation) -> list[ast.Call]:
    return [n for _, n in d.expressions if isinstance(n, ast.Call) and ast.unparse(n.func) in STACKS]


def _assigned(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Assign):
        return [n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []


def _value(statement: ast.stmt, name: str) -> ast.expr | None:
    # What a statement gives to a name, where it can be told.
    if not isinstance(statement, ast.Assign):
        return None
    target, value = statement.targets[0], statement.value
    if isinstance(target, ast.Name):
        return value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return next((v for t, v in zip(target.elts, value.elts, strict=True) if ast.unparse(t) == name), None)
    return None
