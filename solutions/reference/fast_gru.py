"""The GRU of gru.py with the reset after the product, in few calls and little new memory: equal up to rounding.

Forwards, a step's product gives the state's part of all sums, and one product the input's part for many steps.
Backwards, da is dL/dh_t times numbers that do not depend on it: these are computed for many steps at once.

unrolled-canary-a94d07c2be63
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.reference.fast_lstm import steps_at_once
from solutions.reference.gru import SequenceGradientsAfter
from solutions.reference.numerics import Array
from solutions.reference.products import product_into, summed_into, transposed, workspace


def fast_gru_forward_after(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
    bn: Float[Array, "H"],
) -> tuple[Float[Array, "B T H"], Any]:
    """h_1 … h_T from h_0 (eq-gru-step-after at every step)."""
    (batch, steps, inputs), hidden, dtype = X.shape, len(U), np.result_type(X, h0, W, U, b, bn)
    at_once = steps_at_once(steps, batch)
    Z, H, R, from_inputs, Wb, now, bias, u = workspace(
        dtype,
        (steps, batch, inputs + 1),  # x_t, 1
        (steps + 1, batch, hidden),
        (steps, 4, batch, hidden),  # z, r, s = h_{t−1} U_n + bn, n
        (3, at_once, batch, hidden),
        (3, inputs + 1, hidden),
        (4, batch, hidden),
        (batch, hidden),
        (batch, hidden),
    )
    Z[:, :, :-1], Z[:, :, -1], H[0], bias[...] = np.swapaxes(X, 0, 1), 1, h0, bn
    half = np.array(0.5, dtype)
    Wb[:, :-1], Wb[:, -1] = _by_block(W), b.reshape(3, hidden)
    Wb[:2] *= half
    zr, s, n, z, r = now[:2], now[2], now[3], now[0], now[1]
    state_sums = product_into(now[:3], _by_block(U) * np.array([half, half, 1], dtype)[:, None, None])
    inputs_of = np.swapaxes(from_inputs, 0, 1)
    for t in range(steps):
        if t % at_once == 0:
            chunk = Z[t : t + at_once]
            np.matmul(chunk.reshape(-1, inputs + 1), Wb, out=from_inputs[:, : len(chunk)].reshape(3, -1, hidden))
        a, h = inputs_of[t % at_once], H[t]
        state_sums(h)
        np.tanh(np.add(zr, a[:2], zr), zr)
        np.multiply(zr, half, zr)
        np.add(zr, half, zr)
        s += bias
        np.multiply(r, s, n)
        np.tanh(np.add(n, a[2], n), n)
        R[t] = now
        np.multiply(z, np.subtract(h, n, u), u)
        np.add(n, u, H[t + 1])
    return np.swapaxes(H[1:], 0, 1), (Z, H, R, W, U)


def fast_gru_backward_after(dHs: Float[Array, "B T H"], cache: Any) -> SequenceGradientsAfter:
    """dX, dh0, dW, dU, db, dbn through all steps (eq-gru-after-backward)."""
    Z, H, R, W, U = cache
    (steps, _, batch, hidden), inputs, dtype = R.shape, len(W), R.dtype
    at_once = steps_at_once(steps, batch)
    W_T, U_T = transposed(np.roll(W, hidden, axis=1), dtype), transposed(U, dtype).reshape(3, hidden, hidden)
    dX, slopes, room, dA, dWb, dWb_part, dU, dU_part, dbn, dh, around = workspace(
        dtype,
        (steps, batch, inputs),
        (at_once, 4, batch, hidden),
        (2, at_once, batch, hidden),
        (at_once, batch, 4, hidden),  # da_n, da_z, da_r, ds
        (inputs + 1, 3 * hidden),
        (inputs + 1, 3 * hidden),
        (hidden, 3 * hidden),
        (hidden, 3 * hidden),
        (hidden,),
        (batch, hidden),
        (batch, hidden),
    )
    dWb[...], dU[...], dbn[...], dh[...] = 0, 0, 0, 0
    da_blocks, da_rows = np.swapaxes(dA, 1, 2), dA.reshape(at_once, batch, -1)
    from_inputs, from_state = slice(3 * hidden), slice(hidden, None)
    through_sums = summed_into(dh, U_T)
    for stop in range(steps, 0, -at_once):
        start = max(0, stop - at_once)
        done = stop - start
        _slopes(H[start:stop], R[start:stop], slopes[:done], room[:, :done])
        for t in reversed(range(start, stop)):
            dh += dHs[:, t]
            np.multiply(dh, slopes[t - start], da_blocks[t - start])
            np.multiply(dh, R[t, 0], around)
            through_sums(da_rows[t - start, :, from_state])
            dh += around
        das = da_rows[:done].reshape(done * batch, -1)
        np.matmul(das[:, from_inputs], W_T, out=dX[start:stop].reshape(done * batch, -1))
        dWb += np.matmul(Z[start:stop].reshape(done * batch, -1).T, das[:, from_inputs], out=dWb_part)
        dU += np.matmul(H[start:stop].reshape(done * batch, -1).T, das[:, from_state], out=dU_part)
        dbn += das[:, 3 * hidden :].sum(axis=0)
    dWb = np.roll(dWb, -hidden, axis=1)
    return np.swapaxes(dX, 0, 1), dh, dWb[:-1], dU, dWb[-1], dbn


def _slopes(H: Array, R: Array, slopes: Array, room: Array) -> None:
    # What da_n, da_z, da_r and ds are multiples of, times dL/dh_t, for several steps:
    #   k = (1 − z) ⊙ (1 − n²)    (h_{t−1} − n) ⊙ z ⊙ (1 − z)    k ⊙ s ⊙ r ⊙ (1 − r)    k ⊙ r
    z, r, s, n = np.swapaxes(R, 0, 1)
    of_n, of_z, of_r, of_s = np.swapaxes(slopes, 0, 1)
    u, not_z = room
    np.subtract(1, z, out=not_z)
    np.multiply(n, n, out=u)
    np.multiply(not_z, np.subtract(1, u, out=u), out=of_n)
    np.subtract(H, n, out=u)
    u *= z
    np.multiply(u, not_z, out=of_z)
    np.multiply(of_n, r, out=of_s)
    np.multiply(of_s, s, out=u)
    np.subtract(u, np.multiply(u, r, out=not_z), out=of_r)


def _by_block(K: Float[Array, "R 3H"]) -> Float[Array, "3 R H"]:
    return np.swapaxes(K.reshape(len(K), 3, -1), 0, 1)
