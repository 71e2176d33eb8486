"""Two learning rates for each net of `state_tracking`, on a seed of their own.

`state_tracking` takes the rate with the more right answers on fresh sequences of the training's length.
"""

from __future__ import annotations

from typing import Any

from experiments._tracking import SEEN, TASKS, trained

SEEDS = range(101, 102)  # none of those that are compared
BUDGET = 800
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

RATES = (0.003, 0.01)


def run(seed: int, budget: int) -> dict[str, Any]:
    """Share of right answers on sequences of the training's length, by task, net and rate."""
    return {
        task: {
            name: {str(rate): trained(task, name, rate, seed, budget)["short"] for rate in RATES} for name in SEEN[task]
        }
        for task in TASKS
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The last losses of the first updates of two nets."""
    return {name: trained("parity", name, RATES[0], seed, budget)["loss"] for name in ("RNN", "minGRU")}
