"""A made-up language: a bracket opens, five letters follow, and the bracket that fits closes. No real data."""

from __future__ import annotations

import numpy as np

OPENING, CLOSING, LETTERS = "([{<", ")]}>", "abc"
ALPHABET = OPENING + CLOSING + LETTERS  # a character's place in it is its number
INSIDE = 5  # letters between two brackets
BEST_BITS = (np.log2(len(OPENING)) + INSIDE * np.log2(len(LETTERS))) / (INSIDE + 2)  # per character: the entropy


def brackets(rng: np.random.Generator, length: int) -> np.ndarray:
    """A text of this language as numbers of characters, (length,). What closes is certain, all else left to chance.

    Args:
        rng: where the text comes from.
        length: how many characters, N; the last bracket may stay open.
    """
    count = -(-length // (INSIDE + 2))
    kinds = rng.integers(0, len(OPENING), (count, 1))
    letters = rng.integers(0, len(LETTERS), (count, INSIDE)) + len(OPENING + CLOSING)
    return np.concatenate([kinds, letters, kinds + len(OPENING)], axis=1).ravel()[:length]


def written(ids: np.ndarray) -> str:
    """The text that these numbers of characters spell."""
    return "".join(ALPHABET[token] for token in ids)
