"""Reuters' newswires and IMDB's reviews, as Keras downloads them: sequences of numbers, and the word of each number.

Keras writes 1 before each text, 2 for a word that is left out, and adds 3 to the numbers of its own list of words.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

SHIFT = 3
ALL = 10**9  # without a number, Keras would lose the rarest word


@dataclass(frozen=True)
class Numbered:
    """A data set of texts in numbers.

    train, test: (texts, labels), a text being a list of numbers.
    words: the reverse index: `words[i]` is the word of number i; 0 is padding.
    """

    train: tuple[list[list[int]], np.ndarray]
    test: tuple[list[list[int]], np.ndarray]
    words: list[str]

    def text(self, numbers: list[int]) -> str:
        """A text in words again; padding is left out."""
        return " ".join(self.words[number] for number in numbers if number)


def keras_texts(name: str, known: int | None = None) -> Numbered:
    """Load a data set; the first time, Keras downloads it to the folder .keras at home.

    Args:
        name: "reuters" (46 topics) or "imdb" (praise 1, blame 0).
        known: how many numbers there are, the first three included; rarer words become 2. Without it, all.

    Raises:
        ValueError: there is no such set.
        OSError: it is not there, and cannot be downloaded; the text says from where.
    """
    if name not in ("reuters", "imdb"):
        raise ValueError(f"the data sets are reuters and imdb, not {name!r}")
    os.environ.setdefault("KERAS_BACKEND", "torch")  # read at the import
    from keras import datasets  # takes seconds

    source = getattr(datasets, name)
    try:
        train, test = source.load_data(num_words=known or ALL)
        index: dict[str, int] = source.get_word_index()
    except Exception as error:  # Keras raises a plain one, whose text names the address
        raise OSError(f"{name} could not be had: {error}") from error
    size = min(known or np.inf, max(index.values()) + SHIFT + 1)
    words = ["", "<start>", "<unknown>", "<unused>", *[""] * (int(size) - SHIFT - 1)]
    for word, place in index.items():
        if place + SHIFT < size:
            words[place + SHIFT] = word
    return Numbered(*(([list(map(int, text)) for text in X], np.asarray(y)) for X, y in (train, test)), words)
