"""Eighty short poems in Chinese and English, written for this course: the lines of `poems.txt`."""

from __future__ import annotations

from importlib import resources


def poem_lines() -> list[str]:
    """The lines of the file, a poem each: title, a colon (full-width in some), content; English lines end in “ / ”."""
    return resources.files("unrolled.data").joinpath("poems.txt").read_text(encoding="utf-8").splitlines()
