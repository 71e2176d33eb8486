"""The adding problem over its length, after Le et al. 2015: an LSTM, and plain nets that differ in kernel and slope.

Read by the page `papers`. Nets of one cell that differ in their kernel or their rate are trained side by side, and each
alone: same first weights, same sequences. The page takes the rate with the smallest mean error on the validation part.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unrolled.data.tasks import adding
from unrolled.lab.small_cells import Weights, states

SEEDS = range(1, 6)
BUDGET = 600  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

LENGTHS = (50, 100, 150)
KERNELS = {"tanh": ("random", "identity"), "ReLU": ("random", "identity"), "LSTM": ("random",)}  # by cell
RATES = dict.fromkeys(KERNELS, (0.003, 0.01, 0.03))
UNITS, BATCH, JUDGED, NORM = 32, 32, 500, 1.0
MARKS = 10  # how often the validation part is looked at

Part = tuple[Tensor, Tensor]


def drawn(rng: np.random.Generator, batch: int, steps: int) -> Part:
    """Sequences (B, T, 2) and their sums (B,)."""
    X, y = adding(rng, batch, steps)
    return torch.as_tensor(X).float(), torch.as_tensor(y).float()


def initial(cell: str, seed: int) -> Weights:
    """The first weights of a net for each kernel and rate, kernel by kernel; what is drawn is the same for all."""
    luck, H = torch.Generator().manual_seed(seed), UNITS
    wide = 4 * H if cell == "LSTM" else H
    drawn = {"W": 0.3 * torch.randn(2, wide, generator=luck)}
    drawn |= {
        "Wy": torch.randn(H, 1, generator=luck) / math.sqrt(H),
        "by": torch.zeros(1, 1),
        "b": torch.zeros(1, wide),
    }
    if cell == "LSTM":
        drawn["b"][:, H : 2 * H] = 1  # forget gates start open
    kernels = {"random": torch.randn(H, wide, generator=luck) / math.sqrt(H), "identity": torch.eye(H)}
    each = [kernels[name] for name in KERNELS[cell] for _ in RATES[cell]]
    p = {name: array.repeat(len(each), 1, 1) for name, array in drawn.items()} | {"U": torch.stack(each)}
    return {name: array.requires_grad_() for name, array in p.items()}


def answers(cell: str, p: Weights, X: Tensor) -> Tensor:
    """What each net says of each sequence, (N, B)."""
    nets = len(p["U"])
    if cell == "LSTM":
        h = states("LSTM", p, X.expand(nets, *X.shape))[:, :, -1]
        return (h @ p["Wy"] + p["by"])[..., 0]
    sums = (X.flatten(0, 1) @ p["W"] + p["b"]).unflatten(1, X.shape[:2])
    h = X.new_zeros(nets, len(X), UNITS)
    for step in sums.unbind(2):
        a = torch.baddbmm(step, h, p["U"])
        h = a.relu() if cell == "ReLU" else a.tanh()
    return (h @ p["Wy"] + p["by"])[..., 0]


def errors(cell: str, p: Weights, part: Part) -> Tensor:
    """The mean squared error of each net, (N,)."""
    return (answers(cell, p, part[0]) - part[1]).square().mean(1)


def trained(cell: str, steps: int, seed: int, updates: int) -> dict[str, Any]:
    """By kernel, errors by rate: on the validation part, (marks, rates), and on the test part at the end, (rates,)."""
    kernels, many = KERNELS[cell], len(RATES[cell])
    p, rates = initial(cell, seed), torch.tensor(RATES[cell] * len(kernels))[:, None, None]
    rng = np.random.default_rng([seed, steps])
    val, test = (drawn(np.random.default_rng([seed, steps, place]), JUDGED, steps) for place in (1, 2))
    moments = {name: (torch.zeros_like(array), torch.zeros_like(array)) for name, array in p.items()}
    curve = []
    for update in range(1, updates + 1):
        gradients = torch.autograd.grad(errors(cell, p, drawn(rng, BATCH, steps)).sum(), list(p.values()))
        with torch.no_grad():  # clip each net by its own norm, then Adam
            doubles = [gradient.double() for gradient in gradients]  # in float32 a square overflows long before
            norm = torch.stack([g.square().sum((1, 2)) for g in doubles]).sum(0).sqrt()[:, None, None]
            share = (NORM / norm).clamp(max=1)
            for (name, array), gradient in zip(p.items(), doubles, strict=True):
                g = torch.where(norm.isfinite(), gradient * share, 0.0).float()  # 0 where even that is no number
                first, second = moments[name]
                first.lerp_(g, 0.1)
                second.lerp_(g * g, 0.001)
                size = (second / (1 - 0.999**update)).sqrt() + 1e-8
                array -= rates * first / (1 - 0.9**update) / size
            if update % max(1, updates // MARKS) == 0:
                curve.append(errors(cell, p, val).numpy())
    with torch.no_grad():
        last = errors(cell, p, test).numpy()
    places = {name: slice(many * n, many * (n + 1)) for n, name in enumerate(kernels)}
    return {name: {"val": np.array(curve)[:, of], "test": last[of]} for name, of in places.items()}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Each cell at each length."""
    found: dict[str, Any] = {str(T): {cell: trained(cell, T, seed, budget) for cell in KERNELS} for T in LENGTHS}
    return found | {"updates": budget}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates, at the shortest length."""
    return {cell: trained(cell, LENGTHS[0], seed, budget) for cell in KERNELS}
