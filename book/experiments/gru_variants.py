"""Which part a GRU cannot do without: cells without the direct path, with a second reset, or with one gate.

Read by the page `gru-backward`. One run trains each cell alone: the first of two symbols has to survive 50 steps of
noise. A cell without the direct path is trained from three first biases of its update gate, and the best counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from unrolled.data.tasks import first_symbol

SEEDS = range(1, 7)
BUDGET = 150  # updates of each net
PROBE = 4
TOLERANCE = 2e-2  # accuracies move by single answers
LIBRARIES = ("numpy", "torch")

UNITS, BATCH, STEPS, RATE, TESTED = 12, 24, 50, 1e-2, 500
# Blocks of each cell, and the first biases of its update gate (of z, where 1 keeps).
CELLS: dict[str, tuple[int, tuple[float, ...]]] = {
    "GRU": (3, (3.0,)),
    "second reset": (3, (3.0,)),
    "no direct path": (3, (3.0, 0.0, -3.0)),
    "both": (3, (3.0, 0.0, -3.0)),
    "minimal": (2, (3.0,)),
    "Elman": (1, (0.0,)),
}

Weights = dict[str, Tensor]


def step(cell: str, a: Tensor, h: Tensor, U: Tensor) -> Tensor:
    """One step from the input's sums a (B, kH), with the recurrent kernels U (H, kH) side by side, z first."""
    k = CELLS[cell][0]
    sums, kernels = a.chunk(k, -1), U.chunk(k, -1)
    if cell == "Elman":
        return (sums[0] + h @ kernels[0]).tanh()
    z = (sums[0] + h @ kernels[0]).sigmoid()
    if cell == "minimal":  # one gate does both: 1 − z of the old state reaches the candidate
        return torch.lerp((sums[1] + ((1 - z) * h) @ kernels[1]).tanh(), h, z)
    r = (sums[1] + h @ kernels[1]).sigmoid()
    n = (sums[2] + (r * h) @ kernels[2]).tanh()
    if cell in ("second reset", "both"):
        n = r * n
    return (1 - z) * n + (z * h if cell in ("GRU", "second reset") else 0)


def last_state(cell: str, p: Weights, X: Tensor) -> Tensor:
    """The state after the last step, (B, H)."""
    h = X.new_zeros(len(X), UNITS)
    for a in (X @ p["W"] + p["b"]).unbind(1):
        h = step(cell, a, h, p["U"])
    return h


def first_weights(cell: str, bias: float, seed: int) -> Weights:
    """PyTorch's initialisation; `bias` is added to the update gate's."""
    generator, edge, k = torch.Generator().manual_seed(seed), UNITS**-0.5, CELLS[cell][0]
    shapes = {"W": (2, k * UNITS), "U": (UNITS, k * UNITS), "b": (k * UNITS,), "out": (UNITS, 2)}
    p = {name: edge * (2 * torch.rand(*shape, generator=generator) - 1) for name, shape in shapes.items()}
    p["b"][:UNITS] += bias
    return p


def batch(rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
    """Sequences (count, STEPS, 2) and their first symbols (count,)."""
    X, y = first_symbol(rng, count, STEPS)
    return torch.tensor(X, dtype=torch.float32), torch.tensor(y)


def accuracy(cell: str, bias: float, seed: int, updates: int) -> float:
    """Right answers on fresh sequences after the training of one net, with its own clipped gradient."""
    p = {name: array.requires_grad_() for name, array in first_weights(cell, bias, seed).items()}
    rng, adam = np.random.default_rng(seed), torch.optim.Adam(p.values(), lr=RATE)
    for _ in range(updates):
        X, y = batch(rng, BATCH)
        loss = cross_entropy(last_state(cell, p, X) @ p["out"], y)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(p.values(), 1.0)
        adam.step()
    X, y = batch(np.random.default_rng(1000 + seed), TESTED)
    with torch.no_grad():
        return float(((last_state(cell, p, X) @ p["out"]).argmax(-1) == y).double().mean())


def run(seed: int, budget: int) -> dict[str, Any]:
    """Accuracy of each cell, by the first bias of its update gate; and the settings."""
    right = {
        cell: {f"{bias:g}": accuracy(cell, bias, seed, budget) for bias in biases}
        for cell, (_, biases) in CELLS.items()
    }
    return {"right": right, "settings": {"steps": STEPS, "units": UNITS, "updates": budget}}
