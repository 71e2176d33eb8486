"""Contract of `rnn_step`, one step of Elman's cell.

unrolled-canary-a1d94c60f7e8
"""

import numpy as np

from solutions.judging.cases import saturated, with_zero
from solutions.judging.contract import Arguments, Contract, Sizes
from solutions.judging.drawing import cell, normal
from solutions.reference import rnn


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "x": normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "h": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **cell(rng, sizes, dtype),
    }


rnn_step = Contract(
    reference=rnn.rnn_step,
    outputs=("h_next", "cache"),
    read="rnn-cell#eq-rnn-step",
    draw=_draw,
    parts=("shapes", "values", "edges"),
    specials=(saturated(_draw), with_zero(_draw, "h")),
)


@rnn_step.misconception("Your output is what you get without the bias b.")
def bias_forgotten(x, h, W, U, b):
    return np.tanh(x @ W + h @ U), None


@rnn_step.misconception("Your output is the sum before the tanh: the nonlinearity is missing.")
def tanh_forgotten(x, h, W, U, b):
    return x @ W + h @ U + b, None


@rnn_step.misconception("Your output is what a sigmoid gives (0 to 1). This cell uses tanh (−1 to 1).")
def sigmoid_for_tanh(x, h, W, U, b):
    return 0.5 * (1 + np.tanh(0.5 * (x @ W + h @ U + b))), None


@rnn_step.misconception("Your output does not depend on the state h: the recurrent term h U is missing.")
def state_ignored(x, h, W, U, b):
    return np.tanh(x @ W + b), None


@rnn_step.misconception("Your output does not depend on the input x: the term x W is missing.")
def input_ignored(x, h, W, U, b):
    return np.tanh(h @ U + b), None


@rnn_step.misconception(
    "The two kernels are swapped: W belongs to the input x and U to the state h. "
    "They only fit the other way round where inputs and units are equally many."
)
def kernels_swapped(x, h, W, U, b):
    return np.tanh(x @ U + h @ W + b), None


@rnn_step.misconception("The recurrent kernel is transposed: with rows as samples it is h @ U, not h @ U.T.")
def recurrent_kernel_transposed(x, h, W, U, b):
    return np.tanh(x @ W + h @ U.T + b), None


@rnn_step.misconception(
    "The input kernel is transposed: with rows as samples it is x @ W, not x @ W.T. "
    "The transpose only fits where inputs and units are equally many."
)
def input_kernel_transposed(x, h, W, U, b):
    return np.tanh(x @ W.T + h @ U + b), None


@rnn_step.misconception("The bias is added after the tanh. It belongs inside, into the sum.")
def bias_after_tanh(x, h, W, U, b):
    return np.tanh(x @ W + h @ U) + b, None


@rnn_step.misconception("You add the tanh of each term. The terms are added first; one tanh follows.")
def tanh_of_each_term(x, h, W, U, b):
    return np.tanh(x @ W) + np.tanh(h @ U) + np.tanh(b), None


@rnn_step.misconception(
    "The input's and the state's contributions are multiplied. In this (first-order) cell they are added."
)
def product_for_sum(x, h, W, U, b):
    return np.tanh((x @ W) * (h @ U) + b), None


@rnn_step.misconception("You take the larger of the input's and the state's contribution. In this cell both are added.")
def maximum_for_sum(x, h, W, U, b):
    return np.tanh(np.maximum(x @ W, h @ U) + b), None


@rnn_step.misconception("Every row starts from the state of the first. Each row is a sample with a state of its own.")
def state_of_the_first_row(x, h, W, U, b):
    return np.tanh(x @ W + h[0] @ U + b), None


@rnn_step.misconception("The state is added to itself: h belongs into the sum only through U.")
def state_added_again(x, h, W, U, b):
    return h + np.tanh(x @ W + h @ U + b), None


@rnn_step.misconception("The bias is added twice, once to each product.")
def bias_twice(x, h, W, U, b):
    return np.tanh((x @ W + b) + (h @ U + b)), None


@rnn_step.misconception(
    "You write the new state into the array h that you were given. Whoever called you still needs the old one."
)
def state_overwritten(x, h, W, U, b):
    h[:] = np.tanh(x @ W + h @ U + b)
    return h, None


@rnn_step.misconception("You return the new state alone. Return two things: h_next and a cache (None will do).")
def cache_not_returned(x, h, W, U, b):
    return np.tanh(x @ W + h @ U + b)


@rnn_step.misconception("You average over the batch. Each row is a sample of its own and keeps its own state.")
def mean_over_batch(x, h, W, U, b):
    h_next = np.tanh(x @ W + h @ U + b)
    return np.broadcast_to(h_next.mean(axis=0), h_next.shape), None


@rnn_step.variant
def term_by_term(x, h, W, U, b):
    a = np.dot(x, W)
    a = a + np.dot(h, U)
    a = a + b
    return np.tanh(a), {"x": x, "h": h, "a": a}


@rnn_step.variant
def concatenated_kernel(x, h, W, U, b):
    both = np.concatenate([h, x], axis=1) @ np.concatenate([U, W], axis=0)
    return np.tanh(both + b), (x, h)


@rnn_step.variant
def einsum(x, h, W, U, b):
    a = np.einsum("bd,dk->bk", x, W) + np.einsum("bj,jk->bk", h, U) + b[None, :]
    return np.tanh(a), None


@rnn_step.variant
def loop_over_batch(x, h, W, U, b):
    h_next = np.empty_like(h)
    for k in range(len(x)):
        h_next[k] = np.tanh(W.T @ x[k] + U.T @ h[k] + b)
    return h_next, [x, h]


@rnn_step.variant
def tanh_by_exponentials(x, h, W, U, b):
    a = x @ W + h @ U + b
    e = np.exp(-2 * np.abs(a))
    return np.sign(a) * (1 - e) / (1 + e), a
