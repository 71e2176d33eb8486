"""Learning-rate range tests of the baseline of `what_it_bought`: where the loss falls most steeply, where it runs away.

Read by the page `training-well`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from torch.optim.lr_scheduler import ExponentialLR

from experiments.what_it_bought import BATCH, IMAGES, PIXELS, parts, rates_of
from unrolled.lab.side_by_side import Nets, Pace, Way, order

SEEDS = range(1, 9)
BUDGET = 150  # updates
PROBE = 4
TOLERANCE = 1e-2
LIBRARIES = ("numpy", "torch", "scikit-learn", "pandas")

LOW, HIGH = 1e-4, 3.0
KEPT, FACTORS = 0.9, (1.5, 2.0, 4.0)


def run(seed: int, budget: int) -> dict[str, Any]:
    """Rates, losses before each update, the same smoothed; the limit for each factor, and the steepest place."""
    data = parts()
    luck = np.random.default_rng(seed)
    rows = luck.permutation(len(data["train"][1]))[:IMAGES]
    X, y = (whole[rows] for whole in data["train"])
    nets = Nets(Way(), Pace([1.0]), PIXELS, seed)
    growth = (HIGH / LOW) ** (1 / (budget - 1))
    rates = [LOW * factor for factor in rates_of(lambda of: ExponentialLR(of, growth), budget)]
    batches = order(IMAGES, BATCH, budget, luck)
    losses = [float(nets.update(X[batch], y[batch], rate)) for batch, rate in zip(batches, rates, strict=True)]
    smooth = pd.Series(losses).ewm(alpha=1 - KEPT).mean()

    def limit(factor: float) -> float:
        away = smooth.gt(factor * smooth.cummin())
        return rates[int(away.idxmax()) - 1] if away.any() else rates[-1]

    return {
        "rates": rates,
        "losses": losses,
        "smooth": smooth.tolist(),
        "limits": {str(factor): limit(factor) for factor in FACTORS},
        "steepest": rates[int(smooth.diff().idxmin()) - 1],
    }
