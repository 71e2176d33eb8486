"""Mechanical mutants: the reference with one thing changed, each of which a good judge must notice.

unrolled-canary-64b18fe0da27
"""

from __future__ import annotations

import ast
import copy
import inspect
import sys
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Function = Callable[..., Any]

OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.Div: (ast.Mult,),
}
FUNCTIONS = {"tanh": ("sin", "arctan"), "sigmoid": ("tanh",), "max": ("min",), "sum": ("mean",), "mean": ("sum",)}

# Why a mutant may give what the original gives; each assignment says it of its own (EQUIVALENT).
ANY_NEGATIVE = "NumPy takes any negative length for the one to be found"
NO_LENGTHS = "lengths are an option of the reference; the assignment has none"
ONLY_THE_SHAPE = "only the shape is read, for an array of zeros"
OTHER_MEMORY = "the memory begins elsewhere; the numbers are the same"
SCRATCH = "space for numbers that are used up at once: any other does"


@dataclass(frozen=True)
class Mutant:
    """A changed copy of a function; `change` says where and what."""

    change: str
    function: Function


def mutants(function: Function, run: Callable[[], object]) -> Iterator[Mutant]:
    """Every copy of `function` with one change: operator, dropped term, constant, swapped names, step in time,
    transpose, axis, activation; in itself or in a function of this package that it calls.

    Args:
        run: calls `function` on the cases it is judged by. Statements that no case reaches are left alone: they belong
            to options of the reference that the assignment does not have.
    """
    callees = _callees(function)
    reached = _lines_of(run)
    for target in (function, *callees.values()):
        definition = _definition(target)
        parents = {child: node for node in _nodes(definition) for child in ast.iter_child_nodes(node)}
        for index, node in enumerate(_reached_nodes(definition, target, reached)):
            if node is None:
                continue
            for change, replacement in _changes(node, parents):
                altered = _altered(definition, index, replacement)
                text = f"{target.__name__}: {change}"
                yield Mutant(text, _rebuilt(function, callees, target, altered))


def _lines_of(run: Callable[[], object]) -> set[tuple[str, int]]:
    # File and number of every line that `run` executes.
    lines = set()

    def note(frame: types.FrameType, event: str, argument: object) -> Any:
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        run()
    finally:
        sys.settrace(before)
    return lines


def _reached_nodes(
    definition: ast.FunctionDef, function: Function, reached: set[tuple[str, int]]
) -> Iterator[ast.AST | None]:
    # The nodes in the order of _nodes, with None for those in statements that were not reached.
    code = function.__code__
    unreached: set[ast.AST] = set()
    for statement in (node for node in _nodes(definition) if isinstance(node, ast.stmt)):
        body = getattr(statement, "body", None)
        last = body[0].lineno - 1 if body else statement.end_lineno
        lines = range(statement.lineno, max(statement.lineno, last or 0) + 1)
        if not any((code.co_filename, code.co_firstlineno + line - 1) in reached for line in lines):
            unreached |= set(ast.walk(statement))
    for node in _nodes(definition):
        yield None if node in unreached else node


def _callees(function: Function) -> dict[str, Function]:
    # The functions of this package that `function` calls, directly or through others.
    found: dict[str, Function] = {}
    waiting = [function]
    while waiting:
        current = waiting.pop()
        for name in current.__code__.co_names:
            value = current.__globals__.get(name)
            if not isinstance(value, types.FunctionType) or not value.__module__.startswith("solutions."):
                continue
            if name not in found and value is not function:
                found[name] = value
                waiting.append(value)
    return found


def _definition(function: Function) -> ast.FunctionDef:
    definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(definition, ast.FunctionDef)
    if ast.get_docstring(definition) is not None:
        definition.body = definition.body[1:]
    definition.decorator_list, definition.returns = [], None
    for argument in definition.args.args:
        argument.annotation = None
    return definition


def _nodes(definition: ast.FunctionDef) -> list[ast.AST]:
    return [node for statement in definition.body for node in ast.walk(statement)]


def _altered(definition: ast.FunctionDef, index: int, replacement: ast.AST) -> ast.Module:
    altered = copy.deepcopy(definition)
    changed = _Replace(_nodes(altered)[index], replacement).visit(altered)
    assert isinstance(changed, ast.FunctionDef)
    return ast.fix_missing_locations(ast.Module(body=[changed], type_ignores=[]))


def _rebuilt(function: Function, callees: dict[str, Function], target: Function, altered: ast.Module) -> Function:
    # `function` in a namespace of its own, where `target` is the altered one and every caller sees it.
    namespace = dict(function.__globals__)
    for name, callee in callees.items():
        namespace |= {key: value for key, value in callee.__globals__.items() if key not in namespace}
        namespace[name] = types.FunctionType(callee.__code__, namespace, name, callee.__defaults__)
        namespace[name].__kwdefaults__ = callee.__kwdefaults__
    exec(compile(altered, f"<mutant of {target.__name__}>", "exec"), namespace)
    if target is function:
        return namespace[function.__name__]
    for name, callee in callees.items():
        if callee is target:  # which may be imported under another name
            namespace[name] = namespace[target.__name__]
    return types.FunctionType(function.__code__, namespace, function.__name__, function.__defaults__)


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self.target, self.replacement = target, replacement

    def visit(self, node: ast.AST) -> ast.AST:
        return self.replacement if node is self.target else super().generic_visit(node)


def _changes(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    text = ast.unparse(node) if isinstance(node, ast.expr) else ""
    if isinstance(node, ast.BinOp):
        for other in OPERATORS.get(type(node.op), ()):
            changed = ast.BinOp(node.left, other(), node.right)
            yield f"{text} → {ast.unparse(changed)}", changed
        if isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
            yield f"{text} → {ast.unparse(node.left)}", node.left
            yield f"{text} → {ast.unparse(node.right)}", node.right
    elif isinstance(node, ast.AugAssign) and type(node.op) in OPERATORS:
        for other in OPERATORS[type(node.op)]:
            changed_statement = ast.AugAssign(node.target, other(), node.value)
            yield f"{ast.unparse(node)} → {ast.unparse(changed_statement)}", changed_statement
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield _in_its_expression(node, node.operand, parents), node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        for value in (node.value + 1, node.value - 1):
            yield _in_its_expression(node, ast.Constant(value), parents), ast.Constant(value)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield f"{text} → {ast.unparse(node.value)}", node.value
    elif isinstance(node, ast.Call):
        yield from _changed_calls(node, text)
    elif isinstance(node, ast.Tuple) and len(node.elts) > 1 and isinstance(node.ctx, ast.Store):
        for k in range(len(node.elts) - 1):
            elements = list(node.elts)
            elements[k], elements[k + 1] = elements[k + 1], elements[k]
            changed_tuple = ast.Tuple(elements, ast.Store())
            yield f"{text} → {ast.unparse(changed_tuple)}", changed_tuple


def _in_its_expression(node: ast.AST, replacement: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> str:
    # A number alone does not tell which one of the function it is; the expression or statement around it does.
    around = parents[node]
    while isinstance(around, ast.Tuple | ast.UnaryOp | ast.Slice | ast.keyword):
        around = parents[around]
    altered = copy.deepcopy(around)
    place = list(ast.walk(around)).index(node)
    changed = _Replace(list(ast.walk(altered))[place], replacement).visit(altered)
    return f"{ast.unparse(around)} → {ast.unparse(changed)}"


def _changed_calls(node: ast.Call, text: str) -> Iterator[tuple[str, ast.AST]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for other in FUNCTIONS.get(name, ()):
        if isinstance(node.func, ast.Attribute):
            func: ast.expr = ast.Attribute(node.func.value, other, ast.Load())
        else:
            func = ast.Attribute(ast.Name("np", ast.Load()), other, ast.Load())
        changed = ast.Call(func, node.args, node.keywords)
        yield f"{text} → {ast.unparse(changed)}", changed
    if name in ("tanh", "sigmoid", "reversed") and node.args:
        yield f"{text} → {ast.unparse(node.args[0])}", node.args[0]
