"""Pictures of one or two handwritten digits with captions, composed: real digits, made-up scenes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unrolled.data.digits import SIDE, Digits, put

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TURNED = {"above": "below", "left of": "right of"}
WIDE = 2 * SIDE  # pixels of a picture's side

Caption = tuple[str, ...]


@dataclass(frozen=True)
class Scenes:
    """Pictures (N, 16, 16) of one or two digits; a caption of each; and all the captions that are right."""

    pictures: np.ndarray
    captions: list[Caption]
    right: list[frozenset[Caption]]

    def __len__(self) -> int:
        return len(self.captions)


def scenes(digits: Digits, many: int, rng: np.random.Generator) -> Scenes:
    """Pictures of four fields: a third show one digit in any of them, the others two that are neighbours.

    Of two digits there are two right captions: “a three above a seven” and “a seven below a three”; one is drawn.
    """
    pictures, captions, right = np.zeros((many, WIDE, WIDE)), [], []
    for picture in pictures:
        chosen = rng.integers(len(digits), size=2)
        row, column = SIDE * rng.integers(2, size=2)
        relation = ("", "above", "left of")[rng.integers(3)]
        corners = {"": [(row, column)], "above": [(0, column), (SIDE, column)], "left of": [(row, 0), (row, SIDE)]}
        shown = list(zip(chosen, corners[relation], strict=False))
        for n, corner in shown:
            put(picture, digits.images[n], *corner)
        ways = _captions([WORDS[digits.classes[n]] for n, _ in shown], relation)
        captions.append(ways[rng.integers(len(ways))])
        right.append(frozenset(ways))
    return Scenes(pictures, captions, right)


def _captions(names: list[str], relation: str) -> list[Caption]:
    if len(names) == 1:
        return [("a", names[0])]
    first, second = names
    return [("a", first, *relation.split(), "a", second), ("a", second, *TURNED[relation].split(), "a", first)]
