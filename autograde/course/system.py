"""Which Python and which systems the course works on, said in one sentence before anything else is tried."""

from __future__ import annotations

import os
import sys

from autograde.course.errors import CourseError, NoRunnerError

# What the lock's packages have builds for. The same stands in scripts/setup.sh, both pyproject.toml and the pages.
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)
PYTHONS = f"Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} to {NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]}"


def need_unix() -> None:
    """Raise CourseError on Windows, which has no fork, no file locks as ours and no links that can be refused."""
    if not hasattr(os, "fork"):
        raise CourseError(
            "The autograde commands do not work on Windows itself.",
            "Run them in WSL 2 (there the course is set up as on Linux). Students need neither: their bundle works on "
            "Windows.",
        )


def need_linux() -> None:
    """Raise NoRunnerError where notebooks cannot be run: the runner and its sandbox are made of Linux' own means."""
    if sys.platform != "linux":
        raise NoRunnerError
