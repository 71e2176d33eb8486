"""What of a Chinese quatrain can be measured: whether it has the form, rhymes, and changes its tones.

Sounds are those of today, of single characters, by pypinyin: of the poets' own rhymes they keep a part.
"""

from __future__ import annotations

import re
from functools import cache

MARKS = re.compile("[，。！？；]")
QUATRAIN = re.compile(rf"(?:\w{{5}}{MARKS.pattern}){{4}}|(?:\w{{7}}{MARKS.pattern}){{4}}")

# The thirteen tracks (十三辙) by which plays in the speech of Beijing rhyme: finals, as pypinyin writes them.
TRACKS = (
    "a ia ua",
    "o e uo",
    "ie ve",
    "i v er",
    "u",
    "ai uai",
    "ei uei",
    "ao iao",
    "ou iou",
    "an ian uan van",
    "en in uen vn",
    "ang iang uang",
    "eng ing ueng ong iong",
)
RHYMES = {final: number for number, finals in enumerate(TRACKS) for final in finals.split()}


@cache
def sound(character: str) -> tuple[int, bool] | None:
    """The rhyme of a character, a number, and whether its tone is level (1st, 2nd); None where no sound is known."""
    from pypinyin import Style, pinyin

    final = pinyin(character, style=Style.FINALS_TONE3, neutral_tone_with_five=True, errors="ignore")
    letters, tone = (final[0][0][:-1], final[0][0][-1:]) if final and final[0][0] else ("", "")
    return (RHYMES[letters], tone in "12") if letters in RHYMES else None


def lines_of(quatrain: str) -> list[str]:
    """The four lines of a quatrain, without punctuation."""
    size = len(quatrain) // 4
    return [quatrain[start : start + size - 1] for start in range(0, 4 * size, size)]


def rhymes(quatrain: str) -> bool:
    """Whether lines 2 and 4 end on different characters of one rhyme."""
    one, other = (lines_of(quatrain)[line][-1] for line in (1, 3))
    left, right = sound(one), sound(other)
    return one != other and left is not None and right is not None and left[0] == right[0]


def turns(quatrain: str) -> float:
    """The share of lines whose 2nd and 4th characters differ in tone, one level and one not: the rule of such verse."""
    pairs = [(sound(line[1]), sound(line[3])) for line in lines_of(quatrain)]
    return sum(left is not None and right is not None and left[1] != right[1] for left, right in pairs) / 4
