"""Digits of 8 × 8 read row by row against a small convolutional net; and pixel by pixel, 64 steps and 256.

Read by the page `images-and-autoencoders`. Rates are the validation part's choice; what draws nothing is computed in
the first run alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from experiments._images import Part, learnt
from unrolled.data import digits
from unrolled.lab.images import CELLS, Convolver, Reader, accuracy, answers, hidden_for

SEEDS = range(1, 6)
BUDGET = 500  # updates of a net that reads rows; more of one that reads pixels
PROBE = 4
TOLERANCE = 2e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

SIZE = 2500  # numbers that each net of the first part learns
RATES, PIXEL_RATES = (0.003, 0.01, 0.03), (0.001, 0.003, 0.01)
PIXEL_SIZE = 4500
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)


def part(name: str, order: np.ndarray, times: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (N, side, side), their pixels in another order, and classes."""
    found = digits.part(name)
    images = digits.enlarged(found.images.reshape(-1, 64)[:, order].reshape(-1, 8, 8), times)
    return torch.tensor(images).float(), torch.tensor(found.classes)


def all_parts(order: np.ndarray, times: int = 1, by_pixel: bool = False) -> dict[str, Part]:
    """By name; `by_pixel`: each image as a sequence of its pixels, (N, side², 1)."""
    found = {name: part(name, order, times) for name in digits.PARTS}
    return {name: (X.flatten(1)[..., None] if by_pixel else X, y) for name, (X, y) in found.items()}


def simple(order: np.ndarray) -> dict[str, float]:
    """Test accuracy of the nearest neighbour and of a logistic regression, its penalty the validation part's."""
    parts = {name: (X.flatten(1).numpy(), y.numpy()) for name, (X, y) in all_parts(order).items()}
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
    for kind, order in (("plain", np.arange(64)), ("permuted", np.random.default_rng(0).permutation(64))):
        parts = all_parts(order)
        found[kind] = {}
        for name, make in makers.items():
            units = hidden_for(make, SIZE)
            net, scores = learnt(
                lambda make=make, units=units: make(units), parts, accuracy, RATES, 2 * budget // 5, budget, seed
            )
            wrong = torch.nonzero(answers(net, parts["test"][0]).argmax(-1) != parts["test"][1])[:, 0]
            found[kind][name] = scores | {"units": units, "wrong": wrong.tolist()}
    return found


def by_pixels(seed: int, budget: int, times: int, cells: tuple[str, ...] = CELLS) -> dict[str, Any]:
    """One pixel a step: a tanh net, one that starts as the identity, an LSTM, of equal size."""
    parts = all_parts(np.arange(64), times, by_pixel=True)
    found = {}
    for cell in cells:
        units = hidden_for(lambda H, cell=cell: Reader(cell, 1, H, 10), PIXEL_SIZE)
        _, scores = learnt(
            lambda cell=cell, units=units: Reader(cell, 1, units, 10),
            parts,
            accuracy,
            PIXEL_RATES,
            budget // 5,
            budget,
            seed,
        )
        found[cell] = scores | {"units": units}
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """All nets of one seed; 64 and 256 pixels one by one."""
    found: dict[str, Any] = by_rows(seed, budget)
    found["64"] = by_pixels(seed, 2 * budget, 1)
    found["256"] = by_pixels(seed, 4 * budget // 5, 2)
    if seed == SEEDS[0]:
        found["simple"] = simple(np.arange(64))
        found["updates"] = {"rows": budget, "64": 2 * budget, "256": 4 * budget // 5}
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates of the nets that read rows."""
    return {name: one["test"] for name, one in by_rows(seed, budget)["plain"].items()}
