"""The three cells on six small tasks at equal weights, by two learning rates; starts, a long lag, few data, sizes.

Read by the page `lstm-or-gru`. One run is one seed: the nets of both rates start alike and see the same data.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import cross_entropy

from unrolled import data
from unrolled.data import tasks
from unrolled.lab.small_cells import BLOCKS, CELLS, Weights, states

SEEDS = range(1, 11)
BUDGET = 1000  # the most updates of any net; each task has its own number below
PROBE = 2
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "scikit-learn")

RATES, BATCH, HELD, MARKS = (0.005, 0.02), 16, 300, 10
UNITS = 20  # of the LSTM; the others get as many weights
COUNT_MEAN, COUNT_DEVIATION = 3.787, 3.024  # of the counting task; the page checks them

Draw = Callable[[np.random.Generator, str, int], tuple[Any, Any]]


class Texts:
    """The characters of Python's reference: the last fifth is for choosing and testing."""

    def __init__(self) -> None:
        text = data.python_reference()
        ends = [int(share * len(text)) for share in (0.8, 0.9)]
        symbols = data.alphabet(text[: ends[0]])
        self.parts = dict(zip(("train", "val", "test"), np.split(data.encode(text, symbols), ends), strict=True))
        self.size = len(symbols) + 1

    def draw(self, rng: np.random.Generator, part: str, n: int) -> tuple[Any, Any]:
        """Windows of 24 characters, one-hot, and the next character at each step."""
        starts = rng.integers(0, len(self.parts[part]) - 24, n)
        windows = self.parts[part][starts[:, None] + np.arange(25)]
        return np.eye(self.size, dtype=np.float32)[windows[:, :-1]], windows[:, 1:]


class Digits:
    """The images of scikit-learn's digits, row by row; the same split for all runs."""

    def __init__(self) -> None:
        self.images = load_digits()
        order = np.random.default_rng(0).permutation(len(self.images.target))
        self.parts = dict(zip(("train", "val", "test"), np.split(order, [1100, 1300]), strict=True))
        self.parts["few"] = self.parts["train"][:100]

    def draw(self, rng: np.random.Generator, part: str, n: int) -> tuple[Any, Any]:
        """Images (n, 8, 8) and their digits."""
        rows = rng.choice(self.parts[part], n)
        return self.images.images[rows] / 16, self.images.target[rows]


def adding(rng: np.random.Generator, part: str, n: int) -> tuple[Any, Any]:
    """20 steps; sums scaled to variance 1."""
    X, y = tasks.adding(rng, n, 20)
    return X, (y[:, None] - 1) * math.sqrt(6)


def first_symbol(rng: np.random.Generator, part: str, n: int, steps: int = 20) -> tuple[Any, Any]:
    """One of four symbols, then noise."""
    return tasks.first_symbol(rng, n, steps, symbols=4)


def long_lag(rng: np.random.Generator, part: str, n: int) -> tuple[Any, Any]:
    """The same over 60 steps."""
    return first_symbol(rng, part, n, steps=60)


def delayed_xor(rng: np.random.Generator, part: str, n: int) -> tuple[Any, Any]:
    """12 bits, each against the one three steps earlier."""
    return tasks.delayed_xor(rng, n, 12, 3)


def counting(rng: np.random.Generator, part: str, n: int) -> tuple[Any, Any]:
    """30 steps; counts scaled to mean 0 and variance 1."""
    X, y = tasks.counting(rng, n, 30)
    return X, (y - COUNT_MEAN) / COUNT_DEVIATION


def six_tasks() -> dict[str, tuple[Draw, int, int, int]]:
    """By name: how to draw, inputs, outputs, updates."""
    texts, digits = Texts(), Digits()
    return {
        "adding": (adding, 2, 1, 360),
        "first symbol": (first_symbol, 4, 4, 240),
        "delayed XOR": (delayed_xor, 1, 2, 90),
        "counting": (counting, 2, 1, 180),
        "next character": (texts.draw, texts.size, texts.size, 160),
        "digits": (digits.draw, 8, 10, 200),
    }


def weights(cell: str, D: int, H: int, K: int) -> int:
    """How many numbers a net has, head included (eq-parameter-count-blocks)."""
    return BLOCKS[cell] * (D * H + H * H + H) + (H if cell == "GRU" else 0) + H * K + K


def matched(cell: str, D: int, K: int) -> int:
    """The size of `cell` whose weights come nearest to those of an LSTM with `UNITS` units."""
    wanted = weights("LSTM", D, UNITS, K)
    return min(range(4, 120), key=lambda size: abs(weights(cell, D, size, K) - wanted))


def initial(cell: str, D: int, H: int, K: int, keep: float, nets: int, seed: int) -> Weights:
    """The same weights for all nets; `keep` is the bias of the forget or the update gate."""
    source = torch.Generator().manual_seed(seed)

    def uniform(*shape: int) -> Tensor:
        return ((2 * torch.rand(1, *shape, generator=source) - 1) / math.sqrt(H)).repeat(nets, 1, 1)

    wide = BLOCKS[cell] * H
    p = {"W": uniform(D, wide), "U": uniform(H, wide), "Wy": uniform(H, K)}
    p |= {"b": torch.zeros(nets, 1, wide), "by": torch.zeros(nets, 1, K)}
    if cell == "LSTM":
        p["b"][..., H : 2 * H] = keep
    if cell == "GRU":
        p["b"][..., :H] = keep
        p["bn"] = torch.zeros(nets, 1, H)
    return {name: array.requires_grad_() for name, array in p.items()}


def score(cell: str, p: Weights, X: Tensor, y: Tensor, bits: bool) -> tuple[Tensor, Tensor]:
    """Loss and score of each net (N,): squared error, share of errors, or bits a character."""
    Hs = states(cell, p, X)
    if y.ndim == 2 or y.shape[-1] == 1:  # one answer, at the last step
        Hs = Hs[:, :, -1:]
    out = Hs.flatten(1, 2) @ p["Wy"] + p["by"]
    y = y.flatten(1)
    if y.is_floating_point():
        loss = (out[..., 0] - y).square().mean(1)
        return loss, loss
    loss = cross_entropy(out.flatten(0, 1), y.flatten(), reduction="none").view(y.shape).mean(1)
    return loss, loss / math.log(2) if bits else (out.argmax(-1) != y).float().mean(1)


def fit(
    cell: str,
    task: tuple[Draw, int, int, int],
    H: int,
    seed: int,
    budget: int,
    *,
    rates: tuple[float, ...] = RATES,
    keep: float = 1.0,
    part: str = "train",
    bits: bool = False,
) -> np.ndarray:
    """Train a net for each rate, each clipped by its own norm; scores (marks, val and test, rates)."""
    draw, D, K, updates = task
    updates = min(updates, budget)
    p = initial(cell, D, H, K, keep, len(rates), seed)
    rng, other = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])

    def drawn(source: np.random.Generator, which: str, n: int) -> list[Tensor]:
        arrays = [torch.as_tensor(np.asarray(array)) for array in draw(source, which, n)]
        arrays = [array.float() if array.is_floating_point() else array for array in arrays]
        return [array.expand(len(rates), *array.shape) for array in arrays]

    held = [drawn(other, which, HELD) for which in ("val", "test")]
    rate = torch.tensor(rates)[:, None, None]
    moments = {name: (torch.zeros_like(array), torch.zeros_like(array)) for name, array in p.items()}
    curve = []
    for update in range(1, updates + 1):
        X, y = drawn(rng, part, BATCH)
        gradients = torch.autograd.grad(score(cell, p, X, y, bits)[0].sum(), list(p.values()))
        norm = torch.stack([g.square().sum((1, 2)) for g in gradients]).sum(0).sqrt()[:, None, None]
        with torch.no_grad():  # clip each net by its norm, then Adam
            for (name, array), g in zip(p.items(), gradients, strict=True):
                g, (first, second) = g / norm.clamp(min=1), moments[name]
                first.lerp_(g, 0.1)
                second.lerp_(g * g, 0.01)
                size = (second / (1 - 0.99**update)).sqrt() + 1e-8
                array -= rate * first / (1 - 0.9**update) / size
        if update % max(1, updates // MARKS) == 0:
            with torch.no_grad():
                curve.append(torch.stack([score(cell, p, *pair, bits)[1] for pair in held]).double().numpy())
    return np.array(curve)


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The same without the characters, whose text differs from one Python to another."""
    return run(seed, budget, text_too=False)


def run(seed: int, budget: int, text_too: bool = True) -> dict[str, Any]:
    """Learning curves by task and cell, by keep bias, over a lag of 60, with 100 images, and at equal sizes."""
    every = {name: task for name, task in six_tasks().items() if text_too or name != "next character"}
    size = {name: {cell: matched(cell, D, K) for cell in CELLS} for name, (_, D, K, _) in every.items()}

    def curve(name: str, cell: str, H: int | None = None, **how: Any) -> np.ndarray:
        task = (*every[name][:3], how.pop("updates", every[name][3]))
        task = (how.pop("draw", task[0]), *task[1:])
        return fit(cell, task, H or size[name][cell], seed, budget, bits=name == "next character", **how)

    gated = CELLS[1:]
    return {
        "sizes": size,
        "tasks": {name: {cell: curve(name, cell) for cell in CELLS} for name in every},
        "keep": {cell: {keep: curve("first symbol", cell, keep=keep) for keep in (0.0, 1.0, 3.0)} for cell in gated},
        "lag of 60": {cell: curve("first symbol", cell, keep=3.0, draw=long_lag, updates=120) for cell in gated},
        "100 images": {cell: curve("digits", cell, part="few") for cell in gated},
        "equal sizes": {
            cell: {H: curve("next character", cell, H, rates=RATES[1:], updates=100) for H in (8, 16, 32)}
            for cell in gated
            if text_too
        },
    }
