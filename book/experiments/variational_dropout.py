"""Dropout in a small model of words: masks drawn at each step or once a sequence, on the state or not.

After Gal and Ghahramani 2016; read by the page `papers`. Nets that differ in their way, strength and rate are trained
side by side, and each alone: same first weights, same words. The page takes the strength and the rate with the lowest
validation loss, each net at its best look. The text's file is the publisher's, so the probe trains on made-up words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from unrolled.data.shakespeare import TINY_SHAKESPEARE, halves

SEEDS = range(1, 6)
BUDGET = 600  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")
DATA = TINY_SHAKESPEARE.hashes

TRAIN, HELD, KNOWN = 15_000, 5_000, 1_000  # words: to train on; to validate on, and as many to test on; numbered
UNITS, BATCH, STEPS, NORM, LOOKS = 80, 20, 20, 1.0, 12  # numbers of a vector and of the state are as many
RATES = (0.004, 0.01)
CHANCES = (0.25, 0.5)
WAYS = {  # masks on inputs and outputs, and on the state that the products read
    "none": ("", ""),
    "fresh": ("fresh", ""),
    "one": ("one", ""),
    "fresh, state too": ("fresh", "fresh"),
    "one, state too": ("one", "one"),
}

Weights = dict[str, Tensor]


class Words(NamedTuple):
    """A text as numbers, 0 for words that are not numbered."""

    train: Tensor
    val: Tensor
    test: Tensor
    size: int


def numbered(train: list[str], held: list[str]) -> Words:
    """Number the most frequent words of the part to train on; the rest is cut in two, to validate and to test."""
    known = {word: place for place, (word, _) in enumerate(Counter(train).most_common(KNOWN - 1), start=1)}
    val, test = held[: len(held) // 2], held[len(held) // 2 :]
    first, second, third = (torch.tensor([known.get(word, 0) for word in part]) for part in (train, val, test))
    return Words(first, second, third, len(known) + 1)


def plays() -> Words:
    """The first words of the part of tiny Shakespeare to train on, and the first of the other part."""
    train, held = (re.findall(r"[a-z']+|[.,:;?!]|\n", half.lower()) for half in halves())
    return numbered(train[:TRAIN], held[: 2 * HELD])


def made_up() -> Words:
    """The same on every machine."""
    return numbered([str(n * n % 97) for n in range(2000)], [str(n * n % 89) for n in range(400)])


class Nets:
    """N nets of equal first weights, one for each strength and rate of a way."""

    def __init__(self, way: str, size: int, seed: int) -> None:
        self.outer, self.inner = WAYS[way]
        self.pairs = [(chance, rate) for chance in (CHANCES if self.outer else (0.0,)) for rate in RATES]
        self.chance, self.rate = (torch.tensor(column)[:, None, None] for column in zip(*self.pairs, strict=True))
        luck, H = torch.Generator().manual_seed(seed), UNITS
        drawn = {name: (2 * torch.rand(H, 4 * H, generator=luck) - 1) / math.sqrt(H) for name in ("W", "U")}
        drawn |= {"E": torch.randn(size, H, generator=luck), "Wy": torch.randn(H, size, generator=luck) / math.sqrt(H)}
        drawn |= {"b": torch.zeros(1, 4 * H), "by": torch.zeros(1, size)}
        drawn["b"][:, H : 2 * H] = 1  # forget gates start open
        self.p = {name: one.repeat(len(self.pairs), 1, 1).requires_grad_() for name, one in drawn.items()}
        self.moments = {name: (torch.zeros_like(one), torch.zeros_like(one)) for name, one in self.p.items()}
        self.luck, self.done = torch.Generator().manual_seed(seed), 0

    def masks(self, batch: int, how: str) -> Tensor:
        """Masks (N, B, T, H): 0 with the chance of dropout, else 1 / (1 − chance); one for all steps, or fresh ones."""
        drawn = torch.rand(batch, 1 if how == "one" else STEPS, UNITS, generator=self.luck)
        chance = self.chance[..., None]
        return ((drawn >= chance) / (1 - chance)).expand(-1, -1, STEPS, -1)

    def losses(self, windows: Tensor, training: bool = False) -> Tensor:
        """The mean surprise in nats at each word of the windows (B, T + 1) but the first, for each net: (N,)."""
        p, batch = self.p, len(windows)
        X = p["E"][:, windows[:, :-1]]
        if training and self.outer:
            X = X * self.masks(batch, self.outer)
        kept = self.masks(batch, self.inner) if training and self.inner else None
        sums = (X.flatten(1, 2) @ p["W"] + p["b"]).unflatten(1, (batch, STEPS))
        h = c = X.new_zeros(len(X), batch, UNITS)
        states = []
        for t, step in enumerate(sums.unbind(2)):
            i, f, g, o = torch.baddbmm(step, h if kept is None else h * kept[:, :, t], p["U"]).chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            states.append(h)
        H = torch.stack(states, 2)
        if training and self.outer:
            H = H * self.masks(batch, self.outer)
        scores = torch.baddbmm(p["by"], H.flatten(1, 2), p["Wy"])
        y = windows[:, 1:].flatten().repeat(len(scores))
        return cross_entropy(scores.flatten(0, 1), y, reduction="none").view(len(scores), -1).mean(1)

    def update(self, windows: Tensor) -> None:
        """Clip each net by its own norm, then Adam."""
        gradients = torch.autograd.grad(self.losses(windows, training=True).sum(), list(self.p.values()))
        self.done += 1
        with torch.no_grad():
            norm = torch.stack([g.square().sum((1, 2)) for g in gradients]).sum(0).sqrt()[:, None, None]
            for (name, array), gradient in zip(self.p.items(), gradients, strict=True):
                g, (first, second) = gradient * (NORM / norm).clamp(max=1), self.moments[name]
                first.lerp_(g, 0.1)
                second.lerp_(g * g, 0.001)
                size = (second / (1 - 0.999**self.done)).sqrt() + 1e-8
                array -= self.rate * first / (1 - 0.9**self.done) / size

    @torch.no_grad()
    def judged(self, words: Tensor) -> np.ndarray:
        """The loss of each net, (N,), on windows that begin with no past."""
        windows = words[: len(words) // (STEPS + 1) * (STEPS + 1)].view(-1, STEPS + 1)
        found = [self.losses(some) * len(some) for some in windows.split(100)]
        return (torch.stack(found).sum(0) / len(windows)).double().numpy()


def trained(way: str, text: Words, seed: int, updates: int) -> dict[str, Any]:
    """Losses at each look, (looks, strengths, rates), on part of the words to train on and on the other parts."""
    nets, rng = Nets(way, text.size, seed), np.random.default_rng(seed)
    parts = {"train": text.train[:HELD], "val": text.val, "test": text.test}
    found: dict[str, list[np.ndarray]] = {name: [] for name in parts}
    for update in range(1, updates + 1):
        starts = torch.as_tensor(rng.integers(0, len(text.train) - STEPS, (BATCH, 1)))
        nets.update(text.train[starts + torch.arange(STEPS + 1)])
        if update % max(1, updates // LOOKS) == 0:
            for name, part in parts.items():
                found[name].append(nets.judged(part).reshape(-1, len(RATES)))
    return {name: np.array(looks) for name, looks in found.items()}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Each way; the numbers of words and of updates."""
    text = plays()
    found: dict[str, Any] = {way: trained(way, text, seed, budget) for way in WAYS}
    words = {"train": len(text.train), "val": len(text.val), "test": len(text.test), "numbered": text.size}
    return found | {"updates": budget, "words": words, "unknown": float((text.test == 0).double().mean())}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on made-up words."""
    return {way: trained(way, made_up(), seed, budget)["test"] for way in WAYS}
