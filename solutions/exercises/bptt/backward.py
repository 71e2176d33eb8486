"""Contract of `rnn_backward`, backpropagation through time for Elman's cell.

unrolled-canary-d04f7a6be913
"""

import numpy as np

from solutions.exercises.bptt import step_backward
from solutions.exercises.rnn_cell.forward import list_of_states as rnn_forward
from solutions.judging import kit
from solutions.reference import rnn

READ = "bptt#eq-bptt"


def draw_sequence(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """A sequence, an initial state, a cell, and the gradients of the loss with respect to every state."""
    return {
        "X": kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "h0": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **kit.cell(rng, sizes, dtype),
        "dHs": kit.normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype),
    }


rnn_backward = kit.Contract(
    reference=rnn.rnn_backward,
    outputs=kit.near("dX", "dh0", "dW", "dU", "db"),
    read=READ,
    parts=kit.of_gradients(
        draw_sequence,
        kit.loss_at_the_end(draw_sequence),
        kit.loss_at_the_start(draw_sequence),
        kit.with_zero(draw_sequence, "h0"),
    ),
    rules=(kit.gradient_rule(draw_sequence, 1, READ), kit.derivation_rule(draw_sequence, 1, READ)),
    probe=kit.Probe("through_cache", {"upstream": 1}),
    forward=rnn.rnn_forward,
)

WORDS = step_backward.WORDS | {"dh": "what flows back", "dHs": "the gradients of the states"}
WORDS |= {"dHs[:, t]": "the step's own"}


@rnn_backward.derivation(rnn_forward, words=WORDS, without=("taken-apart-in-another-order-x-h-W-U-h_next",))
def line_by_line(dHs, cache):
    dh = np.zeros_like(dHs[:, 0])
    dX, dW, dU, db = [], 0, 0, 0
    for t in reversed(range(len(cache))):
        x, h, W, U, h_next = cache[t]
        dh_next = dHs[:, t] + dh  #: eq-bptt: the step's own dHs + what flows back from the later steps
        da = dh_next * (1 - h_next**2)  #: eq-bptt-slope-entry
        dX.insert(0, da @ W.T)  #: eq-bptt-input
        dW = dW + x.T @ da  #: eq-bptt-kernel
        dU = dU + h.T @ da  #: eq-bptt-recurrent
        db = db + da.sum(axis=0)  #: eq-bptt-bias
        dh = da @ U.T  #: eq-bptt-initial
    return np.stack(dX, axis=1), dh, dW, dU, db


def forward_filling_an_array(X, h0, W, U, b):
    A, H = X @ W + b, np.zeros((X.shape[0], X.shape[1] + 1, U.shape[0]))
    H[:, 0] = h0
    for t in range(X.shape[1]):
        H[:, t + 1] = np.tanh(A[:, t] + H[:, t] @ U)
    return H[:, 1:].copy(), {"X": X, "H": H, "W": W, "U": U}


@rnn_backward.derivation(forward_filling_an_array, without=("taken-apart-in-another-order-X-H-W-U",))
def products_at_the_end(dHs, cache):
    X, H, W, U = cache["X"], cache["H"], cache["W"], cache["U"]
    dA = (1 - H[:, 1:] ** 2) * dHs
    for t in range(X.shape[1] - 1, 0, -1):
        dA[:, t - 1] += (dA[:, t] @ U.T) * (1 - H[:, t] ** 2)
    dW = np.tensordot(X, dA, axes=([0, 1], [0, 1]))
    dU = np.einsum("btj,btk->jk", H[:, :-1], dA)
    return dA @ W.T, dA[:, 0] @ U.T, dW, dU, dA.sum(axis=(0, 1))


rnn_backward.slip(
    "flow-lost-and-dX-added-up",
    "What flows back is lost, and all steps of dX hold the same sum. Add it to dHs[:, t] before you go back one step; "
    "what is left after the first step is dh0.",
    ("dHs[:, t] + dh", "dHs[:, t]"),
    (", dh, dW", ", 0 * dh, dW"),
    ("np.stack(dX", "np.stack([sum(dX)] * len(dX)"),
    further=True,
)
rnn_backward.mistakes(
    """
    not-carried-dh: What flows back is lost: each step starts from its own dHs alone, and dh0 is zero. Add it to
      dHs[:, t] before you go back one step; what is left after the first step is dh0. [bptt#eq-bptt]
    at-one-step-alone-dh_next-dHs-last: Only the gradient of the last state is used. Every step's own dHs joins what
      flows back from the later steps.
    added-to-itself-dh: What flows back is added up from step to step. Replace it: what a later step sent has gone on
      through this one.
    first-step-left-out: The loop stops before step 0, so that the first input and h0 get nothing of it. In Python,
      range(T - 1, -1, -1) and reversed(range(T)) end with 0; range(T - 1, 0, -1) ends with 1. [bptt#eq-bptt-copies]
        dX, dW, dU, db = [], 0, 0, 0 → x, h, W, U, _ = cache[0]; dX, dW, dU, db = [], 0 * W, 0 * U, 0 * U[0]
        range(len(cache)) → range(1, len(cache))
        np.stack(dX → np.stack([0 * x, *dX]
    dHs-left-out: You begin with ones at the last step, and dHs is not used. At every step, dHs[:, t] joins what flows
      back.
        np.zeros_like(dHs[:, 0]) → np.ones_like(dHs[:, 0])
        dHs[:, t] + dh → dh
    state-gradient-kept: You hand on the gradient of the state itself, too. Only what has gone back through tanh and
      kernel reaches h.
        dh = da @ U.T → dh = dh_next + da @ U.T
    flow-not-passed-on: What flows back is only added up, and no step passes it on: add it to dHs[:, t] before you go
      back one step.
        dHs[:, t] + dh → dHs[:, t]
        dh = da @ U.T → dh = dh + da @ U.T
    upstream-skips-the-step: The step's own dHs joins after the way back through the step, so that it skips tanh and
      kernel. Add it first.
        dHs[:, t] + dh → dh
        dh = da @ U.T → dh = da @ U.T + dHs[:, t]
    first-old-state-is-the-last: For step 0, dU is made with the last state, not h0. (Of T states, h[-1] is the last:
      keep h0 by itself.) [bptt#eq-bptt-recurrent]
        h.T @ da → (h if t else cache[-1][4]).T @ da
    """
)
