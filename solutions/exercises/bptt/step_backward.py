"""Contract of `rnn_step_backward`, one step of Elman's cell run backwards.

unrolled-canary-5be20c94d7a1
"""

import numpy as np

from solutions.exercises.rnn_cell.step import one_line as rnn_step
from solutions.judging import kit
from solutions.reference import rnn

READ = "bptt#eq-rnn-step-backward"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "x": kit.normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "h": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **kit.cell(rng, sizes, dtype),
        "dh_next": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
    }


rnn_step_backward = kit.Contract(
    reference=rnn.rnn_step_backward,
    outputs=kit.near("dx", "dh", "dW", "dU", "db"),
    read=READ,
    parts=kit.of_gradients(_draw, kit.saturated(_draw), kit.with_zero(_draw, "h")),
    rules=(kit.gradient_rule(_draw, 1, READ), kit.derivation_rule(_draw, 1, READ)),
    probe=kit.Probe("through_cache", {"upstream": 1}),
    forward=rnn.rnn_step,
)


WORDS = {"x": "the input", "h": "the old state", "h_next": "the new state", "a": "the sum inside tanh"}
WORDS |= {"W": "the input kernel", "U": "the recurrent kernel"}


# With x and h in each other's place in the cache, all is as with dW and dU in the wrong order.
@rnn_step_backward.derivation(rnn_step, words=WORDS, without=("taken-apart-in-another-order-x-h-W-U-h_next",))
def line_by_line(dh_next, cache):
    x, h, W, U, h_next = cache
    da = dh_next * (1 - h_next**2)  #: eq-bptt-slope-entry
    dx = da @ W.T  #: eq-bptt-back-entry
    dh = da @ U.T  #: eq-bptt-back-entry
    dW = x.T @ da  #: eq-bptt-weights-entry
    dU = h.T @ da  #: eq-bptt-weights-entry
    db = da.sum(axis=0)  #: eq-bptt-weights-entry
    return dx, dh, dW, dU, db


@rnn_step_backward.derivation(rnn_step, without=("another-value-everywhere-dh-k-dh_next", "transposed-dx-k-W"))
def loop_over_batch(dh_next, cache):
    x, h, W, U, h_next = cache
    dx, dh = np.zeros_like(x), np.zeros_like(h)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(U.shape[0])
    for k in range(len(x)):
        da = dh_next[k] * (1 - h_next[k] ** 2)
        dx[k] = W @ da
        dh[k] = U @ da
        dW += np.outer(x[k], da)
        dU += np.outer(h[k], da)
        db += da
    return dx, dh, dW, dU, db


rnn_step_backward.mistakes(
    """
    passed-straight-on-dh-dh_next: dh_next is added to dh. This cell has no direct path from h to h_next: everything
      goes through U and the tanh. [bptt#eq-bptt-d-sum]
    tanh-skipped-for-the-kernels: dW, dU and db are made with dh_next. It has to pass back through the tanh first: use
      da. [bptt#eq-bptt-slope-entry]
        x.T @ da → x.T @ dh_next
        h.T @ da → h.T @ dh_next
        da.sum → dh_next.sum
    """
)
