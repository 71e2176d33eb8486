"""What each way of training buys, alone: LSTMs that learn digits of few images, and read those of other people.

Read by the page `training-well`. Each way gets four rates, and three strengths where it has one; the page takes the
pair with the smallest mean error on the validation part, and shows the test part's. All make the same number of
updates, except where the batch is what is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, LRScheduler

from unrolled.data import digits
from unrolled.lab.side_by_side import Nets, Pace, Way, order

SEEDS = range(1, 9)
BUDGET = 300  # updates of each net
PROBE = 3
TOLERANCE = 2e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")

IMAGES, PIXELS, BATCH = 200, 8, 32  # of the training part; a row at each of 8 steps; in each update
RATES = (0.006, 0.015, 0.04, 0.1)
FINE = (0.0004, 0.001, 0.0025, *RATES, 0.25)  # of the baseline
MARKS = 20  # how often the baseline is judged on its way
WARM = 0.15  # of the updates
DROPPED = (0.1, 0.25, 0.5)
DECAYED = {"in the gradient": (0.0003, 0.003, 0.03), "decoupled": (0.03, 0.3, 3.0)}
CLIPPED = {"norm": (0.25, 1.0, 4.0), "value": (0.01, 0.05, 0.25)}

Part = tuple[Tensor, Tensor]


def parts() -> dict[str, Part]:
    """Images as sequences (N, 8, 8), a row at a step, and their classes (N,)."""
    found = {name: digits.part(name) for name in digits.PARTS}
    return {
        name: (torch.tensor(one.images.reshape(len(one), -1, PIXELS)).float(), torch.tensor(one.classes))
        for name, one in found.items()
    }


def rates_of(scheduler: Callable[[Optimizer], LRScheduler], updates: int) -> list[float]:
    """What one of PyTorch's schedulers makes of a rate of 1, at each update."""
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    steps, found = scheduler(optimizer), []
    for _ in range(updates):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        steps.step()
    return found


def factors(warm: int, updates: int, cosine: bool) -> list[float]:
    """Of the rate, at each update: rising over `warm` updates (eq-warmup-cosine), then constant or half a cosine."""
    rest = updates - warm
    rising = rates_of(lambda of: LinearLR(of, 1 / max(1, warm), total_iters=max(1, warm - 1)), warm)
    falling = rates_of(lambda of: CosineAnnealingLR(of, max(1, rest)), rest + 1)[1:]
    return rising + (falling if cosine else [1.0] * rest)


def ways() -> dict[str, tuple[Way, Sequence[float]]]:
    """Each way by name, and its strengths; the baseline and what changes the data or the work stand apart."""
    plain = Way()
    found: dict[str, tuple[Way, Sequence[float]]] = {
        "warm-up": (replace(plain, schedule=lambda n: factors(round(WARM * n), n, cosine=False)), ()),
        "cosine": (replace(plain, schedule=lambda n: factors(0, n, cosine=True)), ()),
        "warm-up, cosine": (replace(plain, schedule=lambda n: factors(round(WARM * n), n, cosine=True)), ()),
        "learned start": (replace(plain, learned_start=True), ()),
        "orthogonal": (replace(plain, orthogonal=True), ()),
        "forget bias 1": (replace(plain, forget=1.0), ()),
        "layer norm": (replace(plain, normed=True), ()),
        **{f"{units} units": (replace(plain, units=units), ()) for units in (8, 16, 64)},
    }
    for place in ("inputs", "outputs", "products, fresh", "products, one", "cell, fresh"):
        found[f"dropout: {place}"] = (replace(plain, drop=place), DROPPED)
    for how, strengths in DECAYED.items():
        found[f"decay: {how}"] = (replace(plain, decay=how), strengths)
    for how, limits in CLIPPED.items():
        found[f"clip: {how}"] = (replace(plain, clip=how), limits)
    return found


def trained(
    way: Way, pace: Pace, data: dict[str, Part], seed: int, updates: int, images: int = IMAGES
) -> Iterator[tuple[int, Nets, Part]]:
    """The number of each update, the nets after it, and the images that they learn from."""
    luck = np.random.default_rng(seed)
    rows = luck.permutation(len(data["train"][1]))[:images]
    X, y = (whole[rows] for whole in data["train"])
    nets = Nets(way, pace, PIXELS, seed)
    rate_factors = way.schedule(updates) if way.schedule else [1.0] * updates
    for done, batch in enumerate(order(images, way.batch, updates, luck), start=1):
        nets.update(X[batch], y[batch], rate_factors[done - 1])
        yield done, nets, (X, y)


def final(
    way: Way, strengths: Sequence[float], data: dict[str, Part], seed: int, updates: int, images: int = IMAGES
) -> dict[str, np.ndarray]:
    """Loss and errors of each pair of rate and strength at the end: {"val" and "test": (2, strengths, rates)}."""
    strengths = strengths or (0.0,)
    pairs = [(rate, strength) for strength in strengths for rate in RATES]
    pace = Pace([rate for rate, _ in pairs], [strength for _, strength in pairs])
    for _, last, _ in trained(way, pace, data, seed, updates, images):
        nets = last
    return {part: nets.judged(*data[part]).reshape(2, len(strengths), len(RATES)) for part in ("val", "test")}


def baseline(data: dict[str, Part], seed: int, updates: int) -> dict[str, Any]:
    """Loss and errors of the baseline on its way, (marks, 2, rates), on each part."""
    found: dict[str, list[np.ndarray]] = {"train": [], "val": [], "test": []}
    for done, nets, seen in trained(Way(), Pace(FINE), data, seed, updates):
        if done % max(1, updates // MARKS) == 0:
            for part, judged in (("train", seen), ("val", data["val"]), ("test", data["test"])):
                found[part].append(nets.judged(*judged))
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """Everything of one seed, which draws the images, the first weights and the order."""
    data = parts()
    found: dict[str, Any] = {"baseline": baseline(data, seed, budget), "updates": budget}
    found["ways"] = {name: final(way, strengths, data, seed, budget) for name, (way, strengths) in ways().items()}
    for images in (100, 400, 1000):
        found["ways"][f"{images} images"] = final(Way(), (), data, seed, budget, images=images)
    for batch in (8, 128):
        way = replace(Way(), batch=batch)
        found["ways"][f"batch {batch}, as many updates"] = final(way, (), data, seed, budget)
        as_many = max(1, budget * BATCH // batch)
        found["ways"][f"batch {batch}, as many images"] = final(way, (), data, seed, as_many)
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """A few ways, for a few updates."""
    data = parts()
    some = {name: ways()[name] for name in ("warm-up, cosine", "layer norm", "dropout: products, one")}
    return {name: final(way, strengths, data, seed, budget) for name, (way, strengths) in some.items()}
