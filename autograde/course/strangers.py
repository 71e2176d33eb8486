"""What strangers send, before anything of it is trusted: files that are opened with care, names made printable."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

LARGEST_FILE = 100_000_000  # bytes; most of it outputs, which nobody reads
# What Python puts in the place of a byte that is not UTF-8, and the letter that Western editors write by that byte.
WESTERN = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


class UnreadableError(ValueError):
    """The submitted file is no notebook; the text says why."""


def printable(name: str) -> str:
    """A name that a stranger chose, with its control characters and undecodable bytes spelled out."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in name)


def read_submission(path: Path, largest: int = LARGEST_FILE, *, folder: int | None = None) -> bytes:
    """The bytes of a file that a student handed in, at most `largest` of them.

    The path's own folders are trusted; the file is not: no link is followed, and nothing but an ordinary file is
    opened, so that a pipe or a device cannot make the reader wait.

    Args:
        folder: descriptor of the folder from which the path goes.

    Raises:
        UnreadableError: it is a link, no ordinary file, too large, or cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnreadableError("it is a symbolic link, which is never followed") from None
        raise UnreadableError(f"it cannot be opened ({error.strerror})") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UnreadableError("it is no ordinary file")
        with open(descriptor, "rb", closefd=False) as file:
            raw = file.read(largest + 1)
    finally:
        os.close(descriptor)
    if len(raw) > largest:
        raise UnreadableError(too_large(largest))
    return raw


def too_large(limit: int) -> str:
    """What a student reads of a file above `limit` bytes."""
    return f"it is larger than {limit // 1_000_000} MB (clear the outputs, save, and hand it in again)"


def text_of(raw: bytes) -> tuple[str, bool]:
    """A file's text, and whether some of its bytes had to be guessed.

    UTF-8, UTF-16 and UTF-32 are told apart by their mark or their zeros, as JSON does it. A byte that is no UTF-8 is
    taken for Windows-1252, which holds the letters of Latin-1.

    Raises UnreadableError where it is no text.
    """
    encoding = json.detect_encoding(raw)
    try:
        return raw.decode(encoding), False
    except UnicodeDecodeError:
        if encoding.startswith("utf-8"):
            return raw.decode(encoding, "surrogateescape").translate(WESTERN), True
        raise UnreadableError("it is not text") from None
