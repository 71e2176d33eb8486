"""All slips of one place in a function's text: the text with one thing changed, by its syntax tree.

Nobody chose them, so they measure how much of what can go wrong the judge notices and names (benchmarks/naming.py).

unrolled-canary-a91c35e0d7f4
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise
from typing import Any, TypeVar

import numpy as np

OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Add, ast.Div, ast.MatMult),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
FUNCTIONS = {
    "tanh": ("sin",),
    "sigmoid": ("tanh",),
    "expit": ("tanh",),
    "sum": ("mean",),
    "mean": ("sum",),
    "max": ("min",),
    "min": ("max",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "concatenate": ("stack",),
    "stack": ("concatenate",),
}
SIGMOIDS = ("sigmoid", "expit")
OF_ONE_VALUE = ("tanh", *SIGMOIDS, "exp", "log", "sqrt", "abs")
REDUCTIONS = ("sum", "mean", "max", "min", "norm")
AXES = (0, 1, -1)
SCOPES = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)
Node = TypeVar("Node", bound=ast.AST)
Rule = Callable[[ast.AST], Iterator[ast.AST]]


@dataclass(frozen=True)
class Edit:
    """A text with one change.

    kind: one of KINDS.
    change: the lines that differ, before → after, as `ast.unparse` writes them.
    line: the first line of the changed statement, in the text before.
    text: the whole text after.
    """

    kind: str
    change: str
    line: int
    text: str


def edits(text: str) -> Iterator[Edit]:
    """All edits of a function's text, a `def`, in a fixed order. Each compiles; no two have one text."""
    tree = ast.parse(text)
    yield from _written(tree, iter(_candidates(tree)))


def random_edits(text: str, rng: np.random.Generator, count: int) -> list[Edit]:
    """As many edits of a function's text (all, where it has fewer): each kind in turn, lines at random."""
    tree = ast.parse(text)
    return [edit for edit, _ in zip(_written(tree, _shuffled(_candidates(tree), rng)), range(count), strict=False)]


@dataclass(frozen=True)
class _Candidate:
    # A change before it is written: `new` takes the place of `old`, which is parent.field or, in a list, one of it.
    kind: str
    line: int
    old: ast.AST
    new: ast.AST
    parent: ast.AST
    field: str
    index: int | None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def _candidates(tree: ast.Module) -> list[_Candidate]:
    places = {child: (node, field, index) for node in ast.walk(tree) for child, field, index in _children(node)}
    parents = {child: place[0] for child, place in places.items()}
    rules: dict[str, Rule] = {
        **RULES,
        "function": partial(_functions, _called(tree)),
        "name": partial(_names, _Names(tree, parents)),
    }
    found = []
    for node in _in_order(tree.body[0]):
        for kind, changed in rules.items():
            for new in changed(node):
                line = new.lineno if isinstance(new, ast.stmt) else _statement(node, parents).lineno
                found.append(_Candidate(kind, line, node, new, *places[node]))
    return found


def _written(tree: ast.Module, candidates: Iterator[_Candidate]) -> Iterator[Edit]:
    before = ast.unparse(tree)
    seen = {before}
    for candidate in candidates:
        candidate.put(candidate.new)
        after = ast.unparse(tree)
        candidate.put(candidate.old)
        if after not in seen and _compiles(after):
            seen.add(after)
            yield Edit(candidate.kind, _difference(before, after), candidate.line, after)


def _shuffled(candidates: list[_Candidate], rng: np.random.Generator) -> Iterator[_Candidate]:
    # One of each kind after the other; within a kind a line at random, so that long lines are not edited most.
    by_kind: dict[str, dict[int, list[_Candidate]]] = {}
    for candidate in candidates:
        by_kind.setdefault(candidate.kind, {}).setdefault(candidate.line, []).append(candidate)
    while by_kind:
        for kind in rng.permutation(sorted(by_kind)):
            lines = by_kind[kind]
            line = list(lines)[rng.integers(len(lines))]
            yield lines[line].pop(rng.integers(len(lines[line])))
            if not lines[line]:
                del lines[line]
            if not lines:
                del by_kind[kind]


def _compiles(text: str) -> bool:
    try:
        compile(text, "<edit>", "exec")
    except SyntaxError:
        return False
    return True


def _difference(before: str, after: str) -> str:
    old, new = ([line.strip() for line in text.splitlines()] for text in (before, after))
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return " → ".join("; ".join(lines) or "(nothing)" for lines in (old, new))


def _children(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield value, field, None
        elif isinstance(value, list):
            yield from ((child, field, k) for k, child in enumerate(value) if isinstance(child, ast.AST))


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child, field, _ in _children(node):
        if field not in ("decorator_list", "annotation", "returns"):
            yield from _in_order(child)


def _statement(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> ast.stmt:
    while not isinstance(node, ast.stmt):
        node = parents[node]
    return node


def _called(tree: ast.AST) -> set[str]:
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def _name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _with(node: Node, **fields: Any) -> Node:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _with_swapped(nodes: list[Any], one: int, other: int) -> list[Any]:
    swapped = list(nodes)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    return swapped


# The rules: nodes that may stand in the place of a node, one kind of change each.


def _operators(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        yield from (_with(node, op=other()) for other in OPERATORS.get(type(node.op), ()))


def _operands(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
        yield _with(node, left=node.right, right=node.left)


def _signs(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.Return) and isinstance(node.value, ast.BinOp):
        yield _with(node, value=ast.UnaryOp(ast.USub(), node.value))
    elif isinstance(node, ast.Call) and _name_of(node) in OF_ONE_VALUE and len(node.args) == 1:
        yield _with(node, args=[ast.UnaryOp(ast.USub(), node.args[0])])


def _numbers(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)


def _comparisons(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from (_with(node, ops=[other()]) for other in COMPARISONS.get(type(node.ops[0]), ()))


def _transposes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield _with(node, left=_transposed(node.left))
        yield _with(node, right=_transposed(node.right))
    elif isinstance(node, ast.Call) and _name_of(node) == "dot":
        for k, argument in enumerate(node.args):
            yield _with(node, args=[*node.args[:k], _transposed(argument), *node.args[k + 1 :]])


def _transposed(matrix: ast.expr) -> ast.expr:
    if isinstance(matrix, ast.Attribute) and matrix.attr == "T":
        return matrix.value
    return ast.Attribute(matrix, "T", ast.Load())


def _axes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.keyword) and node.arg == "axis":
        yield from (_with(node, value=ast.Constant(axis)) for axis in AXES)
    elif isinstance(node, ast.Call) and any(keyword.arg == "axis" for keyword in node.keywords):
        yield _with(node, keywords=[keyword for keyword in node.keywords if keyword.arg != "axis"])


def _kept_axes(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Call):
        return
    given = {keyword.arg for keyword in node.keywords}
    if "keepdims" in given:
        yield _with(node, keywords=[keyword for keyword in node.keywords if keyword.arg != "keepdims"])
    elif "axis" in given and _name_of(node) in REDUCTIONS:
        yield _with(node, keywords=[*node.keywords, ast.keyword("keepdims", ast.Constant(True))])


def _functions(called: set[str], node: ast.AST) -> Iterator[ast.AST]:
    if (
        isinstance(node, ast.For | ast.comprehension)
        and isinstance(node.iter, ast.Call)
        and _name_of(node.iter) == "range"
    ):
        yield _with(node, iter=ast.Call(ast.Name("reversed", ast.Load()), [node.iter], []))
    if isinstance(node, ast.Subscript) and ast.unparse(node.slice) == "::-1":
        yield node.value
    if not isinstance(node, ast.Call):
        return
    name = _name_of(node)
    for other in FUNCTIONS.get(name, ()):
        yield _with(node, func=_renamed(node.func, other))
    if name == "tanh":
        yield from (_with(node, func=ast.Name(other, ast.Load())) for other in SIGMOIDS if other in called)
    if name in (*OF_ONE_VALUE, "reversed") and len(node.args) == 1:
        yield node.args[0]
    if name == "append" and isinstance(node.func, ast.Attribute):
        yield _with(node, func=_with(node.func, attr="insert"), args=[ast.Constant(0), *node.args])
    if name == "insert" and isinstance(node.func, ast.Attribute):
        yield _with(node, func=_with(node.func, attr="append"), args=node.args[1:])


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return _with(function, attr=name)
    if name in ("max", "min"):
        return ast.Name(name, ast.Load())
    return ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())


class _Names:
    """The names of a function that hold values, and from where on."""

    def __init__(self, tree: ast.AST, parents: dict[ast.AST, ast.AST]) -> None:
        self._parents = parents
        self._called = _called(tree)
        self._bound: dict[ast.AST, list[tuple[str, int]]] = {}  # by function or comprehension: name and line
        for node in ast.walk(tree):
            if isinstance(node, ast.arg):
                self._bound.setdefault(parents[parents[node]], []).append((node.arg, 0))
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                scope = self._scopes(node)[0]
                # What a loop or a comprehension runs over is bound where it begins.
                line = _statement(node, parents).lineno if isinstance(scope, ast.FunctionDef) else 0
                self._bound.setdefault(scope, []).append((node.id, line))

    def before(self, node: ast.Name) -> list[str]:
        """The names that are bound before the statement in which `node` stands."""
        line = _statement(node, self._parents).lineno
        bound = [name for scope in self._scopes(node) for name, since in self._bound.get(scope, []) if since < line]
        return [name for name in dict.fromkeys(bound) if name not in self._called]

    def _scopes(self, node: ast.AST) -> list[ast.AST]:
        # From the inside to the outside.
        found: list[ast.AST] = []
        while node in self._parents:
            node = self._parents[node]
            if isinstance(node, SCOPES):
                found.append(node)
        return found


def _names(names: _Names, node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        bound = names.before(node)
        if node.id in bound:
            yield from (_with(node, id=other) for other in bound if other != node.id)


def _indices(node: ast.AST) -> Iterator[ast.AST]:
    if not isinstance(node, ast.Subscript):
        return
    if isinstance(node.slice, ast.Tuple):
        parts = node.slice.elts
        for k, part in enumerate(parts):
            for other in _shifted(part):
                yield _with(node, slice=_with(node.slice, elts=[*parts[:k], other, *parts[k + 1 :]]))
        if isinstance(parts[0], ast.Slice) and len(parts) == 2:
            yield _with(node, slice=parts[1])
    else:
        yield from (_with(node, slice=other) for other in _shifted(node.slice))


def _shifted(index: ast.expr) -> Iterator[ast.expr]:
    if isinstance(index, ast.Slice):
        for end in ("lower", "upper"):
            if getattr(index, end) is not None:
                yield _with(index, **{end: None})
        return
    if isinstance(index, ast.Name):
        yield ast.BinOp(index, ast.Sub(), ast.Constant(1))
        yield ast.BinOp(index, ast.Add(), ast.Constant(1))
    if isinstance(index, ast.Name | ast.BinOp):
        yield ast.Constant(-1)
        yield ast.Constant(0)


def _orders(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Tuple | ast.List):
        for one, other in combinations(range(len(node.elts)), 2):
            yield _with(node, elts=_with_swapped(node.elts, one, other))
    elif isinstance(node, ast.Call):
        for one, other in combinations(range(len(node.args)), 2):
            yield _with(node, args=_with_swapped(node.args, one, other))


def _augmented(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.AugAssign):
        yield ast.copy_location(ast.Assign([node.target], node.value), node)
        yield from (_with(node, op=other()) for other in OPERATORS.get(type(node.op), ())[:1])
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Name) and isinstance(value.left, ast.Name) and value.left.id == target.id:
            yield ast.copy_location(ast.AugAssign(target, value.op, value.right), node)


def _deleted(node: ast.AST) -> Iterator[ast.AST]:
    for field, body in _bodies(node):
        for k, statement in enumerate(body):
            if _moves(statement):
                left = [*body[:k], *body[k + 1 :]] or [ast.Pass()]
                yield _with(node, **{field: left, "lineno": statement.lineno})


def _swapped(node: ast.AST) -> Iterator[ast.AST]:
    for field, body in _bodies(node):
        for k, (one, other) in enumerate(pairwise(body)):
            if _moves(one) and _moves(other):
                yield _with(node, **{field: _with_swapped(body, k, k + 1), "lineno": one.lineno})


def _bodies(node: ast.AST) -> Iterator[tuple[str, list[ast.stmt]]]:
    if isinstance(node, ast.stmt):
        for field in ("body", "orelse"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                yield field, body


def _moves(statement: ast.stmt) -> bool:
    # Functions, imports and texts that explain stay where they are.
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return False
    return not isinstance(statement, ast.FunctionDef | ast.Import | ast.ImportFrom | ast.Pass)


RULES: dict[str, Rule] = {
    "axis": _axes,
    "keepdims": _kept_axes,
    "index": _indices,
    "sign": _signs,
    "transpose": _transposes,
    "operator": _operators,
    "operand": _operands,
    "number": _numbers,
    "comparison": _comparisons,
    "order": _orders,
    "augmented": _augmented,
    "deleted": _deleted,
    "swapped": _swapped,
}
KINDS = (*RULES, "function", "name")
