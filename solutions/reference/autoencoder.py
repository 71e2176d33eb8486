"""A sequence autoencoder and its alarms: what `sequence-autoencoder` asks for (chapter *Images and autoencoders*).

unrolled-canary-be554373ba41
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array
from solutions.reference.rnn import rnn_backward, rnn_forward, rnn_step
from solutions.reference.sequence import alive_steps


def encode_padded(
    X: Float[Array, "B T D"],
    lengths: Int[Array, "B"],
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
) -> Float[Array, "B H"]:
    """The state of each sequence after its own last step (eq-ae-encode)."""
    Hs, _ = rnn_forward(X, np.zeros((len(X), len(U))), W, U, b, lengths)
    return Hs[:, -1].copy()


def decode_padded(
    code: Float[Array, "B H"],
    lengths: Int[Array, "B"],
    steps: int,
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    Wy: Float[Array, "H D"],
    by: Float[Array, "D"],
) -> Float[Array, "B T D"]:
    """From each code its sequence, from its last step back to its first, reading its own outputs (eq-ae-decode)."""
    Y, h = np.zeros((len(code), steps, len(by))), code
    alive = alive_steps(lengths, len(code), steps)
    assert alive is not None
    for t in reversed(range(steps)):
        y = h @ Wy + by
        Y[:, t] = np.where(alive[t], y, 0)
        h = np.where(alive[t], rnn_step(y, h, W, U, b)[0], h)
    return Y


def reconstruction_errors(
    X: Float[Array, "B T D"], Y: Float[Array, "B T D"], lengths: Int[Array, "B"]
) -> Float[Array, "B"]:
    """The mean squared error of each sequence over its own steps (eq-ae-errors)."""
    return (_differences(X, Y, lengths) ** 2).sum(axis=(1, 2)) / (lengths * X.shape[2])


def reconstruction_loss(
    X: Float[Array, "B T D"], Y: Float[Array, "B T D"], lengths: Int[Array, "B"]
) -> tuple[float, Float[Array, "B T D"]]:
    """The mean squared error over all real entries (eq-ae-loss), and its gradient (eq-ae-loss-gradient)."""
    error, count = _differences(X, Y, lengths), lengths.sum() * X.shape[2]
    return float((error**2).sum() / count), 2 * error / count


def _differences(X: Float[Array, "B T D"], Y: Float[Array, "B T D"], lengths: Int[Array, "B"]) -> Array:
    return np.where(_real(lengths, X.shape[1])[:, :, None], Y - X, 0)


def _real(lengths: Int[Array, "B"], steps: int) -> Array:
    return np.arange(steps) < lengths[:, None]


def autoencoder_update(
    X: Float[Array, "B T D"],
    lengths: Int[Array, "B"],
    W: Float[Array, "D H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    Ud: Float[Array, "H H"],
    bd: Float[Array, "H"],
    Wy: Float[Array, "H D"],
    by: Float[Array, "D"],
    rate: float,
) -> tuple[Array, Array, Array, Array, Array, Array, Array, float]:
    """One update of gradient descent (eq-ae-update), for a decoder that does not read its outputs; the loss before."""
    batch, steps, _ = X.shape
    rows, last = np.arange(batch), lengths - 1
    Hs, encoder = rnn_forward(X, np.zeros((batch, len(U))), W, U, b)
    code = Hs[rows, last]
    nothing = np.zeros((batch, steps, 1))
    after, decoder = rnn_forward(nothing, code, np.zeros((1, len(Ud))), Ud, bd)
    states = np.concatenate([code[:, None], after[:, :-1]], axis=1)
    # The decoder's order, in which the last step of each sequence comes first.
    reversed_X = X[rows[:, None], np.maximum(last[:, None] - np.arange(steps), 0)]
    loss, dY = reconstruction_loss(reversed_X, states @ Wy + by, lengths)
    dstates = dY @ Wy.T
    dafter = np.concatenate([dstates[:, 1:], np.zeros((batch, 1, len(Ud)))], axis=1)
    _, dcode, _, dUd, dbd = rnn_backward(dafter, decoder)
    dHs = np.zeros_like(Hs)
    dHs[rows, last] = dcode + dstates[:, 0]
    _, _, dW, dU, db = rnn_backward(dHs, encoder)
    dWy, dby = np.tensordot(states, dY, axes=([0, 1], [0, 1])), dY.sum(axis=(0, 1))
    weights, gradients = (W, U, b, Ud, bd, Wy, by), (dW, dU, db, dUd, dbd, dWy, dby)
    W, U, b, Ud, bd, Wy, by = (old - rate * gradient for old, gradient in zip(weights, gradients, strict=True))
    return W, U, b, Ud, bd, Wy, by, loss


def alarm_threshold(scores: Float[Array, "N"], rate: float) -> float:
    """The threshold that a new normal score exceeds with a probability of at most `rate` (eq-ae-threshold)."""
    k = int(np.ceil((len(scores) + 1) * (1 - rate)))
    return float(np.sort(scores)[k - 1]) if k <= len(scores) else float("inf")


def alarm_rates(scores: Float[Array, "N"], labels: Int[Array, "N"], threshold: float) -> tuple[float, float]:
    """The shares of normal ones, labelled 0, and of anomalies, 1, above the threshold (eq-ae-rates); of none, 0."""
    alarms = scores > threshold
    false, found = (float(np.sum(alarms[labels == k]) / max(np.sum(labels == k), 1)) for k in (0, 1))
    return false, found
