"""Inside the sandbox: an import of what is not there costs only what needs it.

A statement `import tqdm` at the left margin of a cell binds the name to a stand-in, and the cell goes on. Whatever uses
the stand-in raises the import's own error: in a function, when it is called; at the left margin, the statements behind
it still run. An import within `try`, `if` or a function is the student's own affair.
"""

from __future__ import annotations

import ast
import sys
from typing import Any, NoReturn

FUTURE = "__future__"
HANDLER = "__unrolled_absent__"  # the name, among Python's own, of what binds the stand-ins


class Absent:
    """Stands for what could not be imported."""

    def __init__(self, name: str, error: ImportError) -> None:
        self.__dict__.update(_name=name, _error=error)

    def _refuse(self, *arguments: Any, **named: Any) -> NoReturn:
        error = type(self._error)(str(self._error), name=self._name)
        error.is_of_absent = True
        raise error

    __call__ = __getitem__ = __setitem__ = __iter__ = __len__ = __bool__ = __setattr__ = __enter__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __rmatmul__ = _refuse
    __truediv__ = __rtruediv__ = __pow__ = __neg__ = __float__ = __int__ = __index__ = __mro_entries__ = _refuse

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # which Python itself asks for
            raise AttributeError(name)
        self._refuse()

    def __repr__(self) -> str:
        return f"<{self._name} is not here>"


def bind(names: dict[str, Any], name: str) -> None:
    """Let `name` stand for what the import that has just failed would have given; what it means already, stays.

    Args:
        names: the notebook's.
        name: as in the import; of a.b, the module `a` may be there.
    """
    raised = sys.exc_info()[1]
    error = raised if isinstance(raised, ImportError) else ImportError(f"{type(raised).__name__}: {raised}")
    print(f"{error}: what needs it does not work here; the rest of the cell runs.", file=sys.stderr)
    outer, dot, _ = name.partition(".")
    if name != "*":
        names.setdefault(outer, sys.modules[outer] if dot and outer in sys.modules else Absent(name, error))


def is_of_absent(error: BaseException | None) -> bool:
    """Whether it was raised by the use of what could not be imported."""
    return getattr(error, "is_of_absent", False) is True


def guard_imports(cell: ast.Module) -> ast.Module:
    """Make of each import of a cell an import that may fail."""
    body: list[ast.stmt] = []
    for statement in cell.body:
        body += _guarded(statement) if isinstance(statement, ast.Import | ast.ImportFrom) else [statement]
    cell.body = body
    return cell


def _guarded(statement: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
    # Each name alone: what one module has is there, though another lacks.
    if isinstance(statement, ast.ImportFrom) and statement.module == FUTURE:
        return [statement]
    made: list[ast.stmt] = []
    for alias in statement.names:
        (guard,) = ast.parse(f"try: pass\nexcept Exception: {HANDLER}({alias.asname or alias.name!r})").body
        assert isinstance(guard, ast.Try)
        for inner in ast.walk(guard):
            ast.copy_location(inner, statement)
        one: ast.stmt = (
            ast.Import([alias])
            if isinstance(statement, ast.Import)
            else ast.ImportFrom(statement.module, [alias], statement.level)
        )
        guard.body = [ast.copy_location(one, statement)]
        made.append(guard)
    return made
