"""Contract of `rnn_step`, one step of Elman's cell.

unrolled-canary-a1d94c60f7e8
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import rnn


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "x": kit.normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "h": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **kit.cell(rng, sizes, dtype),
    }


rnn_step = kit.Contract(
    reference=rnn.rnn_step,
    outputs=(*kit.near("h_next"), kit.opaque()),
    read="rnn-cell#eq-rnn-step",
    parts=kit.of_arrays(_draw, kit.saturated(_draw), kit.with_zero(_draw, "h")),
)

WORDS = {"x": "the input", "h": "the state", "W": "the input kernel", "U": "the recurrent kernel", "b": "the bias"}


# To swap h and x is to swap U and W.
@rnn_step.derivation(words=WORDS, without=("values-swapped-h_next-h-x", "values-swapped-h_next-W-h"))
def one_line(x, h, W, U, b):
    h_next = np.tanh(x @ W + h @ U + b)  #: eq-rnn-step: the input's term x W + the recurrent term h U + the bias b
    return h_next, (x, h, W, U, h_next)


@rnn_step.variant
def concatenated_kernel(x, h, W, U, b):
    both = np.concatenate([h, x], axis=1) @ np.concatenate([U, W], axis=0)
    return np.tanh(both + b), (x, h)


rnn_step.mistakes(
    """
    bias-after-tanh: The bias is added after the tanh. It belongs inside, into the sum.
        np.tanh(x @ W + h @ U + b) → np.tanh(x @ W + h @ U) + b
    tanh-of-each-term: You add the tanh of each term. The terms are added first; one tanh follows.
        np.tanh(x @ W + h @ U + b) → np.tanh(x @ W) + np.tanh(h @ U) + np.tanh(b)
    tanh-closed-too-early: The tanh ends after the input's term. All three terms belong into it.
        np.tanh(x @ W + h @ U + b) → np.tanh(x @ W) + h @ U + b
    tanh-opened-too-late: The tanh begins after the input's term. All three terms belong into it.
        np.tanh(x @ W + h @ U + b) → x @ W + np.tanh(h @ U + b)
    relu-for-tanh: You take the larger of the sum and 0, a ReLU. This cell has a tanh.
        np.tanh(x @ W + h @ U + b) → np.maximum(x @ W + h @ U + b, 0)
    state-added-again: The state is added to itself: h belongs into the sum only through U.
        np.tanh(x @ W + h @ U + b) → h + np.tanh(x @ W + h @ U + b)
    """
)
