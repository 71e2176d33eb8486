"""Ctrl-C between two submissions, not in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Keeps a Ctrl-C until it can be answered.

    Python raises KeyboardInterrupt wherever it is; inside a callback of the garbage collector it is even lost.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._waiting = False

    @contextmanager
    def kept(self) -> Iterator[Interrupts]:
        """Keep what comes inside, until its end at the latest. Only the main thread is ever interrupted."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        former = signal.signal(signal.SIGINT, self._note)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, former)
        self._raise_if_asked()

    @contextmanager
    def answered(self) -> Iterator[None]:
        """Raise KeyboardInterrupt for what has come, or comes inside."""
        self._waiting = True
        try:
            self._raise_if_asked()
            yield
            self._raise_if_asked()
        finally:
            self._waiting = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1
        if self._waiting or self._asked > 1:  # a second one does not wait
            raise KeyboardInterrupt

    def _raise_if_asked(self) -> None:
        if self._asked:
            raise KeyboardInterrupt
