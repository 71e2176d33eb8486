"""Chooses where submissions run: threads of this process, or a cluster's workers."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import Any

from autograde.grade.threads import Pool, threads


def open_pool(shared: Any, workers: int | None, scheduler: str | None) -> AbstractContextManager[Pool]:
    """A pool to use in a `with` statement.

    Args:
        shared: what every task needs.
        workers: how many tasks run at a time on this machine; default: one more than its cores, as there is always one
            that waits for the disk or for processes to end.
        scheduler: address of a Dask scheduler whose workers run them instead.
    """
    if scheduler is None:
        return threads(shared, workers or (os.cpu_count() or 1) + 1)
    from autograde.grade.cluster import connected  # slow to load, and seldom wanted

    return connected(scheduler, shared)
