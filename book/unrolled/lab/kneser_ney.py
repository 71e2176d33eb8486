"""Modified Kneser–Ney smoothing, interpolated (Chen and Goodman 1999): the counting that is hard to beat."""

from __future__ import annotations

import numpy as np

from unrolled.lab.counts import at, insist_on_pieces, numbers

HALF = np.array([0, 0.5, 0.5, 0.5])  # discounts where a text is too small to tell them


def kneser_ney(train: np.ndarray, text: np.ndarray, size: int, longest: int) -> np.ndarray:
    """Bits of each symbol of `text` for each length of the counted pieces; as `unrolled.lab.counts.surprises`.

    The longest pieces count as often as they came, shorter ones as often as *different* symbols stood before them.
    What a discount takes from the seen goes to the guess from the shorter context.

    Raises:
        ValueError: so long pieces have no numbers in 64 bits, or a text is shorter than they are.
    """
    insist_on_pieces(train, text, size, longest)
    shorter, found = np.full(len(text) - longest + 1, 1 / size), []
    for length in range(1, longest + 1):
        asked = numbers(text, size, length)[longest - length :]
        seen = np.unique(numbers(train, size, length), return_counts=True)
        found.append(-np.log2(_interpolated(*seen, asked, size, shorter)))
        if length < longest:
            with_one_before = np.unique(numbers(train, size, length + 1))
            continued = np.unique(with_one_before % size**length, return_counts=True)
            shorter = _interpolated(*continued, asked, size, shorter)
    return np.array(found)


def discounts(many: np.ndarray) -> np.ndarray:
    """What is taken from counts of 0, 1, 2, and of 3 and more, from how many counts are 1, 2, 3 and 4."""
    n1, n2, n3, n4 = (int((many == count).sum()) for count in (1, 2, 3, 4))
    if not min(n1, n2, n3, n4):
        return HALF
    y = n1 / (n1 + 2 * n2)
    return np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]).clip(0, [0, 1, 2, 3])


def _interpolated(
    pieces: np.ndarray, many: np.ndarray, asked: np.ndarray, size: int, shorter: np.ndarray
) -> np.ndarray:
    # The chance of the last symbol of each asked piece behind the others.
    taken = discounts(many)[np.minimum(many, 3)]
    contexts, first = np.unique(pieces // size, return_index=True)
    behind = asked // size
    total, freed = (at(behind, contexts, np.add.reduceat(one, first)) for one in (many, taken))
    mixed = (at(asked, pieces, many - taken) + freed * shorter) / np.maximum(total, 1)
    return np.where(total > 0, mixed, shorter)
