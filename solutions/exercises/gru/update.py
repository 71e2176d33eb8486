"""Contract of `gru_update`, one update of gradient descent with clipping, of a GRU that answers at the end.

unrolled-canary-e3b71f60952c
"""

import numpy as np

from solutions.exercises.gru.backward import gate_by_gate as gru_backward
from solutions.exercises.gru.sequence import list_of_states as gru_forward
from solutions.exercises.vanishing.update import WORDS, with_clipping_written_out
from solutions.judging import kit
from solutions.reference import training

READ = "gru-backward#eq-gru-backward"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return kit.at_the_end(rng, sizes, dtype, kit.kernels(rng, sizes, dtype, 3))


gru_update = kit.Contract(
    reference=training.gru_update,
    outputs=kit.near("W", "U", "b", "Wy", "by", "loss"),
    read=READ,
    parts=kit.of_values(_draw),
    rules=(kit.descent_rule(_draw, READ),),
)


@gru_update.derivation(words=WORDS | {"norm": "their norm", "shorter": "the rate after clipping"})
def step_by_step(X, y, W, U, b, Wy, by, rate, limit):
    zeros = np.zeros((len(X), len(U)))
    Hs, cache = gru_forward(X, zeros, W, U, b)
    error = Hs[:, -1] @ Wy + by - y[:, None]
    loss = (error**2).mean() / 2
    dp = error / len(X)
    dHs = np.zeros_like(Hs)
    dHs[:, -1] = dp @ Wy.T
    _, _, dW, dU, db = gru_backward(dHs, cache)
    dWy = Hs[:, -1].T @ dp
    dby = dp.sum(axis=0)
    norm = np.sqrt(sum((g**2).sum() for g in [dW, dU, db, dWy, dby]))  #: vanishing#eq-global-norm
    shorter = rate * min(1, limit / norm)  #: vanishing#eq-clip-norm
    W = W - shorter * dW  #: vanishing#eq-clip-descent
    U = U - shorter * dU  #: vanishing#eq-clip-descent
    b = b - shorter * db  #: vanishing#eq-clip-descent
    Wy = Wy - shorter * dWy  #: vanishing#eq-clip-descent
    by = by - shorter * dby  #: vanishing#eq-clip-descent
    return W, U, b, Wy, by, loss


@gru_update.variant
def as_vectors(X, y, W, U, b, Wy, by, rate, limit):
    zeros = np.zeros((X.shape[0], U.shape[0]))
    Hs, cache = gru_forward(X, zeros, W, U, b)
    error = Hs[:, -1] @ Wy[:, 0] + by[0] - y
    dHs = np.zeros_like(Hs)
    dHs[:, -1] = np.outer(error / len(y), Wy[:, 0])
    gradients = [*gru_backward(dHs, cache)[2:], (Hs[:, -1].T @ error / len(y))[:, None], error.mean(keepdims=True)]
    norm = np.linalg.norm(np.concatenate([one.ravel() for one in gradients]))
    if norm > limit:
        gradients = [one * limit / norm for one in gradients]
    weights = [old - rate * g for old, g in zip((W, U, b, Wy, by), gradients, strict=True)]
    return *weights, error @ error / 2 / len(y)


with_clipping_written_out(gru_update)
