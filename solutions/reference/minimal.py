"""Cells with fewer gates: the minimal gated unit (Zhou et al. 2016), minGRU and minLSTM (Feng et al. 2024).

minGRU and minLSTM do not look at the state in their gates, so that each is a linear recurrence and can run as a scan.

So far only tests import it.

unrolled-canary-040b2019b022
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array, sigmoid
from solutions.reference.scan import Recurrence, recurrence_backward, scan
from solutions.reference.sequence import alive_steps, previous_states, summed_product


def mgu_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    W: Float[Array, "D 2H"],
    U: Float[Array, "H 2H"],
    b: Float[Array, "2H"],
) -> tuple[Float[Array, "B H"], Any]:
    """h_t = (1 − f) ⊙ h_{t−1} + f ⊙ n with n = tanh(x_t W_n + (f ⊙ h_{t−1}) U_n + b_n), blocks f, n (eq-mgu).

    One gate does the work of both of a GRU's: where f = 0 the old state stays.
    """
    hidden = len(U)
    a = x @ W + b
    f = sigmoid(a[:, :hidden] + h @ U[:, :hidden])
    n = np.tanh(a[:, hidden:] + (f * h) @ U[:, hidden:])
    return (1 - f) * h + f * n, (x, h, W, U, f, n)


def mgu_step_backward(
    dh_next: Float[Array, "B H"], cache: Any
) -> tuple[Float[Array, "B D"], Float[Array, "B H"], Float[Array, "D 2H"], Float[Array, "H 2H"], Float[Array, "2H"]]:
    """From dL/dh_t to dx, dh, dW, dU, db (eq-mgu-backward)."""
    x, h, W, U, f, n = cache
    hidden = len(U)
    da_n = dh_next * f * (1 - n**2)
    dfh = da_n @ U[:, hidden:].T
    da_f = (dh_next * (n - h) + dfh * h) * f * (1 - f)
    dh = dh_next * (1 - f) + dfh * f + da_f @ U[:, :hidden].T
    da = np.concatenate([da_f, da_n], axis=1)
    return da @ W.T, dh, x.T @ da, np.concatenate([h.T @ da_f, (f * h).T @ da_n], axis=1), da.sum(axis=0)


def mingru_forward(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    W: Float[Array, "D 2H"],
    b: Float[Array, "2H"],
    lengths: Int[Array, "B"] | None = None,
    recurrence: Recurrence = scan,
) -> tuple[Float[Array, "B T H"], Any]:
    """h_t = z ⊙ h_{t−1} + (1 − z) ⊙ n, z = σ(x_t W_z + b_z), n = x_t W_n + b_n, blocks z, n (eq-mingru).

    z = 1 keeps, as in our GRU; the paper writes z for 1 − z. A sequence that has ended keeps its state. The scan works
    on the numbers themselves: z lies in (0, 1), so that products of many z can vanish but not overflow.
    """
    hidden, A = h0.shape[1], X @ W + b
    Z, N = sigmoid(A[..., :hidden]), A[..., hidden:]
    return _mix(Z, N, h0, lengths, recurrence, (X, W))


def mingru_backward(
    dHs: Float[Array, "B T H"], cache: Any
) -> tuple[Float[Array, "B T D"], Float[Array, "B H"], Float[Array, "D 2H"], Float[Array, "2H"]]:
    """dX, dh0, dW, db (eq-mingru-backward)."""
    (X, W), Z, *_ = cache
    dZ, dN, dh0 = _mix_backward(dHs, cache)
    dA = np.concatenate([dZ * Z * (1 - Z), dN], axis=-1)
    return dA @ W.T, dh0, summed_product(X, dA), dA.sum(axis=(0, 1))


def minlstm_forward(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    W: Float[Array, "D 3H"],
    b: Float[Array, "3H"],
    lengths: Int[Array, "B"] | None = None,
    recurrence: Recurrence = scan,
) -> tuple[Float[Array, "B T H"], Any]:
    """h_t = f' ⊙ h_{t−1} + i' ⊙ n with f' = f / (f + i) and i' = i / (f + i), blocks i, f, n (eq-minlstm).

    f' is computed as σ(log f − log i), which holds where both gates have underflowed to 0; i' = 1 − f'.
    """
    A_i, A_f, N = np.split(X @ W + b, 3, axis=-1)
    F = sigmoid(_log_sigmoid(A_f) - _log_sigmoid(A_i))
    return _mix(F, N, h0, lengths, recurrence, (X, W, A_i, A_f))


def minlstm_backward(
    dHs: Float[Array, "B T H"], cache: Any
) -> tuple[Float[Array, "B T D"], Float[Array, "B H"], Float[Array, "D 3H"], Float[Array, "3H"]]:
    """dX, dh0, dW, db (eq-minlstm-backward); d log σ(a) / da = σ(−a)."""
    (X, W, A_i, A_f), F, *_ = cache
    dF, dN, dh0 = _mix_backward(dHs, cache)
    d_log_ratio = dF * F * (1 - F)
    dA = np.concatenate([-d_log_ratio * sigmoid(-A_i), d_log_ratio * sigmoid(-A_f), dN], axis=-1)
    return dA @ W.T, dh0, summed_product(X, dA), dA.sum(axis=(0, 1))


def _mix(keep, N, h0, lengths, recurrence, inputs):
    # h_t = keep ⊙ h_{t−1} + (1 − keep) ⊙ n; a sequence that has ended keeps all.
    alive = alive_steps(lengths, *N.shape[:2])
    mask = None if alive is None else np.swapaxes(alive, 0, 1)
    kept = keep if mask is None else np.where(mask, keep, 1)
    Hs = recurrence(kept, (1 - kept) * N, h0)
    return Hs, (inputs, keep, N, h0, Hs, kept, mask, recurrence)


def _mix_backward(dHs, cache):
    # dkeep, dN and dh0; nothing reaches the gates of a step after the end.
    _, _, N, h0, Hs, kept, mask, recurrence = cache
    dkept, dV, dh0 = recurrence_backward(dHs, kept, previous_states(h0, Hs), recurrence)
    dkeep = dkept - dV * N
    return dkeep if mask is None else dkeep * mask, dV * (1 - kept), dh0


def _log_sigmoid(a: Array) -> Array:
    # log σ(a) = min(a, 0) − log(1 + exp(−|a|)), without overflow.
    return np.minimum(a, 0) - np.log1p(np.exp(-np.abs(a)))
