"""GRU, minGRU, minLSTM and attention in nets of one build and equal weights, on tiny Shakespeare.

Read by the page `after-rnns`. The rates come from the record of `parallel_plays_rates`. The text's file is the
publisher's, so the probe trains on made-up text.
"""

from __future__ import annotations

import json
from typing import Any

from experiments._plays import BATCH, SIZES, STEPS, made_up, plays, trained
from experiments.parallel_plays_rates import RATES
from unrolled.data.shakespeare import TINY_SHAKESPEARE
from unrolled.lab.provenance import ROOT

SEEDS = range(1, 6)
BUDGET = 240  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")


def best_rates() -> dict[str, float]:
    """By net: the rate with the fewest bits, in the mean over the trials' seeds."""
    record = json.loads((ROOT / "records/experiments/parallel_plays_rates.json").read_text(encoding="utf-8"))
    runs, chosen = record["runs"], dict[str, float]()
    for kind in SIZES:
        bits = {rate: sum(run[kind][str(rate)] for run in runs) for rate in RATES}
        chosen[kind] = min(bits, key=bits.__getitem__)
    return chosen


CHOSEN = best_rates()
DATA = (*TINY_SHAKESPEARE.hashes, json.dumps(CHOSEN, sort_keys=True))


def run(seed: int, budget: int) -> dict[str, Any]:
    """By net: bits, weights and seconds; and the rates, the updates, and the characters of each."""
    text = plays()
    found: dict[str, Any] = {kind: trained(kind, text, CHOSEN[kind], seed, budget) for kind in SIZES}
    return found | {"rates": CHOSEN, "updates": budget, "characters": BATCH * STEPS * budget}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates of each net on made-up text."""
    return {kind: trained(kind, made_up(), CHOSEN[kind], seed, budget)["bits"] for kind in SIZES}
