"""Eighty short poems in Chinese and English, written for this course: the lines of `poems.txt`."""

from __future__ import annotations

import re
from importlib import resources


def poem_lines() -> list[str]:
    """The lines of the file, a poem each: title, a colon (full-width in some), content; English lines end in “ / ”."""
    return resources.files("unrolled.data").joinpath("poems.txt").read_text(encoding="utf-8").splitlines()


def poem_texts() -> list[str]:
    """What is behind the titles, which in this file are words and blanks; lines end in punctuation or a line feed."""
    behind = (re.sub(r"^[\w ]+", "", line)[1:] for line in poem_lines())
    return [content.strip().replace(" / ", "\n") for content in behind]
