"""The LSTM with forget gate (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000), forward and backward.

Blocks in W, U and b in the order i, f, g, o: input gate, forget gate, candidate, output gate.

unrolled-canary-d5b04e9c7f12
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.memory import aligned, aligned_copy
from solutions.reference.numerics import Array, sigmoid
from solutions.reference.sequence import Trace, unroll, unroll_backward

# Steps whose gradients are worked on together: enough for efficient products, few enough to stay in the cache.
STEPS_AT_ONCE = 10

# dx, dh, dc, dW, dU, db of one step.
StepGradients = tuple[
    Float[Array, "B D"],
    Float[Array, "B H"],
    Float[Array, "B H"],
    Float[Array, "D 4H"],
    Float[Array, "H 4H"],
    Float[Array, "4H"],
]
# dX, dh0, dc0, dW, dU, db of a sequence.
SequenceGradients = tuple[
    Float[Array, "B T D"],
    Float[Array, "B H"],
    Float[Array, "B H"],
    Float[Array, "D 4H"],
    Float[Array, "H 4H"],
    Float[Array, "4H"],
]


def lstm_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    c: Float[Array, "B H"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
    b: Float[Array, "4H"],
) -> tuple[Float[Array, "B H"], Float[Array, "B H"], Any]:
    """c_t = f ⊙ c_{t−1} + i ⊙ g and h_t = o ⊙ tanh(c_t), each gate from x_t and h_{t−1} (eq-lstm-step)."""
    a_i, a_f, a_g, a_o = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    return h_next, c_next, (x, h, c, W, U, i, f, g, o, c_next)


def lstm_step_backward(dh_next: Float[Array, "B H"], dc_next: Float[Array, "B H"], cache: Any) -> StepGradients:
    """From dL/dh_t and dL/dc_t (along the cell path) to dx, dh, dc, dW, dU, db (eq-lstm-step-backward)."""
    x, h, c, W, U, i, f, g, o, c_next = cache
    tanh_c = np.tanh(c_next)
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

    Without lengths, the input's part of the sums, [x_t, 1] [W; b], is one product for several steps; only h U has to
    wait for the step before. Products are taken block by block. With σ(a) = ½ + ½ tanh(½a), one tanh serves all four.
    """
    if lengths is not None:
        Hs, (_, c_last), trace = unroll(lstm_step, X, (h0, c0), (W, U, b), lengths)
        return Hs, c_last, trace
    (batch, steps, inputs), hidden, dtype = X.shape, len(U), np.result_type(X, h0, c0, W, U, b)
    W_half, U_half = _halved_blocks(np.concatenate([W, b[None]]), dtype), _halved_blocks(U, dtype)
    Z, G = aligned((steps, batch, inputs + 1), dtype), aligned((steps, 4, batch, hidden), dtype)
    H, C = aligned((steps + 1, batch, hidden), dtype), aligned((steps + 1, batch, hidden), dtype)
    Z[:, :, :inputs], Z[:, :, inputs], H[0], C[0] = np.swapaxes(X, 0, 1), 1, h0, c0
    from_inputs, sums = aligned((4, STEPS_AT_ONCE, batch, hidden), dtype), aligned((4, batch, hidden), dtype)
    for t in range(steps):
        if t % STEPS_AT_ONCE == 0:
            z = Z[t : t + STEPS_AT_ONCE]
            np.matmul(z.reshape(-1, inputs + 1), W_half, out=from_inputs[:, : len(z)].reshape(4, -1, hidden))
        np.matmul(H[t], U_half, out=sums)
        sums += from_inputs[:, t % STEPS_AT_ONCE]
        np.tanh(sums, out=G[t])
        i, f, g, o = G[t]
        for gates in (G[t, :2], o):
            gates *= 0.5
            gates += 0.5
        np.multiply(f, C[t], out=C[t + 1])
        C[t + 1] += np.multiply(i, g, out=sums[0])
        np.multiply(o, np.tanh(C[t + 1], out=sums[0]), out=H[t + 1])
    return np.swapaxes(H[1:], 0, 1), C[-1], (Z, H, C, G, W, U)


def lstm_backward(dHs: Float[Array, "B T H"], dc_last: Float[Array, "B H"], cache: Any) -> SequenceGradients:
    """dX, dh0, dc0, dW, dU, db through all steps (eq-lstm-backward).

    Only dh and dc have to go step by step. Once da is known for some steps, their dX and their share of dW, dU and db
    are two products, taken while da is still in the processor's cache.
    """
    if isinstance(cache, Trace):  # of a forward pass with lengths, which went step by step
        dX, (dh, dc), (dW, dU, db) = unroll_backward(lstm_step_backward, dHs, (np.zeros_like(dc_last), dc_last), cache)
        return dX, dh, dc, dW, dU, db
    Z, H, C, G, W, U = cache
    (steps, _, batch, hidden), inputs, dtype = G.shape, len(W), G.dtype
    W_T, U_T = aligned_copy(W.T.astype(dtype)), aligned_copy(U.T.astype(dtype))
    dX, dWb, dU = (
        aligned((steps, batch, inputs), dtype),
        np.zeros((inputs + 1, 4 * hidden), dtype),
        np.zeros_like(U, dtype),
    )
    dh, dc = aligned_copy(np.zeros_like(C[0])), aligned_copy(dc_last.astype(dtype))
    dA, space = aligned((STEPS_AT_ONCE, batch, 4, hidden), dtype), aligned((2, batch, hidden), dtype)
    for stop in range(steps, 0, -STEPS_AT_ONCE):
        start = max(0, stop - STEPS_AT_ONCE)
        for t in reversed(range(start, stop)):
            dh += dHs[:, t]
            _gates_backward(dh, dc, G[t], C[t], C[t + 1], H[t + 1], dA[t - start], space)
            np.matmul(dA[t - start].reshape(batch, -1), U_T, out=dh)
        da = dA[: stop - start].reshape(-1, 4 * hidden)
        np.matmul(da, W_T, out=dX[start:stop].reshape(-1, inputs))
        dWb += Z[start:stop].reshape(-1, inputs + 1).T @ da
        dU += H[start:stop].reshape(-1, hidden).T @ da
    return np.swapaxes(dX, 0, 1), dh, dc, dWb[:-1], dU, dWb[-1]


def cell_path(F: Float[Array, "B T H"]) -> Float[Array, "B T H"]:
    """f_T ⊙ ⋯ ⊙ f_t for t = 1…T: what the cell path alone leaves of the last cell's gradient (eq-lstm-cell-path)."""
    return np.cumprod(F[:, ::-1], axis=1)[:, ::-1]


def _gates_backward(dh, dc, gates, c, c_next, h_next, da, space):
    # Writes the gradient of the four sums into da and turns dc into that of c_{t−1}, in place throughout: besides the
    # products, this is where a backward pass spends its time. As h_t = o ⊙ tanh(c_t), σ' = σ(1 − σ), tanh' = 1 − tanh²:
    #   dc += dh ⊙ (o − h_t ⊙ tanh(c_t))    da_o = dh ⊙ h_t ⊙ (1 − o)    da_i = dc ⊙ i ⊙ g ⊙ (1 − i)
    #   da_g = dc ⊙ i − dc ⊙ i ⊙ g ⊙ g       dc_{t−1} = dc ⊙ f             da_f = dc_{t−1} ⊙ c_{t−1} ⊙ (1 − f)
    (i, f, g, o), (u, v) = gates, space
    da_i, da_f, da_g, da_o = np.swapaxes(da, 0, 1)
    np.tanh(c_next, out=u)
    u *= h_next
    np.subtract(o, u, out=u)
    u *= dh
    dc += u
    dh *= h_next
    np.multiply(dh, np.subtract(1, o, out=u), out=da_o)
    np.multiply(dc, i, out=u)
    np.multiply(u, g, out=v)
    np.multiply(v, np.subtract(1, i, out=dh), out=da_i)
    v *= g
    np.subtract(u, v, out=da_g)
    dc *= f
    np.multiply(dc, c, out=u)
    np.multiply(u, np.subtract(1, f, out=v), out=da_f)


def _halved_blocks(K: Float[Array, "R 4H"], dtype: np.dtype) -> Float[Array, "4 R H"]:
    # The four blocks one after the other, those of the gates times ½.
    by_block = np.swapaxes(K.reshape(len(K), 4, -1), 0, 1)
    return aligned_copy(by_block * np.array([0.5, 0.5, 1, 0.5], dtype)[:, None, None])
