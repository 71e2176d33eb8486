"""Contract of `rnn_step_backward`, one step of Elman's cell run backwards.

unrolled-canary-5be20c94d7a1
"""

import numpy as np

from solutions.judging.cases import saturated, with_zero
from solutions.judging.contract import Contract
from solutions.judging.drawing import cell, normal
from solutions.judging.parts import Arguments, Sizes, of_gradients
from solutions.judging.rules.gradient import gradient_rule
from solutions.reference import rnn
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe

READ = "bptt#eq-rnn-step-backward"


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "x": normal(rng, sizes.batch, sizes.inputs, dtype=dtype),
        "h": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **cell(rng, sizes, dtype),
        "dh_next": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
    }


rnn_step_backward = Contract(
    reference=rnn.rnn_step_backward,
    outputs=near("dx", "dh", "dW", "dU", "db"),
    read=READ,
    parts=of_gradients(_draw, saturated(_draw), with_zero(_draw, "h")),
    rules=(gradient_rule(_draw, 1, READ),),
    probe=Probe("through_cache", {"upstream": 1}),
    forward=rnn.rnn_step,
)


def step(x, h, W, U, b):
    h_next = np.tanh(x @ W + h @ U + b)
    return h_next, (x, h, W, U, h_next)


@rnn_step_backward.variant_of(step)
def term_by_term(dh_next, cache):
    x, h, W, U, h_next = cache
    da = dh_next * (1 - h_next**2)
    dx = da @ W.T
    dh = da @ U.T
    dW = x.T @ da
    dU = h.T @ da
    db = da.sum(axis=0)
    return dx, dh, dW, dU, db


def step_keeping_sum(x, h, W, U, b):
    a = x @ W + h @ U + b
    return np.tanh(a), {"x": x, "h": h, "W": W, "U": U, "a": a}


@rnn_step_backward.variant_of(step_keeping_sum)
def from_the_sum_before_tanh(dh_next, cache):
    da = dh_next / np.cosh(np.clip(cache["a"], -300, 300)) ** 2
    return da @ cache["W"].T, da @ cache["U"].T, cache["x"].T @ da, cache["h"].T @ da, np.sum(da, axis=0)


@rnn_step_backward.variant_of(step)
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


def step_concatenated(x, h, W, U, b):
    both = np.concatenate([x, h, np.ones((len(x), 1))], axis=1)
    kernel = np.concatenate([W, U, b[None, :]])
    h_next = np.tanh(both @ kernel)
    return h_next, (both, kernel, h_next, x.shape[1])


@rnn_step_backward.variant_of(step_concatenated)
def concatenated_kernel(dh_next, cache):
    both, kernel, h_next, inputs = cache
    da = dh_next * (1 - h_next) * (1 + h_next)
    dboth = da @ kernel.T
    dkernel = both.T @ da
    return dboth[:, :inputs], dboth[:, inputs:-1], dkernel[:inputs], dkernel[inputs:-1], dkernel[-1]


@rnn_step_backward.variant_of(step)
def einsum(dh_next, cache):
    x, h, W, U, h_next = cache
    da = dh_next - dh_next * h_next * h_next
    return (
        np.einsum("bk,dk->bd", da, W),
        np.einsum("bk,jk->bj", da, U),
        np.einsum("bd,bk->dk", x, da),
        np.einsum("bj,bk->jk", h, da),
        np.einsum("bk->k", da),
    )


def step_keeping_slope(x, h, W, U, b):
    h_next = np.tanh(x @ W + h @ U + b)
    return h_next, [x.T, h.T, W.T, U.T, 1 - h_next**2]


@rnn_step_backward.variant_of(step_keeping_slope)
def in_place_on_the_slope(dh_next, cache):
    x_T, h_T, W_T, U_T, slope = cache
    da = slope.copy()
    da *= dh_next
    return [np.dot(da, W_T), np.dot(da, U_T), np.dot(x_T, da), np.dot(h_T, da), np.ones(len(da)) @ da]


SLOPE = "dh_next * (1 - h_next**2)"

rnn_step_backward.slip(
    "tanh-skipped",
    "The derivative of the tanh is missing: dL/dh_next first has to pass back through the tanh.",
    (SLOPE, "dh_next"),
)
rnn_step_backward.slip(
    "slope-not-squared",
    "You take 1 − h_next as the derivative of the tanh. The output has to be squared in it.",
    (SLOPE, "dh_next * (1 - h_next)"),
)
rnn_step_backward.slip(
    "difference-squared",
    "You take (1 − h_next)² as the derivative of the tanh. Only h_next is squared: 1 − h_next².",
    (SLOPE, "dh_next * (1 - h_next) ** 2"),
)
for name, right in (
    ("dx", "da @ W.T"),
    ("dh", "da @ U.T"),
    ("dW", "x.T @ da"),
    ("dU", "h.T @ da"),
    ("db", "da.sum(axis=0)"),
):
    rnn_step_backward.slip(
        f"tanh-skipped-in-{name}",
        f"{name} is made with dh_next. It has to pass back through the tanh first: use the gradient of the sum, da.",
        (right, right.replace("da", "dh_next")),
    )
rnn_step_backward.slip(
    "slope-of-sigmoid",
    "You use the derivative of a sigmoid. This cell's nonlinearity is a tanh.",
    (SLOPE, "dh_next * h_next * (1 - h_next)"),
)
rnn_step_backward.slip(
    "tanh-twice",
    "You take the tanh of h_next again. h_next is a tanh already: use it as it is in the derivative.",
    (SLOPE, "dh_next * (1 - np.tanh(h_next) ** 2)"),
)
rnn_step_backward.slip(
    "slope-of-the-old-state",
    "The derivative of the tanh is taken at the old state h. It belongs to the new state, h_next.",
    (SLOPE, "dh_next * (1 - h**2)"),
)
rnn_step_backward.slip(
    "slope-with-plus",
    "The derivative of the tanh has the wrong sign in it: it gets smaller, not larger, as h_next moves away from 0.",
    (SLOPE, "dh_next * (1 + h_next**2)"),
)
rnn_step_backward.slip(
    "slope-added",
    "You add the derivative of the tanh to dh_next. The chain rule multiplies them.",
    (SLOPE, "dh_next + (1 - h_next**2)"),
)
rnn_step_backward.slip(
    "kernels-swapped",
    "dx and dh are swapped: dx goes back through W, dh goes back through U, and dx is returned first.",
    ("da @ W.T", "da @ U.T"),
    ("dh = da @ U.T", "dh = da @ W.T"),
)
rnn_step_backward.slip(
    "recurrent-kernel-not-transposed",
    "dh goes back through U as it stands. Going back, the kernel is transposed.",
    ("da @ U.T", "da @ U"),
)
rnn_step_backward.slip(
    "input-kernel-not-transposed",
    "dx goes back through W as it stands, which fits only where inputs and units are equally many. "
    "Going back, the kernel is transposed.",
    ("da @ W.T", "da @ W"),
)
rnn_step_backward.slip(
    "new-state-in-dU",
    "dU is made with the new state. The state that U was multiplied with in the forward pass is the old one, h.",
    ("h.T @ da", "h_next.T @ da"),
)
rnn_step_backward.slip(
    "dU-transposed",
    "dU is transposed: row j, column k of dU belongs to the weight from old unit j to new unit k.",
    ("h.T @ da", "da.T @ h"),
)
rnn_step_backward.slip(
    "dW-transposed",
    "dW is transposed. A gradient has the shape of what it belongs to: (D, H), as W.",
    ("x.T @ da", "da.T @ x"),
)
rnn_step_backward.slip(
    "db-not-summed",
    "db still has a row for each sample. All samples share one bias: their contributions are summed.",
    ("da.sum(axis=0)", "da"),
)
rnn_step_backward.slip(
    "db-summed-over-units",
    "db is summed over the units. Sum over the samples: one number for each unit is left.",
    ("da.sum(axis=0)", "da.sum(axis=1)"),
)
rnn_step_backward.slip(
    "db-averaged",
    "db is a mean over the batch. Sum the samples' contributions: what averages is in the loss already.",
    ("da.sum(axis=0)", "da.mean(axis=0)"),
)
rnn_step_backward.slip(
    "db-maximum",
    "db is the largest contribution of a sample. The contributions of all samples are summed.",
    ("da.sum(axis=0)", "da.max(axis=0)"),
)
rnn_step_backward.slip(
    "averaged-over-batch",
    "The gradients of W, U and b are divided by the batch size. Sum here: what averages is in the loss already.",
    ("x.T @ da", "x.T @ da / len(x)"),
    ("h.T @ da", "h.T @ da / len(x)"),
    ("da.sum(axis=0)", "da.mean(axis=0)"),
)
rnn_step_backward.slip(
    "first-sample-only",
    "The gradients of W, U and b come from the first sample alone. Every sample of the batch contributes.",
    ("x.T @ da", "x[:1].T @ da[:1]"),
    ("h.T @ da", "h[:1].T @ da[:1]"),
    ("da.sum(axis=0)", "da[0]"),
)
rnn_step_backward.slip(
    "skip-connection",
    "dh_next is added to dh. This cell has no direct path from h to h_next: everything goes through U and the tanh.",
    ("da @ U.T", "da @ U.T + dh_next"),
)
rnn_step_backward.slip(
    "slope-once-more",
    "The derivative of the tanh is applied twice on the way to dh. One tanh lies between h and h_next.",
    ("da @ U.T", "da * (1 - h_next**2) @ U.T"),
)
rnn_step_backward.slip(
    "dW-and-dU-swapped",
    "dW and dU are returned in the wrong order: first dW, then dU.",
    ("return dx, dh, dW, dU, db", "return dx, dh, dU, dW, db"),
)
rnn_step_backward.slip(
    "upstream-overwritten",
    "You write into the array dh_next that you were given. Whoever called you still needs it: make a new array.",
    ("da = " + SLOPE, "da = dh_next\n    da *= 1 - h_next**2"),
)
rnn_step_backward.slip(
    "kernel-gradients-missing",
    "You return dx and dh alone. Return five things: dx, dh, dW, dU, db.",
    ("return dx, dh, dW, dU, db", "return dx, dh"),
)

rnn_step_backward.read_at(
    {
        "bptt#eq-bptt-slope-entry": (
            "tanh-skipped",
            "tanh-skipped-in-dx",
            "tanh-skipped-in-dh",
            "tanh-skipped-in-dW",
            "tanh-skipped-in-dU",
            "tanh-skipped-in-db",
            "slope-not-squared",
            "difference-squared",
            "slope-of-the-old-state",
            "slope-added",
            "slope-once-more",
        ),
        "bptt#eq-bptt-tanh-slope": (
            "slope-of-sigmoid",
            "tanh-twice",
            "slope-with-plus",
        ),
        "bptt#eq-bptt-back-entry": (
            "kernels-swapped",
            "recurrent-kernel-not-transposed",
            "input-kernel-not-transposed",
        ),
        "bptt#eq-bptt-weights-entry": (
            "new-state-in-dU",
            "dU-transposed",
            "dW-transposed",
            "db-not-summed",
            "db-summed-over-units",
            "db-maximum",
            "first-sample-only",
        ),
        "bptt#eq-cross-entropy-backward": (
            "db-averaged",
            "averaged-over-batch",
        ),
        "bptt#eq-bptt-d-sum": ("skip-connection",),
    }
)
