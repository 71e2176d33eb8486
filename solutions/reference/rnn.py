"""Elman's recurrent network (Elman 1990), forward and backward: one step, a whole sequence, and its readout.

unrolled-canary-c07e48f1a35d
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array, step_losses
from solutions.reference.sequence import alive_steps, previous_states, summed_product

Activation = Literal["tanh", "relu"]
# Each activation with its slope, written in terms of its own output.
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (lambda a: np.maximum(a, 0), lambda h: (h > 0).astype(h.dtype)),
}


def rnn_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    activation: Activation = "tanh",
) -> tuple[Float[Array, "B H"], Any]:
    """h_t = tanh(x_t W + h_{t−1} U + b) (eq-rnn-step); the cache is what a backward pass needs."""
    squash, _ = ACTIVATIONS[activation]
    h_next = squash(x @ W + h @ U + b)
    return h_next, (x, h, W, U, h_next, activation)


def rnn_step_backward(
    dh_next: Float[Array, "B H"], cache: Any
) -> tuple[Float[Array, "B D"], Float[Array, "B H"], Float[Array, "D H"], Float[Array, "H H"], Float[Array, "H"]]:
    """From dL/dh_t to dx, dh, dW, dU, db (eq-rnn-step-backward).

    With a for the sum before the tanh, da = dh_t ⊙ (1 − h_t²): tanh' is written in terms of the output.
    """
    x, h, W, U, h_next, activation = cache
    _, slope = ACTIVATIONS[activation]
    da = dh_next * slope(h_next)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)


def rnn_forward(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    lengths: Int[Array, "B"] | None = None,
    activation: Activation = "tanh",
) -> tuple[Float[Array, "B T H"], Any]:
    """h_1 … h_T from h_0 with the same W, U, b at every step (eq-unrolled); a sequence that has ended keeps its state.

    The input's part of every sum is one product for all steps; only h U has to wait for the step before.
    """
    squash, _ = ACTIVATIONS[activation]
    alive = alive_steps(lengths, *X.shape[:2])
    Hs, h = X @ W + b, h0
    for t in range(X.shape[1]):
        h_next = squash(Hs[:, t] + h @ U)
        h = h_next if alive is None else np.where(alive[t], h_next, h)
        Hs[:, t] = h
    return Hs, (X, h0, W, U, Hs, alive, activation)


def rnn_backward(
    dHs: Float[Array, "B T H"], cache: Any
) -> tuple[Float[Array, "B T D"], Float[Array, "B H"], Float[Array, "D H"], Float[Array, "H H"], Float[Array, "H"]]:
    """Backpropagation through time (Werbos 1990; eq-bptt): dX, dh0, dW, dU, db.

    The gradient of a state is what its own output sends plus what the next step sends. Once da_t is known at every
    step, each weight gradient is one product over all steps.
    """
    X, h0, W, U, Hs, alive, activation = cache
    _, slope = ACTIVATIONS[activation]
    U_T, dA, dh = np.ascontiguousarray(U.T), slope(Hs), np.zeros_like(h0)
    for t in reversed(range(dHs.shape[1])):
        dh = dh + dHs[:, t]
        dA[:, t] *= dh if alive is None else dh * alive[t]
        dh = dA[:, t] @ U_T + (0 if alive is None else dh * ~alive[t])
    dU = summed_product(previous_states(h0, Hs), dA)
    return dA @ W.T, dh, summed_product(X, dA), dU, dA.sum(axis=(0, 1))


def readout(Hs: Float[Array, "B T H"], Wy: Float[Array, "H K"], by: Float[Array, "K"]) -> Float[Array, "B T K"]:
    """logits_t = h_t W_y + b_y, the same head at every step (eq-readout)."""
    return Hs @ Wy + by


def sequence_loss(logits: Float[Array, "B T K"], targets: Int[Array, "B T"], mask: Float[Array, "B T"]) -> float:
    """Mean cross-entropy over the steps where mask is 1, all sequences together (eq-sequence-loss)."""
    return float((step_losses(logits, targets) * mask).sum() / mask.sum())


def count_parameters(inputs: int, hidden: int, outputs: int) -> int:
    """Trainable numbers in an Elman cell with a readout head: DH + H² + H + HK + K (eq-parameter-count)."""
    return inputs * hidden + hidden * hidden + hidden + hidden * outputs + outputs


def rnn_outputs(X: Float[Array, "B T D"], weights: tuple[Array, ...]) -> Float[Array, "B T K"]:
    """The outputs of every step of the net with the weights W, U, b, Wy, by, from zero states."""
    W, U, b, Wy, by = weights
    Hs, _ = rnn_forward(X, np.zeros((len(X), len(U))), W, U, b)
    return readout(Hs, Wy, by)
