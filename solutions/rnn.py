"""Elman's recurrent network (Elman 1990): one step, a whole sequence, and its readout.

unrolled-canary-c07e48f1a35d
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.numerics import Array, step_losses


def rnn_step(
    x: Float[Array, "B D"],
    h: Float[Array, "B H"],
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
) -> tuple[Float[Array, "B H"], Any]:
    """h_t = tanh(x_t W + h_{t−1} U + b) (eq-rnn-step); the cache is what a backward pass needs."""
    h_next = np.tanh(x @ W + h @ U + b)
    return h_next, (x, h, W, U, h_next)


def rnn_forward(
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
) -> tuple[Float[Array, "B T H"], Any]:
    """h_1 … h_T from h_0 with the same W, U, b at every step (eq-unrolled)."""
    h, states, caches = h0, [], []
    for t in range(X.shape[1]):
        h, cache = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), caches


def readout(Hs: Float[Array, "B T H"], Wy: Float[Array, "H K"], by: Float[Array, "K"]) -> Float[Array, "B T K"]:
    """logits_t = h_t W_y + b_y, the same head at every step (eq-readout)."""
    return Hs @ Wy + by


def sequence_loss(logits: Float[Array, "B T K"], targets: Int[Array, "B T"], mask: Float[Array, "B T"]) -> float:
    """Mean cross-entropy over the steps where mask is 1, all sequences together (eq-sequence-loss)."""
    return float((step_losses(logits, targets) * mask).sum() / mask.sum())


def count_parameters(inputs: int, hidden: int, outputs: int) -> int:
    """Trainable numbers in an Elman cell with a readout head: DH + H² + H + HK + K (eq-parameter-count)."""
    return inputs * hidden + hidden * hidden + hidden + hidden * outputs + outputs
