"""Packages that an assignment does without: they are not to be imported, though they are installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class NotHere:
    """Says of packages that an assignment works without them: those that students do not have either.

    Of what the assignment is to do without (`hidden`), that their folders are empty is what counts.
    """

    def __init__(self, packages: list[str]) -> None:
        self.packages = frozenset(packages)

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Part of Python's import. Raises ModuleNotFoundError for these packages."""
        if name.partition(".")[0] in self.packages:
            raise ModuleNotFoundError(f"This assignment works without {name}.", name=name)


@contextmanager
def not_said() -> Iterator[None]:
    """Within, only what is not installed is missing: what is loaded late meets what it would have met before."""
    before = [*sys.meta_path]
    sys.meta_path[:] = [finder for finder in before if not isinstance(finder, NotHere)]
    try:
        yield
    finally:
        sys.meta_path[:] = before
