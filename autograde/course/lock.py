"""One grader at a time in a course."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from autograde.course.errors import CourseError
from autograde.course.folder import Course


@contextmanager
def only_grader(course: Course) -> Iterator[None]:
    """Hold the course's lock. It goes with this process, however that ends, so that no lock can be left behind.

    A record lock, not flock: that one would live on in whatever this process has forked.

    Raises CourseError where another process holds it.
    """
    with (course.root / ".grading.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            file.seek(0)
            raise CourseError(
                f"Another command grades this course already ({file.read().strip() or 'unknown process'}).",
                "Wait until it has finished, or stop it; then run this again.",
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield
