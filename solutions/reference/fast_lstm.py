"""The LSTM of lstm.py in few calls, few products and little new memory: equal to it up to rounding.

What makes it fast: the input, the state before and a 1 lie side by side, so that one product a step gives all sums, and
one product over many steps the gradients of all parameters. With σ(a) = ½ + ½ tanh(½a), one tanh serves all four
blocks. Backwards, everything that does not depend on the gradients of the state is computed for many steps at once.

unrolled-canary-6e3f9a15d0c8
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.reference.lstm import SequenceGradients
from solutions.reference.numerics import Array
from solutions.reference.products import CACHE_LINE, product_into, summed_into, transposed, workspace

# Rows, sequences times steps, that are worked on together: enough for efficient products, few enough for the cache.
ROWS_AT_ONCE = 320


def steps_at_once(steps: int, batch: int) -> int:
    """How many steps are worked on together."""
    return max(1, min(steps, -(-ROWS_AT_ONCE // max(1, batch))))


def fast_lstm_forward(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    c0: Float[Array, "B H"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
    b: Float[Array, "4H"],
) -> tuple[Float[Array, "B T H"], Float[Array, "B H"], Any]:
    """All states and the last cell state (eq-lstm-step)."""
    (batch, steps, inputs), hidden, dtype = X.shape, len(U), np.result_type(X, h0, c0, W, U, b)
    rows, line = hidden + inputs + 1, CACHE_LINE // dtype.itemsize
    Z, R, K, now, scale, shift, u = workspace(
        dtype,
        (steps + 1, batch, -(-rows // line) * line),  # h_{t−1}, x_t, 1
        (steps + 1, 5, batch, hidden),  # i, f, g, o, c_{t−1}
        (rows, 4, hidden),
        (5, batch, hidden),
        (4, batch, hidden),
        (4, batch, hidden),
        (batch, hidden),
    )
    Z = Z[:, :, :rows]
    Z[0, :, :hidden], Z[:-1, :, hidden:-1], Z[:-1, :, -1] = h0, np.swapaxes(X, 0, 1), 1
    H, gates, c = Z[:, :, :hidden], now[:4], now[4]
    i, f, g, o = gates
    c[...], scale[...], shift[...] = c0, 0.5, 0.5
    scale[2], shift[2] = 1, 0
    for part, place in ((U, K[:hidden]), (W, K[hidden:-1]), (b[None], K[-1:])):
        np.multiply(part.reshape(-1, 4, hidden), scale[:, :1, 0], out=place)
    sums = product_into(gates, np.swapaxes(K, 0, 1))
    for t in range(steps):
        sums(Z[t])
        np.tanh(gates, gates)
        gates *= scale
        gates += shift
        R[t] = now
        c *= f
        c += np.multiply(i, g, u)
        np.multiply(o, np.tanh(c, u), H[t + 1])
    R[steps, 4] = c
    return np.swapaxes(H[1:], 0, 1), R[steps, 4], (Z, R, W, U)


def fast_lstm_backward(dHs: Float[Array, "B T H"], dc_last: Float[Array, "B H"], cache: Any) -> SequenceGradients:
    """dX, dh0, dc0, dW, dU, db through all steps (eq-lstm-backward)."""
    Z, R, W, U = cache
    (_, _, batch, hidden), steps, inputs, dtype = R.shape, len(R) - 1, len(W), R.dtype
    at_once = steps_at_once(steps, batch)
    W_T, U_T = transposed(W, dtype), transposed(U, dtype).reshape(4, hidden, hidden)
    dX, slopes, room, dA, dK, dK_part, dh, dc, u = workspace(
        dtype,
        (steps, batch, inputs),
        (at_once, 5, batch, hidden),
        (2, at_once, batch, hidden),
        (at_once, batch, 4, hidden),
        (Z.shape[2], 4 * hidden),
        (Z.shape[2], 4 * hidden),
        (batch, hidden),
        (batch, hidden),
        (batch, hidden),
    )
    dK[...], dh[...], dc[...] = 0, 0, dc_last
    da_blocks, da_rows = np.swapaxes(dA, 1, 2), dA.reshape(at_once, batch, -1)
    through_sums = summed_into(dh, U_T)
    for stop in range(steps, 0, -at_once):
        start = max(0, stop - at_once)
        done = stop - start
        _slopes(Z[start + 1 : stop + 1, :, :hidden], R[start : stop + 1], slopes[:done], room[:, :done])
        for t in reversed(range(start, stop)):
            slope, da = slopes[t - start], da_blocks[t - start]
            dh += dHs[:, t]
            dc += np.multiply(dh, slope[4], u)
            np.multiply(dh, slope[3], da[3])
            np.multiply(dc, slope[:3], da[:3])
            dc *= R[t, 1]
            through_sums(da_rows[t - start])
        das = da_rows[:done].reshape(done * batch, -1)
        np.matmul(das, W_T, out=dX[start:stop].reshape(done * batch, -1))
        dK += np.matmul(Z[start:stop].reshape(done * batch, -1).T, das, out=dK_part)
    return np.swapaxes(dX, 0, 1), dh, dc, dK[hidden:-1], dK[:hidden], dK[-1]


def _slopes(H_next: Array, R: Array, slopes: Array, room: Array) -> None:
    # What da_i, da_f, da_g (times dL/dc_t) and da_o and dL/dc_t (times dL/dh_t) are multiples of, for several steps.
    # With h_t = o ⊙ tanh(c_t), σ' = σ(1 − σ) and tanh' = 1 − tanh²:
    #   i ⊙ g ⊙ (1 − i)    f ⊙ c_{t−1} ⊙ (1 − f)    i ⊙ (1 − g²)    h_t ⊙ (1 − o)    o − h_t ⊙ tanh(c_t)
    i, f, g, o, c = np.swapaxes(R[:-1], 0, 1)
    of_i, of_f, of_g, of_o, of_c = np.swapaxes(slopes, 0, 1)
    u, v = room
    np.multiply(i, g, out=u)
    np.subtract(u, np.multiply(u, i, out=v), out=of_i)
    np.subtract(i, np.multiply(u, g, out=v), out=of_g)
    np.multiply(f, c, out=u)
    np.subtract(u, np.multiply(u, f, out=v), out=of_f)
    np.subtract(H_next, np.multiply(H_next, o, out=v), out=of_o)
    np.tanh(R[1:, 4], out=u)
    np.subtract(o, np.multiply(H_next, u, out=v), out=of_c)
