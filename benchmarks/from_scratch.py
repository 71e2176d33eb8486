"""LSTMs from scratch in NumPy as public repositories have them, written anew from how these are described.

Two styles are common. *Gates apart*: sequences as columns, h and x stacked at each step, a matrix and a bias for each
gate, a list of the steps' values, gradients summed matrix by matrix. *Gates together*: rows, one product for the input
and one for the state, cut into the gates; a function for a step and one for its backward pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray


def sigmoid(a: Array) -> Array:
    """As it is mostly written."""
    return 1 / (1 + np.exp(-a))


def gates_apart(X: Array, h: Array, c: Array, W: Array, U: Array, b: Array, dHs: Array) -> tuple[Array, Array]:
    """Hs and dX, both (B, T, ·), forward and backward in the first style."""
    hidden = len(U)
    stacked, biases = np.concatenate([U, W]).T.copy(), b[:, None]
    W_i, W_f, W_g, W_o = np.split(stacked, 4)
    b_i, b_f, b_g, b_o = np.split(biases, 4)
    h, c, caches, outputs = h.T, c.T, [], []
    for t in range(X.shape[1]):
        z = np.vstack((h, X[:, t].T))
        i, f = sigmoid(np.dot(W_i, z) + b_i), sigmoid(np.dot(W_f, z) + b_f)
        g, o = np.tanh(np.dot(W_g, z) + b_g), sigmoid(np.dot(W_o, z) + b_o)
        c_before, c = c, f * c + i * g
        h = o * np.tanh(c)
        caches.append((z, i, f, g, o, c, c_before))
        outputs.append(h.T)
    dW = {name: np.zeros_like(W_i) for name in "ifgo"}
    db = {name: np.zeros_like(b_i) for name in "ifgo"}
    dh_next, dc_next, dX = np.zeros_like(h), np.zeros_like(c), []
    for t in reversed(range(X.shape[1])):
        z, i, f, g, o, c, c_before = caches[t]
        dh = dHs[:, t].T + dh_next
        dc = dc_next + dh * o * (1 - np.tanh(c) ** 2)
        da = {
            "o": dh * np.tanh(c) * o * (1 - o),
            "g": dc * i * (1 - g**2),
            "i": dc * g * i * (1 - i),
            "f": dc * c_before * f * (1 - f),
        }
        for name, d in da.items():
            dW[name] += np.dot(d, z.T)
            db[name] += np.sum(d, axis=1, keepdims=True)
        dz = np.dot(W_f.T, da["f"]) + np.dot(W_i.T, da["i"]) + np.dot(W_g.T, da["g"]) + np.dot(W_o.T, da["o"])
        dh_next, dc_next = dz[:hidden], dc * f
        dX.append(dz[hidden:].T)
    return np.stack(outputs, axis=1), np.stack(dX[::-1], axis=1)


def gates_together(X: Array, h: Array, c: Array, W: Array, U: Array, b: Array, dHs: Array) -> tuple[Array, Array]:
    """Hs and dX, both (B, T, ·), forward and backward in the second style."""
    Hs, caches = np.zeros_like(dHs), []
    for t in range(X.shape[1]):
        h, c, cache = _step(X[:, t], h, c, W, U, b)
        Hs[:, t] = h
        caches.append(cache)
    dX, dW, dU, db = np.zeros_like(X), np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    dh, dc = np.zeros_like(h), np.zeros_like(c)
    for t in reversed(range(X.shape[1])):
        dX[:, t], dh, dc, dW_t, dU_t, db_t = _step_backward(dHs[:, t] + dh, dc, caches.pop())
        dW += dW_t
        dU += dU_t
        db += db_t
    return Hs, dX


def _step(x: Array, h_before: Array, c_before: Array, W: Array, U: Array, b: Array) -> tuple[Array, Array, Any]:
    hidden = h_before.shape[1]
    a = np.dot(x, W) + np.dot(h_before, U) + b
    i, f = sigmoid(a[:, :hidden]), sigmoid(a[:, hidden : 2 * hidden])
    g, o = np.tanh(a[:, 2 * hidden : 3 * hidden]), sigmoid(a[:, 3 * hidden :])
    c = f * c_before + i * g
    h = o * np.tanh(c)
    return h, c, (x, h_before, c_before, W, U, i, f, g, o, c)


def _step_backward(dh: Array, dc: Array, cache: Any) -> tuple[Array, ...]:
    x, h_before, c_before, W, U, i, f, g, o, c = cache
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)
    da_i, da_f = dc * g * i * (1 - i), dc * c_before * f * (1 - f)
    da_g, da_o = dc * i * (1 - g**2), dh * np.tanh(c) * o * (1 - o)
    da = np.hstack((da_i, da_f, da_g, da_o))
    return np.dot(da, W.T), np.dot(da, U.T), dc * f, np.dot(x.T, da), np.dot(h_before.T, da), np.sum(da, axis=0)
