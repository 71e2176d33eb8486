"""What browsers, platforms and people make of the name of an assignment's notebook."""

from __future__ import annotations

import re
from collections.abc import Iterable

NOTEBOOK = re.compile(r"(?P<stem>.*)\.ipynb", re.IGNORECASE | re.DOTALL)
DISGUISED = re.compile(r"(?P<stem>.*)\.ipynb\.(txt|json)", re.IGNORECASE | re.DOTALL)  # by browsers and mail programs
# rnn-cell-1 (Canvas), rnn-cell (1) (browsers), rnn-cell-Copy1 (Jupyter), rnn-cell copy 2 (macOS), … - Copy (Windows)
COPY = re.compile(r"(-\d{1,3}| ?\(\d{1,3}\)|-Copy\d{0,3}| copy( \d{1,3})?| - Copy( \(\d{1,3}\))?)$")
# The same without the first form, which many a name ends in.
COPY_OF_A_NAME = re.compile(r"( ?\(\d{1,3}\)|-Copy\d{0,3}| copy( \d{1,3})?| - Copy( \(\d{1,3}\))?)$")
ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar")


def is_notebook(file: str) -> bool:
    """Whether a file is a notebook by its name."""
    return NOTEBOOK.fullmatch(file) is not None


def is_disguised(file: str) -> bool:
    """Whether a file is a notebook with another ending behind its own."""
    return DISGUISED.fullmatch(file) is not None


def is_archive(file: str) -> bool:
    """Whether a file is by its name one that holds others."""
    return file.lower().endswith(ARCHIVES)


def assignment_named(file: str, slugs: Iterable[str]) -> str:
    """The assignment whose notebook a file's name says it is, or a copy of it; empty where it says none."""
    found = DISGUISED.fullmatch(file) or NOTEBOOK.fullmatch(file)
    stem, known = (found["stem"] if found else file.rpartition(".")[0] or file), set(slugs)
    while stem not in known:
        shorter = COPY.sub("", stem)
        if shorter == stem:
            return ""
        stem = shorter
    return stem


def without_copy_mark(stem: str) -> tuple[str, int]:
    """A name without what browsers and systems put behind that of a copy, and which copy it is: 0, 1, 2, …"""
    mark = COPY_OF_A_NAME.search(stem)
    if mark is None or mark.start() == 0:
        return stem, 0
    number = re.sub(r"\D", "", mark[0])
    return stem[: mark.start()], int(number or 1)
