"""Whole numbers in the words of several languages, by `num2words`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from num2words import num2words

LANGUAGES = ("en", "de", "fr", "es")
LONGEST = 6  # digits


def in_words(number: int, language: str) -> str:
    """A number as a language says it, in small letters: 21 is “einundzwanzig” in German.

    Raises:
        ValueError: num2words has no such language.
    """
    try:
        text = num2words(number, lang=language)
    except NotImplementedError:
        raise ValueError(f"num2words knows no language {language!r}") from None
    return re.sub(r"\s+", " ", text).lower().strip()


def drawn(rng: np.random.Generator, count: int, shortest: int = 1) -> list[int]:
    """Numbers of `shortest` to LONGEST digits, each length as often as any other."""
    digits = rng.integers(shortest, LONGEST + 1, count)
    return [int(rng.integers(10 ** (d - 1), 10**d)) for d in digits]


def written(some: Sequence[int], languages: Sequence[str], rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """Each number in a language drawn at random: (its words, its digits, the language)."""
    found = []
    for number in some:
        language = languages[int(rng.integers(len(languages)))]
        found.append((in_words(number, language), str(number), language))
    return found
