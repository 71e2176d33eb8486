"""Cells with few matrix products, few calls and little new memory; time comes first.

unrolled-canary-d911099af64b
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array

# dX, dh0, dc0, dW, dU, db.
Gradients = tuple[
    Float[Array, "T B D"],
    Float[Array, "B H"],
    Float[Array, "B H"],
    Float[Array, "D 4H"],
    Float[Array, "H 4H"],
    Float[Array, "4H"],
]


def lstm_fast(
    X: Float[Array, "T B D"],
    h0: Float[Array, "B H"],
    c0: Float[Array, "B H"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
    b: Float[Array, "4H"],
) -> tuple[Float[Array, "T+1 B H"], Float[Array, "T+1 B H"], Float[Array, "T B 4H"]]:
    """All hidden and cell states, the initial ones first, and the gates i, f, g, o: T + 1 products (eq-fast-gates)."""
    steps, batch, inputs = X.shape
    hidden = len(U)
    gates = X.reshape(steps * batch, inputs) @ W
    gates += b
    gates = gates.reshape(steps, batch, 4 * hidden)
    H, C = (np.empty((steps + 1, batch, hidden), gates.dtype) for _ in range(2))
    H[0], C[0] = h0, c0
    room, u = np.empty((batch, 4 * hidden), gates.dtype), np.empty((batch, hidden), gates.dtype)
    for t in range(steps):
        a = gates[t]
        np.matmul(H[t], U, out=room)
        a += room
        for gate in (a[:, : 2 * hidden], a[:, 3 * hidden :]):
            gate *= 0.5
            np.tanh(gate, out=gate)
            gate *= 0.5
            gate += 0.5
        i, f, g, o = np.split(a, 4, axis=1)
        np.tanh(g, out=g)
        np.multiply(f, C[t], out=C[t + 1])
        C[t + 1] += np.multiply(i, g, out=u)
        np.multiply(o, np.tanh(C[t + 1], out=u), out=H[t + 1])
    return H, C, gates


def lstm_fast_backward(
    dH: Float[Array, "T B H"],
    dc_T: Float[Array, "B H"],
    X: Float[Array, "T B D"],
    H: Float[Array, "T+1 B H"],
    C: Float[Array, "T+1 B H"],
    G: Float[Array, "T B 4H"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
) -> Gradients:
    """Backpropagation through time from stored states and gates, in T + 3 products (eq-fast-stacked)."""
    steps, batch, hidden = dH.shape
    i, f, g, o = np.split(G, 4, axis=2)
    squashed = np.tanh(C[1:])
    slope = o * (1 - squashed * squashed)
    dA = G * (1 - G)
    dA[:, :, 2 * hidden : 3 * hidden] = 1 - g * g
    for block, factor in zip(np.split(dA, 4, axis=2), (g, C[:-1], i, squashed), strict=True):
        block *= factor
    dh, dc = np.zeros_like(dc_T), dc_T
    for t in reversed(range(steps)):
        dh = dh + dH[t]
        dc = dc + dh * slope[t]
        dA[t, :, : 3 * hidden].reshape(batch, 3, hidden)[...] *= dc[:, None]
        dA[t, :, 3 * hidden :] *= dh
        dh = dA[t] @ U.T
        dc = dc * f[t]
    rows = dA.reshape(steps * batch, 4 * hidden)
    dX = (rows @ W.T).reshape(X.shape)
    dW = X.reshape(steps * batch, -1).T @ rows
    dU = H[:-1].reshape(steps * batch, hidden).T @ rows
    return dX, dh, dc, dW, dU, rows.sum(axis=0)


def rnn_two_ways(
    X: Float[Array, "T B D"],
    W_f: Float[Array, "D H"],
    U_f: Float[Array, "H H"],
    b_f: Float[Array, "H"],
    W_b: Float[Array, "D H"],
    U_b: Float[Array, "H H"],
    b_b: Float[Array, "H"],
) -> Float[Array, "T B 2H"]:
    """The plain cell from both ends, its two chains in one product a step (eq-bidirectional)."""
    steps, batch, inputs = X.shape
    hidden = len(U_f)
    sums = X.reshape(steps * batch, inputs) @ np.concatenate([W_f, W_b], axis=1)
    sums += np.concatenate([b_f, b_b])
    sums = sums.reshape(steps, batch, 2 * hidden)
    U, h = np.stack([U_f, U_b]), np.zeros((2, batch, hidden))
    Hs = np.zeros((steps, batch, 2 * hidden))
    for t in range(steps):
        h = h @ U
        h[0] += sums[t, :, :hidden]
        h[1] += sums[-1 - t, :, hidden:]
        h = np.tanh(h, out=h)
        Hs[t, :, :hidden], Hs[-1 - t, :, hidden:] = h[0], h[1]
    return Hs


def foretold(T: int, B: int, D: int, H: int, k: int, e: int) -> tuple[Int[Array, "3"], int, int]:
    """Of three ways to write a cell with k blocks: their matrix products, their operations, the bytes the third saves.

    The ways: 2k products a step; the blocks side by side; the input product for all steps at once as well. The
    operations are the same in all (eq-flops); the third reads W and b once and not T times (eq-fast-saved).
    """
    products = np.array([2 * k * T, 2 * T, T + 1])
    return products, 2 * B * T * (D + H) * k * H, e * (T - 1) * (D + 1) * k * H
