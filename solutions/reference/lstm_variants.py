"""Relatives of the LSTM: the 1997 cell, peepholes, a coupled forget gate, layer normalisation.

Each is a step and its backward pass, which `sequence.unroll` and `unroll_backward` run over a sequence.

unrolled-canary-06d59f9f23cd
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.reference.layer_norm import layer_norm, layer_norm_backward
from solutions.reference.numerics import Array, sigmoid

# dx, dh, dc, dW, dU, db of a step with three blocks.
StepGradients = tuple[
    Float[Array, "B D"],
    Float[Array, "B H"],
    Float[Array, "B H"],
    Float[Array, "D 3H"],
    Float[Array, "H 3H"],
    Float[Array, "3H"],
]
# dx, dh, dc, dW, dU, db, dP.
PeepholeGradients = tuple[
    Float[Array, "B D"],
    Float[Array, "B H"],
    Float[Array, "B H"],
    Float[Array, "D 4H"],
    Float[Array, "H 4H"],
    Float[Array, "4H"],
    Float[Array, "3 H"],
]
# dx, dh, dc, dW, dU, db, dgain_x, dgain_h, dgain_c, dshift_c.
LayerNormGradients = tuple[
    Float[Array, "B D"],
    Float[Array, "B H"],
    Float[Array, "B H"],
    Float[Array, "D 4H"],
    Float[Array, "H 4H"],
    Float[Array, "4H"],
    Float[Array, "4H"],
    Float[Array, "4H"],
    Float[Array, "H"],
    Float[Array, "H"],
]


def lstm_1997_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    c: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
) -> tuple[Float[Array, "B H"], Float[Array, "B H"], Any]:
    """c_t = c_{t−1} + i ⊙ g and h_t = o ⊙ tanh(c_t), blocks i, g, o (eq-lstm-1997; Hochreiter & Schmidhuber 1997).

    Nothing ever leaves the cell. The paper squashes the candidate to (−2, 2) and the cell to (−1, 1) with scaled
    sigmoids, and cuts the gradient at the gates; here both are tanh and the gradient is exact.
    """
    a_i, a_g, a_o = np.split(x @ W + h @ U + b, 3, axis=1)
    i, g, o = sigmoid(a_i), np.tanh(a_g), sigmoid(a_o)
    c_next = c + i * g
    tanh_c = np.tanh(c_next)
    return o * tanh_c, c_next, (x, h, W, U, i, g, o, tanh_c)


def lstm_1997_step_backward(dh_next: Float[Array, "B H"], dc_next: Float[Array, "B H"], cache: Any) -> StepGradients:
    """dx, dh, dc, dW, dU, db; along the cell path dc passes unchanged: the constant error carousel (eq-carousel)."""
    x, h, W, U, i, g, o, tanh_c = cache
    dc = dc_next + dh_next * o * (1 - tanh_c**2)
    da = np.concatenate([dc * g * i * (1 - i), dc * i * (1 - g**2), dh_next * tanh_c * o * (1 - o)], axis=1)
    return da @ W.T, da @ U.T, dc, x.T @ da, h.T @ da, da.sum(axis=0)


def coupled_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    c: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
) -> tuple[Float[Array, "B H"], Float[Array, "B H"], Any]:
    """c_t = (1 − i) ⊙ c_{t−1} + i ⊙ g, blocks i, g, o: what enters drives out the old (eq-cifg; Greff et al. 2017)."""
    a_i, a_g, a_o = np.split(x @ W + h @ U + b, 3, axis=1)
    i, g, o = sigmoid(a_i), np.tanh(a_g), sigmoid(a_o)
    c_next = (1 - i) * c + i * g
    tanh_c = np.tanh(c_next)
    return o * tanh_c, c_next, (x, h, c, W, U, i, g, o, tanh_c)


def coupled_step_backward(dh_next: Float[Array, "B H"], dc_next: Float[Array, "B H"], cache: Any) -> StepGradients:
    """dx, dh, dc, dW, dU, db; the one gate receives g from the entering path and −c_{t−1} from the leaving one."""
    x, h, c, W, U, i, g, o, tanh_c = cache
    dc = dc_next + dh_next * o * (1 - tanh_c**2)
    da = np.concatenate([dc * (g - c) * i * (1 - i), dc * i * (1 - g**2), dh_next * tanh_c * o * (1 - o)], axis=1)
    return da @ W.T, da @ U.T, dc * (1 - i), x.T @ da, h.T @ da, da.sum(axis=0)


def peephole_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    c: Float[Array, "B H"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
    b: Float[Array, "4H"],
    P: Float[Array, "3 H"],
) -> tuple[Float[Array, "B H"], Float[Array, "B H"], Any]:
    """The gates see the cell: i and f see c_{t−1}, o sees c_t (eq-peephole; Gers & Schmidhuber 2000).

    P holds one weight per unit for each of i, f, o; the candidate has none.
    """
    p_i, p_f, p_o = P
    a_i, a_f, a_g, a_o = np.split(x @ W + h @ U + b, 4, axis=1)
    i, f, g = sigmoid(a_i + p_i * c), sigmoid(a_f + p_f * c), np.tanh(a_g)
    c_next = f * c + i * g
    o, tanh_c = sigmoid(a_o + p_o * c_next), np.tanh(c_next)
    return o * tanh_c, c_next, (x, h, c, W, U, P, i, f, g, o, c_next, tanh_c)


def peephole_step_backward(dh_next: Float[Array, "B H"], dc_next: Float[Array, "B H"], cache: Any) -> PeepholeGradients:
    """dx, dh, dc, dW, dU, db, dP; through its peepholes each gate sends a gradient into the cell that it saw."""
    x, h, c, W, U, P, i, f, g, o, c_next, tanh_c = cache
    p_i, p_f, p_o = P
    da_o = dh_next * tanh_c * o * (1 - o)
    dc = dc_next + dh_next * o * (1 - tanh_c**2) + da_o * p_o
    da_i, da_f, da_g = dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    dP = np.stack([(da_i * c).sum(axis=0), (da_f * c).sum(axis=0), (da_o * c_next).sum(axis=0)])
    return da @ W.T, da @ U.T, dc * f + da_i * p_i + da_f * p_f, x.T @ da, h.T @ da, da.sum(axis=0), dP


def layer_norm_lstm_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    c: Float[Array, "B H"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
    b: Float[Array, "4H"],
    gain_x: Float[Array, "4H"],
    gain_h: Float[Array, "4H"],
    gain_c: Float[Array, "H"],
    shift_c: Float[Array, "H"],
) -> tuple[Float[Array, "B H"], Float[Array, "B H"], Any]:
    """a = LN(x_t W) + LN(h_{t−1} U) + b and h_t = o ⊙ tanh(LN(c_t)) (eq-lstm-layer-norm; Ba, Kiros & Hinton 2016).

    Each product is normalised over all 4H sums together, with its own gain; b is the shift of both. Normalised with
    gain and shift as well, the cell state is what the output sees, while c_t itself is carried as it is.
    """
    normal_x, cache_x = layer_norm(x @ W, gain_x)
    normal_h, cache_h = layer_norm(h @ U, gain_h)
    a_i, a_f, a_g, a_o = np.split(normal_x + normal_h + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c_next = f * c + i * g
    normal_c, cache_c = layer_norm(c_next, gain_c)
    tanh_c = np.tanh(normal_c + shift_c)
    return o * tanh_c, c_next, (x, h, c, W, U, i, f, g, o, tanh_c, cache_x, cache_h, cache_c)


def layer_norm_lstm_step_backward(
    dh_next: Float[Array, "B H"], dc_next: Float[Array, "B H"], cache: Any
) -> LayerNormGradients:
    """dx, dh, dc, dW, dU, db, dgain_x, dgain_h, dgain_c, dshift_c."""
    x, h, c, W, U, i, f, g, o, tanh_c, cache_x, cache_h, cache_c = cache
    dnormal_c = dh_next * o * (1 - tanh_c**2)
    through, dgain_c = layer_norm_backward(dnormal_c, cache_c)
    dc = dc_next + through
    gates = [dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dh_next * tanh_c * o * (1 - o)]
    da = np.concatenate(gates, axis=1)
    dxW, dgain_x = layer_norm_backward(da, cache_x)
    dhU, dgain_h = layer_norm_backward(da, cache_h)
    dstate = (dxW @ W.T, dhU @ U.T, dc * f)
    return *dstate, x.T @ dxW, h.T @ dhU, da.sum(axis=0), dgain_x, dgain_h, dgain_c, dnormal_c.sum(axis=0)
