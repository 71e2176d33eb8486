"""Captions of pictures with one or two digits: GRU and LSTM as writers, greedy and with a beam.

Read by the page `images-and-autoencoders`. Pictures are composed of real digits, other ones in the test part.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors

from unrolled.data import digits
from unrolled.lab import translation
from unrolled.lab.images import Captioner, fit_captions, hidden_for, weights_of
from unrolled.lab.translation import Alphabet, Letters

SEEDS = range(1, 6)
BUDGET = 800
PROBE = 4
TOLERANCE = 2e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

TRAIN, TEST, SEARCHED = 6000, 600, 300  # pictures
SIZE, RATE = 25_000, 0.01
WIDTHS, LONGEST = (1, 2, 4, 8), 8  # of the beam; words and end


def letters_of(scenes: digits.Scenes) -> Letters:
    """The words of the captions, and start and end."""
    words = Alphabet((list(one) for one in scenes.captions), " ")
    return Letters(words, words)


def right(said: list[str], scenes: digits.Scenes) -> float:
    """The share of captions that a person would accept."""
    return float(np.mean([tuple(one.split()) in wanted for one, wanted in zip(said, scenes.right, strict=False)]))


def written(net: Captioner, letters: Letters, X: torch.Tensor) -> list[str]:
    """What the net writes, greedily."""
    return [letters.target.text(row) for row in translation.greedy(net, X, LONGEST).tolist()]


def without_looking(scenes: digits.Scenes, test: digits.Scenes) -> dict[str, float]:
    """The caption that is right most often in training; and the nearest training picture's."""
    every = sorted(set(scenes.captions))
    counts = [sum(one in wanted for wanted in scenes.right) for one in every]
    always = every[int(np.argmax(counts))]
    flat, asked = (one.pictures.reshape(len(one), -1) for one in (scenes, test))
    nearest = NearestNeighbors(n_neighbors=1).fit(flat).kneighbors(asked, return_distance=False)[:, 0]
    return {
        "always the same": right([" ".join(always)] * len(test), test),
        "nearest picture": right([" ".join(scenes.captions[n]) for n in nearest], test),
    }


def run(seed: int, budget: int) -> dict[str, Any]:
    """Both writers, of equal size, on pictures that the seed composes."""
    rng = np.random.default_rng(seed)
    train = digits.scenes(digits.part("train"), TRAIN, rng)
    test = digits.scenes(digits.part("test"), TEST, rng)
    letters = letters_of(train)
    X, Y = (torch.tensor(one.pictures).float() for one in (train, test))
    y = letters.targets([list(one) for one in train.captions])
    found: dict[str, Any] = {"updates": budget, **without_looking(train, test)}
    for cell in ("GRU", "LSTM"):
        units = hidden_for(lambda H, cell=cell: Captioner(digits.WIDE, len(letters.target), H, cell), SIZE)
        torch.manual_seed(seed)
        net = Captioner(digits.WIDE, len(letters.target), units, cell)
        fit_captions(net, X, y, budget, RATE, seed)
        said = written(net, letters, Y)
        found[cell] = {"right": right(said, test), "units": units, "weights": weights_of(net)}
        for kind, lengths in (("one digit", (2,)), ("two digits", (5, 6))):
            rows = [n for n, one in enumerate(test.captions) if len(one) in lengths]
            of_kind = [tuple(said[n].split()) in test.right[n] for n in rows]
            found[cell][kind] = float(np.mean(of_kind))
        found[cell]["beams"] = beams(net, letters, Y[:SEARCHED], test)
    return found


def beams(net: Captioner, letters: Letters, Y: torch.Tensor, test: digits.Scenes) -> dict[str, Any]:
    """By width: the share that is right, and of captions likelier than greedy's."""
    found: dict[str, Any] = {}
    alone = np.zeros(0)
    for width in WIDTHS:
        rows = [translation.beam(net, one[None], width, LONGEST, 0.0) for one in Y]
        logs = np.array([log for _, log in rows])
        said = [letters.target.text(tokens) for tokens, _ in rows]
        alone = logs if width == 1 else alone
        found[str(width)] = {"right": right(said, test), "likelier": float((logs > alone + 1e-4).mean())}
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on few pictures."""
    scenes = digits.scenes(digits.part("train"), 300, np.random.default_rng(seed))
    letters = letters_of(scenes)
    torch.manual_seed(seed)
    net = Captioner(digits.WIDE, len(letters.target), 16)
    X = torch.tensor(scenes.pictures).float()
    y = letters.targets([list(one) for one in scenes.captions])
    fit_captions(net, X, y, budget, RATE, seed)
    return {"loss": float(translation.loss_of(net(X, y[:, :-1]), y[:, 1:]))}
