"""Truncated backpropagation through time with a carried state (Williams & Peng 1990).

unrolled-canary-443e390c457f
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from solutions.cells import Cell, Parameters, State, zeros_like
from solutions.numerics import Array


@dataclass(frozen=True)
class Window:
    """What one update sees: the steps start … stop − 1, their outputs, the carried state and the gradients."""

    start: int
    stop: int
    Hs: Float[Array, "B S H"]
    state: State
    dX: Float[Array, "B K D"]
    dparameters: Parameters


def truncated_bptt(
    cell: Cell,
    X: Float[Array, "B T D"],
    state: State,
    parameters: Parameters,
    output_gradient: Callable[[Float[Array, "B S H"], int, int], Float[Array, "B S H"]],
    every: int,
    back: int,
    lengths: Int[Array, "B"] | None = None,
) -> Iterator[Window]:
    """Every `every` steps, backpropagate the loss of these steps through the last `back` steps (eq-truncated-bptt).

    The state is carried from window to window, the gradient only within the last `back` steps: with `back` = `every`
    each window is on its own, with `back` ≥ T the gradients of all windows add up to those of full BPTT. A training
    loop may change the arrays in `parameters` between two windows.

    Args:
        output_gradient: from the outputs of steps start … stop − 1 to the gradient of their loss, (Hs, start, stop).
        every, back: k1 and k2 in the literature; `back` is a multiple of `every`.

    Yields:
        one Window per `every` steps; its dX belongs to the steps max(0, stop of a full window − back) … stop − 1.

    Raises:
        ValueError: `every` below 1, or `back` not a positive multiple of it.
    """
    if every < 1 or back < every or back % every:
        raise ValueError(f"back = {back} must be a positive multiple of every = {every}")
    carried = [state]  # the state before each window
    for start in range(0, X.shape[1], every):
        stop, first = min(start + every, X.shape[1]), max(0, start + every - back)
        remaining = None if lengths is None else np.clip(lengths - first, 0, stop - first)
        Hs, last, cache = cell.forward(X[:, first:stop], carried[first // every], parameters, remaining)
        dHs, new = np.zeros_like(Hs), slice(start - first, None)
        dHs[:, new] = output_gradient(Hs[:, new], start, stop)
        dX, _, dparameters = cell.backward(dHs, zeros_like(last), cache)
        carried.append(last)
        yield Window(start, stop, Hs[:, new], last, dX, dparameters)
