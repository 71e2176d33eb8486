"""Captions of pictures with one or two digits: GRU and LSTM as writers, greedy and with a beam.

Read by the page `images-and-autoencoders`. Pictures are composed of real digits, other ones in the test part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors

from unrolled.data import digits
from unrolled.data.scenes import WIDE, Scenes, scenes
from unrolled.lab import translation
from unrolled.lab.captions import LONGEST, Captioner, fit, letters_of, right, written
from unrolled.lab.images import hidden_for, weights_of
from unrolled.lab.translation import Letters

SEEDS = range(1, 6)
BUDGET = 500
PROBE = 4
TOLERANCE = 5e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

TRAIN, TEST, SEARCHED = 4000, 400, 100  # pictures
SIZE, RATE = 22_000, 0.01
WIDTHS = (1, 4)  # of the beam


def share(said: list[str], asked: Scenes) -> float:
    """The share of captions that are right."""
    return float(np.mean(right(said, asked)))


def without_a_net(train: Scenes, test: Scenes) -> dict[str, float]:
    """The caption that is right most often in training; and the nearest training picture's."""
    every = sorted(set(train.captions))
    counts = [sum(one in wanted for wanted in train.right) for one in every]
    always = " ".join(every[int(np.argmax(counts))])
    flat, asked = (one.pictures.reshape(len(one), -1) for one in (train, test))
    nearest = NearestNeighbors(n_neighbors=1).fit(flat).kneighbors(asked, return_distance=False)[:, 0]
    return {
        "always the same": share([always] * len(test), test),
        "nearest picture": share([" ".join(train.captions[n]) for n in nearest], test),
    }


def beams(net: Captioner, letters: Letters, Y: torch.Tensor, test: Scenes) -> dict[str, Any]:
    """By width: the share that is right, and of captions likelier than greedy's."""
    found: dict[str, Any] = {}
    alone = np.zeros(0)
    for width in WIDTHS:
        rows = [translation.beam(net, one[None], width, LONGEST, 0.0) for one in Y]
        logs = np.array([log for _, log in rows])
        said = [letters.target.text(tokens) for tokens, _ in rows]
        alone = logs if width == 1 else alone
        found[str(width)] = {"right": share(said, test), "likelier": float((logs > alone + 1e-4).mean())}
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """Both writers, of equal size, on pictures that the seed composes; and one whose eye is not normalised."""
    rng = np.random.default_rng(seed)
    train = scenes(digits.part("train"), TRAIN, rng)
    test = scenes(digits.part("test"), TEST, rng)
    letters = letters_of(train)
    X, Y = (torch.tensor(one.pictures).float() for one in (train, test))
    y = letters.targets([list(one) for one in train.captions])
    found: dict[str, Any] = {"updates": budget, "rate": RATE, **without_a_net(train, test)}
    for name, cell, normalised in (("GRU", "GRU", True), ("LSTM", "LSTM", True), ("not normalised", "GRU", False)):
        units = hidden_for(lambda H, cell=cell: Captioner(WIDE, len(letters.target), H, cell), SIZE)
        torch.manual_seed(seed)
        net = Captioner(WIDE, len(letters.target), units, cell, normalised)
        fit(net, X, y, budget, RATE, seed)
        good = np.array(right(written(net, letters, Y), test))
        two = np.array([len(one) > 2 for one in test.captions])
        found[name] = {"right": good.mean(), "one digit": good[~two].mean(), "two digits": good[two].mean()}
        found[name] |= {"units": units, "weights": weights_of(net)}
        if normalised:
            found[name]["beams"] = beams(net, letters, Y[:SEARCHED], test)
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on few pictures."""
    few = scenes(digits.part("train"), 300, np.random.default_rng(seed))
    letters = letters_of(few)
    torch.manual_seed(seed)
    net = Captioner(WIDE, len(letters.target), 16)
    X = torch.tensor(few.pictures).float()
    y = letters.targets([list(one) for one in few.captions])
    fit(net, X, y, budget, RATE, seed)
    with torch.no_grad():
        return {"loss": float(translation.loss_of(net(X, y[:, :-1]), y[:, 1:]))}
