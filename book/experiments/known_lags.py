"""How far back plain cells can learn to look: adding and copy at growing lengths, and copy by the size of the state.

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
SIZES = (2, 4, 8, 16, 32)  # of the state, for the second kind, at a delay of 5
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


def trained(kind: str, task: Task, size: int, seed: int, updates: int) -> float:
    """Train one net; its mean squared error (adding) or share of right symbols (copy) on fresh sequences."""
    draw, inputs, outputs, keep = task
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    p = [
        0.3 * torch.randn(inputs, size, generator=generator),
        kernel(kind, size, generator),
        torch.zeros(size),
        torch.randn(size, outputs, generator=generator) / math.sqrt(size),
        torch.zeros(outputs),
    ]
    for array in p:
        array.requires_grad_()
    adam = torch.optim.Adam(p, lr=RATE, foreach=True)
    for _ in range(updates):
        X, y = draw(rng, BATCH)
        scores = answers(p, X, kind.startswith("ReLU"), keep)
        loss = mse_loss(scores[..., 0], y) if outputs == 1 else cross_entropy(scores.flatten(0, 1), y.flatten())
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(p, 1.0)
        adam.step()
    with torch.no_grad():
        X, y = draw(rng, TESTED)
        scores = answers(p, X, kind.startswith("ReLU"), keep)
        measure = mse_loss(scores[..., 0], y) if outputs == 1 else (scores.argmax(-1) == y).float().mean()
    return float(measure)


def run(seed: int, budget: int) -> dict[str, Any]:
    """Errors in adding by kind and length, shares of right symbols in copy by kind and delay, and by size."""
    return {
        "adding": {kind: {T: trained(kind, adding_task(T), UNITS, seed, budget) for T in LENGTHS} for kind in KINDS},
        "far": trained(KINDS[2], adding_task(FAR), UNITS, seed, budget),
        "copy": {kind: {d: trained(kind, copy_task(d), UNITS, seed, budget) for d in DELAYS} for kind in KINDS},
        "sizes": {H: trained(KINDS[1], copy_task(5), H, seed, budget) for H in SIZES},
    }
