"""Cells on top of each other, with dropout between the layers (Zaremba, Sutskever & Vinyals 2014).

So far only tests import it.

unrolled-canary-0a3a7d8e90c9
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.cells import Cell, Parameters, State
from solutions.reference.numerics import Array


def dropout_masks(
    rng: np.random.Generator, rate: float, shapes: Sequence[tuple[int, ...]], dtype: Any = np.float64
) -> list[Array]:
    """One mask per shape: 0 with probability `rate`, else 1 / (1 − rate), so that the mean stays (eq-inverted-dropout).

    Raises:
        ValueError: a rate outside 0 ≤ rate < 1.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"dropout rate {rate} must lie in 0 ≤ rate < 1: at 1 nothing would be left to scale up")
    return [((rng.random(shape) >= rate) / (1 - rate)).astype(dtype) for shape in shapes]


def stack_forward(
    cell: Cell,
    X: Float[Array, "B T D"],
    states: Sequence[State],
    parameters: Sequence[Parameters],
    lengths: Int[Array, "B"] | None = None,
    masks: Sequence[Float[Array, "B T H"]] | None = None,
) -> tuple[Float[Array, "B T H"], list[State], Any]:
    """Layer l reads the masked outputs of layer l − 1 (eq-stack); the last layer's outputs are not masked.

    Args:
        states, parameters: one entry per layer.
        masks: one per gap between layers, from `dropout_masks`; None outside training.

    Returns:
        the outputs of the last layer; the last state of every layer; the cache.
    """
    last_states, caches = [], []
    for layer, (state, own) in enumerate(zip(states, parameters, strict=True)):
        if layer and masks is not None:
            X = X * masks[layer - 1]
        X, last, cache = cell.forward(X, state, own, lengths)
        last_states.append(last)
        caches.append(cache)
    return X, last_states, (cell, caches, masks)


def stack_backward(
    dHs: Float[Array, "B T H"], dlast: Sequence[State], cache: Any
) -> tuple[Float[Array, "B T D"], list[State], list[Parameters]]:
    """dX, the gradients of the first states and of the parameters, one entry per layer."""
    cell, caches, masks = cache
    gradients = []
    for layer in reversed(range(len(caches))):
        dHs, dstate, down = cell.backward(dHs, dlast[layer], caches[layer])
        gradients.append((dstate, down))
        if layer and masks is not None:
            dHs = dHs * masks[layer - 1]
    dstates, dparameters = zip(*reversed(gradients), strict=True)
    return dHs, list(dstates), list(dparameters)
