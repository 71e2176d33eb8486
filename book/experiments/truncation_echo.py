"""Nets learn to say what the input was ten steps earlier, with truncated backpropagation of several windows.

Read by the page `truncation`. One run trains nets that start alike and read the same sequences, each clipped by its own
norm: from random weights; and from the weights that the longest window has found.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from unrolled.data.tasks import delayed_echo

SEEDS = range(1, 11)
BUDGET = 1000  # updates of each net
PROBE = 4
TOLERANCE = 1e-3
LIBRARIES = ("torch",)

DELAY, STEPS, HIDDEN, BATCH, HELD, RATE = 10, 60, 24, 16, 200, 3e-3
EVERY = 20  # updates between two measurements

Weights = dict[str, Tensor]  # W (N, 1, H), U (N, H, H), b (N, 1, H), Wy (N, H, 1), by (N, 1, 1)


class Kind(NamedTuple):
    """How a net is trained: its window; whether a border lets the state through; whether the cell is trained at all."""

    window: int
    carries: bool = True
    cell: bool = True


FRESH = {str(window): Kind(window) for window in (1, 4, 8, 9, 10, 11, 12, 15, 20, STEPS)}
FRESH |= {"9 reset": Kind(9, carries=False), "10 reset": Kind(10, carries=False), "head": Kind(STEPS, cell=False)}
SOLVED = {str(window): Kind(window) for window in (8, 9, 10, 11, 12, 20, STEPS)}


def initial(nets: int, seed: int) -> Weights:
    """The same random weights for all nets."""
    source = torch.Generator().manual_seed(seed)

    def normal(*shape: int, scale: float) -> Tensor:
        return (scale * torch.randn(*shape, generator=source)).repeat(nets, 1, 1).requires_grad_()

    return {
        "W": normal(1, HIDDEN, scale=0.5),
        "U": normal(HIDDEN, HIDDEN, scale=0.8 / math.sqrt(HIDDEN)),
        "b": normal(1, HIDDEN, scale=0),
        "Wy": normal(HIDDEN, 1, scale=1 / math.sqrt(HIDDEN)),
        "by": normal(1, 1, scale=0),
    }


def squared_error(p: Weights, kinds: list[Kind], X: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of each net (N,), its graph cut, or its state set to zero, at the borders of its blocks."""
    from_x = (X @ p["W"][:, None] + p["b"][:, None]).unbind(2)
    h, out = X.new_zeros(len(kinds), X.shape[1], HIDDEN), []
    for t, a in enumerate(from_x):
        inside = torch.tensor([float(t % kind.window != 0) for kind in kinds])[:, None, None]
        kept = torch.tensor([float(t % kind.window != 0 or kind.carries) for kind in kinds])[:, None, None]
        value = h.detach()
        h = torch.baddbmm(a, kept * (value + inside * (h - value)), p["U"]).tanh()
        out.append(h)
    said = torch.stack(out, 2) @ p["Wy"][:, None] + p["by"][:, None]
    return (said - y)[:, :, DELAY:].square().mean((1, 2, 3))


def drawn(rng: np.random.Generator, nets: int, batch: int) -> list[Tensor]:
    """Inputs and answers (N, B, T, 1), the same for all nets."""
    X, y = delayed_echo(rng, batch, STEPS, DELAY)
    return [torch.as_tensor(array, dtype=torch.float32).expand(nets, batch, STEPS, 1) for array in (X, y[..., None])]


def trained(p: Weights, kinds: list[Kind], seed: int, updates: int) -> np.ndarray:
    """Train the nets in place; their errors on held sequences, whose states run on, every 20 updates (marks, N)."""
    rng, whole = np.random.default_rng([seed, 1]), [Kind(STEPS)] * len(kinds)
    held = drawn(np.random.default_rng([seed, 2]), len(kinds), HELD)
    cell = torch.tensor([float(kind.cell) for kind in kinds])[:, None, None]
    adam, errors = torch.optim.Adam(p.values(), lr=RATE), []
    for update in range(updates + 1):
        if update % EVERY == 0 or update == updates:
            with torch.no_grad():
                errors.append(squared_error(p, whole, *held).double().numpy())
        if update == updates:
            break
        adam.zero_grad()
        squared_error(p, kinds, *drawn(rng, len(kinds), BATCH)).sum().backward()
        gradients = {name: array.grad for name, array in p.items() if array.grad is not None}
        for name in ("W", "U", "b"):
            gradients[name] *= cell
        norm = torch.stack([g.square().sum((1, 2)) for g in gradients.values()]).sum(0).sqrt()[:, None, None]
        for g in gradients.values():
            g /= norm.clamp(min=1)
        adam.step()
    return np.array(errors)


def run(seed: int, budget: int) -> dict[str, Any]:
    """Errors by window, from random weights and from weights that solve the task."""
    p = initial(len(FRESH), seed)
    fresh = trained(p, list(FRESH.values()), seed, budget)
    found = list(FRESH).index(str(STEPS))
    q = {name: array.detach()[found].repeat(len(SOLVED), 1, 1).requires_grad_() for name, array in p.items()}
    solved = trained(q, list(SOLVED.values()), seed + 1000, budget)
    return {
        "fresh": dict(zip(FRESH, fresh.T, strict=True)),
        "solved": dict(zip(SOLVED, solved.T, strict=True)),
    }
