"""What browsers, platforms and people make of the name of an assignment's notebook."""

from __future__ import annotations

import re
from collections.abc import Iterable

NOTEBOOK = re.compile(r"(?P<stem>.*)\.ipynb", re.IGNORECASE | re.DOTALL)
DISGUISED = re.compile(r"(?P<stem>.*)\.ipynb\.(txt|json)", re.IGNORECASE | re.DOTALL)  # by browsers and mail programs
# rnn-cell-1 (Canvas), rnn-cell (1) (browsers), rnn-cell-Copy1 (Jupyter), rnn-cell copy 2 (macOS), … - Copy (Windows)
COPY = re.compile(r"(-\d{1,3}| ?\(\d{1,3}\)|-Copy\d{0,3}| copy( \d{1,3})?| - Copy( \(\d{1,3}\))?)$")
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
