"""Verses in a made-up form, as `title:content` lines: four lines of one length, and all of them rhyme. No real data.

A poem's lines have two or three characters each, all as many: "山光，水霜。月霜，云光。" has four of two. A line's last
character is one of the poem's rhyme; the others are left to chance.
"""

from __future__ import annotations

import numpy as np

PLAIN = "山水花月风云"
RHYMES = ["光霜", "心林", "楼舟"]  # characters that rhyme with each other
MARKS = "，。"  # behind the odd lines, behind the even ones
LINES = 4
LENGTHS = (2, 3)  # characters of a line
LONGEST = LINES * (max(LENGTHS) + 1)  # characters of a poem


def verses(rng: np.random.Generator, count: int) -> list[str]:
    """`count` poems, each behind its number and a colon."""
    return [f"{number}:{_verse(rng)}" for number in range(1, count + 1)]


def _verse(rng: np.random.Generator) -> str:
    length = rng.choice(LENGTHS)
    rhyme = list(rng.choice(RHYMES))
    lines = ["".join([*rng.choice(list(PLAIN), length - 1), rng.choice(rhyme)]) for _ in range(LINES)]
    return "".join(line + MARKS[number % 2] for number, line in enumerate(lines))
