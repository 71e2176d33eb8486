"""The gated recurrent unit, forward and backward, with the reset before the product and after it.

Both are of Cho et al. 2014 (arXiv 1406.1078): versions 1 and 2 have it after the product, version 3 before.

Blocks in W, U and b in the order z, r, n: update gate, reset gate, candidate. z = 1 keeps the old state. The plain
form, which is what is right; fast_gru.py equals that with the reset after the product.

unrolled-canary-f6eabec0773e
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array, sigmoid
from solutions.reference.sequence import unroll, unroll_backward

# With the reset after the product: dx, dh, dW, dU, db, dbn of one step.
StepGradientsAfter = tuple[
    Float[Array, "B D"],
    Float[Array, "B H"],
    Float[Array, "D 3H"],
    Float[Array, "H 3H"],
    Float[Array, "3H"],
    Float[Array, "H"],
]
# The same of a sequence: dX, dh0, dW, dU, db, dbn.
SequenceGradientsAfter = tuple[
    Float[Array, "B T D"],
    Float[Array, "B H"],
    Float[Array, "D 3H"],
    Float[Array, "H 3H"],
    Float[Array, "3H"],
    Float[Array, "H"],
]


def gru_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
) -> tuple[Float[Array, "B H"], Any]:
    """h_t = z ⊙ h_{t−1} + (1 − z) ⊙ n with n = tanh(x_t W_n + (r ⊙ h_{t−1}) U_n + b_n) (eq-gru-step)."""
    a_z, a_r, a_n = np.split(x @ W + b, 3, axis=1)
    U_z, U_r, U_n = np.split(U, 3, axis=1)
    z, r = sigmoid(a_z + h @ U_z), sigmoid(a_r + h @ U_r)
    n = np.tanh(a_n + (r * h) @ U_n)
    return z * h + (1 - z) * n, (x, h, W, U, z, r, n)


def gru_step_backward(
    dh_next: Float[Array, "B H"], cache: Any
) -> tuple[Float[Array, "B D"], Float[Array, "B H"], Float[Array, "D 3H"], Float[Array, "H 3H"], Float[Array, "3H"]]:
    """From dL/dh_t to dx, dh, dW, dU, db (eq-gru-step-backward)."""
    x, h, W, U, z, r, n = cache
    U_z, U_r, U_n = np.split(U, 3, axis=1)
    da_n = dh_next * (1 - z) * (1 - n**2)
    dq = da_n @ U_n.T  # the gradient of r ⊙ h_{t−1}
    da_z = dh_next * (h - n) * z * (1 - z)
    da_r = dq * h * r * (1 - r)
    da = np.concatenate([da_z, da_r, da_n], axis=1)
    dh = dh_next * z + dq * r + da_z @ U_z.T + da_r @ U_r.T
    dU = np.concatenate([h.T @ da_z, h.T @ da_r, (r * h).T @ da_n], axis=1)
    return da @ W.T, dh, x.T @ da, dU, da.sum(axis=0)


def gru_forward(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
    lengths: Int[Array, "B"] | None = None,
) -> tuple[Float[Array, "B T H"], Any]:
    """h_1 … h_T from h_0 (eq-gru-step at every step); a sequence that has ended keeps its state."""
    Hs, _, trace = unroll(gru_step, X, (h0,), (W, U, b), lengths)
    return Hs, trace


def gru_backward(
    dHs: Float[Array, "B T H"], cache: Any
) -> tuple[Float[Array, "B T D"], Float[Array, "B H"], Float[Array, "D 3H"], Float[Array, "H 3H"], Float[Array, "3H"]]:
    """dX, dh0, dW, dU, db through all steps (eq-gru-backward)."""
    dX, (dh,), (dW, dU, db) = unroll_backward(gru_step_backward, dHs, (_nothing(dHs),), cache)
    return dX, dh, dW, dU, db


def gru_step_after(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
    bn: Float[Array, "H"],
) -> tuple[Float[Array, "B H"], Any]:
    """The same with n = tanh(x_t W_n + b_n + r ⊙ (h_{t−1} U_n + bn)) (eq-gru-step-after; PyTorch, cuDNN, Keras)."""
    a_z, a_r, a_n = np.split(x @ W + b, 3, axis=1)
    u_z, u_r, u_n = np.split(h @ U, 3, axis=1)
    z, r, s = sigmoid(a_z + u_z), sigmoid(a_r + u_r), u_n + bn
    n = np.tanh(a_n + r * s)
    return z * h + (1 - z) * n, (x, h, W, U, z, r, n, s)


def gru_step_backward_after(dh_next: Float[Array, "B H"], cache: Any) -> StepGradientsAfter:
    """From dL/dh_t to dx, dh, dW, dU, db, dbn (eq-gru-step-after-backward).

    The input's part and the state's part of the candidate have different gradients, da_n and ds = da_n ⊙ r.
    """
    x, h, W, U, z, r, n, s = cache
    da_n = dh_next * (1 - z) * (1 - n**2)
    ds = da_n * r
    da_z = dh_next * (h - n) * z * (1 - z)
    da_r = da_n * s * r * (1 - r)
    da, du = np.concatenate([da_z, da_r, da_n], axis=1), np.concatenate([da_z, da_r, ds], axis=1)
    return da @ W.T, dh_next * z + du @ U.T, x.T @ da, h.T @ du, da.sum(axis=0), ds.sum(axis=0)


def gru_forward_after(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
    bn: Float[Array, "H"],
    lengths: Int[Array, "B"] | None = None,
) -> tuple[Float[Array, "B T H"], Any]:
    """h_1 … h_T from h_0 (eq-gru-step-after at every step); a sequence that has ended keeps its state."""
    Hs, _, trace = unroll(gru_step_after, X, (h0,), (W, U, b, bn), lengths)
    return Hs, trace


def gru_backward_after(dHs: Float[Array, "B T H"], cache: Any) -> SequenceGradientsAfter:
    """dX, dh0, dW, dU, db, dbn through all steps (eq-gru-after-backward)."""
    dX, (dh,), (dW, dU, db, dbn) = unroll_backward(gru_step_backward_after, dHs, (_nothing(dHs),), cache)
    return dX, dh, dW, dU, db, dbn


def flip_update_gate(
    W: Float[Array, "D 3H"], U: Float[Array, "H 3H"], b: Float[Array, "3H"]
) -> tuple[Float[Array, "D 3H"], Float[Array, "H 3H"], Float[Array, "3H"]]:
    """The same cell under the other update convention, in which z = 1 replaces (Chung et al. 2014; eq-gru-convention).

    σ(−a) = 1 − σ(a): negating W_z, U_z and b_z turns z into 1 − z exactly. Applied twice it gives the weights back.
    """
    hidden = len(U)
    sign = np.where(np.arange(3 * hidden) < hidden, -1, 1).astype(W.dtype)
    return W * sign, U * sign, b * sign


def _nothing(dHs: Float[Array, "B T H"]) -> Float[Array, "B H"]:
    # The last state has no gradient besides that of its output.
    return np.zeros((len(dHs), dHs.shape[2]), dHs.dtype)
