"""Where submissions run: threads of this process, each of which waits for a notebook, or a cluster's workers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Pool:
    """Where tasks run.

    size: how many run at a time.
    shared: what stands for the shared value in a task's arguments.
    check: raises CourseError where its workers are out of reach.
    """

    executor: Executor
    size: int
    shared: Any
    check: Callable[[], None] = lambda: None


def open_pool(shared: Any, workers: int | None, scheduler: str | None) -> AbstractContextManager[Pool]:
    """A pool to use in a `with` statement.

    Args:
        shared: what every task needs.
        workers: how many tasks run at a time on this machine; default: its cores.
        scheduler: address of a Dask scheduler whose workers run them instead.
    """
    if scheduler is None:
        return _threads(shared, workers or os.cpu_count() or 1)
    from autograde.cluster import connected  # slow to load, and seldom wanted

    return connected(scheduler, shared)


@contextmanager
def _threads(shared: Any, workers: int) -> Iterator[Pool]:
    executor = DaemonThreads(workers)
    try:
        yield Pool(executor, workers, shared)
    finally:
        executor.shutdown()


class DaemonThreads(Executor):
    """Threads that do not keep Python from ending, unlike ThreadPoolExecutor's: after Ctrl-C none is waited for."""

    def __init__(self, workers: int) -> None:
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._workers = [Thread(target=self._work, daemon=True) for _ in range(workers)]
        for thread in self._workers:
            thread.start()

    def submit(self, call: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """As every Executor's."""
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(call(*args, **named))
            except BaseException as error:
                future.set_exception(error)

        self._tasks.put(run)
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Let each thread end after what it runs now; what has not begun is dropped."""
        while not self._tasks.empty():
            self._tasks.get()
        for _ in self._workers:
            self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
