"""The second-order network (Giles et al. 1992): input and state are multiplied, each input has a map of its own.

So far only tests import it.

unrolled-canary-93f358794351
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array
from solutions.reference.sequence import unroll, unroll_backward


def second_order_step(
    x: Float[Array, "B D"], h: Float[Array, "B H"], M: Float[Array, "D H H"], b: Float[Array, "H"]
) -> tuple[Float[Array, "B H"], Any]:
    """h_t[k] = tanh(Σ_ij x_t[i] h_{t−1}[j] M[i, j, k] + b[k]) (eq-second-order).

    With a one-hot x_t the sum picks one matrix M[i]: h_t = tanh(h_{t−1} M[i] + b), a transition function per symbol.
    Giles et al. squash with a sigmoid; here it is tanh, as in the first-order cell.
    """
    products = _products(x, h)
    h_next = np.tanh(products @ M.reshape(-1, M.shape[2]) + b)
    return h_next, (x, h, M, products, h_next)


def second_order_step_backward(
    dh_next: Float[Array, "B H"], cache: Any
) -> tuple[Float[Array, "B D"], Float[Array, "B H"], Float[Array, "D H H"], Float[Array, "H"]]:
    """From dL/dh_t to dx, dh, dM, db (eq-second-order-backward); each factor's gradient carries the other factor."""
    x, h, M, products, h_next = cache
    da = dh_next * (1 - h_next**2)
    dproducts = (da @ M.reshape(-1, M.shape[2]).T).reshape(len(x), *M.shape[:2])
    dx, dh = (dproducts @ h[:, :, None])[..., 0], (x[:, None] @ dproducts)[:, 0]
    return dx, dh, (products.T @ da).reshape(M.shape), da.sum(axis=0)


def second_order_forward(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    M: Float[Array, "D H H"],
    b: Float[Array, "H"],
    lengths: Int[Array, "B"] | None = None,
) -> tuple[Float[Array, "B T H"], Any]:
    """h_1 … h_T from h_0 (eq-second-order at every step); a sequence that has ended keeps its state."""
    Hs, (h_last,), trace = unroll(second_order_step, X, (h0,), (M, b), lengths)
    return Hs, (trace, h_last)


def second_order_backward(
    dHs: Float[Array, "B T H"], cache: Any
) -> tuple[Float[Array, "B T D"], Float[Array, "B H"], Float[Array, "D H H"], Float[Array, "H"]]:
    """dX, dh0, dM, db through all steps."""
    trace, h_last = cache
    dX, (dh0,), (dM, db) = unroll_backward(second_order_step_backward, dHs, (np.zeros_like(h_last),), trace)
    return dX, dh0, dM, db


def _products(x: Float[Array, "B D"], h: Float[Array, "B H"]) -> Float[Array, "B DH"]:
    # Every input times every unit, in the order of M's first two axes.
    return (x[:, :, None] * h[:, None, :]).reshape(len(x), -1)
