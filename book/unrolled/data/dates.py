"""Dates in the words of many languages, by `babel`, and what they stand for: 2024-03-15."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
from babel.dates import format_date

LOCALES = tuple("en de fr es it pt nl da sv nb fi et pl cs ru bg el tr hu ro id sw eu vi cy lt hr sq ga so".split())
HELD_OUT = tuple("nn af ms ca is sk mt lv uk ka".split())  # no sentence of these is learnt from
STYLES = ("long", "full")  # “15 March 2024”; with the day of the week
FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)


def in_words(day: date, locale: str, style: str = "long") -> str:
    """A date as a locale writes it, in small letters and with plain blanks.

    Raises:
        ValueError: babel has no such locale.
    """
    try:
        text = format_date(day, style, locale)
    except ValueError as unknown:  # babel's UnknownLocaleError is one
        raise ValueError(f"babel knows no locale {locale!r}") from unknown
    return re.sub(r"\s+", " ", text).lower().strip()


def days(rng: np.random.Generator, count: int) -> list[date]:
    """Different days between FIRST and LAST, in random order.

    Raises:
        ValueError: there are not so many.
    """
    first, last = FIRST.toordinal(), LAST.toordinal()
    if count > last - first + 1:
        raise ValueError(f"there are {last - first + 1} days, not {count}")
    return [date.fromordinal(first + int(n)) for n in rng.permutation(last - first + 1)[:count]]


def written(some: Sequence[date], locales: Sequence[str], rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """Each day once, in a locale and a style drawn at random: (its words, ISO 8601, the locale)."""
    found = []
    for day in some:
        locale, style = locales[rng.integers(len(locales))], STYLES[rng.integers(len(STYLES))]
        found.append((in_words(day, locale, style), day.isoformat(), locale))
    return found
