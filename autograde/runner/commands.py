"""Inside the sandbox: what IPython adds to Python. No such line keeps the rest of its cell from running.

Commands of the system (!ls, %pip, %%bash, x = !ls, …) say that they do not run; a magic that is unknown or fails, too.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList

NOTE = "Commands of the system do not run here"
LONGEST_COMMAND = 100  # characters shown of one
# Cell magics whose body another program runs.
PROGRAMS = ("bash", "sh", "cmd", "script", "perl", "ruby", "python", "python2", "python3", "pypy")
# Cell magics whose body is the student's own code: what it raises is the cell's.
OF_PYTHON = ("time", "timeit", "capture", "prun")


class Commands(InteractiveShell):
    """A shell without the system's commands."""

    def system(self, cmd: str) -> None:
        """!command"""
        print(_note(cmd))

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """x = !command, !!command: the note is all that it puts out."""
        print(_note(cmd))
        return SList([NOTE]) if split else NOTE

    def magic(self, arg_s: str) -> Any:
        """As IPython before 8.x had it, and Colab still has."""
        name, _, line = arg_s.lstrip("%").partition(" ")
        return self.run_line_magic(name, line, _stack_depth=2)

    def _find_with_lazy_load(self, type_: str, magic_name: str) -> Callable[..., Any]:
        # Where IPython looks for the function of a magic, whichever way it is written.
        if type_ == "cell" and magic_name in PROGRAMS:
            return lambda line, cell: print(_note(f"%%{magic_name}"))
        found = super()._find_with_lazy_load(type_, magic_name)
        if found is None:
            return functools.partial(self._unknown, "%%" if type_ == "cell" else "%", magic_name)
        return found if type_ == "cell" and magic_name in OF_PYTHON else _harmless(found, magic_name)

    def _unknown(self, sign: str, name: str, line: str, cell: str = "") -> None:
        print(f"{sign}{name} is not known here.", file=sys.stderr)
        if _is_python(self.transform_cell(cell)):
            self.run_cell(cell)


def _note(command: str) -> str:
    line = command.strip().split("\n")[0][:LONGEST_COMMAND]
    return f"{NOTE}: {line}"


def _harmless(magic: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(magic)  # with the attributes that IPython looks at
    def tried(*arguments: Any, **named: Any) -> Any:
        try:
            return magic(*arguments, **named)
        except Exception as error:
            print(f"%{name} does not work here ({type(error).__name__}: {error}).", file=sys.stderr)
            return None

    return tried


def _is_python(source: str) -> bool:
    try:
        return bool(ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
