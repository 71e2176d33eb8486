"""Three learning rates for each net of `parallel_plays`, on a seed of their own and fewer updates.

`parallel_plays` takes the rate with the fewest bits on the validation part.
"""

from __future__ import annotations

from typing import Any

from experiments._plays import SIZES, made_up, plays, trained
from unrolled.data.shakespeare import TINY_SHAKESPEARE

SEEDS = range(101, 102)  # none of those that are compared
BUDGET = 100
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")
DATA = TINY_SHAKESPEARE.hashes

RATES = (0.004, 0.008, 0.016)


def run(seed: int, budget: int) -> dict[str, Any]:
    """Bits on the validation part by net and rate."""
    text = plays()
    return {kind: {str(rate): trained(kind, text, rate, seed, budget)["bits"] for rate in RATES} for kind in SIZES}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates at one rate, on made-up text."""
    return {kind: trained(kind, made_up(), RATES[0], seed, budget)["bits"] for kind in SIZES}
