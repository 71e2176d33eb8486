"""Parity, and a shell game of five cups: nets of one build, trained on up to 32 steps and asked after 256.

Read by the page `after-rnns`. The rates come from the record of `state_tracking_rates`.
"""

from __future__ import annotations

import json
from typing import Any

from experiments._tracking import SEEN, TASKS, trained
from unrolled.lab.provenance import ROOT

SEEDS = range(1, 6)
BUDGET = 800  # updates of each net in the shell game; parity takes a share
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")


def best_rates() -> dict[str, dict[str, float]]:
    """By task and net: the rate with the most right answers; of equals, the lower one."""
    record = json.loads((ROOT / "records/experiments/state_tracking_rates.json").read_text(encoding="utf-8"))
    (tried,) = record["runs"]
    return {
        task: {name: float(max(shares, key=shares.get)) for name, shares in nets.items()}
        for task, nets in tried.items()
    }


CHOSEN = best_rates()
DATA = (json.dumps(CHOSEN, sort_keys=True),)


def run(seed: int, budget: int) -> dict[str, Any]:
    """By task and net: what `trained` found, and the rate."""
    return {
        task: {name: trained(task, name, rate, seed, budget) | {"rate": rate} for name, rate in CHOSEN[task].items()}
        for task in TASKS
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The last losses of the first updates."""
    return {task: {name: trained(task, name, 0.003, seed, budget)["loss"] for name in SEEN[task]} for task in TASKS}
