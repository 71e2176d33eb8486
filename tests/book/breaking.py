"""Changes the code beside each `verify` of a page until it fails: `python -m tests.book.breaking PAGE`.

The page's cells run one after the other in this process. Before a cell that verifies, copies of the process (forks)
run it with one small change each: another operator, operand, sign, index or function, in the cell or in a function of
the page that it calls. A `verify` that no change makes fail cannot tell a wrong formula from a right one. What stands
in `verify` as a bare number is not changed, nor its tolerance: that would make any check fail.
"""

from __future__ import annotations

import ast
import copy
import functools
import json
import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import jupytext

SECONDS = 20  # of the clock, for one changed cell
SWAPS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.Gt,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.USub: ast.UAdd,
}
TOLERANCES = {"within", "condition"}


def is_verify(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "verify"


def number_sites(trees: list[ast.Module]) -> dict[int, str]:
    """Give each `verify` of the page a number, which it passes on as `site=`; its line of code by that number."""
    sites: dict[int, str] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if is_verify(node):
                sites[len(sites)] = ast.unparse(node)
                node.keywords.append(ast.keyword("site", ast.Constant(len(sites) - 1)))
        ast.fix_missing_locations(tree)
    return sites


def left_alone(tree: ast.AST) -> set[int]:
    """The nodes that no change touches, by `id`: tolerances, labels, bare numbers and names in `verify`, imports."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if is_verify(node):
            named = [keyword.value for keyword in node.keywords if keyword.arg in TOLERANCES]
            bare = [one for one in [*node.args, *(k.value for k in node.keywords)] if _is_bare(one)]
            for one in (*named, *bare, node.args[0]):
                found |= {id(part) for part in ast.walk(one)}
            found.add(id(node))
    return found


def _is_bare(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def changes(tree: ast.AST) -> Iterator[ast.AST]:
    """Copies of `tree`, each with one small change."""
    kept = left_alone(tree)
    nodes = [node for node in ast.walk(tree) if id(node) not in kept]
    for node in nodes:
        for change in _changes_of(node):
            memo: dict[int, Any] = {}
            twin = copy.deepcopy(tree, memo)
            change(memo[id(node)])
            yield ast.fix_missing_locations(twin)


def _changes_of(node: ast.AST) -> Iterator[Any]:
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        yield lambda twin: setattr(twin, "op", SWAPS[type(twin.op)]())
        yield lambda twin: _become(twin, twin.left)
        yield lambda twin: _become(twin, twin.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield lambda twin: _become(twin, twin.operand)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        yield lambda twin: twin.ops.__setitem__(0, SWAPS[type(twin.ops[0])]())
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield lambda twin: setattr(twin, "value", twin.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield lambda twin: setattr(twin, "value", not twin.value)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.keywords:
        if not node.args:
            yield lambda twin: _become(twin, twin.func.value)  # x.tanh() → x
        elif len(node.args) == 1:
            yield lambda twin: _become(twin, twin.args[0])  # torch.tanh(x) → x
    elif isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        yield lambda twin: _become(twin, twin.args[0])
    if isinstance(node, ast.Call):
        for place, value in enumerate(node.args):
            if isinstance(value, (ast.Name, ast.Subscript, ast.Attribute)) and not is_verify(node):
                yield functools.partial(_one_more, place=place)
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        yield lambda twin: _become(twin, twin.value)
    elif isinstance(node, ast.AugAssign) and type(node.op) in SWAPS:
        yield lambda twin: setattr(twin, "op", SWAPS[type(twin.op)]())
    elif isinstance(node, ast.Slice) and node.lower is None:
        yield lambda twin: setattr(twin, "lower", ast.Constant(1))


def _one_more(call: Any, place: int) -> None:
    """Add 1 to an argument of a call."""
    call.args[place] = ast.BinOp(call.args[place], ast.Add(), ast.Constant(1))


def _become(node: ast.AST, other: ast.AST) -> None:
    """Turn a node into another one, in place."""
    node.__class__ = other.__class__
    node.__dict__ = dict(other.__dict__)


class Page:
    """A page that runs: its names, the functions that it defines, and which checks were seen and seen to fail."""

    def __init__(self, path: Path) -> None:
        cells = [cell for cell in jupytext.read(path).cells if cell.cell_type == "code"]
        self.trees = [ast.parse(cell.source) for cell in cells]
        self.sites = number_sites(self.trees)
        self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        self.functions: dict[str, ast.AST] = {}
        self.seen: set[int] = set()
        self.failed: set[int] = set()

    def run(self) -> list[str]:
        """Run all cells; the checks that no change made fail."""
        unbroken: list[str] = []
        for tree in self.trees:
            self.seen = set()
            if any(is_verify(node) for node in ast.walk(tree)) or self._calls_a_check(tree):
                self._run_in_a_copy(tree)
            waiting = set(self.seen)
            if waiting:
                waiting -= self._broken(tree, waiting)
            unbroken += [self.sites[site] for site in sorted(waiting)]
            self._execute(tree)
            defined = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
            self.functions |= {node.name: node for node in defined}
        return unbroken

    def _calls_a_check(self, tree: ast.AST) -> bool:
        return any(is_verify(node) for one in self._used(tree) for node in ast.walk(one))

    def _used(self, tree: ast.AST) -> list[ast.AST]:
        """The page's functions that a cell calls, and those that they call."""
        found: dict[str, ast.AST] = {}
        waiting = [tree]
        while waiting:
            for node in ast.walk(waiting.pop()):
                if isinstance(node, ast.Name) and node.id in self.functions and node.id not in found:
                    found[node.id] = self.functions[node.id]
                    waiting.append(self.functions[node.id])
        return list(found.values())

    def _broken(self, tree: ast.Module, waiting: set[int]) -> set[int]:
        """The checks of a cell that some change makes fail."""
        broken: set[int] = set()
        made = [(None, change) for change in changes(tree)]
        made += [(change, tree) for function in self._used(tree) for change in changes(function)]
        random.Random(0).shuffle(made)  # neighbours break the same check: spread, few are needed
        for before, cell in made:
            broken |= self._run_in_a_copy(cell, before)
            if waiting <= broken:
                break
        return broken

    def _run_in_a_copy(self, tree: ast.AST, before: ast.AST | None = None) -> set[int]:
        """Run a cell in a fork; the checks that failed there. `self.seen` grows by those that were reached."""
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            with suppress(BaseException):
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.alarm(SECONDS)
                self.failed, self.seen = set(), set()
                with suppress(BaseException):
                    if before is not None:
                        self._execute(ast.Module([before], []), checking=True)
                    self._execute(tree, checking=True)
                os.write(writing, json.dumps([sorted(self.seen), sorted(self.failed)]).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        seen, failed = json.loads(said) if said else ([], [])
        self.seen |= set(seen)
        return set(failed)

    def _execute(self, tree: ast.AST, checking: bool = False) -> None:
        if "verify" in self.names:
            self.names["verify"] = functools.partial(self._verify, checking)
        code = compile(tree, "<cell>", "exec")
        exec(code, self.names)

    def _verify(self, checking: bool, what: str, *values: Any, site: int, **options: Any) -> None:
        from unrolled.lab.evidence import verify

        self.seen.add(site)
        try:
            verify(what, *values, **options)
        except Exception:
            self.failed.add(site)
            if not checking:
                raise


def main(path: Path) -> None:
    os.chdir(path.parent)
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what cells print, and children, who flush it again
    page = Page(path)
    unbroken = page.run()
    os.write(out, json.dumps({"sites": len(page.sites), "unbroken": unbroken}).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
