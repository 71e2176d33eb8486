"""The functions of the assignment `deep-bidirectional`: what it asks for, made of this package's cells.

unrolled-canary-db57f8104d8f
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from solutions.reference import stack
from solutions.reference.bidirectional import bidirectional, reverse_within
from solutions.reference.cells import RNN
from solutions.reference.numerics import Array


def reverse_padded(X: Float[Array, "B T D"], lengths: Int[Array, "B"]) -> Float[Array, "B T D"]:
    """Each sequence backwards within its own length; the padding behind it stays where it is."""
    return reverse_within(X, lengths)


def bidirectional_forward(
    X: Float[Array, "B T D"],
    lengths: Int[Array, "B"],
    W_f: Float[Array, "D H"],
    U_f: Float[Array, "H H"],
    b_f: Float[Array, "H"],
    W_b: Float[Array, "D H"],
    U_b: Float[Array, "H H"],
    b_b: Float[Array, "H"],
) -> tuple[Float[Array, "B T 2H"], Float[Array, "B 2H"]]:
    """[h→_t, h←_t] of every step from zero states (eq-bidirectional), zero in the padding; the last states of both.

    The last state of the forward direction is that of a sequence's own last step, that of the backward one of step 1.
    """
    zeros = np.zeros((len(X), len(U_f)))
    Hs, last, _ = bidirectional(RNN).forward(X, (zeros, zeros), (W_f, U_f, b_f, W_b, U_b, b_b), lengths)
    inside = np.arange(X.shape[1]) < np.asarray(lengths)[:, None]
    return Hs * inside[..., None], np.concatenate(last, axis=1)


def stack_forward(
    X: Float[Array, "B T H"],
    W: Float[Array, "L H H"],
    U: Float[Array, "L H H"],
    b: Float[Array, "L H"],
    masks: Float[Array, "L-1 B H"],
) -> tuple[Float[Array, "B T H"], Float[Array, "L B H"]]:
    """The states of the top layer, and the last state of every layer; each mask lies between two layers.

    Layer l reads the masked states of layer l − 1, with the same mask at every step.
    """
    states = [(np.zeros((len(X), X.shape[2])),)] * len(W)
    Hs, last, _ = stack.stack_forward(RNN, X, states, list(zip(W, U, b, strict=True)), masks=list(masks[:, :, None]))
    return Hs, np.stack([state for (state,) in last])


def variational_dropout(
    X: Float[Array, "B T D"], u: Float[Array, "B D"], p: float, training: bool
) -> Float[Array, "B T D"]:
    """One mask for each sequence at all steps (Gal & Ghahramani 2016): 0 where u < p, else 1 / (1 − p).

    Outside training it is X.
    """
    mask = np.where(u < p, 0.0, 1 / (1 - p)) if training else np.ones(u.shape)
    return X * mask[:, None]
