"""The gated recurrent unit, forward and backward, with the reset before the product and after it.

Both are of Cho et al. 2014 (arXiv 1406.1078): versions 1 and 2 have it after the product, version 3 before.

Blocks in W, U and b in the order z, r, n: update gate, reset gate, candidate. z = 1 keeps the old state.

unrolled-canary-f6eabec0773e
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array
from solutions.reference.sequence import alive_steps, summed_product

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
    h_next, (z, r, n) = _step(x @ W + b, h, U)
    return h_next, (x, h, W, U, z, r, n)


def gru_step_backward(
    dh_next: Float[Array, "B H"], cache: Any
) -> tuple[Float[Array, "B D"], Float[Array, "B H"], Float[Array, "D 3H"], Float[Array, "H 3H"], Float[Array, "3H"]]:
    """From dL/dh_t to dx, dh, dW, dU, db (eq-gru-step-backward)."""
    x, h, W, U, z, r, n = cache
    da, dh = _step_backward(dh_next, h, U.T, z, r, n)
    hidden = len(U)
    dU = np.concatenate([h.T @ da[:, : 2 * hidden], (r * h).T @ da[:, 2 * hidden :]], axis=1)
    return da @ W.T, dh, x.T @ da, dU, da.sum(axis=0)


def gru_forward(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
    lengths: Int[Array, "B"] | None = None,
) -> tuple[Float[Array, "B T H"], Any]:
    """h_1 … h_T from h_0 (eq-gru-step at every step); a sequence that has ended keeps its state.

    The input's part of all gates is one product for all steps; the gates then take its place in the same buffer.
    """
    alive = alive_steps(lengths, *X.shape[:2])
    G = np.swapaxes(X, 0, 1) @ W + b
    H = np.empty((len(G) + 1, *h0.shape), dtype=G.dtype)
    H[0] = h0
    for t in range(len(G)):
        h_next, gates = _step(G[t], H[t], U)
        H[t + 1] = h_next if alive is None else np.where(alive[t], h_next, H[t])
        np.concatenate(gates, axis=1, out=G[t])
    return np.swapaxes(H[1:], 0, 1), (X, W, U, H, G, alive)


def gru_backward(
    dHs: Float[Array, "B T H"], cache: Any
) -> tuple[Float[Array, "B T D"], Float[Array, "B H"], Float[Array, "D 3H"], Float[Array, "H 3H"], Float[Array, "3H"]]:
    """dX, dh0, dW, dU, db through all steps (eq-gru-backward); weight gradients as products over all steps."""
    X, W, U, H, G, alive = cache
    hidden, U_T, dA, dh = len(U), np.ascontiguousarray(U.T), np.empty_like(G), np.zeros_like(H[0])
    for t in reversed(range(len(G))):
        dh = dh + dHs[:, t]
        through, around = (dh, 0) if alive is None else (dh * alive[t], dh * ~alive[t])
        z, r, n = blocks(G[t])
        dA[t], dh = _step_backward(through, H[t], U_T, z, r, n)
        dh += around
    R = G[..., hidden : 2 * hidden]
    dU = [summed_product(H[:-1], dA[..., : 2 * hidden]), summed_product(R * H[:-1], dA[..., 2 * hidden :])]
    dX, dW = np.swapaxes(dA @ W.T, 0, 1), summed_product(np.swapaxes(X, 0, 1), dA)
    return dX, dh, dW, np.concatenate(dU, axis=1), dA.sum(axis=(0, 1))


def gru_step_after(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
    bn: Float[Array, "H"],
) -> tuple[Float[Array, "B H"], Any]:
    """The same with n = tanh(x_t W_n + b_n + r ⊙ (h_{t−1} U_n + bn)) (eq-gru-step-after; PyTorch, cuDNN, Keras)."""
    h_next, (z, r, n), s = _step_after(x @ W + b, h, U, bn)
    return h_next, (x, h, W, U, z, r, n, s)


def gru_step_backward_after(dh_next: Float[Array, "B H"], cache: Any) -> StepGradientsAfter:
    """From dL/dh_t to dx, dh, dW, dU, db, dbn (eq-gru-step-after-backward)."""
    x, h, W, U, z, r, n, s = cache
    da, du, dh = _step_backward_after(dh_next, h, U.T, z, r, n, s)
    return da @ W.T, dh, x.T @ da, h.T @ du, da.sum(axis=0), du[:, 2 * len(U) :].sum(axis=0)


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
    alive = alive_steps(lengths, *X.shape[:2])
    G = np.swapaxes(X, 0, 1) @ W + b
    H = np.empty((len(G) + 1, *h0.shape), dtype=G.dtype)
    S, H[0] = np.empty_like(H[1:]), h0
    for t in range(len(G)):
        h_next, gates, S[t] = _step_after(G[t], H[t], U, bn)
        H[t + 1] = h_next if alive is None else np.where(alive[t], h_next, H[t])
        np.concatenate(gates, axis=1, out=G[t])
    return np.swapaxes(H[1:], 0, 1), (X, W, U, H, G, S, alive)


def gru_backward_after(dHs: Float[Array, "B T H"], cache: Any) -> SequenceGradientsAfter:
    """dX, dh0, dW, dU, db, dbn through all steps (eq-gru-after-backward)."""
    X, W, U, H, G, S, alive = cache
    U_T, dA, dR, dh = np.ascontiguousarray(U.T), np.empty_like(G), np.empty_like(G), np.zeros_like(H[0])
    for t in reversed(range(len(G))):
        dh = dh + dHs[:, t]
        through, around = (dh, 0) if alive is None else (dh * alive[t], dh * ~alive[t])
        z, r, n = blocks(G[t])
        dA[t], dR[t], dh = _step_backward_after(through, H[t], U_T, z, r, n, S[t])
        dh += around
    dX, dW = np.swapaxes(dA @ W.T, 0, 1), summed_product(np.swapaxes(X, 0, 1), dA)
    db, dbn = dA.sum(axis=(0, 1)), dR[..., 2 * len(U) :].sum(axis=(0, 1))
    return dX, dh, dW, summed_product(H[:-1], dR), db, dbn


def flip_update_gate(
    W: Float[Array, "D 3H"], U: Float[Array, "H 3H"], b: Float[Array, "3H"]
) -> tuple[Float[Array, "D 3H"], Float[Array, "H 3H"], Float[Array, "3H"]]:
    """The same cell under the other update convention, in which z = 1 replaces (Chung et al. 2014; eq-gru-convention).

    σ(−a) = 1 − σ(a): negating W_z, U_z and b_z turns z into 1 − z exactly. Applied twice it gives the weights back.
    """
    hidden = len(U)
    sign = np.where(np.arange(3 * hidden) < hidden, -1, 1).astype(W.dtype)
    return W * sign, U * sign, b * sign


def blocks(stacked: Float[Array, "... 3H"]) -> list[Float[Array, "... H"]]:
    """Views of the three blocks z, r, n."""
    hidden = stacked.shape[-1] // 3
    return [stacked[..., k * hidden : (k + 1) * hidden] for k in range(3)]


def _sigmoid(a):
    # ½ + ½ tanh(½a): equal to σ(a) up to a rounding of 1, and several times as fast as exp with its case distinction.
    return 0.5 + 0.5 * np.tanh(0.5 * a)


def _step(a, h, U):
    # From a = x W + b: the new state and the gates, reset before the product.
    hidden = len(U)
    zr = _sigmoid(a[:, : 2 * hidden] + h @ U[:, : 2 * hidden])
    z, r = zr[:, :hidden], zr[:, hidden:]
    n = np.tanh(a[:, 2 * hidden :] + (r * h) @ U[:, 2 * hidden :])
    return n + z * (h - n), (z, r, n)


def _step_backward(dh_next, h, U_T, z, r, n):
    # From dL/dh_t: the gradient of the sums before the nonlinearities, and that of h_{t−1}.
    hidden = h.shape[1]
    da_n = dh_next * (1 - z) * (1 - n**2)
    drh = da_n @ U_T[2 * hidden :]
    da_zr = np.concatenate([dh_next * (h - n) * z * (1 - z), drh * h * r * (1 - r)], axis=1)
    dh = dh_next * z + drh * r + da_zr @ U_T[: 2 * hidden]
    return np.concatenate([da_zr, da_n], axis=1), dh


def _step_after(a, h, U, bn):
    # The same with the reset after the product; s is what the reset gate multiplies.
    hidden, u = len(U), h @ U
    zr = _sigmoid(a[:, : 2 * hidden] + u[:, : 2 * hidden])
    z, r = zr[:, :hidden], zr[:, hidden:]
    s = u[:, 2 * hidden :] + bn
    n = np.tanh(a[:, 2 * hidden :] + r * s)
    return n + z * (h - n), (z, r, n), s


def _step_backward_after(dh_next, h, U_T, z, r, n, s):
    # The input's part and the recurrent part get different gradients in the candidate's block: da_n and da_n ⊙ r.
    da_n = dh_next * (1 - z) * (1 - n**2)
    da_zr = [dh_next * (h - n) * z * (1 - z), da_n * s * r * (1 - r)]
    du = np.concatenate([*da_zr, da_n * r], axis=1)
    return np.concatenate([*da_zr, da_n], axis=1), du, dh_next * z + du @ U_T
