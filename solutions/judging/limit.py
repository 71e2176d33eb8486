"""A limit of processor time for code of our own that was edited at random, and may never end.

unrolled-canary-1e63b7d05a9c
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class TooLongError(BaseException):
    """No Exception, so that nothing that calls edited code takes it for its answer."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raises TooLongError in the block after so much processor time. For a process's main thread."""

    def stop(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
