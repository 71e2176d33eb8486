"""Digits read one pixel a step, 64 steps and 256: a tanh net, one that starts as the identity, an LSTM, of equal size.

Read by the page `images-and-autoencoders`. Rates are the validation part's choice.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments._images import images_of, learnt
from unrolled.lab.images import CELLS, Reader, accuracy, hidden_for

SEEDS = range(1, 6)
BUDGET = 500  # updates of a net that makes 64 steps; half as many with 256
PROBE = 4
TOLERANCE = 5e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

SIZE, RATES = 4500, (0.001, 0.003, 0.01)


def nets(seed: int, updates: int, times: int) -> dict[str, Any]:
    """All cells on images whose pixels are repeated `times` times in both directions."""
    images = images_of(np.arange(64), times)
    parts = {name: (X.flatten(1)[..., None], y) for name, (X, y) in images.items()}
    found = {}
    for cell in CELLS:
        units = hidden_for(lambda H, cell=cell: Reader(cell, 1, H, 10), SIZE)
        _, scores = learnt(
            lambda cell=cell, units=units: Reader(cell, 1, units, 10),
            parts,
            accuracy,
            RATES,
            updates // 5,
            updates,
            seed,
        )
        found[cell] = scores | {"units": units, "updates": updates}
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """64 steps, and 256."""
    return {"64": nets(seed, budget, 1), "256": nets(seed, budget // 2, 2)}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates with 64 steps."""
    return {cell: one["test"] for cell, one in nets(seed, budget, 1).items()}
