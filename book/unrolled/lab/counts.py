"""How well a table of counts guesses a text: interpolated n-grams after Witten and Bell, for whole texts at once."""

from __future__ import annotations

import numpy as np


def surprises(train: np.ndarray, text: np.ndarray, size: int, longest: int) -> np.ndarray:
    """Bits of each symbol of `text` under counts over `train`, for each length of the counted pieces.

    Args:
        train: (N,) whole numbers below `size`.
        text: (M,) the same.
        size: how many symbols there are.
        longest: symbols of the longest pieces, the guessed one among them.

    Returns: (longest, M − longest + 1); row j has the pieces of up to j + 1 symbols, column 0 is the first symbol that
        has longest − 1 before it.

    Raises:
        ValueError: so long pieces have no numbers in 64 bits, or a text is shorter than they are.
    """
    insist_on_pieces(train, text, size, longest)
    chance = np.full(len(text) - longest + 1, 1 / size)
    found = []
    for length in range(1, longest + 1):
        pieces, many = np.unique(numbers(train, size, length), return_counts=True)
        contexts, first = np.unique(pieces // size, return_index=True)
        followers = np.diff(first, append=len(pieces))  # different ones
        asked = numbers(text, size, length)[longest - length :]
        behind = asked // size
        total, different = (at(behind, contexts, counts) for counts in (np.add.reduceat(many, first), followers))
        mixed = (at(asked, pieces, many) + different * chance) / np.maximum(total + different, 1)
        chance = np.where(total > 0, mixed, chance)
        found.append(-np.log2(chance))
    return np.array(found)


def insist_on_pieces(train: np.ndarray, text: np.ndarray, size: int, longest: int) -> None:
    """Raise ValueError where so long pieces have no numbers in 64 bits, or a text is shorter than they are."""
    if longest * np.log2(size) >= 63:
        raise ValueError(f"pieces of {longest} symbols of {size} are too many to number: take shorter ones")
    if min(len(train), len(text)) < longest:
        raise ValueError(f"a text is shorter than the pieces of {longest} symbols that are counted in it")


def numbers(ids: np.ndarray, size: int, length: int) -> np.ndarray:
    """One number for each piece of so many symbols of a text (N,), (N − length + 1,)."""
    return np.lib.stride_tricks.sliding_window_view(ids, length) @ size ** np.arange(length - 1, -1, -1)


def at(wanted: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The value of each wanted key, 0 where there is none; the keys are sorted."""
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)
