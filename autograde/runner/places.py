"""Folders for runs, each with its process, all below one of this grader's, which the next grader clears away.

A grader that is killed leaves its folders; a lock, which goes with it, tells them from those in use.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import os
import secrets
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Protocol

from autograde.sandbox.limits import Limits

PREFIX = "autograde-run-"
LOCK = "lock"
SECONDS_TO_LOCK = 60.0  # after which a folder without a lock is no beginning
BETWEEN_LOOKS = 0.25  # seconds
MOST_TRIES, BETWEEN_TRIES = 5, 0.1  # seconds
MOST_FILES = 4096
BLOCK = 512  # bytes, in which the kernel counts what a file takes
SEARCHABLE = 0o711
_one_at_a_time = threading.Lock()


class Running(Protocol):
    """A process with its number, which can be ended."""

    @property
    def number(self) -> int: ...

    def end(self) -> None: ...


@contextmanager
def place() -> Iterator[str]:
    """A new folder, which goes at the end with all that is in it."""
    folder = tempfile.mkdtemp(dir=_own_folder())
    try:
        yield folder
    finally:
        _remove_at_last(Path(folder))


@contextmanager
def watched(folder: str, running: Running, limits: Limits) -> Iterator[None]:
    """End the process where it writes more than it may: for a folder that no limit of the kernel's holds.

    What it has open, in no folder any more, counts; what it has mapped and closed does not.
    """
    over = threading.Event()

    def look() -> None:
        number = running.number
        while not over.wait(BETWEEN_LOOKS):
            if not _fits(folder, number, limits):
                running.end()
                return

    watch = threading.Thread(target=look, daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def remove(folder: Path) -> None:
    """Remove a folder that a stranger filled: however deep it is and whatever its permissions are. Raises OSError."""
    count, mark = 0, f".{secrets.token_hex(8)}-"
    while entries := list(folder.iterdir()):
        for entry in entries:
            if not _is_folder(entry):
                entry.unlink()
                continue
            entry.chmod(stat.S_IRWXU)
            for inner in list(entry.iterdir()):  # comes up, so that no path gets long
                count += 1
                if _is_folder(inner):
                    inner.chmod(stat.S_IRWXU)
                inner.rename(folder / f"{mark}{count}")
            entry.rmdir()
    folder.rmdir()


def _remove_at_last(folder: Path) -> None:
    # Without a sandbox, what the student's process has started may write for a moment longer.
    for _ in range(MOST_TRIES):
        try:
            remove(folder)
            return
        except OSError:
            time.sleep(BETWEEN_TRIES)


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


def _fits(folder: str, number: int, limits: Limits) -> bool:
    files = used = 0
    unread: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unread.append):
        files += len(folders) + len(names)
        used += sum(_taken(Path(parent, name)) for name in names)
        if files > MOST_FILES:
            return False
    with contextlib.suppress(OSError):
        used += sum(_taken(path, gone=True) for path in Path(f"/proc/{number}/fd").iterdir())
    return used <= limits.scratch and all(error.errno != errno.ENAMETOOLONG for error in unread)


def _taken(path: Path, *, gone: bool = False) -> int:
    # Bytes on the disk; of open files, those alone that stand in no folder any more.
    try:
        about = path.stat(follow_symlinks=gone)
    except OSError:
        return 0
    if not stat.S_ISREG(about.st_mode) or (gone and about.st_nlink):
        return 0
    return about.st_blocks * BLOCK


def _own_folder() -> str:
    with _one_at_a_time:  # else threads that begin together make one each, and clear away each other's
        return _made_folder()


@cache
def _made_folder() -> str:
    _clear()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(SEARCHABLE)  # for users who own one of the folders in it
    begun = folder / f"{LOCK}.new"
    lock = os.open(begun, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    begun.rename(folder / LOCK)  # which nobody sees unlocked
    atexit.register(_go, folder, os.getpid())
    return str(folder)


def _go(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        with contextlib.suppress(OSError):
            remove(folder)


def _clear() -> None:
    # What graders of this user left that are no more.
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            about = folder.stat(follow_symlinks=False)
            if about.st_uid == os.getuid() and stat.S_ISDIR(about.st_mode) and _is_left(folder, about.st_mtime):
                remove(folder)


def _is_left(folder: Path, changed: float) -> bool:
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return time.time() - changed > SECONDS_TO_LOCK
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
