"""One update of gradient descent of a whole net, cell and readout: what a training loop repeats.

unrolled-canary-3e7a91c5b2d4
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.clipping import clip_by_global_norm
from solutions.reference.gru import gru_backward, gru_forward
from solutions.reference.lstm import lstm_backward, lstm_forward
from solutions.reference.numerics import Array
from solutions.reference.rnn import rnn_backward, rnn_forward

Updated = tuple[Array, Array, Array, Array, Array, float]  # W, U, b, Wy, by, and the loss before the update


def rnn_update(
    X: Float[Array, "B T D"],
    y: Int[Array, "B T"],
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    Wy: Float[Array, "H 1"],
    by: Float[Array, "1"],
    rate: float,
) -> Updated:
    """A plain net with one logit at every step: down the gradient of the mean cross-entropy of y, 0 or 1."""
    Hs, cache = rnn_forward(X, np.zeros((len(X), len(U))), W, U, b)
    logits = (Hs @ Wy + by)[..., 0]
    loss = np.mean(np.logaddexp(0, logits) - y * logits)
    d_logits = ((1 / (1 + np.exp(-logits)) - y) / y.size)[..., None]
    _, _, dW, dU, db = rnn_backward(d_logits * Wy[:, 0], cache)
    gradients = dW, dU, db, np.einsum("bth,bto->ho", Hs, d_logits), d_logits.sum(axis=(0, 1))
    return _descended((W, U, b, Wy, by), gradients, rate, float(loss))


def clipped_update(
    X: Float[Array, "B T D"],
    y: Float[Array, "B"],
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    Wy: Float[Array, "H 1"],
    by: Float[Array, "1"],
    rate: float,
    limit: float,
) -> Updated:
    """A plain net with one number at the last step: down the clipped gradient of half its mean squared error."""
    Hs, cache = rnn_forward(X, np.zeros((len(X), len(U))), W, U, b)
    return _at_the_end(Hs, y, (W, U, b, Wy, by), rate, limit, lambda dHs: rnn_backward(dHs, cache))


def lstm_update(
    X: Float[Array, "B T D"],
    y: Float[Array, "B"],
    W: Float[Array, "D 4H"],
    U: Float[Array, "H 4H"],
    b: Float[Array, "4H"],
    Wy: Float[Array, "H 1"],
    by: Float[Array, "1"],
    rate: float,
    limit: float,
) -> Updated:
    """The same for an LSTM."""
    zeros = np.zeros((len(X), len(U)))
    Hs, _, cache = lstm_forward(X, zeros, zeros, W, U, b)
    return _at_the_end(Hs, y, (W, U, b, Wy, by), rate, limit, lambda dHs: lstm_backward(dHs, zeros, cache))


def gru_update(
    X: Float[Array, "B T D"],
    y: Float[Array, "B"],
    W: Float[Array, "D 3H"],
    U: Float[Array, "H 3H"],
    b: Float[Array, "3H"],
    Wy: Float[Array, "H 1"],
    by: Float[Array, "1"],
    rate: float,
    limit: float,
) -> Updated:
    """The same for a GRU whose reset comes before the product."""
    Hs, cache = gru_forward(X, np.zeros((len(X), len(U))), W, U, b)
    return _at_the_end(Hs, y, (W, U, b, Wy, by), rate, limit, lambda dHs: gru_backward(dHs, cache))


def _at_the_end(
    Hs: Float[Array, "B T H"],
    y: Float[Array, "B"],
    weights: tuple[Array, ...],
    rate: float,
    limit: float,
    backward: Callable[[Float[Array, "B T H"]], Any],
) -> Updated:
    # The cell's gradients are the last three of what `backward` gives.
    *_, Wy, by = weights
    error = Hs[:, -1] @ Wy + by - y[:, None]
    dp = error / len(y)
    dHs = np.zeros_like(Hs)
    dHs[:, -1] = dp @ Wy.T
    gradients = (*backward(dHs)[-3:], Hs[:, -1].T @ dp, dp.sum(axis=0))
    clipped, _ = clip_by_global_norm(gradients, limit)
    return _descended(weights, clipped, rate, float(np.mean(error**2) / 2))


def _descended(weights: tuple[Array, ...], gradients: Any, rate: float, loss: float) -> Updated:
    W, U, b, Wy, by = (old - rate * gradient for old, gradient in zip(weights, gradients, strict=True))
    return W, U, b, Wy, by, loss
