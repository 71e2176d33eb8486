"""Inside the sandbox: takes away what an exercise asks the student to write.

A class loses its constructor and its forward pass, wherever it is known under whatever name; a function is replaced at
its name; a module at its name gives nothing any more; an operator of PyTorch, written `aten::lstm.input`, is replaced
in the dispatcher, which every call passes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, NoReturn

METHODS = ("__init__", "forward", "__call__", "call")
# PyTorch takes a refused operator back when the library object that registered it is deleted; so they are kept here.
kept: list[Any] = []


class NotAllowedError(RuntimeError):
    """The exercise asks for this to be written, not called."""


def forbid(names: Iterable[str]) -> None:
    """Make calls of these raise NotAllowedError. Names of frameworks that are not there are left alone."""
    for name in names:
        if "::" in name:
            _forbid_operator(name)
        else:
            _forbid_name(name)


def _forbid_name(name: str) -> None:
    path, _, last = name.rpartition(".")
    if path.partition(".")[0] not in sys.modules:
        return
    holder = _holder(path)
    target = getattr(holder, last, None)
    if isinstance(target, type):
        for method in METHODS:
            if method in vars(target):
                setattr(target, method, _refusal(name))
    elif isinstance(target, ModuleType):
        setattr(holder, last, _RefusedModule(name))
    elif target is not None:
        setattr(holder, last, _refusal(name))


def _holder(path: str) -> Any:
    # A module, or a class in one.
    try:
        return importlib.import_module(path)
    except ImportError:
        outer, _, last = path.rpartition(".")
        return getattr(importlib.import_module(outer), last)


def _forbid_operator(name: str) -> None:
    torch = sys.modules.get("torch")
    if torch is None:
        return
    space, _, operator = name.partition("::")
    library = torch.library.Library(space, "IMPL")
    for key in ("CPU", "AutogradCPU"):
        library.impl(operator, _refusal(name), key)
    kept.append(library)


class _RefusedModule:
    """Stands for a module: whoever takes something from it is refused."""

    def __init__(self, name: str) -> None:
        self._refuse = _refusal(name)

    def __getattr__(self, attribute: str) -> NoReturn:
        self._refuse()


def _refusal(name: str) -> Callable[..., NoReturn]:
    # Keras looks up what the first argument of a layer's constructor is called, before it calls it.
    def refuse(first: Any = None, /, *arguments: Any, **named: Any) -> NoReturn:
        raise NotAllowedError(f"{name} does what this exercise asks you to write; write it from its equations")

    return refuse
