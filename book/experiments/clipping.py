"""Temporal order by plain descent, with clipping, and with Pascanu et al.'s regulariser too (2013), over the length.

Read by the page `papers`. Nets that differ in their rate, their limit and the regulariser's strength are trained side
by side, and each alone: same first weights, same sequences. The page takes the rate with the fewest mean errors on the
validation part. In shapes, N is nets, B sequences, T steps, H units.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

SEEDS = range(1, 6)
BUDGET = 2000  # updates of each net
PROBE = 5
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch")

LENGTHS = (20, 30, 40, 50)
RATES = (0.003, 0.01, 0.03, 0.1)
WAYS = {"plain": (math.inf, 0.0), "clipped": (1.0, 0.0), "clipped, regularised": (1.0, 1.0)}  # limit, strength
UNITS, BATCH, SYMBOLS, CLASSES = 50, 20, 6, 4
INCOMING, RADIUS = 15, 0.95  # weights other than 0 into a unit; largest eigenvalue at the start
JUDGED = 1000  # sequences of the validation and of the test part

Part = tuple[Tensor, Tensor]


def temporal_order(rng: np.random.Generator, batch: int, steps: int) -> Part:
    """Symbols (B, T) and classes (B,).

    All are distractors 2 … 5, but for two steps, one in [T/10, 2T/10) and one in [4T/10, 5T/10), which hold 0 or 1. The
    class says which came first and which came second.
    """
    X, rows = rng.integers(2, SYMBOLS, (batch, steps)), np.arange(batch)
    first, second = rng.integers(0, 2, (2, batch))
    X[rows, rng.integers(steps // 10, steps // 5, batch)] = first
    X[rows, rng.integers(2 * steps // 5, steps // 2, batch)] = second
    return torch.as_tensor(X), torch.as_tensor(2 * first + second)


def sparse_kernel(luck: torch.Generator) -> Tensor:
    """A recurrent kernel (H, H) with `INCOMING` weights into each unit, scaled to the spectral radius `RADIUS`."""
    U = torch.zeros(UNITS, UNITS)
    for unit in range(UNITS):
        U[torch.randperm(UNITS, generator=luck)[:INCOMING], unit] = torch.randn(INCOMING, generator=luck)
    return U * RADIUS / torch.linalg.eigvals(U).abs().max()


def initial(nets: int, seed: int) -> list[Tensor]:
    """W, U, b, Wy, by of `nets` equal nets."""
    luck = torch.Generator().manual_seed(seed)
    one = [
        0.3 * torch.randn(SYMBOLS, UNITS, generator=luck),
        sparse_kernel(luck),
        torch.zeros(1, UNITS),
        0.1 * torch.randn(UNITS, CLASSES, generator=luck),
        torch.zeros(1, CLASSES),
    ]
    return [array.repeat(nets, 1, 1).requires_grad_() for array in one]


def scores(p: list[Tensor], X: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Scores (N, B, K) after the last step; and the sums and the states (N, B, H) of each step."""
    W, U, b, Wy, by = p
    inputs = W[:, X] + b[:, :, None]
    h, sums, states = inputs.new_zeros(len(W), len(X), UNITS), [], []
    for step in inputs.unbind(2):
        sums.append(torch.baddbmm(step, h, U))
        h = sums[-1].tanh()
        states.append(h)
    return h @ Wy + by, sums, states


def losses(found: Tensor, y: Tensor) -> Tensor:
    """The mean cross-entropy of each net, (N,)."""
    each = cross_entropy(found.flatten(0, 1), y.repeat(len(found)), reduction="none")
    return each.view(len(found), -1).mean(1)


def regulariser(U: Tensor, deltas: Tensor, states: Tensor) -> Tensor:
    """The gradient (N, H, H) in U of the mean over steps of (|δ_{t+1} J| / |δ_{t+1}| − 1)², with δ and h held fixed.

    J is the step's Jacobian, and the norms are over units and sequences: a batch has one ratio a step.

    Args:
        U: (N, H, H).
        deltas: the loss's gradients in the sums of the steps 2 … T, (N, T − 1, B, H).
        states: of the steps 1 … T − 1, (N, T − 1, B, H).
    """
    slopes = 1 - states.square()
    back = torch.einsum("ntbh,nkh->ntbk", deltas, U) * slopes
    sizes = deltas.square().sum((2, 3)).clamp(min=1e-30)
    ratios = (back.square().sum((2, 3)) / sizes).sqrt().clamp(min=1e-12)
    factors = 2 * (ratios - 1) / (ratios * sizes) / deltas.shape[1]
    return torch.einsum("nt,ntbk,ntbh->nkh", factors, back * slopes, deltas)


def trained(way: str, steps: int, seed: int, updates: int) -> dict[str, Any]:
    """Loss and errors of the nets of each rate on both parts, and the largest norm of a gradient that each met."""
    limit, strength = WAYS[way]
    p, rates = initial(len(RATES), seed), torch.tensor(RATES)[:, None, None]
    rng = np.random.default_rng([seed, steps])
    largest = torch.zeros(len(RATES))
    for _ in range(updates):
        X, y = temporal_order(rng, BATCH, steps)
        found, sums, states = scores(p, X)
        wanted = [*p, *sums[1:]] if strength else p
        gradients = list(torch.autograd.grad(losses(found, y).sum(), wanted))
        with torch.no_grad():
            if strength:
                deltas = torch.stack(gradients[len(p) :], 1)
                gradients[1] = gradients[1] + strength * regulariser(p[1], deltas, torch.stack(states[:-1], 1))
            norms = torch.stack([g.square().sum((1, 2)) for g in gradients[: len(p)]]).sum(0).sqrt()
            largest = torch.maximum(largest, norms)
            shares = (limit / norms).clamp(max=1)[:, None, None]
            for array, gradient in zip(p, gradients, strict=False):
                array -= rates * shares * gradient
    judged: dict[str, Any] = {"largest": largest.numpy()}
    for place, part in enumerate(("val", "test"), start=1):
        X, y = temporal_order(np.random.default_rng([seed, steps, place]), JUDGED, steps)
        with torch.no_grad():
            found = scores(p, X)[0]
            judged[part] = (found.argmax(-1) != y).double().mean(1).numpy()
            judged[f"{part} loss"] = losses(found, y).numpy()
    return judged


def run(seed: int, budget: int) -> dict[str, Any]:
    """Each way at each length."""
    found: dict[str, Any] = {str(T): {way: trained(way, T, seed, budget) for way in WAYS} for T in LENGTHS}
    return found | {"updates": budget}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The losses after the first updates, at the shortest length."""
    return {way: trained(way, LENGTHS[0], seed, budget)["val loss"] for way in WAYS}
