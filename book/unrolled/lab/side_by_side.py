"""LSTMs that classify short sequences, trained side by side: one axis of nets in front, one way of training at a time.

What the chapter on training compares. A `Way` says how nets are built and trained; a `Pace` gives each of the nets its
rate and, where a way has a strength (a chance of dropout, a weight decay), its strength. All nets of a call start with
the same weights and see the same batches. In shapes, N is nets, B sequences, T steps, D inputs, H units, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, layer_norm

CLASSES = 10
DROPS = ("inputs", "outputs", "products, fresh", "products, one", "cell, fresh", "cell, one")
DECAYS = ("in the gradient", "decoupled")


@dataclass(frozen=True)
class Way:
    """How nets are built and trained; what is left out is the baseline's.

    drop: where the strength is a chance of dropout, one of `DROPS`; decay: where it is a weight decay, one of `DECAYS`.
    schedule: a factor of the rate at each update, for a number of updates.
    clip: "norm" or "value", with the strength as the limit.
    """

    units: int = 32
    batch: int = 32
    drop: str = ""
    decay: str = ""
    clip: str = ""
    schedule: Callable[[int], Sequence[float]] | None = None
    learned_start: bool = False
    orthogonal: bool = False
    forget: float = 0.0
    normed: bool = False


@dataclass(frozen=True)
class Pace:
    """The rate of each net, and its strength; both (N,)."""

    rates: Sequence[float]
    strengths: Sequence[float] = ()

    def column(self, what: str) -> Tensor:
        """`rates` or `strengths` as (N, 1, 1); zeros where there are none."""
        values = getattr(self, what) or [0.0] * len(self.rates)
        return torch.tensor(values, dtype=torch.float32)[:, None, None]


Weights = dict[str, Tensor]


def initial(way: Way, inputs: int, nets: int, seed: int) -> Weights:
    """The same first weights for each net: uniform within 1/√H, biases 0."""
    luck = torch.Generator().manual_seed(seed)
    H = way.units

    def uniform(*shape: int) -> Tensor:
        return (2 * torch.rand(*shape, generator=luck) - 1) / math.sqrt(H)

    p = {"W": uniform(inputs, 4 * H), "U": uniform(H, 4 * H), "Wy": uniform(H, CLASSES)}
    if way.orthogonal:
        blocks = [torch.nn.init.orthogonal_(torch.empty(H, H), generator=luck) for _ in range(4)]
        p["U"] = torch.cat(blocks, 1)
    p |= {"b": torch.zeros(1, 4 * H), "by": torch.zeros(1, CLASSES)}
    p["b"][:, H : 2 * H] = way.forget
    if way.learned_start:
        p |= {"h0": torch.zeros(1, H), "c0": torch.zeros(1, H)}
    if way.normed:
        p |= {"gain W": torch.ones(1, 4 * H), "gain U": torch.ones(1, 4 * H), "gain c": torch.ones(1, H)}
        p["bias c"] = torch.zeros(1, H)
    return {name: array.repeat(nets, 1, 1).requires_grad_() for name, array in p.items()}


def mask(like: Tensor, chance: Tensor, luck: torch.Generator | None) -> Tensor:
    """A mask of dropout, of the shape of `like`: 0 with `chance`, else 1 / (1 − chance)."""
    drawn = torch.rand(like.shape, generator=luck)
    return (drawn >= chance) / (1 - chance)


def scores(way: Way, p: Weights, X: Tensor, chance: Tensor, luck: torch.Generator | None = None) -> Tensor:
    """Scores (N, B, K) after the last step of X (N, B, T, D); with `luck`, masks are drawn, as in training."""
    drops = way.drop if luck is not None else ""
    nets, batch, steps = X.shape[:3]
    H = p["U"].shape[1]
    if drops == "inputs":
        X = X * mask(X, chance[..., None], luck)
    sums = X.flatten(1, 2) @ p["W"]
    if way.normed:
        sums = layer_norm(sums, sums.shape[-1:]) * p["gain W"]
    sums = (sums + p["b"]).unflatten(1, (batch, steps))
    h, c = (p[name].expand(nets, batch, H) if name in p else X.new_zeros(nets, batch, H) for name in ("h0", "c0"))
    place, _, how = drops.partition(", ")
    kept = mask(h, chance, luck) if how else torch.ones_like(h)
    for t in range(steps):
        if how == "fresh" and t:
            kept = mask(h, chance, luck)
        read = h * kept if place == "products" else h
        if way.normed:
            back = read @ p["U"]
            a = sums[:, :, t] + layer_norm(back, back.shape[-1:]) * p["gain U"]
        else:
            a = torch.baddbmm(sums[:, :, t], read, p["U"])
        i, f, g, o = a.chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        if place == "cell":
            c = c * kept
        out = layer_norm(c, c.shape[-1:]) * p["gain c"] + p["bias c"] if way.normed else c
        h = o.sigmoid() * out.tanh()
    if drops == "outputs":
        h = h * mask(h, chance, luck)
    return h @ p["Wy"] + p["by"]


def losses(found: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy in nats, the mean over the batch, of each net: (N,) from (N, B, K) and (B,)."""
    each = cross_entropy(found.flatten(0, 1), y.repeat(len(found)), reduction="none")
    return each.view(len(found), -1).mean(1)


class Nets:
    """N nets of one way, their moments of Adam, and how they are updated."""

    def __init__(self, way: Way, pace: Pace, inputs: int, seed: int):
        self.way, self.rate, self.strength = way, pace.column("rates"), pace.column("strengths")
        self.p = initial(way, inputs, len(pace.rates), seed)
        self.moments = {name: (torch.zeros_like(a), torch.zeros_like(a)) for name, a in self.p.items()}
        self.luck = torch.Generator().manual_seed(seed)
        self.updates = 0

    def update(self, X: Tensor, y: Tensor, factor: float = 1.0) -> Tensor:
        """One update of all nets by Adam, with `factor` times their rates; returns the losses before it, (N,)."""
        nets = len(self.rate)
        found = scores(self.way, self.p, X.expand(nets, *X.shape), self.strength, self.luck)
        loss = losses(found, y)
        gradients = list(torch.autograd.grad(loss.sum(), list(self.p.values())))
        with torch.no_grad():
            self._step(self._clipped(gradients), factor * self.rate)
        return loss.detach()

    def _clipped(self, gradients: list[Tensor]) -> list[Tensor]:
        if self.way.clip == "value":
            return [torch.maximum(torch.minimum(g, self.strength), -self.strength) for g in gradients]
        if self.way.clip == "norm":
            norm = torch.stack([g.square().sum((1, 2)) for g in gradients]).sum(0).sqrt()[:, None, None]
            return [g * (self.strength / norm).clamp(max=1) for g in gradients]
        return gradients

    def _step(self, gradients: list[Tensor], rate: Tensor) -> None:
        self.updates += 1
        for (name, array), g in zip(self.p.items(), gradients, strict=True):
            shrinks = name in ("W", "U", "Wy")
            if self.way.decay == "in the gradient" and shrinks:
                g = g + self.strength * array
            if self.way.decay == "decoupled" and shrinks:
                array *= 1 - rate * self.strength
            first, second = self.moments[name]
            first.lerp_(g, 0.1)
            second.lerp_(g * g, 0.001)
            size = (second / (1 - 0.999**self.updates)).sqrt() + 1e-8
            array -= rate * first / (1 - 0.9**self.updates) / size

    def judged(self, X: Tensor, y: Tensor) -> np.ndarray:
        """Cross-entropy in nats and share of errors, (2, N), of X (B, T, D) without any mask."""
        with torch.no_grad():
            found = scores(self.way, self.p, X.expand(len(self.rate), *X.shape), self.strength)
            wrong = (found.argmax(-1) != y).float().mean(1)
            return torch.stack([losses(found, y), wrong]).double().numpy()


def order(images: int, batch: int, updates: int, luck: np.random.Generator) -> np.ndarray:
    """Which images each update sees, (updates, batch): one shuffled pass behind the other."""
    passes = -(-updates * batch // images)
    rows = np.concatenate([luck.permutation(images) for _ in range(passes)])
    return rows[: updates * batch].reshape(updates, batch)
