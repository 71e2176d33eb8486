"""Dates in the words of many languages, by `babel`, and what they stand for: 2024-03-15."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import numpy as np
from babel.core import UnknownLocaleError
from babel.dates import format_date

GERMANIC = ("en", "de", "nl", "da", "sv", "nb")
ROMANCE = ("fr", "es", "it", "pt", "ro")
BALTIC_AND_SLAVIC = ("pl", "cs", "hr", "ru", "bg", "lt")
OTHERS = ("fi", "et", "hu", "tr", "el", "sq", "eu", "cy", "ga", "id", "sw", "so", "vi")
LOCALES = (*GERMANIC, *ROMANCE, *BALTIC_AND_SLAVIC, *OTHERS)
HELD_OUT = ("nn", "af", "ms", "ca", "is", "sk", "mt", "lv", "uk", "ka")  # no sentence of these is learnt from
STYLES = ("long", "full")  # “15 March 2024”; with the day of the week
FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)


def in_words(day: date, locale: str, style: str = "long") -> str:
    """A date as a locale writes it, in small letters and with plain blanks.

    Raises:
        ValueError: babel has no such locale.
    """
    try:
        text = format_date(day, style, locale)
    except UnknownLocaleError as unknown:
        raise ValueError(str(unknown)) from unknown
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
        locale, style = locales[int(rng.integers(len(locales)))], STYLES[int(rng.integers(len(STYLES)))]
        found.append((in_words(day, locale, style), day.isoformat(), locale))
    return found
