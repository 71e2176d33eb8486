"""Handwritten digits of scikit-learn, 8 × 8, and larger pictures composed of them: one digit among clutter.

The order of the set is kept when it is divided: neighbours in it resemble each other, so shuffling would flatter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits

SIDE = 8
PARTS = {"train": slice(0, 1000), "val": slice(1000, 1300), "test": slice(1300, None)}
CLUTTERED = 16  # pixels of a side of a picture with clutter
PIECES, PIECE = 4, 4  # of other digits, in such a picture; pixels of a piece's side


@dataclass(frozen=True)
class Digits:
    """Images (N, 8, 8), between 0 and 1, and what they show, (N,)."""

    images: np.ndarray
    classes: np.ndarray

    def __len__(self) -> int:
        return len(self.classes)


def part(name: str) -> Digits:
    """The training, validation or test part: "train", "val", "test"."""
    images, classes = load_digits(return_X_y=True)
    rows = PARTS[name]
    return Digits(images[rows].reshape(-1, SIDE, SIDE) / 16, classes[rows])


def enlarged(images: np.ndarray, times: int) -> np.ndarray:
    """Each pixel `times` times in both directions: (N, 8·times, 8·times)."""
    return images.repeat(times, 1).repeat(times, 2)


@dataclass(frozen=True)
class Placed:
    """Pictures (N, 16, 16) of one digit among pieces of others, its class, and its upper left corner (N, 2)."""

    pictures: np.ndarray
    classes: np.ndarray
    corners: np.ndarray


def placed(digits: Digits, many: int, rng: np.random.Generator) -> Placed:
    """Composed pictures: a digit at a place drawn at random, and small pieces of other digits around and upon it."""
    pictures = np.zeros((many, CLUTTERED, CLUTTERED))
    chosen = rng.integers(len(digits), size=many)
    corners = rng.integers(CLUTTERED - SIDE + 1, size=(many, 2))
    for picture, n, (row, column) in zip(pictures, chosen, corners, strict=True):
        for other in rng.integers(len(digits), size=PIECES):
            top, left = rng.integers(SIDE - PIECE + 1, size=2)
            put(picture, digits.images[other, top : top + PIECE, left : left + PIECE], *rng.integers(13, size=2))
        put(picture, digits.images[n], row, column)
    return Placed(pictures, digits.classes[chosen], corners)


def put(picture: np.ndarray, what: np.ndarray, row: int, column: int) -> None:
    """Draw upon a picture, at an upper left corner; the darker pixel stays."""
    place = picture[row : row + len(what), column : column + what.shape[1]]
    np.maximum(place, what, out=place)
