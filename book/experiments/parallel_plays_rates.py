"""Three learning rates for each net of `parallel_plays`, on seeds of their own and with fewer updates.

`parallel_plays` takes the rate with the fewest bits on the validation part, in the mean.
"""

from __future__ import annotations

from typing import Any

from experiments._plays import SIZES, made_up, plays, trained
from unrolled.data.shakespeare import TINY_SHAKESPEARE

SEEDS = range(101, 106)  # none of those that are compared
BUDGET = 60
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")
DATA = TINY_SHAKESPEARE.hashes

RATES = (0.008, 0.016, 0.032)


def run(seed: int, budget: int) -> dict[str, Any]:
    """Bits on the validation part by net and rate; and the updates of each."""
    text = plays()
    found: dict[str, Any] = {
        kind: {str(rate): trained(kind, text, rate, seed, budget)["bits"] for rate in RATES} for kind in SIZES
    }
    return found | {"updates": budget}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates at one rate, on made-up text."""
    return {kind: trained(kind, made_up(), RATES[0], seed, budget)["bits"] for kind in SIZES}
