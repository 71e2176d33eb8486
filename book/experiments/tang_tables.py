"""Tables of counts on the test poems of `poems`, with and without those that the training poems hold already.

Read by the page `poems`. Nothing is drawn: a run is a length of the counts, where other experiments have a seed.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from experiments.poems import FIVE, HELD_OUT, Poems, copied, made_up, parted, table_bits
from unrolled.data.tang import SET, quatrains
from unrolled.lab.kneser_ney import kneser_ney

SEEDS = range(1, 6)  # tokens of the longest counted pieces, the guessed one among them
BUDGET = PROBE = 0  # nothing is trained
TOLERANCE = 1e-9
LIBRARIES = ("numpy",)
DATA = SET.hashes
LONG = 8  # characters in a row that make a copy


def scored(poems: Poems, length: int) -> dict[str, Any]:
    """Bits of a token, as counts of this length have them: of all test poems, of copies, of the others, by place."""
    text = "\n".join(poems.train)
    train = [poems.numbers(poem) for poem in poems.train]
    copies = [poem for poem in poems.test if copied(poem, text) >= LONG]
    clean = [poem for poem in poems.test if poem not in copies]

    def bits(chosen: list[str]) -> np.ndarray:
        return table_bits(kneser_ney, train, [poems.numbers(poem) for poem in chosen], poems.size)[length - 1]

    five = [poem for poem in clean if len(poem) == FIVE]
    return {
        "bits": {name: float(bits(part).mean()) for name, part in (("all", poems.test), ("others", clean))},
        "copied bits": float(bits(copies).mean()) if copies else None,
        "copies": len(copies),
        "places": bits(five).reshape(-1, FIVE + 1).mean(0),
    }


def run(seed: int, budget: int) -> dict[str, Any]:
    """What `scored` finds, and how many of all poems are whole: poems of four lines, not openings of eight."""
    poems = quatrains()
    whole = {
        "".join(poem["paragraphs"])
        for name in SET.files
        for poem in json.loads(SET.text(name))
        if len(poem["paragraphs"]) == 2
    }
    return {**scored(parted(poems, HELD_OUT), seed), "whole": sum(poem in whole for poem in poems), "poems": len(poems)}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """Counts of four tokens in made-up poems."""
    return scored(made_up(), 4)
