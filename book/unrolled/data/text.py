"""Real data that every machine has: text that ships with Python, and its encoding as numbers."""

from __future__ import annotations

from collections import Counter

import numpy as np


def python_reference() -> str:
    """Return Python's language reference in lower case, from `pydoc_data` of the standard library.

    Several topics repeat the same paragraphs. Each paragraph is kept once, so that a held-out part at
    the end holds no paragraph of the part before it. The text differs a little between Python versions.
    """
    from pydoc_data.topics import topics

    paragraphs = (part for name in sorted(topics) for part in topics[name].lower().split("\n\n"))
    unique = {part.strip(): part for part in paragraphs if part.strip()}
    return "\n\n".join(unique.values())


def alphabet(text: str, at_least: int = 20) -> str:
    """Return the characters that occur `at_least` times in `text`, sorted."""
    return "".join(sorted(symbol for symbol, count in Counter(text).items() if count >= at_least))


def encode(text: str, symbols: str) -> np.ndarray:
    """Return `text` as integers, shape (len(text),): 1 + the place in `symbols`, 0 for all others."""
    places = {symbol: place for place, symbol in enumerate(symbols, start=1)}
    return np.array([places.get(symbol, 0) for symbol in text], dtype=np.int64)
