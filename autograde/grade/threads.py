"""Threads of this process in which submissions run, each of which waits for a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
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


class DaemonThreads(Executor):
    """Threads that do not keep Python from ending, unlike ThreadPoolExecutor's: after Ctrl-C none is waited for."""

    def __init__(self, workers: int) -> None:
        self._tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._workers = [Thread(target=self._work, daemon=True) for _ in range(workers)]
        for thread in self._workers:
            thread.start()

    def submit(self, call: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """As every Executor's."""
        future: Future[Any] = Future()
        self._tasks.put((future, partial(call, *args, **named)))
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = True) -> None:
        """Let each thread end after what it runs now, or where nothing is to be cancelled, after all that waits."""
        with suppress(Empty):
            while cancel_futures:
                if (task := self._tasks.get_nowait()) is not None:
                    task[0].cancel()
        for _ in self._workers:
            self._tasks.put(None)
        for thread in self._workers if wait else ():
            thread.join()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, call = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)


@contextmanager
def threads(shared: Any, workers: int) -> Iterator[Pool]:
    """A pool of this process's own threads."""
    executor = DaemonThreads(workers)
    try:
        yield Pool(executor, workers, shared)
    finally:
        executor.shutdown()
