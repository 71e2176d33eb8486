"""Truncated backpropagation through time with a carried state (Williams & Peng 1990).

unrolled-canary-443e390c457f
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.cells import Cell, Parameters, State, zeros_like
from solutions.reference.numerics import Array
from solutions.reference.rnn import rnn_backward


@dataclass(frozen=True)
class Window:
    """What one update sees: steps start … stop − 1, their outputs, the state after them, the parameters' gradients."""

    start: int
    stop: int
    outputs: Float[Array, "B S H"]
    state: State
    gradients: Parameters


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
        one Window per `every` steps; the last one may be shorter.

    Raises:
        ValueError: `every` below 1, or `back` not a positive multiple of it.
    """
    if every < 1 or back < every or back % every:
        raise ValueError(f"back = {back} must be a positive multiple of every = {every}")
    carried = [state]  # the state before each window
    for start in range(0, X.shape[1], every):
        stop, first = min(start + every, X.shape[1]), max(0, start + every - back)
        remaining = None if lengths is None else np.clip(np.asarray(lengths) - first, 0, stop - first)
        Hs, last, cache = cell.forward(X[:, first:stop], carried[first // every], parameters, remaining)
        dHs, new = np.zeros_like(Hs), slice(start - first, None)
        dHs[:, new] = output_gradient(Hs[:, new], start, stop)
        _, _, gradients = cell.backward(dHs, zeros_like(last), cache)
        carried.append(last)
        yield Window(start, stop, Hs[:, new], last, gradients)


def rnn_backward_truncated(
    dHs: Float[Array, "B T H"], window: int, cache: Any
) -> tuple[Float[Array, "B T D"], Float[Array, "B H"], Float[Array, "D H"], Float[Array, "H H"], Float[Array, "H"]]:
    """dX, dh0, dW, dU, db of Elman's network, no gradient crossing a multiple of `window` steps (eq-truncated-bptt).

    The blocks are steps 1 … window, window + 1 … 2 window and so on, the last one may be short; each is given the
    state of the one before as a constant, so that only the first sends a gradient to h_0. The same gradients as those
    of `truncated_bptt` with `every` = `back` = window, from one forward pass.

    Args:
        cache: what `rnn_forward` returned.
    """
    X, h0, W, U, Hs, alive, activation = cache
    gradients = []
    for start in range(0, X.shape[1], window):
        block, before = slice(start, start + window), h0 if start == 0 else Hs[:, start - 1]
        alive_block = None if alive is None else alive[block]
        gradients.append(
            rnn_backward(dHs[:, block], (X[:, block], before, W, U, Hs[:, block], alive_block, activation))
        )
    dXs, dh0s, *of_parameters = zip(*gradients, strict=True)
    dW, dU, db = (np.sum(blocks, axis=0) for blocks in of_parameters)
    return np.concatenate(dXs, axis=1), dh0s[0], dW, dU, db
