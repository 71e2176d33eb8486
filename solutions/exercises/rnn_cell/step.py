"""Contract of `rnn_step`, one step of Elman's cell.

unrolled-canary-a1d94c60f7e8
"""

import numpy as np

from solutions.judging.cases import saturated, with_zero
from solutions.judging.contract import Contract
from solutions.judging.drawing import cell, normal
from solutions.judging.parts import Arguments, Sizes, of_arrays
from solutions.reference import rnn
from unrolled.checking.outputs import near, opaque


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "x": normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "h": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **cell(rng, sizes, dtype),
    }


rnn_step = Contract(
    reference=rnn.rnn_step,
    outputs=(*near("h_next"), opaque()),
    read="rnn-cell#eq-rnn-step",
    parts=of_arrays(_draw, saturated(_draw), with_zero(_draw, "h")),
)

WORDS = {"x": "the input", "h": "the state", "W": "the input kernel", "U": "the recurrent kernel", "b": "the bias"}


# To swap h and x is to swap U and W.
SAME = ("values-swapped-h_next-h-x", "values-swapped-h_next-W-h")


@rnn_step.derivation(words=WORDS, without=SAME)
def one_line(x, h, W, U, b):
    h_next = np.tanh(x @ W + h @ U + b)  #: eq-rnn-step: the input's term x W + the recurrent term h U + the bias b
    return h_next, (x, h, W, U, h_next)


@rnn_step.derivation()
def concatenated_kernel(x, h, W, U, b):
    both = np.concatenate([h, x], axis=1) @ np.concatenate([U, W], axis=0)
    return np.tanh(both + b), (x, h)


@rnn_step.derivation()
def loop_over_batch(x, h, W, U, b):
    h_next = np.empty_like(h)
    for k in range(len(x)):
        h_next[k] = np.tanh(W.T @ x[k] + U.T @ h[k] + b)
    return h_next, [x, h]


rnn_step.slip(
    "bias-after-tanh",
    "The bias is added after the tanh. It belongs inside, into the sum.",
    ("np.tanh(x @ W + h @ U + b)", "np.tanh(x @ W + h @ U) + b"),
)
rnn_step.slip(
    "tanh-of-each-term",
    "You add the tanh of each term. The terms are added first; one tanh follows.",
    ("np.tanh(x @ W + h @ U + b)", "np.tanh(x @ W) + np.tanh(h @ U) + np.tanh(b)"),
)
rnn_step.slip(
    "state-added-again",
    "The state is added to itself: h belongs into the sum only through U.",
    ("np.tanh(x @ W + h @ U + b)", "h + np.tanh(x @ W + h @ U + b)"),
)
