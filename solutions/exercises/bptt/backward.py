"""Contract of `rnn_backward`, backpropagation through time for Elman's cell.

unrolled-canary-d04f7a6be913
"""

import numpy as np

from solutions.exercises.bptt.step_backward import rnn_step_backward as step_contract
from solutions.judging.cases import loss_at_the_end, loss_at_the_start, with_zero
from solutions.judging.contract import Contract
from solutions.judging.derivation import Function
from solutions.judging.drawing import cell, normal
from solutions.judging.loop_slips import ADD, slips_of_the_way_back
from solutions.judging.parts import Arguments, Sizes, of_gradients
from solutions.judging.rules.gradient import gradient_rule
from solutions.reference import rnn
from solutions.reference.rnn import rnn_step, rnn_step_backward
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe

READ = "bptt#eq-bptt"


def draw_sequence(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """A sequence, an initial state, a cell, and the gradients of the loss with respect to every state."""
    return {
        "X": normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "h0": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **cell(rng, sizes, dtype),
        "dHs": normal(rng, sizes.batch, sizes.steps, sizes.hidden, dtype=dtype),
    }


rnn_backward = Contract(
    reference=rnn.rnn_backward,
    outputs=near("dX", "dh0", "dW", "dU", "db"),
    read=READ,
    parts=of_gradients(
        draw_sequence, loss_at_the_end(draw_sequence), loss_at_the_start(draw_sequence), with_zero(draw_sequence, "h0")
    ),
    rules=(gradient_rule(draw_sequence, 1, READ),),
    probe=Probe("through_cache", {"upstream": 1}),
    forward=rnn.rnn_forward,
)


def forward_keeping_states(X, h0, W, U, b):
    states = [h0]
    for t in range(X.shape[1]):
        states.append(np.tanh(X[:, t] @ W + states[-1] @ U + b))
    return np.stack(states[1:], axis=1), (X, states, W, U)


@rnn_backward.variant_of(forward_keeping_states)
def one_loop(dHs, cache):
    X, states, W, U = cache
    dX = np.zeros_like(X)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(U.shape[0])
    dh = np.zeros_like(states[0])
    for t in reversed(range(X.shape[1])):
        dh = dh + dHs[:, t]
        da = dh * (1 - states[t + 1] ** 2)
        dX[:, t] = da @ W.T
        dW += X[:, t].T @ da
        dU += states[t].T @ da
        db += da.sum(axis=0)
        dh = da @ U.T
    return dX, dh, dW, dU, db


def forward_by_steps(X, h0, W, U, b):
    h, states, caches = h0, [], []
    for t in range(X.shape[1]):
        h, cache = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), caches


@rnn_backward.variant_of(forward_by_steps)
def by_steps(dHs, cache):
    dX, dh, dW, dU, db = [], np.zeros_like(dHs[:, 0]), 0, 0, 0
    for t in range(len(cache) - 1, -1, -1):
        dx, dh, dW_t, dU_t, db_t = rnn_step_backward(dHs[:, t] + dh, cache[t])
        dX.insert(0, dx)
        dW, dU, db = dW + dW_t, dU + dU_t, db + db_t
    return np.stack(dX, axis=1), dh, dW, dU, db


def forward_filling_an_array(X, h0, W, U, b):
    A, H = X @ W + b, np.empty((X.shape[0], X.shape[1] + 1, U.shape[0]))
    H[:, 0] = h0
    for t in range(X.shape[1]):
        H[:, t + 1] = np.tanh(A[:, t] + H[:, t] @ U)
    return H[:, 1:].copy(), {"X": X, "H": H, "W": W, "U": U}


@rnn_backward.variant_of(forward_filling_an_array)
def products_at_the_end(dHs, cache):
    X, H, W, U = cache["X"], cache["H"], cache["W"], cache["U"]
    dA = (1 - H[:, 1:] ** 2) * dHs
    for t in range(X.shape[1] - 1, 0, -1):
        dA[:, t - 1] += (dA[:, t] @ U.T) * (1 - H[:, t] ** 2)
    dW = np.tensordot(X, dA, axes=([0, 1], [0, 1]))
    dU = np.einsum("btj,btk->jk", H[:, :-1], dA)
    return dA @ W.T, dA[:, 0] @ U.T, dW, dU, dA.sum(axis=(0, 1))


@rnn_backward.variant_of(forward_keeping_states)
def recursive(dHs, cache):
    X, states, W, U = cache

    def back(t, dh):
        if t < 0:
            return [], dh, np.zeros_like(W), np.zeros_like(U), np.zeros(len(U))
        da = (dh + dHs[:, t]) * (1 - states[t + 1] ** 2)
        dX, dh0, dW, dU, db = back(t - 1, da @ U.T)
        return [*dX, da @ W.T], dh0, dW + X[:, t].T @ da, dU + states[t].T @ da, db + da.sum(0)

    dX, *rest = back(X.shape[1] - 1, np.zeros_like(states[0]))
    return np.array(dX).swapaxes(0, 1), *rest


@rnn_backward.variant_of(forward_keeping_states)
def one_sequence_at_a_time(dHs, cache):
    X, states, W, U = cache
    dX, dh0 = np.zeros_like(X), np.zeros_like(states[0])
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(U.shape[0])
    for k in range(len(X)):
        dh = np.zeros(U.shape[0])
        for t in range(X.shape[1])[::-1]:
            da = (dh + dHs[k, t]) * (1 - states[t + 1][k] ** 2)
            dX[k, t] = W @ da
            dW += np.outer(X[k, t], da)
            dU += np.outer(states[t][k], da)
            db += da
            dh = U @ da
        dh0[k] = dh
    return dX, dh0, dW, dU, db


@rnn_backward.variant_of(forward_keeping_states)
def jacobian_of_each_distance(dHs, cache):
    X, states, W, U = cache
    dA = np.zeros((X.shape[1], *states[0].shape))
    for t in range(X.shape[1]):
        dh = dHs[:, t]
        for s in range(t, -1, -1):
            da = dh * (1 - states[s + 1] ** 2)
            dA[s] += da
            dh = da @ U.T
    dW = sum(X[:, t].T @ dA[t] for t in range(len(dA)))
    dU = sum(states[t].T @ dA[t] for t in range(len(dA)))
    return np.swapaxes(dA @ W.T, 0, 1), dA[0] @ U.T, dW, dU, dA.sum(axis=(0, 1))


FLOW = "dh = da @ U.T"

slips_of_the_way_back(rnn_backward)
rnn_backward.slip(
    "flow-replaced",
    "Each step starts from its own dHs alone: what flows back from the later steps is lost. The two are added.",
    (ADD, "dh = dHs[:, t]"),
)
rnn_backward.slip(
    "upstream-skips-the-step",
    "The step's own dHs joins only after the step has been passed back through, so that it reaches the step before "
    "without its tanh and kernel. Add it first.",
    (ADD, "pass"),
    (FLOW, "dh = da @ U.T + dHs[:, t]"),
)
rnn_backward.slip(
    "forwards-in-time",
    "The loop runs forwards in time. The gradient of a state is complete only when all later steps are done.",
    ("reversed(range(X.shape[1]))", "range(X.shape[1])"),
)
rnn_backward.slip(
    "gradients-not-accumulated",
    "The gradients of W, U and b are overwritten at each step. All steps share these parameters: their "
    "contributions are summed.",
    ("dW += X", "dW = X"),
    ("dU += states", "dU = states"),
    ("db += da", "db = da"),
)
rnn_backward.slip(
    "dU-not-accumulated",
    "dU is overwritten at each step. All steps share U: their contributions are summed.",
    ("dU += states", "dU = states"),
)
rnn_backward.slip(
    "db-not-accumulated",
    "db is overwritten at each step. All steps share b: their contributions are summed.",
    ("db += da", "db = da"),
)
rnn_backward.slip(
    "new-state-in-dU",
    "dU is made with the state after each step. U was multiplied with the state before it, at first with h0.",
    ("dU += states[t]", "dU += states[t + 1]"),
)
rnn_backward.slip(
    "slope-one-step-early",
    "The derivative of the tanh is taken at the state before the step. It belongs to the state that the step made.",
    ("states[t + 1] ** 2", "states[t] ** 2"),
)
rnn_backward.slip(
    "tanh-skipped",
    "The derivative of the tanh is missing: every gradient has to pass back through it, at every step.",
    ("da = dh * (1 - states[t + 1] ** 2)", "da = dh"),
)
rnn_backward.slip(
    "tanh-skipped-between-steps",
    "The derivative of the tanh is missing on the way from state to state: it is applied for W, U and b only.",
    (FLOW, "dh = dh @ U.T"),
)
rnn_backward.slip(
    "recurrent-kernel-not-transposed",
    "The gradient flows back through U as it stands. Going back, the kernel is transposed.",
    (FLOW, "dh = da @ U"),
)
rnn_backward.slip(
    "recurrent-kernel-skipped",
    "The gradient flows from state to state without U. It has to go back through the recurrent kernel at every step.",
    (FLOW, "dh = da"),
)
rnn_backward.slip(
    "first-step-not-passed",
    "dh0 is the gradient of the first state, h_1. It has to go back through the first step as well.",
    (FLOW, "dh = da @ U.T if t else dh"),
)
rnn_backward.slip(
    "dh0-without-the-flow",
    "dh0 comes from the first step's own dHs alone. What flows back from the later steps reaches h0 too.",
    ("return dX, dh,", "return dX, dHs[:, 0] * (1 - states[1] ** 2) @ U.T,"),
)
rnn_backward.slip(
    "dh0-zero",
    "dh0 is all zeros. The initial state is an input too: what is left after the first step is its gradient.",
    ("return dX, dh,", "return dX, np.zeros_like(dh),"),
)
rnn_backward.slip(
    "dX-reversed",
    "dX is in reverse order: dX[:, 0] belongs to the first input, although the loop reaches it last.",
    ("dX[:, t] =", "dX[:, -1 - t] ="),
)
rnn_backward.slip(
    "dX-summed-over-time",
    "All steps of dX hold the same sum. Each input acts at its own step and has a gradient of its own.",
    ("dX[:, t] = da @ W.T", "dX += (da @ W.T)[:, None]"),
)
rnn_backward.slip(
    "dX-time-first",
    "dX is stacked time first, (T, B, D). Batch comes first: axis=1 in np.stack.",
    ("return dX, dh,", "return np.swapaxes(dX, 0, 1), dh,"),
)
rnn_backward.slip(
    "first-step-left-out",
    "The loop stops before step 0, so that the first input and h0 get nothing of it. In Python, range(T - 1, -1, -1) "
    "and reversed(range(T)) end with 0; range(T - 1, 0, -1) ends with 1.",
    ("reversed(range(X.shape[1]))", "reversed(range(1, X.shape[1]))"),
)
rnn_backward.slip(
    "first-step-not-in-the-list",
    "The loop stops before step 0: dX has one step too few. In Python, range(T - 1, -1, -1) and reversed(range(T)) "
    "end with 0; range(T - 1, 0, -1) ends with 1.",
    ("reversed(range(X.shape[1]))", "reversed(range(1, X.shape[1]))"),
    ("return dX, dh,", "return np.stack([dX[:, t] for t in range(1, X.shape[1])], axis=1), dh,"),
)
rnn_backward.slip(
    "flow-accumulated",
    "What flows back is added up from step to step. It is replaced at each step: what a later step sent has already "
    "gone on through this one.",
    (ADD, "d = dh + dHs[:, t]"),
    ("da = dh * (", "da = d * ("),
    (FLOW, "dh = dh + da @ U.T"),
)
rnn_backward.slip(
    "state-gradient-kept",
    "You add what goes back through the kernel to the gradient of the state itself. Only what has gone through the "
    "tanh and the kernel reaches the state before: replace it.",
    (FLOW, "dh = dh + da @ U.T"),
)
rnn_backward.slip(
    "flow-not-passed-on",
    "Each step goes back with its own dHs alone. What flows back from the later steps is only added up, and no step "
    "passes it on: add it to dHs[:, t] before you go back one step.",
    (ADD, "d = dHs[:, t]"),
    ("da = dh * (", "da = d * ("),
    (FLOW, "dh = dh + da @ U.T"),
)
rnn_backward.slip(
    "tanh-skipped-for-the-kernels",
    "dW, dU and db are made with the gradient of the state, dh. It has to pass back through the tanh first: use da.",
    ("X[:, t].T @ da", "X[:, t].T @ dh"),
    ("states[t].T @ da", "states[t].T @ dh"),
    ("da.sum(axis=0)", "dh.sum(axis=0)"),
)
for name, right in (
    ("dX", "dX[:, t] = da"),
    ("dW", "X[:, t].T @ da"),
    ("dU", "states[t].T @ da"),
    ("db", "db += da"),
):
    rnn_backward.slip(
        f"tanh-skipped-in-{name}",
        f"{name} is made with the gradient of the state, dh. It has to pass back through the tanh first: use da.",
        (right, right.replace("da", "dh")),
    )
rnn_backward.slip(
    "first-sequence-only",
    "dU comes from the first sequence of the batch alone. Every sequence contributes.",
    ("states[t].T @ da", "states[t][:1].T @ da[:1]"),
)


def _through(step_backward: Function) -> Function:
    def backward(dHs, caches):
        dX, dh, dW, dU, db = [], np.zeros_like(dHs[:, 0]), 0, 0, 0
        for t in reversed(range(len(caches))):
            dx, dh, dW_t, dU_t, db_t = step_backward(dh + dHs[:, t], caches[t])
            dX.insert(0, dx)
            dW, dU, db = dW + dW_t, dU + dU_t, db + db_t
        return np.stack(dX, axis=1), dh, dW, dU, db

    return backward


def forward_through(step: Function) -> Function:
    """A forward function that keeps what each call of `step` keeps."""

    def forward(X, h0, W, U, b):
        h, states, caches = h0, [], []
        for t in range(X.shape[1]):
            h, cache = step(X[:, t], h, W, U, b)
            states.append(h)
            caches.append(cache)
        return np.stack(states, axis=1), caches

    return forward


rnn_backward.inherit(step_contract, _through, forward_through)

rnn_backward.read_at(
    {
        "bptt#eq-bptt-copies": ("gradients-not-accumulated", "first-step-left-out", "first-step-not-in-the-list"),
        "bptt#eq-bptt-slope-entry": (
            "slope-one-step-early",
            "tanh-skipped-for-the-kernels",
            "tanh-skipped-in-dX",
            "tanh-skipped-in-dW",
            "tanh-skipped-in-dU",
            "tanh-skipped-in-db",
        ),
        "bptt#eq-bptt-recurrent": (
            "dU-not-accumulated",
            "new-state-in-dU",
            "first-sequence-only",
        ),
        "bptt#eq-cross-entropy-backward": ("averaged-over-time", "averaged-over-batch"),
        "bptt#eq-bptt-bias": ("db-not-accumulated",),
        "bptt#eq-bptt-back-entry": ("recurrent-kernel-not-transposed",),
        "bptt#eq-bptt-initial": (
            "first-step-not-passed",
            "dh0-without-the-flow",
            "dh0-zero",
        ),
        "bptt#eq-bptt-input": (
            "dX-reversed",
            "dX-time-first",
            "dX-summed-over-time",
        ),
    }
)
