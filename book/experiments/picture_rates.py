"""Rates for the nets that the page `images-and-autoencoders` compares live, judged on the validation part.

Read by the page, which trains at the rate that is best in the mean of the seeds. The test part is not touched.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from unrolled.data import digits
from unrolled.lab.images import Convolver, Reader, accuracy, detection_loss, fit, found, hidden_for

SEEDS = range(1, 6)
BUDGET = 200  # updates of each net, as on the page
PROBE = 4
TOLERANCE = 5e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

RATES = (0.01, 0.02, 0.03, 0.06, 0.1)
# By name: a net for a number of units, and how many numbers it learns.
ROWS = {
    "RNN by rows": lambda H: Reader("RNN", 8, H, 10),
    "LSTM by rows": lambda H: Reader("LSTM", 8, H, 10),
    "CNN": lambda C: Convolver(8, (C, 16), 10),
}
OBJECTS = {"LSTM by rows": lambda H: Reader("LSTM", 16, H, 12), "CNN": lambda C: Convolver(16, (C, 24), 12)}

Part = tuple[torch.Tensor, torch.Tensor]


def images_of(name: str) -> Part:
    """Images (N, 8, 8) and classes of a part."""
    part = digits.part(name)
    return torch.tensor(part.images).float(), torch.tensor(part.classes)


def objects_of(name: str, many: int, rng: np.random.Generator) -> Part:
    """Pictures (N, 16, 16) with one digit among clutter, and its class and corner, (N, 3)."""
    placed = digits.placed(digits.part(name), many, rng)
    wanted = np.concatenate([placed.classes[:, None], placed.corners], 1)
    return torch.tensor(placed.pictures).float(), torch.tensor(wanted).float()


def both_right(net: torch.nn.Module, X: torch.Tensor, y: torch.Tensor) -> float:
    """The share of pictures whose digit is named and found."""
    right, shared = found(net, X, y)
    return float((right & (shared >= 0.5)).float().mean())


def run(seed: int, budget: int) -> dict[str, Any]:
    """By task and net: what it has right on the validation part at each rate, in the order of `RATES`."""
    rng = np.random.default_rng(seed)
    tasks = {
        "rows": (ROWS, 2500, images_of("train"), images_of("val"), cross_entropy, accuracy),
        "objects": (
            OBJECTS,
            6000,
            objects_of("train", 6000, rng),
            objects_of("val", 1000, rng),
            detection_loss,
            both_right,
        ),
    }
    val: dict[str, Any] = {}
    for task, (makers, size, train, judged, loss, score) in tasks.items():
        val[task] = {}
        for name, make in makers.items():
            units, scores = hidden_for(make, size), []
            for rate in RATES:
                torch.manual_seed(seed)
                net = make(units)
                fit(net, *train, budget, rate, seed, loss)
                scores.append(score(net, *judged))
            val[task][name] = scores
    return {"updates": budget, "rates": list(RATES), "val": val}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates by rows, at one rate."""
    X, y = images_of("train")
    torch.manual_seed(seed)
    net = ROWS["CNN"](8)
    fit(net, X, y, budget, 0.01, seed)
    return {"right": accuracy(net, *images_of("val"))}
