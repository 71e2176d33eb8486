"""Tables of counts on tiny Shakespeare, smoothed in two ways, for each length of context.

Read by the page `language-model`. Nothing is drawn: a run is a length, where other experiments have a seed. The probe
counts in made-up text.
"""

from __future__ import annotations

from typing import Any

from experiments.shakespeare import Text, made_up, numbered
from unrolled.data.shakespeare import TINY_SHAKESPEARE, halves
from unrolled.lab.counts import surprises
from unrolled.lab.kneser_ney import kneser_ney

SEEDS = range(1, 10)  # symbols of the longest counted pieces, the guessed one among them
BUDGET = PROBE = 0  # nothing is trained
TOLERANCE = 1e-6
LIBRARIES = ("numpy",)
DATA = TINY_SHAKESPEARE.hashes
SKIPPED = 8  # symbols at the start of the validation text, so that all lengths guess the same ones


def bits(text: Text, length: int) -> dict[str, float]:
    """Bits per character of both tables."""
    train, validation = text.train.numpy(), text.validation.numpy()[SKIPPED + 1 - length :]
    return {
        "Witten–Bell": float(surprises(train, validation, text.size, length)[-1].mean()),
        "Kneser–Ney": float(kneser_ney(train, validation, text.size, length)[-1].mean()),
    }


def run(seed: int, budget: int) -> dict[str, Any]:
    """Both tables with pieces of `seed` symbols."""
    return bits(numbered(*halves()), seed)


def probe(seed: int, budget: int) -> dict[str, Any]:
    """Pieces of four symbols in made-up text."""
    return bits(made_up(), 4)
