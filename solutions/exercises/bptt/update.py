"""Contract of `rnn_update`, one update of gradient descent of a net that answers at every step.

unrolled-canary-71d4c09e8ab6
"""

import numpy as np

from solutions.exercises.bptt.backward import line_by_line as rnn_backward
from solutions.exercises.rnn_cell.forward import list_of_states as rnn_forward
from solutions.judging import kit
from solutions.reference import training

READ = "bptt#eq-bptt-total"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "X": kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "y": kit.labels(rng, 2, sizes.batch, sizes.steps),
        **kit.cell(rng, sizes, dtype),
        **kit.readout_of_one(rng, sizes, dtype),
        "rate": float(rng.uniform(0.5, 2)),
    }


rnn_update = kit.Contract(
    reference=training.rnn_update,
    outputs=kit.near("W", "U", "b", "Wy", "by", "loss"),
    read=READ,
    parts=kit.of_values(_draw),
    rules=(kit.descent_rule(_draw, READ),),
)


@rnn_update.derivation(
    words={
        "p": "the probabilities",
        "right": "the right answers",
        "dlogits": "the gradients of the logits",
        "rate": "the rate",
    }
)
def along_the_gradient(X, y, W, U, b, Wy, by, rate):
    Hs, cache = rnn_forward(X, np.zeros((len(X), len(U))), W, U, b)
    p = 1 / (1 + np.exp(-(Hs @ Wy + by)))  #: eq-bptt-head
    right = y[:, :, None]
    loss = -np.mean(np.log(np.where(right == 1, p, 1 - p)))
    dlogits = (p - right) / p.size
    dWy = np.tensordot(Hs, dlogits, axes=([0, 1], [0, 1]))
    dby = dlogits.sum(axis=(0, 1))
    _, _, dW, dU, db = rnn_backward(dlogits @ Wy.T, cache)
    W = W - rate * dW
    U = U - rate * dU
    b = b - rate * db
    Wy = Wy - rate * dWy
    by = by - rate * dby
    return W, U, b, Wy, by, loss


@rnn_update.variant
def without_the_last_axis(X, y, W, U, b, Wy, by, rate):
    Hs, cache = rnn_forward(X, np.zeros((X.shape[0], W.shape[1])), W, U, b)
    logits = Hs @ Wy[:, 0] + by[0]
    loss = np.logaddexp(0, np.where(y == 1, -logits, logits)).mean()
    error = (1 / (1 + np.exp(-logits)) - y) / logits.size
    gradients = rnn_backward(error[:, :, None] * Wy[:, 0], cache)[2:]
    W, U, b = (old - rate * gradient for old, gradient in zip((W, U, b), gradients, strict=True))
    return W, U, b, Wy - rate * np.einsum("bth,bt->h", Hs, error)[:, None], by - rate * error.sum(), loss


def uphill(contract: kit.Contract, rate: str = "rate") -> None:
    """The mistake of every descent, where a derivation takes `rate` times a gradient from each of its weights."""
    edits = [f"        {name} = {name} - {rate} → {name} = {name} + {rate}" for name in ("W", "U", "b", "Wy", "by")]
    sentence = "You add the gradients to the weights, so that the loss grows. Take them from the weights."
    contract.mistakes("\n".join([f"    uphill: {sentence}", *edits]))


uphill(rnn_update)
rnn_update.mistakes(
    """
    y-without-its-axis: y is (B, T), and p is (B, T, 1). Give y the shape of p: y[:, :, None].
        right = y[:, :, None] → right = y
    """
)
