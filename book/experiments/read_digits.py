"""Digits of 8 × 8 read row by row, against a small convolutional net of the same size; and with their pixels permuted.

Read by the page `images-and-autoencoders`. Rates are the validation part's choice; what draws nothing is computed in
the first run alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from experiments._images import images_of, learnt
from unrolled.data import digits
from unrolled.lab.images import Convolver, Reader, accuracy, answers, hidden_for

SEEDS = range(1, 6)
BUDGET = 400  # updates of each net
PROBE = 4
TOLERANCE = 2e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

SIZE = 2500  # numbers that each net learns
RATES = (0.003, 0.01, 0.03)
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
IN_ORDER, PERMUTED = np.arange(64), np.random.default_rng(0).permutation(64)


def simple() -> dict[str, float]:
    """Test accuracy of the nearest neighbour and of a logistic regression, its penalty the validation part's."""
    parts = {name: (X.flatten(1).numpy(), y.numpy()) for name, (X, y) in images_of(IN_ORDER).items()}
    models = [LogisticRegression(C=C, max_iter=3000).fit(*parts["train"]) for C in PENALTIES]
    chosen = max(models, key=lambda model: model.score(*parts["val"]))
    nearest = KNeighborsClassifier(1).fit(*parts["train"])
    shuffled = []  # the same two counts of images, drawn without regard to order
    X, y = (np.concatenate([parts[name][n] for name in digits.PARTS]) for n in (0, 1))
    for seed in range(10):
        places = np.random.default_rng(seed).permutation(len(y))
        train, test = places[:1000], places[1300:]
        shuffled.append(KNeighborsClassifier(1).fit(X[train], y[train]).score(X[test], y[test]))
    return {
        "nearest neighbour": float(nearest.score(*parts["test"])),
        "logistic regression": float(chosen.score(*parts["test"])),
        "nearest neighbour, shuffled parts": float(np.mean(shuffled)),
    }


def by_rows(seed: int, budget: int) -> dict[str, Any]:
    """Nets of equal size on the images, and on the same with all pixels in one other order."""
    makers = {
        "RNN by rows": lambda H: Reader("RNN", 8, H, 10),
        "LSTM by rows": lambda H: Reader("LSTM", 8, H, 10),
        "CNN": lambda C: Convolver(8, (C, 16), 10),
    }
    found: dict[str, Any] = {}
    for kind, order in (("plain", IN_ORDER), ("permuted", PERMUTED)):
        parts = images_of(order)
        found[kind] = {}
        for name, make in makers.items():
            units = hidden_for(make, SIZE)
            net, scores = learnt(
                lambda make=make, units=units: make(units), parts, accuracy, RATES, budget // 5, budget, seed
            )
            wrong = torch.nonzero(answers(net, parts["test"][0]).argmax(-1) != parts["test"][1])[:, 0]
            found[kind][name] = scores | {"units": units, "wrong": wrong.tolist()}
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """All nets of one seed."""
    found: dict[str, Any] = by_rows(seed, budget) | {"updates": budget}
    if seed == SEEDS[0]:
        found["simple"] = simple()
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates."""
    return {name: one["test"] for name, one in by_rows(seed, budget)["plain"].items()}
