"""Numbers in words without attention, trained four times as long as in `numbers_in_words`, on the same numbers.

Read by the page `seq2seq`: is the last state too narrow, or does it only learn more slowly?
"""

from __future__ import annotations

from typing import Any

from experiments import numbers_in_words as numbers

SEEDS = numbers.SEEDS
BUDGET = 4 * numbers.BUDGET  # updates
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = numbers.LIBRARIES

KIND = "none"


def run(seed: int, budget: int) -> dict[str, Any]:
    """The net without attention on the numbers that the seed draws."""
    return numbers.learnt(numbers.Data(seed), KIND, seed, budget)[1] | {"updates": budget}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates."""
    data = numbers.Data(seed)
    data.test = data.test[:20]
    return {"loss": numbers.learnt(data, KIND, seed, budget)[1]["loss"]}
