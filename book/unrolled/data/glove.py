"""Word vectors in the format in which GloVe is published: a word and its numbers a line, between them single spaces."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import numpy as np


def read_vectors(path: Path, keep: Container[str] | None = None) -> tuple[list[str], np.ndarray]:
    """Read word vectors, as (words, array of shape (words, D)) in the file's order.

    The first line says how many numbers a vector has, D. A word may hold spaces, as some of GloVe's do.

    Args:
        path: of the file, in UTF-8.
        keep: the words that are wanted; without it, all. A large file then needs little memory.

    Raises:
        ValueError: the file is empty, or a line has another number of numbers than the first; says which.
    """
    words: list[str] = []
    rows: list[np.ndarray] = []
    size = 0
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            fields = line.rstrip("\r\n").split(" ")
            size = size or len(fields) - 1
            word, vector = " ".join(fields[:-size]), fields[-size:]
            if size < 1 or not word or _is_number(fields[-size - 1 : -size], word):
                raise ValueError(
                    f"{path}, line {number}: a word and {size or 'some'} numbers are wanted, not {line[:60]!r}"
                )
            if keep is None or word in keep:
                try:
                    rows.append(np.array(vector, dtype=np.float32))
                except ValueError:
                    raise ValueError(f"{path}, line {number}: not all of these are numbers: {line[:60]!r}") from None
                words.append(word)
    if size == 0:
        raise ValueError(f"{path} is empty")
    return words, np.stack(rows) if rows else np.zeros((0, size), dtype=np.float32)


def _is_number(before: list[str], word: str) -> bool:
    # One number too many looks like a word with a space in it, whose last part is a number.
    if not before or before[0] == word:
        return False
    try:
        float(before[0])
    except ValueError:
        return False
    return True
