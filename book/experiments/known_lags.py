"""How far back plain cells can learn to look: adding and copy at growing lengths, and what a norm that overflows does.

Read by the page `vanishing`. One run trains one net of each kind on each task; all see the same sequences.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss, one_hot

from unrolled.data.tasks import adding, copying

SEEDS = range(1, 11)
BUDGET = 500  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

KINDS = ("tanh, Glorot", "tanh, orthogonal", "ReLU, identity")
LENGTHS = (10, 20, 40, 80)  # of adding
FAR = 160  # of adding, for the kind that reaches furthest
DELAYS = (0, 5, 10, 20, 40)  # of copy
UNITS, BATCH, TESTED, RATE = 32, 32, 300, 3e-3
SYMBOLS, LENGTH = 8, 4  # of copy

Task = tuple[
    Callable[[np.random.Generator, int], tuple[Tensor, Tensor]], int, int, int
]  # draw, inputs, outputs, answers


def kernel(kind: str, size: int, generator: torch.Generator) -> Tensor:
    """The recurrent kernel (H, H) that a net of this kind starts with."""
    if kind.endswith("identity"):
        return torch.eye(size)
    if kind.endswith("orthogonal"):
        q, r = torch.linalg.qr(torch.randn(size, size, generator=generator))
        return q * r.diagonal().sign()  # Mezzadri 2007: uniform over the orthogonal matrices
    return (2 * torch.rand(size, size, generator=generator) - 1) * math.sqrt(6 / (2 * size))


def adding_task(steps: int) -> Task:
    """Sequences (batch, T, 2) and their sums (batch, 1)."""

    def draw(rng: np.random.Generator, batch: int) -> tuple[Tensor, Tensor]:
        X, y = adding(rng, batch, steps)
        return torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)[:, None]

    return draw, 2, 1, 1


def copy_task(delay: int) -> Task:
    """One-hot symbols (batch, T, 10) and those to write at the end (batch, 4)."""

    def draw(rng: np.random.Generator, batch: int) -> tuple[Tensor, Tensor]:
        X, y = copying(rng, batch, delay, LENGTH, SYMBOLS)
        return one_hot(torch.tensor(X), SYMBOLS + 2).float(), torch.tensor(y[:, -LENGTH:])

    return draw, SYMBOLS + 2, SYMBOLS + 1, LENGTH


def answers(p: list[Tensor], X: Tensor, relu: bool, keep: int) -> Tensor:
    """The readout (batch, keep, K) of the last `keep` steps."""
    W, U, b, Wy, by = p
    h = X.new_zeros(len(X), len(U))
    states = []
    for a in (X @ W + b).unbind(1):
        z = a + h @ U
        h = z.relu() if relu else z.tanh()
        states.append(h)
    return torch.stack(states[-keep:], 1) @ Wy + by


class Net:
    """A net to train, and what it is trained with; the same seed makes the same net and the same sequences."""

    def __init__(self, kind: str, task: Task, size: int, seed: int) -> None:
        self.draw, inputs, outputs, self.keep = task
        self.relu, self.number = kind.startswith("ReLU"), outputs == 1
        self.rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
        self.p = [
            0.3 * torch.randn(inputs, size, generator=generator),
            kernel(kind, size, generator),
            torch.zeros(size),
            torch.randn(size, outputs, generator=generator) / math.sqrt(size),
            torch.zeros(outputs),
        ]
        for array in self.p:
            array.requires_grad_()
        self.adam = torch.optim.Adam(self.p, lr=RATE, foreach=True)

    def gradient(self) -> None:
        """Put the gradient of a fresh batch into the arrays."""
        X, y = self.draw(self.rng, BATCH)
        scores = answers(self.p, X, self.relu, self.keep)
        loss = mse_loss(scores[..., 0], y) if self.number else cross_entropy(scores.flatten(0, 1), y.flatten())
        self.adam.zero_grad()
        loss.backward()

    def update(self) -> float:
        """Clip the common norm at 1, and move; returns the norm before clipping."""
        norm = torch.nn.utils.clip_grad_norm_(self.p, 1.0)
        self.adam.step()
        return float(norm)

    @torch.no_grad()
    def tested(self, rng: np.random.Generator) -> float:
        """Mean squared error (adding) or share of right symbols (copy) on fresh sequences."""
        X, y = self.draw(rng, TESTED)
        scores = answers(self.p, X, self.relu, self.keep)
        measure = mse_loss(scores[..., 0], y) if self.number else (scores.argmax(-1) == y).float().mean()
        return float(measure)


def trained(kind: str, task: Task, seed: int, updates: int) -> float:
    """Train one net; its measure on fresh sequences."""
    net = Net(kind, task, UNITS, seed)
    for _ in range(updates):
        net.gradient()
        net.update()
    return net.tested(net.rng)


def watched(seed: int, updates: int, double: bool) -> dict[str, Any]:
    """Train the third kind on long sequences, and look at each gradient; `double`: its norm is taken in float64.

    Returns the error; log10 of the true norm of each gradient; and of the first whose norm is infinite in float32: the
    update (the number of updates where there is none), its largest entry, and whether all its entries are finite.
    """
    net, norms, found = Net(KINDS[2], adding_task(FAR), UNITS, seed), [], (updates, 0.0, True)
    for update in range(updates):
        net.gradient()
        entries = torch.cat([array.grad.flatten() for array in net.p])
        true = float(entries.double().norm())
        norms.append(round(math.log10(true), 3) if math.isfinite(true) and true > 0 else math.nan)
        if not math.isfinite(float(entries.norm())) and found[0] == updates:
            found = update, float(entries.abs().max()), bool(entries.isfinite().all())
        if double and math.isfinite(true):
            for array in net.p:
                array.grad.copy_(array.grad.double() * min(1.0, 1.0 / true))
        net.update()
    return {"error": net.tested(net.rng), "norms": norms, "infinite": found[0], "entry": found[1], "finite": found[2]}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Errors in adding by kind and length, shares of right symbols in copy by kind and delay, and long sequences."""
    return {
        "adding": {kind: {T: trained(kind, adding_task(T), seed, budget) for T in LENGTHS} for kind in KINDS},
        "copy": {kind: {d: trained(kind, copy_task(d), seed, budget) for d in DELAYS} for kind in KINDS},
        "far": watched(seed, budget, double=False),
        "double": watched(seed, budget, double=True),
    }
