"""The LSTM with forget gate (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000), forward and backward.

Blocks in W, U and b in the order i, f, g, o: input gate, forget gate, candidate, output gate. The plain form, which is
what is right; fast_lstm.py equals it.

unrolled-canary-d5b04e9c7f12
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array, sigmoid
from solutions.reference.sequence import unroll, unroll_backward

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
    """All states and the last cell state (eq-lstm-step at every step); a sequence that has ended keeps its state."""
    Hs, (_, c_last), trace = unroll(lstm_step, X, (h0, c0), (W, U, b), lengths)
    return Hs, c_last, trace


def lstm_backward(dHs: Float[Array, "B T H"], dc_last: Float[Array, "B H"], cache: Any) -> SequenceGradients:
    """dX, dh0, dc0, dW, dU, db through all steps (eq-lstm-backward)."""
    dX, (dh, dc), (dW, dU, db) = unroll_backward(lstm_step_backward, dHs, (np.zeros_like(dc_last), dc_last), cache)
    return dX, dh, dc, dW, dU, db


def cell_path(F: Float[Array, "B T H"]) -> Float[Array, "B T H"]:
    """f_T ⊙ ⋯ ⊙ f_t for t = 1…T: what the cell path alone leaves of the last cell's gradient (eq-lstm-cell-path)."""
    return np.cumprod(F[:, ::-1], axis=1)[:, ::-1]
