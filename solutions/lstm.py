"""The LSTM with forget gate (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000), forward and backward.

Blocks in W, U and b in the order i, f, g, o: input gate, forget gate, candidate, output gate.

unrolled-canary-d5b04e9c7f12
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.numerics import Array, sigmoid
from solutions.sequence import Trace, unroll, unroll_backward


def lstm_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    c: Float[Array, "B H"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
    b: Float[Array, "4H"],
) -> tuple[Float[Array, "B H"], Float[Array, "B H"], Any]:
    """c_t = f ⊙ c_{t−1} + i ⊙ g and h_t = o ⊙ tanh(c_t), each gate from x_t and h_{t−1} (eq-lstm-step)."""
    a_i, a_f, a_g, a_o = blocks(x @ W + h @ U + b)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c_next = f * c + i * g
    tanh_c = np.tanh(c_next)
    h_next = o * tanh_c
    return h_next, c_next, (x, h, c, W, U, i, f, g, o, tanh_c)


def lstm_step_backward(
    dh_next: Float[Array, "B H"], dc_next: Float[Array, "B H"], cache: Any
) -> tuple[
    Float[Array, "B D"],
    Float[Array, "B H"],
    Float[Array, "B H"],
    Float[Array, "D 4H"],
    Float[Array, "H 4H"],
    Float[Array, "4H"],
]:
    """From dL/dh_t and dL/dc_t (along the cell path) to dx, dh, dc, dW, dU, db (eq-lstm-step-backward)."""
    x, h, c, W, U, i, f, g, o, tanh_c = cache
    dc_total = dc_next + dh_next * o * (1 - tanh_c**2)
    da = np.concatenate(
        [
            dc_total * g * i * (1 - i),
            dc_total * c * f * (1 - f),
            dc_total * i * (1 - g**2),
            dh_next * tanh_c * o * (1 - o),
        ],
        axis=1,
    )
    return da @ W.T, da @ U.T, dc_total * f, x.T @ da, h.T @ da, da.sum(axis=0)


def lstm_forward(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    c0: Float[Array, "B H"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
    b: Float[Array, "4H"],
    lengths: Int[Array, "B"] | None = None,
) -> tuple[Float[Array, "B T H"], Float[Array, "B H"], Any]:
    """All states and the last cell state (eq-lstm-step); a sequence that has ended keeps its state.

    Input, bias and state go through one product a step, [x_t, 1, h_{t−1}] K with K = [W; b; U]. With
    σ(a) = ½ + ½ tanh(½a), one tanh serves all four blocks: `scale` is ½ for the gates and 1 for the candidate.
    """
    if lengths is not None:
        Hs, (_, c_last), trace = unroll(lstm_step, X, (h0, c0), (W, U, b), lengths)
        return Hs, c_last, trace
    (batch, steps, inputs), hidden = X.shape, U.shape[0]
    K = np.concatenate([W, b[None], U])
    scale, _ = _block_constants(K)
    Z = np.empty((steps + 1, batch, len(K)), dtype=K.dtype)  # [x_t, 1, h_{t−1}] of every step
    Z[:-1, :, :inputs], Z[:, :, inputs] = np.swapaxes(X, 0, 1), 1
    H, C = Z[:, :, inputs + 1 :], np.empty((steps + 1, batch, hidden), dtype=K.dtype)
    H[0], C[0] = h0, c0
    G, tanh_C, K_scaled = np.empty((steps, batch, 4 * hidden), K.dtype), np.empty_like(C[1:]), K * scale
    for t in range(steps):
        np.matmul(Z[t], K_scaled, out=G[t])
        np.tanh(G[t], out=G[t])
        G[t] *= scale
        G[t] += 1 - scale
        i, f, g, o = blocks(G[t])
        C[t + 1] = f * C[t] + i * g
        np.tanh(C[t + 1], out=tanh_C[t])
        np.multiply(o, tanh_C[t], out=H[t + 1])
    return np.swapaxes(H[1:], 0, 1), C[-1], (Z, C, tanh_C, G, K, inputs)


def lstm_backward(
    dHs: Float[Array, "B T H"], dc_last: Float[Array, "B H"], cache: Any
) -> tuple[
    Float[Array, "B T D"],
    Float[Array, "B H"],
    Float[Array, "B H"],
    Float[Array, "D 4H"],
    Float[Array, "H 4H"],
    Float[Array, "4H"],
]:
    """dX, dh0, dc0, dW, dU, db through all steps (eq-lstm-backward); weight gradients as one product at the end."""
    if isinstance(cache, Trace):
        dX, (dh, dc), (dW, dU, db) = unroll_backward(lstm_step_backward, dHs, (np.zeros_like(dc_last), dc_last), cache)
        return dX, dh, dc, dW, dU, db
    Z, C, tanh_C, G, K, inputs = cache
    _, candidate = _block_constants(K)
    dA, dZ, K_transposed = np.empty_like(G), np.empty_like(Z[1:]), np.ascontiguousarray(K.T)
    dh, dc = np.zeros_like(dc_last), dc_last
    for t in reversed(range(len(G))):
        i, f, g, o = blocks(G[t])
        dh = dh + dHs[:, t]
        dc = dc + dh * o * (1 - tanh_C[t] ** 2)
        for da, (d, factor) in zip(blocks(dA[t]), ((dc, g), (dc, C[t]), (dc, i), (dh, tanh_C[t])), strict=True):
            np.multiply(d, factor, out=da)
        dA[t] *= (1 - G[t]) * (G[t] + candidate)  # s(1 − s) for the gates, 1 − g² for the candidate
        np.matmul(dA[t], K_transposed, out=dZ[t])
        dh, dc = dZ[t, :, inputs + 1 :], dc * f
    dK = Z[:-1].reshape(-1, len(K)).T @ dA.reshape(-1, K.shape[1])
    return np.swapaxes(dZ[:, :, :inputs], 0, 1), dh, dc, dK[:inputs], dK[inputs + 1 :], dK[inputs]


def blocks(stacked: Float[Array, "B 4H"]) -> list[Float[Array, "B H"]]:
    """Views of the four blocks i, f, g, o."""
    hidden = stacked.shape[-1] // 4
    return [stacked[..., k * hidden : (k + 1) * hidden] for k in range(4)]


def _block_constants(K: Float[Array, "R 4H"]) -> tuple[Float[Array, "4H"], Float[Array, "4H"]]:
    # Per column: the factor in σ(a) = ½ + ½ tanh(½a) against tanh(a), and 1 where the column is a candidate's.
    candidate = np.repeat(np.array([0, 0, 1, 0], dtype=K.dtype), K.shape[1] // 4)
    return (1 + candidate) / 2, candidate
