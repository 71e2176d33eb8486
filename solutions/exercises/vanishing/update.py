"""Contract of `clipped_update`, one update of gradient descent with clipping, of a net that answers at the end.

unrolled-canary-c2f6083ad1b9
"""

import numpy as np

from solutions.exercises.bptt.backward import line_by_line as rnn_backward
from solutions.exercises.bptt.update import uphill
from solutions.exercises.rnn_cell.forward import list_of_states as rnn_forward
from solutions.exercises.vanishing.clipping import one_norm_one_factor as clip_by_global_norm
from solutions.judging import kit
from solutions.reference import training

READ = "vanishing#eq-clip-descent"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """Inputs and right answers, a net, a rate and a limit."""
    return kit.at_the_end(rng, sizes, dtype, kit.cell(rng, sizes, dtype))


clipped_update = kit.Contract(
    reference=training.clipped_update,
    outputs=kit.near("W", "U", "b", "Wy", "by", "loss"),
    read=READ,
    parts=kit.of_values(draw),
    rules=(kit.descent_rule(draw, READ),),
)

WORDS = {"error": "p − y", "dp": "the gradient of p", "dHs": "the gradients of the states", "rate": "the rate"}
WORDS |= {"gradients": "the gradients", "limit": "the limit"}


@clipped_update.derivation(words=WORDS)
def step_by_step(X, y, W, U, b, Wy, by, rate, limit):
    Hs, cache = rnn_forward(X, np.zeros((len(X), len(U))), W, U, b)
    error = Hs[:, -1] @ Wy + by - y[:, None]
    loss = (error**2).mean() / 2
    dp = error / len(X)
    dHs = np.zeros_like(Hs)
    dHs[:, -1] = dp @ Wy.T
    _, _, dW, dU, db = rnn_backward(dHs, cache)
    gradients = [dW, dU, db, Hs[:, -1].T @ dp, dp.sum(axis=0)]
    gradients, _ = clip_by_global_norm(gradients, limit)  #: eq-clip-norm
    dW, dU, db, dWy, dby = gradients
    W = W - rate * dW  #: eq-clip-descent
    U = U - rate * dU  #: eq-clip-descent
    b = b - rate * db  #: eq-clip-descent
    Wy = Wy - rate * dWy  #: eq-clip-descent
    by = by - rate * dby  #: eq-clip-descent
    return W, U, b, Wy, by, loss


@clipped_update.variant
def as_vectors(X, y, W, U, b, Wy, by, rate, limit):
    Hs, cache = rnn_forward(X, np.zeros((X.shape[0], W.shape[1])), W, U, b)
    error = Hs[:, -1] @ Wy[:, 0] + by[0] - y
    dHs = np.zeros_like(Hs)
    dHs[:, -1] = np.outer(error / len(y), Wy[:, 0])
    gradients = [*rnn_backward(dHs, cache)[2:], (Hs[:, -1].T @ error / len(y))[:, None], error.mean(keepdims=True)]
    norm = np.linalg.norm(np.concatenate([one.ravel() for one in gradients]))
    shorter = rate * min(1, limit / norm)
    weights = [old - shorter * g for old, g in zip((W, U, b, Wy, by), gradients, strict=True)]
    return *weights, error @ error / 2 / len(y)


def y_without_its_axis(contract: kit.Contract) -> None:
    """The mistake of every net with one number at the last step."""
    contract.mistakes(
        """
    y-without-its-axis: y is (B,), and p is (B, 1). Give y the shape of p: y[:, None].
        - y[:, None] → - y
        """
    )


def with_clipping_written_out(contract: kit.Contract) -> None:
    """The mistakes of a derivation that scales `rate` down to `shorter` instead of calling the clipping."""
    uphill(contract, "shorter")
    y_without_its_axis(contract)
    contract.mistakes(
        """
    scaled-up-too: Gradients whose norm is below the limit stay as they are. You scale them up to it.
        min(1, limit / norm) → limit / norm
        """
    )


uphill(clipped_update)
y_without_its_axis(clipped_update)
clipped_update.mistakes(
    """
    each-clipped-alone: You clip each gradient by a norm of its own, which turns the step. All five have one norm, and
      one factor. [vanishing#eq-clip-norm]
        clip_by_global_norm(gradients, limit) → [clip_by_global_norm([g], limit)[0][0] for g in gradients], 0
    """
)
