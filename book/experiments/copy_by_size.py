"""How many of four symbols a plain net of a few units learns to copy, after some updates and after many more.

Read by the page `vanishing`. One run trains one net of each size, and tests it on the way. The nets lie in one array,
smaller ones filled up with units whose weights are zero: such a unit stays at zero, and so do its gradients. Each net
is clipped by its own norm.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from experiments.known_lags import BATCH, KINDS, LENGTH, RATE, TESTED, copy_task, kernel

SEEDS = range(1, 6)
BUDGET = 6000  # updates of each net
PROBE = 12
TOLERANCE = 1e-2
LIBRARIES = ("numpy", "torch")

SIZES = (2, 4, 8, 16, 32)  # of the state
DELAY = 5
TESTS = (12, 3, 1)  # after the twelfth part of the updates, after a third, at the end


def starts(seed: int, inputs: int, outputs: int) -> list[Tensor]:
    """W, U, b, Wy and by of all nets, their axis in front; each net is drawn from a generator of its own."""
    widest = max(SIZES)
    shapes = [(inputs, widest), (widest, widest), (1, widest), (widest, outputs), (1, outputs)]
    p = [torch.zeros(len(SIZES), *shape) for shape in shapes]
    for net, size in enumerate(SIZES):
        generator = torch.Generator().manual_seed(seed)
        p[0][net, :, :size] = 0.3 * torch.randn(inputs, size, generator=generator)
        p[1][net, :size, :size] = kernel(KINDS[1], size, generator)
        p[3][net, :size] = torch.randn(size, outputs, generator=generator) / math.sqrt(size)
    return [array.requires_grad_() for array in p]


def answers(p: list[Tensor], X: Tensor) -> Tensor:
    """The readout (nets, 4, batch, K) of the last four steps."""
    W, U, b, Wy, by = p
    sums = (X.transpose(0, 1).flatten(0, 1) @ W + b).unflatten(1, (X.shape[1], len(X)))
    h, states = torch.zeros_like(sums[:, 0]), []
    for a in sums.unbind(1):
        h = torch.baddbmm(a, h, U).tanh()
        states.append(h)
    return torch.stack(states[-LENGTH:], 1) @ Wy[:, None] + by[:, None]


def clip_each(p: list[Tensor], limit: float) -> None:
    """Clip each net by its own norm over all its arrays."""
    gradients = [array.grad for array in p if array.grad is not None]
    norm = torch.stack([g.square().sum((1, 2)) for g in gradients]).sum(0).sqrt()
    factor = (limit / norm).clamp(max=1)[:, None, None]
    for g in gradients:
        g *= factor


def run(seed: int, budget: int) -> dict[str, Any]:
    """Shares of right symbols by size, and by the updates that were made."""
    draw, inputs, outputs, _ = copy_task(DELAY)
    p, rng = starts(seed, inputs, outputs), np.random.default_rng(seed)
    adam = torch.optim.Adam(p, lr=RATE, foreach=True)
    found: dict[int, dict[int, float]] = {size: {} for size in SIZES}
    for update in range(1, budget + 1):
        X, y = draw(rng, BATCH)
        scores = answers(p, X).permute(0, 2, 1, 3)
        wanted = y.expand(len(SIZES), *y.shape)
        # the sum over nets of their own means
        loss = len(SIZES) * cross_entropy(scores.flatten(0, 2), wanted.flatten())
        adam.zero_grad()
        loss.backward()
        clip_each(p, 1.0)
        adam.step()
        if update in {budget // part for part in TESTS}:
            X, y = draw(np.random.default_rng(seed + 1000), TESTED)
            with torch.no_grad():
                right = (answers(p, X).argmax(-1).transpose(1, 2) == y).float().mean((1, 2))
            for size, share in zip(SIZES, right.tolist(), strict=True):
                found[size][update] = share
    return {"sizes": found}
