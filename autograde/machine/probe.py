"""Tries the sandbox from inside: what could a submission do here?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_notebook

from autograde.course.cells import METADATA
from autograde.course.confinement import Confinement
from autograde.course.policy import Policy
from autograde.grade.run import run_notebook
from autograde.sandbox import view
from autograde.sandbox.limits import Limits

# Each line prints what a submission finds; a refusal prints the name of the error.
SOURCE = """
import ctypes, json, os, socket, threading
def attempt(action):
    try:
        return str(action())
    except Exception as error:
        return type(error).__name__
def private(folder):
    # What is seen of it, besides the way to what may be seen.
    paths = [os.path.join(folder, name) for name in (os.listdir(folder) if os.path.isdir(folder) else [])]
    return [path for path in paths if not any((shown + "/").startswith(path + "/") for shown in {visible!r})]
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps({{
    "network": attempt(lambda: socket.create_connection(("127.0.0.1", 9), 1)),
    "process": attempt(os.fork),
    "system": attempt(lambda: open("/usr/written", "w")),
    "private": attempt(lambda: [path for folder in {private!r} for path in private(folder)]),
    "home": attempt(lambda: os.listdir({home!r})),
    "others": attempt(lambda: [name for name in os.listdir("/proc") if name.isdigit()]),
    "memory": attempt(lambda: len(bytearray({memory}))),
    "scratch": attempt(lambda: open("full", "wb").write(b"0" * {scratch}) and os.path.getsize("full")),
    "user": os.getuid(),
    "privileges": int(status["CapEff"], 16),
    "filter": int(status["Seccomp"]),
}}))
"""


def source(private: Sequence[Path], limits: Limits) -> str:
    """The code that tries everything and prints what it found, as JSON.

    Args:
        private: folders of which nothing may be seen.
        limits: of the submission in which it runs.
    """
    return SOURCE.format(
        private=[str(folder) for folder in (*private, *view.own_folders())],
        visible=[str(path) for path in view.visible_folders()],
        home=str(Path.home()),
        memory=2 * limits.memory,
        scratch=2 * limits.scratch,
    )


def probe(private: Sequence[Path] = (), confinement: Confinement = Confinement.SANDBOX) -> dict[str, Any]:
    """What a submission found in the sandbox, by what it tried.

    Args:
        private: folders of which nothing may be seen, besides this project's own.
        confinement: how it is kept apart.

    Raises:
        CourseError: there is no sandbox.
        RuntimeError: the probe itself did not run to its end.
    """
    code = new_code_cell(source(private, Limits()))
    notebook = new_notebook(cells=[code], metadata={METADATA: Policy().as_metadata()})
    how: dict[str, Any] = {"confinement": confinement, "private": tuple(map(str, private))}
    (cell,) = run_notebook(notebook, key="", files={}, timeout=20, **how).cells
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
        "memory": ("MemoryError",),
        "scratch": ("OSError",),
    }
    doors = [name for name, errors in refused.items() if found[name] not in errors]
    doors += ["others"] if found["others"] not in ("['1']", "PermissionError") else []
    doors += ["private"] if found["private"] not in ("[]", "PermissionError") else []
    doors += ["privileges"] if found["privileges"] else []
    return doors + (["filter"] if found["filter"] != 2 else [])
