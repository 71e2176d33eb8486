"""LSTM and GRU on fewer chorales: a quarter and a half of the training pieces of JSB, and all of them.

Read by the page `music`. Each seed draws pieces of its own, the same for all nets. The file is the publisher's, so the
probe trains on made-up chords.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.chorales import made_up, real
from unrolled.data.chorales import JSB
from unrolled.lab.chords import ChordNet, nll, shares, train

SEEDS = range(1, 6)
BUDGET = 200  # updates of each net, however many pieces
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")
DATA = JSB.hashes

NETS = {"GRU 46": ("GRU", 46), "LSTM 36": ("LSTM", 36), "LSTM 46": ("LSTM", 46)}  # equal weights as GRU 46; equal units
PARTS = (0.25, 0.5, 1.0)
RATE = 0.02  # that of both gated nets in the experiment `chorales`
LOOKS = 10


def some(rolls: list[Tensor], part: float, seed: int) -> list[Tensor]:
    """A share of the pieces, drawn without replacement."""
    drawn = np.random.default_rng(seed).permutation(len(rolls))[: round(part * len(rolls))]
    return [rolls[number] for number in sorted(drawn.tolist())]


def reached(kind: str, units: int, data: dict[str, list[Tensor]], seed: int, updates: int) -> dict[str, Any]:
    """Surprise at the look that was best on the validation part, and how the curve of that part ended."""
    torch.manual_seed(seed)
    net = ChordNet(kind, units, shares(data["train"]))
    done = train(net, data["train"], data["val"], RATE, updates, LOOKS, seed)
    return {**{part: nll(net, data[part]) for part in data}, "update": done.best[0], "end": done.curve[-1][1]}


def all_of(data: dict[str, list[Tensor]], seed: int, updates: int) -> dict[str, Any]:
    """Every net on every part of the pieces."""
    found: dict[str, Any] = {}
    for part in PARTS:
        less = {**data, "train": some(data["train"], part, seed)}
        found[str(part)] = {name: reached(*net, less, seed, updates) for name, net in NETS.items()}
        found[str(part)]["pieces"] = len(less["train"])
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """What each net reaches with each share of the published pieces."""
    return all_of(real(), seed, budget)


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on made-up chords."""
    found = all_of(made_up(), seed, budget)
    return {part: {name: one[name]["test"] for name in NETS} for part, one in found.items()}
