"""Seven learning rates for each cell in each condition of `small_tasks`, on seeds of their own.

`small_tasks` takes the rate with the best mean on validation data; the page `lstm-or-gru` shows the choice.
"""

from __future__ import annotations

from typing import Any

from experiments._small_nets import conditions, fit

SEEDS = range(101, 106)  # none of those that are compared
BUDGET = 1000  # the most updates of any net; each task has its own number
PROBE = 2
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "scikit-learn")

RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


def run(seed: int, budget: int, text_too: bool = True) -> dict[str, Any]:
    """Validation scores after the last update, by condition and cell, a number for each rate."""
    nets = [(seed, rate) for rate in RATES]
    return {
        name: {cell: fit(condition, cell, nets, budget)[-1, 0] for cell in condition.units}
        for name, condition in conditions(text_too).items()
        if condition.rate is None
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The same without the characters, whose text differs from one Python to another."""
    return run(seed, budget, text_too=False)
