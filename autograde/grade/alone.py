"""Who runs on this machine at the same time: submissions do in company, and one that found it too busy does alone.

Two locks of files, which all graders of one user on a machine share, Dask's workers included. They go with their
holder, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def in_company() -> Iterator[None]:
    """Run beside others, as soon as nobody runs alone, or waits for it."""
    with _lock("gate", fcntl.LOCK_SH) as gate, _lock("room", fcntl.LOCK_SH):
        _release(gate)
        yield


@contextmanager
def alone() -> Iterator[None]:
    """Run when all others have finished, and keep new ones waiting; not from within `in_company`."""
    with _lock("gate", fcntl.LOCK_EX), _lock("room", fcntl.LOCK_EX):
        yield


@contextmanager
def _lock(name: str, kind: int) -> Iterator[int | None]:
    path = Path(tempfile.gettempdir(), f"autograde-{os.getuid()}-{name}.lock")
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:  # somebody else's: then everyone runs when they like
        yield None
        return
    try:
        fcntl.flock(file, kind)
        yield file
    finally:
        os.close(file)


def _release(file: int | None) -> None:
    if file is not None:
        fcntl.flock(file, fcntl.LOCK_UN)
