"""The three cells on six small tasks at equal weights; starts, a long lag, few data, sizes: each at its own rate.

Read by the page `lstm-or-gru`. One run has four seeds, whose nets are trained side by side, each alone. The learning
rates come from the record of `small_tasks_rates`, which has other seeds: for each cell and condition the one with the
best mean on validation data.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from experiments._small_nets import conditions, fit
from experiments.small_tasks_rates import RATES
from unrolled.lab.provenance import ROOT

SEEDS = range(1, 6)
TOGETHER = 4  # seeds of one run: 1 to 4, 5 to 8, …
BUDGET = 1000  # the most updates of any net; each task has its own number
PROBE = 2
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "scikit-learn")


def best_rates() -> dict[str, dict[str, float]]:
    """By condition and cell: the rate whose nets have the best mean on validation data; of several, the middle one."""
    record = json.loads((ROOT / "records/experiments/small_tasks_rates.json").read_text(encoding="utf-8"))
    runs, chosen = record["runs"], dict[str, dict[str, float]]()
    for name, cells in runs[0].items():
        chosen[name] = {}
        for cell in cells:
            mean = np.mean([run[name][cell] for run in runs], axis=0)
            best = np.flatnonzero(mean == mean.min())
            chosen[name][cell] = RATES[best[(len(best) - 1) // 2]]
    return chosen


CHOSEN = best_rates()
DATA = (json.dumps(CHOSEN, sort_keys=True),)


def run(seed: int, budget: int, text_too: bool = True) -> dict[str, Any]:
    """By condition and cell: units, rate, and the learning curves (marks, val and test, seeds)."""
    seeds = range(TOGETHER * (seed - 1) + 1, TOGETHER * seed + 1)
    found: dict[str, Any] = {}
    for name, condition in conditions(text_too).items():
        found[name] = {}
        for cell, units in condition.units.items():
            rate = condition.rate or CHOSEN[name][cell]
            curve = fit(condition, cell, [(one, rate) for one in seeds], budget)
            found[name][cell] = {"units": units, "rate": rate, "curve": curve}
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The same without the characters, whose text differs from one Python to another."""
    return run(seed, budget, text_too=False)
