"""Digits read one pixel a step, 64 steps: a tanh net, one that starts as the identity, an LSTM, of equal size.

Read by the page `images-and-autoencoders`. The mean of the training part is taken off each pixel: with pixels that are
never negative half the units of a net that starts as the identity could not learn.
"""

from __future__ import annotations

from typing import Any

import torch

from unrolled.data import digits
from unrolled.lab.images import CELLS, Reader, accuracy, fit, hidden_for, weights_of

SEEDS = range(1, 6)
BUDGET = 250  # updates of each training
PROBE = 4
TOLERANCE = 5e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

SIZE, RATES = 4500, (0.003, 0.01)  # numbers that a net learns; the validation part chooses the rate

Part = tuple[torch.Tensor, torch.Tensor]


def parts() -> dict[str, Part]:
    """By name: images as sequences (N, 64, 1), their mean taken off, and classes."""
    mean = digits.part("train").images.mean(0)
    found = {}
    for name in digits.PARTS:
        one = digits.part(name)
        found[name] = (torch.tensor(one.images - mean).float().flatten(1)[..., None], torch.tensor(one.classes))
    return found


def trained(cell: str, units: int, rate: float, train: Part, updates: int, seed: int) -> Reader:
    """One training, on weights that the seed draws."""
    torch.manual_seed(seed)
    net = Reader(cell, 1, units, 10)
    fit(net, *train, updates, rate, seed)
    return net


def run(seed: int, budget: int) -> dict[str, Any]:
    """Each cell with each rate; the test part only with the rate that is best on the validation part."""
    data = parts()
    found: dict[str, Any] = {"updates": budget}
    for cell in CELLS:
        units = hidden_for(lambda H, cell=cell: Reader(cell, 1, H, 10), SIZE)
        nets = {rate: trained(cell, units, rate, data["train"], budget, seed) for rate in RATES}
        val = {rate: accuracy(net, *data["val"]) for rate, net in nets.items()}
        rate = max(val, key=lambda one: val[one])
        found[cell] = {
            "test": accuracy(nets[rate], *data["test"]),
            "rate": rate,
            "val": list(val.values()),
            "units": units,
            "weights": weights_of(nets[rate]),
        }
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates, at one rate."""
    data = parts()
    return {cell: accuracy(trained(cell, 16, 0.01, data["train"], budget, seed), *data["val"]) for cell in CELLS}
