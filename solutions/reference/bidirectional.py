"""Two cells that read a sequence from its two ends (Schuster & Paliwal 1997).

So far only tests import it.

unrolled-canary-de663f4b1cd8
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.cells import Cell, Parameters, State
from solutions.reference.numerics import Array


def reverse_within(X: Float[Array, "B T D"], lengths: Int[Array, "B"] | None = None) -> Float[Array, "B T D"]:
    """Each sequence backwards within its own length; what lies behind its end stays where it is. Its own inverse."""
    if lengths is None:
        return X[:, ::-1]
    t, n = np.arange(X.shape[1]), np.asarray(lengths)[:, None]
    return np.take_along_axis(X, np.where(t < n, n - 1 - t, t)[..., None], axis=1)


def bidirectional(cell: Cell) -> Cell:
    """The cell with outputs [h→_t, h←_t], (B, T, 2H), in which h←_t has read steps T … t (eq-bidirectional).

    Its states and its parameters are those of the forward direction followed by those of the backward one. In the
    padding behind the end of a sequence the outputs are the last state of each direction.
    """

    def forward(
        X: Float[Array, "B T D"],
        state: Sequence[Array],
        parameters: Sequence[Array],
        lengths: Int[Array, "B"] | None = None,
    ) -> tuple[Array, State, Any]:
        (state_f, state_b), (own_f, own_b) = _halves(state), _halves(parameters)
        Hs_f, last_f, cache_f = cell.forward(X, state_f, own_f, lengths)
        Hs_b, last_b, cache_b = cell.forward(reverse_within(X, lengths), state_b, own_b, lengths)
        Hs = np.concatenate([Hs_f, reverse_within(Hs_b, lengths)], axis=2)
        return Hs, (*last_f, *last_b), (cache_f, cache_b, lengths)

    def backward(dHs: Float[Array, "B T 2H"], dlast: Sequence[Array], cache: Any) -> tuple[Array, State, Parameters]:
        cache_f, cache_b, lengths = cache
        (dlast_f, dlast_b), hidden = _halves(dlast), dHs.shape[2] // 2
        dX_f, dstate_f, down_f = cell.backward(dHs[..., :hidden], dlast_f, cache_f)
        dX_b, dstate_b, down_b = cell.backward(reverse_within(dHs[..., hidden:], lengths), dlast_b, cache_b)
        return dX_f + reverse_within(dX_b, lengths), (*dstate_f, *dstate_b), (*down_f, *down_b)

    return Cell(forward, backward)


def _halves(both: Sequence[Array]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    middle = len(both) // 2
    return tuple(both[:middle]), tuple(both[middle:])
