"""nbgrader without its extensions of the Jupyter server, which it imports with itself and no command needs."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

EXTENSIONS = ("assignment_list", "course_list", "validate_assignment", "formgrader")


def import_nbgrader() -> None:
    """Import nbgrader in half the time. Whoever asks for an extension afterwards gets it."""
    if "nbgrader" in sys.modules:
        return
    stand_ins = {module.__name__: module for module in map(_stand_in, EXTENSIONS)}
    sys.modules |= stand_ins
    try:
        importlib.import_module("nbgrader")
    finally:
        for name in stand_ins:
            del sys.modules[name]


def _stand_in(extension: str) -> ModuleType:
    module = ModuleType(f"nbgrader.server_extensions.{extension}")

    def load_jupyter_server_extension(app: Any) -> None:
        importlib.import_module(module.__name__).load_jupyter_server_extension(app)

    module.load_jupyter_server_extension = load_jupyter_server_extension  # type: ignore[attr-defined]  # made here
    return module
