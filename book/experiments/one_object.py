"""What and where: one digit among pieces of others, found by LSTMs that read rows and by a convolutional net.

Read by the page `images-and-autoencoders`. Pictures are composed of real digits; those of the test part hold other
digits than those of the training part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from experiments._images import learnt
from unrolled.data import digits
from unrolled.lab.images import Convolver, Reader, answers, fit, hidden_for

SEEDS = range(1, 6)
BUDGET = 400
PROBE = 4
TOLERANCE = 2e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

SIZE, RATES = 6000, (0.003, 0.01, 0.03)
COUNTS = {"train": 8000, "val": 500, "test": 1000}
REACH = digits.CLUTTERED - digits.SIDE  # the largest corner


def loss(said: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy of the class, and squared error of the corner, in shares of its range."""
    corner = (said[:, 10:] - wanted[:, 1:] / REACH).square().mean()
    return nn.functional.cross_entropy(said[:, :10], wanted[:, 0].long()) + 5 * corner


def overlap(corners: Tensor, wanted: Tensor) -> Tensor:
    """Shared area of two boxes of 8 × 8, over that of both together: (N,)."""
    shared = (digits.SIDE - (corners - wanted).abs()).clamp(min=0).prod(1)
    return shared / (2 * digits.SIDE**2 - shared)


def found_of(net: nn.Module, X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Whether the class is right, and the overlap of the boxes."""
    said = answers(net, X)
    return said[:, :10].argmax(1) == y[:, 0], overlap(said[:, 10:] * REACH, y[:, 1:])


def detected(net: nn.Module, X: Tensor, y: Tensor) -> float:
    """The share of pictures with the right class and boxes that overlap by half or more."""
    right, shared = found_of(net, X, y)
    return float((right & (shared >= 0.5)).float().mean())


def run(seed: int, budget: int) -> dict[str, Any]:
    """Three nets of equal size; and a box in the middle, which looks at nothing."""
    rng, parts = np.random.default_rng(seed), {}
    for name, many in COUNTS.items():
        one = digits.placed(digits.part(name), many, rng)
        wanted = np.concatenate([one.classes[:, None], one.corners], 1)
        parts[name] = (torch.tensor(one.pictures).float(), torch.tensor(wanted).float())
    makers = {
        "LSTM by rows": lambda H: Reader("LSTM", digits.CLUTTERED, H, 12),
        "LSTM both ways": lambda H: Reader("LSTM", digits.CLUTTERED, H, 12, both_ways=True),
        "CNN": lambda C: Convolver(digits.CLUTTERED, (C, 24), 12),
    }
    found: dict[str, Any] = {}
    for name, make in makers.items():
        units = hidden_for(make, SIZE)
        net, scores = learnt(
            lambda make=make, units=units: make(units), parts, detected, RATES, budget // 5, budget, seed, loss
        )
        right, shared = found_of(net, *parts["test"])
        found[name] = scores | {
            "units": units,
            "class": float(right.float().mean()),
            "place": float((shared >= 0.5).float().mean()),
        }
    middle = torch.full((COUNTS["test"], 2), REACH / 2)
    found["middle"] = float((overlap(middle, parts["test"][1][:, 1:]) >= 0.5).float().mean())
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates of the convolutional net, on few pictures."""
    one = digits.placed(digits.part("train"), 200, np.random.default_rng(seed))
    wanted = torch.tensor(np.concatenate([one.classes[:, None], one.corners], 1)).float()
    X = torch.tensor(one.pictures).float()
    torch.manual_seed(seed)
    net = Convolver(digits.CLUTTERED, (8, 24), 12)
    fit(net, X, wanted, budget, 0.01, seed, loss)
    return {"loss": float(loss(answers(net, X), wanted))}
