"""Handwritten digits of scikit-learn, 8 × 8, and pictures composed of them: one among clutter, or two with a caption.

The order of the set is kept when it is divided: neighbours in it resemble each other, so shuffling would flatter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits

SIDE = 8
PARTS = {"train": slice(0, 1000), "val": slice(1000, 1300), "test": slice(1300, None)}
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
RELATIONS = {"above": "below", "below": "above", "left of": "right of", "right of": "left of"}
WIDE, CLUTTERED = 20, 16  # pixels of a side: of a picture with a caption, of one with clutter
PIECES, PIECE = 4, 4  # of other digits, in a cluttered picture; pixels of a piece's side


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
            _put(picture, digits.images[other, top : top + PIECE, left : left + PIECE], *rng.integers(13, size=2))
        _put(picture, digits.images[n], row, column)
    return Placed(pictures, digits.classes[chosen], corners)


def _put(picture: np.ndarray, what: np.ndarray, row: int, column: int) -> None:
    place = picture[row : row + len(what), column : column + what.shape[1]]
    np.maximum(place, what, out=place)


Caption = tuple[str, ...]


@dataclass(frozen=True)
class Scenes:
    """Pictures (N, 20, 20) of one or two digits; a caption of each; and all the captions that are right."""

    pictures: np.ndarray
    captions: list[Caption]
    right: list[frozenset[Caption]]

    def __len__(self) -> int:
        return len(self.captions)


def scenes(digits: Digits, many: int, rng: np.random.Generator) -> Scenes:
    """Composed pictures: a third show one digit, the others two that do not touch; captions as a person might say it.

    Of two digits there are two right captions: “a three above a seven” and “a seven below a three”; one is drawn.
    """
    pictures, captions, right = np.zeros((many, WIDE, WIDE)), [], []
    for picture in pictures:
        first, second = rng.integers(len(digits), size=2)
        names = [WORDS[digits.classes[n]] for n in (first, second)]
        kind = rng.integers(3)
        if kind == 0:
            _put(picture, digits.images[first], *rng.integers(WIDE - SIDE + 1, size=2))
            ways = [_caption(names[0])]
        else:
            along, across = rng.integers(3, size=2), rng.integers(WIDE - SIDE + 1, size=2)
            spots = [(along[0], across[0]), (SIDE + 2 + along[1], across[1])]
            for n, (major, minor) in zip((first, second), spots, strict=True):
                _put(picture, digits.images[n], *((major, minor) if kind == 1 else (minor, major)))
            relation = "above" if kind == 1 else "left of"
            ways = [_caption(names[0], relation, names[1]), _caption(names[1], RELATIONS[relation], names[0])]
        captions.append(ways[rng.integers(len(ways))])
        right.append(frozenset(ways))
    return Scenes(pictures, captions, right)


def _caption(first: str, relation: str = "", second: str = "") -> Caption:
    return ("a", first, *((*relation.split(), "a", second) if relation else ()))
