"""What of PyTorch few notebooks use, left out until they do: it takes time, and memory of which forks copy the tables.

At the first step of an optimiser PyTorch loads torch.compile, and at the first `torch.testing.assert_close` distributed
tensors, in each fork, where nothing uses more of them than the few names below. With itself it loads the rules for
tensors that have a shape and no numbers, a quarter of its time.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from autograde.runner.missing import not_said

SHAPES = "torch._meta_registrations"  # for the device "meta", and what traces programs


class Later(ModuleType):
    """Stands for a module, and loads it when more is asked of it than these names.

    Args:
        known: what it answers itself.
    """

    def __init__(self, name: str, **known: Any) -> None:
        super().__init__(name)
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # who looks through all modules, as tracebacks do
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        with not_said():
            return getattr(importlib.import_module(self.__name__), name)


def lighten_torch(*, shapes: bool) -> None:
    """Import PyTorch so that optimisers step and tensors are compared without what it would load for it.

    Args:
        shapes: with the rules for shapes alone.
    """
    if not shapes:
        sys.modules.setdefault(SHAPES, Later(SHAPES))
    import torch.testing

    compiler = Later("torch._dynamo", graph_break=_do_nothing, disable=_as_it_is)
    sys.modules.setdefault(compiler.__name__, compiler)
    torch.testing._comparison._HAS_DTENSOR = False  # no tensor here is distributed


def _do_nothing() -> None:
    pass


def _as_it_is(function: Any = None, *how: Any, **named: Any) -> Any:
    # Nothing is compiled that it could be kept from. Without a function, it is a decorator's.
    return _as_it_is if function is None else function
