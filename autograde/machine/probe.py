"""Tries the sandbox from inside: what could a submission do here?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook

from autograde.course.cells import METADATA
from autograde.course.policy import Policy
from autograde.grade.run import run_notebook

# Each line prints what a submission finds; a refusal prints the name of the error.
SOURCE = """
import ctypes, json, os, socket, threading
def attempt(action):
    try:
        return str(action())
    except Exception as error:
        return type(error).__name__
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({{
    "network": attempt(lambda: socket.create_connection(("127.0.0.1", 9), 1)),
    "process": attempt(os.fork),
    "system": attempt(lambda: open("/usr/written", "w")),
    "project": attempt(lambda: os.listdir({project!r})),
    "home": attempt(lambda: os.listdir({home!r})),
    "others": attempt(lambda: [name for name in os.listdir("/proc") if name.isdigit()]),
    "memory": attempt(lambda: len(bytearray({memory}))),
    "scratch": attempt(lambda: open("full", "wb").write(b"0" * {scratch}) and os.path.getsize("full")),
    "user": os.getuid(),
    "privileges": int(status["CapEff"], 16),
    "filter": int(status["Seccomp"]),
}}))
"""


def probe(project: Path) -> dict[str, Any]:
    """What a submission found in the sandbox, by what it tried.

    Args:
        project: a folder of the project that must not be there.

    Raises:
        CourseError: there is no sandbox.
        RuntimeError: the probe itself did not run to its end.
    """
    from autograde.sandbox.limits import Limits

    limits = Limits()
    source = SOURCE.format(
        project=str(project), home=str(Path.home()), memory=2 * limits.memory, scratch=2 * limits.scratch
    )
    notebook = new_notebook(cells=[new_code_cell(source)], metadata={METADATA: Policy().as_metadata()})
    (cell,) = run_notebook(notebook, key="", files={}, timeout=20).cells
    text = "".join(output.get("text", "") for output in cell.outputs)
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:
        raise RuntimeError(f"the probe said {cell.outputs}") from None
    return found


def open_doors(found: dict[str, Any]) -> list[str]:
    """What the probe could do and should not have been able to; empty where the sandbox holds."""
    refused = {
        "network": ("PermissionError", "OSError"),
        "process": ("PermissionError",),
        "system": ("PermissionError", "OSError"),
        "project": ("FileNotFoundError", "PermissionError"),
        "memory": ("MemoryError",),
        "scratch": ("OSError",),
    }
    doors = [name for name, errors in refused.items() if found[name] not in errors]
    doors += ["others"] if found["others"] != "['1']" else []
    doors += ["privileges"] if found["privileges"] else []
    return doors + (["filter"] if found["filter"] != 2 else [])
