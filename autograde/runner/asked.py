"""Inside the sandbox: nobody sits at the keyboard, neither for input() nor for a debugger."""

from __future__ import annotations

import builtins
import io
import sys
from typing import Any, NoReturn

SAID = "it asked for input; nobody can answer at grading"


class AskedForInputError(RuntimeError):
    """The code asked for input. No EOFError, which debuggers take for the end of a session."""


class Keyboard(io.TextIOBase):
    """A standard input that nobody types into."""

    def readable(self) -> bool:
        return True

    def readline(self, *arguments: Any) -> NoReturn:
        raise AskedForInputError(SAID)

    read = readlines = __next__ = readline


def _input(prompt: object = "", /) -> NoReturn:
    raise AskedForInputError(SAID)


def refuse_input() -> None:
    """Let whatever asks for input raise AskedForInputError."""
    builtins.input = _input
    sys.stdin = Keyboard()
