"""What has to run before a cell: the earlier statements of the page that it needs, found in the code alone.

The first cell of a page imports all that any of its cells uses, so this looks at statements, not at cells: a cell that
computes with NumPy needs no `import torch`. A statement needs what last bound each name that it reads, and what changed
that since: assignments to its parts, calls of its methods, calls of the page's functions that write into an argument,
every draw of a random generator. What a function reads counts where it is called.
"""

from __future__ import annotations

import ast
import builtins
import symtable
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

HERE = {"numpy", "matplotlib", "IPython", "myst_nb"} | set(sys.stdlib_module_names)  # what the page's Python can import
NOT_HERE = {"multiprocessing", "subprocess", "threading", "socket", "tkinter", "ctypes", "pydoc_data"}
READ_FILES = {  # of the course, or of Python's own library
    "unrolled.lab.records",
    "unrolled.lab.provenance",
    "unrolled.data.soft_keywords",
    "unrolled.data.docstrings",
}
COMPUTER_FILES = "files that only a computer with the course has"
ALL = "*"  # every name of a module
COURSE = Path(__file__).resolve().parents[1]
GENERATORS = {"default_rng", "RandomState", "Random"}
# Methods that PyTorch's tensors have and NumPy's arrays have not: a function that calls one is for tensors.
OF_TENSORS = {
    *("backward", "detach", "requires_grad_", "numpy", "clone", "size", "double", "float", "long", "masked_fill"),
    *("abs", "clamp", "exp", "log", "sqrt", "square", "sigmoid", "tanh", "relu", "softmax", "log_softmax"),
    *("chunk", "unbind", "unsqueeze", "expand", "permute", "gather", "scatter", "flip", "tril", "triu"),
}
# Of what is called for its effect, these change nothing that another cell reads.
HARMLESS = {"print", "verify", "claim", "note", "glue", "display", "show"}


@dataclass
class Statement:
    """One statement of a page's top level: its cell, its code, and what it does with names.

    reads: names that it reads when it runs; later: names that the functions it defines read when they are called.
    binds: names that it binds for certain; may_bind: names that it binds under a condition or in a loop.
    changes: names whose objects it changes. unavailable: the module or function that it needs and the page has not.
    """

    cell: int
    code: str
    reads: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    may_bind: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    unavailable: dict[str, str] = field(default_factory=dict)  # by the name that it binds


class Needs:
    """The statements of a page's cells, in order, and what each cell needs of them."""

    def __init__(self, cells: Iterable[str]) -> None:
        """Read the cells of a page.

        Raises:
            SyntaxError: a cell is no plain Python.
        """
        self.statements: list[Statement] = []
        self.writers: dict[str, tuple[list[str], set[int], set[str]]] = {}  # of each function: see `_effects`
        self.generators: set[str] = set()
        self.imported: set[str] = set()
        for number, code in enumerate(cells):
            lines = code.splitlines(keepends=True)
            for node in ast.parse(code).body:
                first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
                self.statements.append(self._read(number, "".join(lines[first - 1 : node.end_lineno]), node))
        self.touching: dict[str, list[int]] = {}  # the statements that bind or change a name, in order
        for index, one in enumerate(self.statements):
            for name in one.binds | one.may_bind | one.changes:
                self.touching.setdefault(name, []).append(index)

    def before(self, cell: int) -> tuple[list[int], set[str]]:
        """What has to run before a cell.

        Returns: the statements that it needs of earlier cells, by their place in `statements` and in order, and what
            these or the cell itself need that the page's Python has not.
        """
        own = [place for place, one in enumerate(self.statements) if one.cell == cell]
        found: set[int] = set()
        missing: set[str] = set()
        seen: set[tuple[int, str]] = set()
        for place in own:
            self._follow(place, self.statements[place].reads, found, missing, seen)
            self._follow(own[-1] + 1, self.statements[place].later, found, missing, seen)
            missing |= set(self.statements[place].unavailable.values())
        return sorted(found - set(own)), missing

    def of_name(self, name: str, place: int) -> tuple[list[int], set[str]]:
        """The statements before `place` that give a name its value there, and what these need that is not here."""
        found: set[int] = set()
        missing: set[str] = set()
        self._follow(place, {name}, found, missing, set())
        return sorted(found), missing

    def _follow(
        self, place: int, names: Iterable[str], found: set[int], missing: set[str], seen: set[tuple[int, str]]
    ) -> None:
        waiting = [(place, name) for name in names]
        while waiting:
            end, name = waiting.pop()
            if (end, name) in seen:
                continue
            seen.add((end, name))
            for index in self._makers(name, end):
                one = self.statements[index]
                if name in one.unavailable:
                    missing.add(one.unavailable[name])
                if name in one.binds:
                    waiting += [(end, read) for read in one.later]
                if index not in found:
                    found.add(index)
                    waiting += [(index, read) for read in one.reads]

    def _makers(self, name: str, end: int) -> Iterator[int]:
        """The statements before `end` that bind a name last or change it since, the latest first."""
        touching = self.touching.get(name, [])
        for index in reversed(touching[: bisect_left(touching, end)]):
            yield index
            if name in self.statements[index].binds:
                return

    def _read(self, number: int, code: str, node: ast.stmt) -> Statement:
        one = Statement(number, code)
        direct, inner, bound = names_of(node)
        one.reads = exposed([node], set())
        if isinstance(node, ast.FunctionDef):
            one.reads -= inner - direct
        if any(isinstance(inside, (ast.FunctionDef, ast.Lambda)) for inside in ast.walk(node)):
            one.later = inner
        compound = isinstance(node, (ast.For, ast.While, ast.If, ast.Try))
        one.binds, one.may_bind = (set(), bound) if compound else (bound, set())
        one.changes = changed_by(node, self.writers) - {"self"}
        if isinstance(node, ast.FunctionDef):
            self.writers[node.name] = _effects(node, self.writers)
            one.changes = set()
        elif isinstance(node, ast.ClassDef):
            one.changes = set()
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            one.changes |= one.reads & self.generators
            if any(_called(call) in GENERATORS for call in ast.walk(node) if isinstance(call, ast.Call)):
                self.generators |= bound
        one.reads |= one.changes
        one.reads = {name for name in one.reads if not hasattr(builtins, name)}
        for inside in ast.walk(node):
            if isinstance(inside, (ast.Import, ast.ImportFrom)):
                one.unavailable |= _not_here(inside)
                self.imported |= bound
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and self._for_tensors(node):
            one.unavailable[node.name] = "torch"
        return one

    def _for_tensors(self, node: ast.AST) -> bool:
        calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
        methods = (one for one in calls if isinstance(one, ast.Attribute) and one.attr in OF_TENSORS)
        return any(_root(one) not in self.imported for one in methods)


def names_of(node: ast.AST) -> tuple[set[str], set[str], set[str]]:
    """The names that a statement reads itself, that functions in it read, and that it binds."""
    table = symtable.symtable(ast.unparse(node), "cell", "exec")
    names = {symbol.get_name(): symbol for symbol in table.get_symbols()}
    bound = {
        name
        for name, symbol in names.items()
        if symbol.is_assigned() or symbol.is_imported() or (symbol.is_namespace() and not symbol.is_global())
    }
    direct = {name for name, symbol in names.items() if symbol.is_referenced()}
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        direct.add(node.target.id)
    return direct, {name for child in table.get_children() for name in _globals_of(child)}, bound


def exposed(body: Iterable[ast.stmt], bound: set[str]) -> set[str]:
    """The names that statements read before they bind them; adds to `bound` what they bind for certain."""
    found: set[str] = set()

    def read(*parts: ast.AST | None) -> None:
        for part in parts:
            if part is not None:
                direct, inner, _ = names_of(part)
                found.update((direct | inner) - bound)

    def targets(*parts: ast.AST | None) -> set[str]:
        stored = (one for part in parts if part is not None for one in ast.walk(part))
        return {one.id for one in stored if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}

    for node in body:
        if isinstance(node, ast.For):
            read(node.iter)
            found |= exposed(node.body, bound | targets(node.target)) | exposed(node.orelse, set(bound))
        elif isinstance(node, ast.While):
            read(node.test)
            found |= exposed(node.body, set(bound)) | exposed(node.orelse, set(bound))
        elif isinstance(node, ast.If):
            read(node.test)
            either, other = set(bound), set(bound)
            found |= exposed(node.body, either) | exposed(node.orelse, other)
            bound |= either & other
        elif isinstance(node, ast.With):
            read(*(item.context_expr for item in node.items))
            bound |= targets(*(item.optional_vars for item in node.items))
            found |= exposed(node.body, bound)
        elif isinstance(node, ast.Try):
            found |= exposed(node.body, set(bound))
            for handler in node.handlers:
                read(handler.type)
                found |= exposed(handler.body, bound | {handler.name or ""})
            found |= exposed(node.orelse, set(bound)) | exposed(node.finalbody, set(bound))
        else:
            read(node)
            bound |= names_of(node)[2]
    return found


def _globals_of(table: symtable.SymbolTable) -> set[str]:
    found = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return found.union(*(_globals_of(child) for child in table.get_children())) if table.has_children() else found


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _root(node: ast.expr) -> str | None:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def changed_by(node: ast.AST, writers: dict[str, tuple[list[str], set[int], set[str]]]) -> set[str]:
    """The names whose objects a statement changes when it runs."""
    found: set[str | None] = set()
    aliases: dict[str, str | None] = {}
    for inside in ast.walk(node):
        if isinstance(inside, (ast.For, ast.comprehension)):
            for target in ast.walk(inside.target):
                if isinstance(target, ast.Name):
                    aliases[target.id] = _root(inside.iter)
            if isinstance(inside.iter, ast.Call):  # zip, enumerate, …
                sources = [_root(argument) for argument in inside.iter.args]
                targets = [one.id for one in ast.walk(inside.target) if isinstance(one, ast.Name)]
                aliases |= {name: source for name in targets for source in sources if source}
        if isinstance(inside, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)):
            targets_of = inside.targets if isinstance(inside, (ast.Assign, ast.Delete)) else [inside.target]
            for target in targets_of:
                for part in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                    if isinstance(part, (ast.Attribute, ast.Subscript)):
                        found.add(_root(part))
                    elif isinstance(inside, ast.AugAssign) and isinstance(part, ast.Name) and part.id in aliases:
                        found.add(aliases[part.id])
        if isinstance(inside, ast.Expr) and isinstance(inside.value, ast.Call):
            call = inside.value
            if _called(call) not in HARMLESS:
                found.add(_root(call.func) if isinstance(call.func, ast.Attribute) else None)
                if not (isinstance(call.func, ast.Name) and call.func.id in writers):
                    found |= {_root(argument) for argument in call.args if isinstance(argument, ast.Name)}
        if isinstance(inside, ast.Call) and isinstance(inside.func, ast.Name) and inside.func.id in writers:
            parameters, written, outer = writers[inside.func.id]
            found |= outer | {_root(one) for place, one in enumerate(inside.args) if place in written}
            named = {parameters[place] for place in written if place < len(parameters)}
            found |= {_root(one.value) for one in inside.keywords if one.arg in named or one.arg is None}
    return {aliases.get(name) or name for name in found if name}


def _effects(
    node: ast.FunctionDef, writers: dict[str, tuple[list[str], set[int], set[str]]]
) -> tuple[list[str], set[int], set[str]]:
    """Of a function: its parameters, the places of those into which it writes, and the outer names that it changes."""
    parameters = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    changed = changed_by(node, writers)
    inside = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    for one in ast.walk(node):
        if isinstance(one, ast.Global):
            changed |= set(one.names)
            inside -= set(one.names)
    written = {place for place, name in enumerate(parameters) if name in changed}
    return parameters, written, changed - set(parameters) - inside


def _not_here(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """What an import binds that the page's Python has not, and what it lacks."""
    found = {}
    for alias in node.names:
        name = alias.asname or alias.name.split(".")[0]
        module, inner = (node.module or "", alias.name) if isinstance(node, ast.ImportFrom) else (alias.name, None)
        if lacking := lacks(module, inner):
            found[name] = sorted(lacking)[0]
    return found


@cache
def lacks(module: str, name: str | None) -> frozenset[str]:
    """What importing a module, and using a name of it (or `ALL`), needs that the page's Python has not."""
    root = module.split(".")[0]
    if root != "unrolled":
        return frozenset() if root in HERE - NOT_HERE else frozenset({root})
    if module in READ_FILES:
        return frozenset({COMPUTER_FILES})
    path = COURSE.joinpath(*module.split("."))
    if name and ((path / f"{name}.py").exists() or (path / name).is_dir()):
        return lacks(f"{module}.{name}", ALL)
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:  # what runs at the import, and the name itself
        if isinstance(node, ast.Import):
            found = found.union(*(lacks(alias.name, None) for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            wanted = [alias.name if name in (ALL, alias.asname or alias.name) else None for alias in node.names]
            found = found.union(*(lacks(node.module or "", one) for one in wanted))
        elif isinstance(node, ast.FunctionDef) and name in (ALL, node.name):
            for inside in ast.walk(node):
                if isinstance(inside, ast.ImportFrom):
                    found = found.union(*(lacks(inside.module or "", alias.name) for alias in inside.names))
                elif isinstance(inside, ast.Import):
                    found = found.union(*(lacks(alias.name, None) for alias in inside.names))
    return frozenset(found)
