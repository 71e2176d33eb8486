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
BUDGET = 400
PROBE = 4
TOLERANCE = 5e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

TRAIN, VAL, TEST, SEARCHED = 4000, 300, 400, 150  # pictures
SIZE, RATES = 22_000, (0.005, 0.01, 0.02, 0.04)  # numbers that a net learns; the validation part chooses the rate
WIDTHS = (1, 4)  # of the beam


def share(said: list[str], asked: Scenes) -> float:
    """The share of captions that are right."""
    return float(np.mean(right(said, asked.right)))


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
    counts = {"train": TRAIN, "val": VAL, "test": TEST}
    made = {name: scenes(digits.part(name), many, rng) for name, many in counts.items()}
    pictures = {name: torch.tensor(one.pictures).float() for name, one in made.items()}
    letters = letters_of(made["train"].captions)
    y = letters.targets([list(one) for one in made["train"].captions])
    found: dict[str, Any] = {"updates": budget, **without_a_net(made["train"], made["test"])}
    for name, cell, normalised in (("GRU", "GRU", True), ("LSTM", "LSTM", True), ("not normalised", "GRU", False)):
        units = hidden_for(lambda H, cell=cell: Captioner(WIDE, len(letters.target), H, cell), SIZE)
        tried = {}
        for rate in RATES:
            torch.manual_seed(seed)
            net = Captioner(WIDE, len(letters.target), units, cell, normalised)
            fit(net, pictures["train"], y, budget, rate, seed)
            tried[share(written(net, letters, pictures["val"]), made["val"])] = (rate, net)
        rate, net = tried[max(tried)]
        good = np.array(right(written(net, letters, pictures["test"]), made["test"].right))
        two = np.array([len(one) > 2 for one in made["test"].captions])
        found[name] = {"right": good.mean(), "one digit": good[~two].mean(), "two digits": good[two].mean()}
        found[name] |= {"rate": rate, "units": units, "weights": weights_of(net)}
        if normalised:
            found[name]["beams"] = beams(net, letters, pictures["test"][:SEARCHED], made["test"])
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on few pictures."""
    few = scenes(digits.part("train"), 300, np.random.default_rng(seed))
    letters = letters_of(few.captions)
    torch.manual_seed(seed)
    net = Captioner(WIDE, len(letters.target), 16)
    X = torch.tensor(few.pictures).float()
    y = letters.targets([list(one) for one in few.captions])
    fit(net, X, y, budget, RATES[0], seed)
    with torch.no_grad():
        return {"loss": float(translation.loss_of(net(X, y[:, :-1]), y[:, 1:]))}
