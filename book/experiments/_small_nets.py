"""Small nets of the three cells on small tasks: what `small_tasks_rates` and `small_tasks` both train."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import cross_entropy

from unrolled import data
from unrolled.data import tasks
from unrolled.lab.small_cells import BLOCKS, CELLS, Weights, states

BATCH, HELD, MARKS = 16, 300, 10
UNITS = 20  # of the LSTM; the others get as many weights
COUNT_MEAN, COUNT_DEVIATION = 3.787, 3.024  # of the counting task; the page checks them

Draw = Callable[[np.random.Generator, str, int], tuple[Any, Any]]


@dataclass(frozen=True)
class Task:
    """What is learnt: how to draw (inputs, answers), sizes, the updates of a whole run; `bits`: the score in bits."""

    draw: Draw
    inputs: int
    outputs: int
    updates: int
    bits: bool = False


@dataclass(frozen=True)
class Condition:
    """One row of the page's tables: a task, the units of each cell, and how the nets start and what they see.

    rate: the learning rate of all cells; without it, each cell gets its own.
    """

    task: Task
    units: dict[str, int]
    keep: float = 1.0
    part: str = "train"
    rate: float | None = None


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


def weights(cell: str, D: int, H: int, K: int) -> int:
    """How many numbers a net has, head included (eq-parameter-count-blocks)."""
    return BLOCKS[cell] * (D * H + H * H + H) + (H if cell == "GRU" else 0) + H * K + K


def matched(cell: str, D: int, K: int) -> int:
    """The size of `cell` whose weights come nearest to those of an LSTM with `UNITS` units."""
    wanted = weights("LSTM", D, UNITS, K)
    return min(range(4, 120), key=lambda size: abs(weights(cell, D, size, K) - wanted))


def conditions(text_too: bool = True) -> dict[str, Condition]:
    """All that is trained, by name; on request without the characters, whose text differs between Pythons."""
    digits, symbols = Digits(), Task(first_symbol, 4, 4, 240)
    images = Task(digits.draw, 8, 10, 200)
    six = {
        "adding": Task(adding, 2, 1, 360),
        "first symbol": symbols,
        "delayed XOR": Task(delayed_xor, 1, 2, 120),
        "counting": Task(counting, 2, 1, 180),
        "digits": images,
    }
    if text_too:
        texts = Texts()
        six["next character"] = Task(texts.draw, texts.size, texts.size, 240, bits=True)

    def equal(task: Task, cells: tuple[str, ...] = CELLS[1:]) -> dict[str, int]:
        return {cell: matched(cell, task.inputs, task.outputs) for cell in cells}

    every = {name: Condition(task, equal(task, CELLS)) for name, task in six.items()}
    every["bias of 0"] = Condition(symbols, equal(symbols), keep=0.0)
    every["bias of 3"] = Condition(symbols, equal(symbols), keep=3.0)
    lag = Condition(Task(long_lag, 4, 4, 120), equal(symbols), keep=3.0)
    every["lag of 60"] = lag
    for rate in (0.003, 0.03):
        every[f"lag of 60, rate of {rate}"] = replace(lag, rate=rate)
    every["100 images"] = Condition(images, equal(images), part="few")
    every["100 images, equal H"] = Condition(images, {"GRU": UNITS}, part="few")  # the LSTM has them above
    return every


def initial(condition: Condition, cell: str, seeds: Sequence[int]) -> Weights:
    """The weights of each seed (N, …); `condition.keep` is the bias of the forget or the update gate."""
    D, H, K = condition.task.inputs, condition.units[cell], condition.task.outputs
    wide = BLOCKS[cell] * H
    shapes = {"W": (D, wide), "U": (H, wide), "Wy": (H, K)}

    def uniform(seed: int) -> dict[str, Tensor]:
        source = torch.Generator().manual_seed(seed)
        return {name: (2 * torch.rand(*shape, generator=source) - 1) / math.sqrt(H) for name, shape in shapes.items()}

    each = [uniform(seed) for seed in seeds]
    p = {name: torch.stack([one[name] for one in each]) for name in shapes}
    p |= {"b": torch.zeros(len(seeds), 1, wide), "by": torch.zeros(len(seeds), 1, K)}
    if cell == "LSTM":
        p["b"][..., H : 2 * H] = condition.keep
    if cell == "GRU":
        p["b"][..., :H] = condition.keep
        p["bn"] = torch.zeros(len(seeds), 1, H)
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


def fit(condition: Condition, cell: str, nets: Sequence[tuple[int, float]], budget: int) -> np.ndarray:
    """Train a net for each (seed, rate), side by side and each alone; scores (marks, val and test, nets).

    A seed decides the first weights and the data, which are the same for all rates and cells.
    """
    task = condition.task
    updates = min(task.updates, budget)
    seeds = [seed for seed, _ in nets]
    p = initial(condition, cell, seeds)
    rngs = {seed: (np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])) for seed in seeds}

    def drawn(which: int, part: str, n: int) -> tuple[Tensor, Tensor]:
        found = {seed: task.draw(both[which], part, n) for seed, both in rngs.items()}
        X, y = (torch.as_tensor(np.stack([found[seed][place] for seed in seeds])) for place in (0, 1))
        return X.float(), y.float() if y.is_floating_point() else y

    held = [drawn(1, which, HELD) for which in ("val", "test")]
    rate = torch.tensor([rate for _, rate in nets])[:, None, None]
    moments = {name: (torch.zeros_like(array), torch.zeros_like(array)) for name, array in p.items()}
    curve = []
    for update in range(1, updates + 1):
        X, y = drawn(0, condition.part, BATCH)
        gradients = torch.autograd.grad(score(cell, p, X, y, task.bits)[0].sum(), list(p.values()))
        norm = torch.stack([g.square().sum((1, 2)) for g in gradients]).sum(0).sqrt()[:, None, None]
        with torch.no_grad():  # clip each net by its own norm, then Adam
            for (name, array), g in zip(p.items(), gradients, strict=True):
                g, (first, second) = g / norm.clamp(min=1), moments[name]
                first.lerp_(g, 0.1)
                second.lerp_(g * g, 0.01)
                size = (second / (1 - 0.99**update)).sqrt() + 1e-8
                array -= rate * first / (1 - 0.9**update) / size
        if update % max(1, updates // MARKS) == 0:
            with torch.no_grad():
                curve.append(torch.stack([score(cell, p, X, y, task.bits)[1] for X, y in held]).double().numpy())
    return np.array(curve)
