"""Contract of `rnn_backward_truncated`, backpropagation through time that stops at the borders of blocks.

unrolled-canary-8c6f13e0a75d
"""

import numpy as np

from solutions.exercises.bptt.backward import (
    draw_sequence,
    forward_by_steps,
    forward_filling_an_array,
    forward_keeping_states,
    forward_through,
)
from solutions.exercises.bptt.step_backward import rnn_step_backward as step_contract
from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.parts import Arguments, Sizes, Special, of_gradients
from solutions.reference import rnn, truncated
from solutions.reference.rnn import rnn_step_backward
from unrolled.checking.outputs import near
from unrolled.checking.probes import Probe

READ = "bptt#eq-truncated-bptt"


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    # A last block of two steps in blocks of four or five: every way to misplace the borders then gives its own answer.
    window = int(rng.integers(4, 6))
    steps = 1 if sizes.steps == 1 else window * int(rng.integers(1, 3)) + 2
    longer = Sizes(sizes.batch, steps, sizes.inputs, sizes.hidden, sizes.outputs)
    return {**draw_sequence(rng, longer, dtype), "window": window}


def _with_window(rng: np.random.Generator, steps: int, window: int) -> Arguments:
    return {**draw_sequence(rng, Sizes(2, steps, 3, 4, 2), np.float64), "window": window}


def _leaks_across_a_border(function: Function, rng: np.random.Generator) -> bool:
    arguments = _with_window(rng, steps=7, window=3)
    arguments["dHs"][:, :3] = arguments["dHs"][:, 6:] = 0
    dX, dh0 = (np.asarray(gradient) for gradient in function(*arguments.values())[:2])
    own = np.abs(dX[:, 3:6]).max(axis=(0, 2))
    return bool(dX[:, :3].any() or dX[:, 6:].any() or dh0.any() or (own < 1e-8).any())


rnn_backward_truncated = Contract(
    reference=truncated.rnn_backward_truncated,
    outputs=near("dX", "dh0", "dW", "dU", "db"),
    read=READ,
    parts=of_gradients(
        _draw,
        Special("a window of one", lambda rng: _with_window(rng, steps=4, window=1)),
        Special("a window longer than the sequence", lambda rng: _with_window(rng, steps=4, window=6)),
        Special("a window as long as the sequence", lambda rng: _with_window(rng, steps=4, window=4)),
        Special("blocks of equal length", lambda rng: _with_window(rng, steps=6, window=2)),
    ),
    rules=(
        Rule(
            "leaks-across-a-border",
            "a loss inside one block gives gradients to the inputs of that block, and to no others.",
            lambda function, rng, forward: _leaks_across_a_border(function, rng),
            READ,
        ),
    ),
    probe=Probe("through_cache", {"upstream": 2}),
    forward=rnn.rnn_forward,
)


@rnn_backward_truncated.variant_of(forward_keeping_states)
def one_loop(dHs, window, cache):
    X, states, W, U = cache
    dX = np.zeros_like(X)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(U.shape[0])
    dh = np.zeros_like(states[0])
    for t in reversed(range(X.shape[1])):
        if (t + 1) % window == 0:
            dh = np.zeros_like(dh)
        dh = dh + dHs[:, t]
        da = dh * (1 - states[t + 1] ** 2)
        dX[:, t] = da @ W.T
        dW += X[:, t].T @ da
        dU += states[t].T @ da
        db += da.sum(axis=0)
        dh = da @ U.T
    return dX, dh, dW, dU, db


@rnn_backward_truncated.variant_of(forward_keeping_states)
def block_by_block(dHs, window, cache):
    X, states, W, U = cache
    dX, first = np.zeros_like(X), None
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(U.shape[0])
    for start in range(0, X.shape[1], window):
        dh = np.zeros_like(states[0])
        for t in range(min(start + window, X.shape[1]) - 1, start - 1, -1):
            da = (dh + dHs[:, t]) * (1 - states[t + 1] ** 2)
            dX[:, t] = da @ W.T
            dW, dU, db = dW + X[:, t].T @ da, dU + states[t].T @ da, db + da.sum(axis=0)
            dh = da @ U.T
        first = dh if first is None else first
    return dX, first, dW, dU, db


@rnn_backward_truncated.variant_of(forward_filling_an_array)
def products_at_the_end(dHs, window, cache):
    X, H, W, U = cache["X"], cache["H"], cache["W"], cache["U"]
    slope = 1 - H[:, 1:] ** 2
    dA = slope * dHs
    for t in range(X.shape[1] - 2, -1, -1):
        if t // window == (t + 1) // window:
            dA[:, t] += slope[:, t] * (dA[:, t + 1] @ U.T)
    dU = np.einsum("btj,btk->jk", H[:, :-1], dA)
    return dA @ W.T, dA[:, 0] @ U.T, np.tensordot(X, dA, axes=([0, 1], [0, 1])), dU, dA.sum(axis=(0, 1))


@rnn_backward_truncated.variant_of(forward_keeping_states)
def recursive_over_blocks(dHs, window, cache):
    X, states, W, U = cache
    steps = X.shape[1]

    def block(start):
        end = min(start + window, steps)
        dX, dh, dW, dU, db = ([], None, 0, 0, 0) if end == steps else block(end)
        dh = np.zeros_like(states[0])
        for t in reversed(range(start, end)):
            da = (dHs[:, t] + dh) * (1 - states[t + 1] ** 2)
            dX = [da @ W.T, *dX]
            dW, dU, db = dW + X[:, t].T @ da, dU + states[t].T @ da, db + da.sum(axis=0)
            dh = da @ U.T
        return dX, dh, dW, dU, db

    dX, *rest = block(0)
    return [np.stack(dX, axis=1), *rest]


@rnn_backward_truncated.variant_of(forward_by_steps)
def by_steps(dHs, window, cache):
    dX, dh, dW, dU, db = [], 0, 0, 0, 0
    for t in range(len(cache) - 1, -1, -1):
        later = 0 if (t + 1) % window == 0 else dh
        dx, dh, dW_t, dU_t, db_t = rnn_step_backward(dHs[:, t] + later, cache[t])
        dX.insert(0, dx)
        dW, dU, db = dW + dW_t, dU + dU_t, db + db_t
    return np.stack(dX, axis=1), dh, dW, dU, db


rnn_backward_truncated.rewrite(
    "multiplied_by_zero",
    ("if (t + 1) % window == 0:\n            dh = np.zeros_like(dh)", "dh = dh * ((t + 1) % window > 0)"),
)
rnn_backward_truncated.rewrite(
    "borders_listed",
    ("for t in reversed", "borders = set(range(window, X.shape[1], window))\n    for t in reversed"),
    ("(t + 1) % window == 0", "t + 1 in borders"),
)

BORDER = "if (t + 1) % window == 0:\n            dh = np.zeros_like(dh)\n"
ADD = "        dh = dh + dHs[:, t]\n"
LOOP = """\
        if (t + 1) % window == 0:
            dh = np.zeros_like(dh)
        dh = dh + dHs[:, t]
        da = dh * (1 - states[t + 1] ** 2)
        dX[:, t] = da @ W.T
        dW += X[:, t].T @ da
        dU += states[t].T @ da
        db += da.sum(axis=0)
        dh = da @ U.T
"""
LOOP_FROM_EACH_LOSS = """\
        dh = dHs[:, t]
        for s in range(t, max(t - window, -1), -1):
            da = dh * (1 - states[s + 1] ** 2)
            dX[:, s] += da @ W.T
            dW += X[:, s].T @ da
            dU += states[s].T @ da
            db += da.sum(axis=0)
            dh = da @ U.T
        dh0 = dh0 + dh if t < window else dh0
"""

rnn_backward_truncated.slip(
    "window-ignored",
    "This is the full gradient: nothing is cut. Between two blocks of `window` steps no gradient may flow.",
    (BORDER, "pass\n"),
)
rnn_backward_truncated.slip(
    "blocks-from-the-end",
    "The blocks are counted from the end of the sequence. Count from the first step; the last block may be short.",
    ("(t + 1) % window", "(X.shape[1] - 1 - t) % window"),
)
rnn_backward_truncated.slip(
    "border-one-step-early",
    "The cut is one step off: the first block holds one step too few. It holds steps 0 … window − 1.",
    ("(t + 1) % window", "(t + 2) % window"),
)
rnn_backward_truncated.slip(
    "border-one-step-late",
    "The cut is one step off: the first block holds one step too many. It holds steps 0 … window − 1.",
    ("(t + 1) % window", "t % window"),
)
rnn_backward_truncated.slip(
    "window-plus-one",
    "Your blocks hold window + 1 steps. They hold `window` steps.",
    ("(t + 1) % window", "(t + 1) % (window + 1)"),
)
rnn_backward_truncated.slip(
    "loss-cut-too",
    "At a border you drop the step's own dHs too. Only what flows back from the next block is dropped.",
    (BORDER + ADD, "dh = dh + dHs[:, t]\n        " + BORDER),
)
rnn_backward_truncated.slip(
    "state-cut-too",
    "In dU you treat the state that enters a block as zero. The state is carried over; only the gradient is cut.",
    ("dU += states[t].T @ da", "dU += (t % window > 0 or t == 0) * states[t].T @ da"),
)
rnn_backward_truncated.slip(
    "last-block-only",
    "You stop at the first border, so that only the last block has gradients. All blocks count; their sums are added.",
    (BORDER, "if (t + 1) % window == 0 and t + 1 < X.shape[1]:\n            break\n"),
)
rnn_backward_truncated.slip(
    "gradients-restart",
    "The gradients of W, U and b start afresh at each border, so that only the first block counts. Add up all blocks.",
    (
        "dh = np.zeros_like(dh)\n",
        "dh, dW, dU, db = np.zeros_like(dh), np.zeros_like(W), np.zeros_like(U), np.zeros_like(db)\n",
    ),
)
rnn_backward_truncated.slip(
    "averaged-over-blocks",
    "The gradients of W, U and b are divided by the number of blocks. The blocks' gradients are summed.",
    ("return dX, dh, dW, dU, db", "n = -(-X.shape[1] // window)\n    return dX, dh, dW / n, dU / n, db / n"),
)
rnn_backward_truncated.slip(
    "damped-instead-of-cut",
    "At a border you halve what flows back. Truncation drops it altogether.",
    ("np.zeros_like(dh)\n        dh = dh +", "dh / 2\n        dh = dh +"),
)
rnn_backward_truncated.slip(
    "gradients-not-accumulated",
    "The gradients of W, U and b are overwritten at each step. The contributions of all steps are summed.",
    ("dW += X", "dW = X"),
    ("dU += states", "dU = states"),
    ("db += da", "db = da"),
)
rnn_backward_truncated.slip(
    "dh0-zero",
    "dh0 is all zeros. h0 enters the first block: what is left after its first step is the gradient of h0.",
    ("return dX, dh,", "return dX, np.zeros_like(dh),"),
)
rnn_backward_truncated.slip(
    "flow-maximum",
    "You keep the larger of a step's own gradient and the one from later steps. The two are added.",
    ("dh = dh + dHs[:, t]", "dh = np.maximum(dh, dHs[:, t])"),
)
rnn_backward_truncated.slip(
    "first-sequence-only",
    "The gradients of W, U and b come from the first sequence alone. Sum over the batch.",
    ("dW += X[:, t].T @ da", "dW += X[:1, t].T @ da[:1]"),
    ("dU += states[t].T @ da", "dU += states[t][:1].T @ da[:1]"),
    ("db += da.sum(axis=0)", "db += da[0]"),
)
rnn_backward_truncated.slip(
    "last-window-only",
    "Only the last `window` steps have gradients. Go back through all steps; at each border only the flow is dropped.",
    (LOOP, "        if t < X.shape[1] - window:\n            break\n" + LOOP.split("\n", 2)[2]),
)
rnn_backward_truncated.slip(
    "last-window-only-in-the-list",
    "dX holds the last `window` steps alone. Go back through all steps; at each border only the flow is dropped.",
    (LOOP, "        if t < X.shape[1] - window:\n            break\n" + LOOP.split("\n", 2)[2]),
    ("return dX, dh,", "return dX[:, -window:], dh,"),
)
WHOLE_BLOCKS = ("reversed(range(X.shape[1]))", "reversed(range(X.shape[1] // window * window))")
REMAINDER = (
    "T // window counts the whole blocks only, so that the steps of a last, shorter block are lost. "
    "Let blocks begin at range(0, T, window), and end at the end of the sequence at the latest."
)
rnn_backward_truncated.slip("remainder-lost", REMAINDER, WHOLE_BLOCKS)
rnn_backward_truncated.slip(
    "remainder-lost-from-the-list",
    REMAINDER,
    WHOLE_BLOCKS,
    ("return dX, dh,", "return np.stack([dX[:, t] for t in range(X.shape[1] // window * window)], axis=1), dh,"),
)
rnn_backward_truncated.slip(
    "remainder-lost-or-no-block-at-all",
    REMAINDER,
    WHOLE_BLOCKS,
    ("    dh = np.zeros_like(states[0])\n", ""),
    ("np.zeros_like(dh)", "np.zeros_like(states[0])"),
    read="bptt#eq-bptt-border",
    further=True,
)
rnn_backward_truncated.slip(
    "dh0-from-the-last-block",
    "dh0 is what flows back out of the last block. Only the first block begins with h0: keep what flows out of it.",
    ("reversed(range(X.shape[1]))", "sorted(range(X.shape[1]), key=lambda t: (t // window, -t))"),
    ("if (t + 1) % window == 0", "if (t + 1) % window == 0 or t + 1 == X.shape[1]"),
)
rnn_backward_truncated.slip(
    "dX-time-first",
    "dX is stacked time first, (T, B, D). Batch comes first: axis=1 in np.stack.",
    ("return dX, dh,", "return np.swapaxes(dX, 0, 1), dh,"),
)
rnn_backward_truncated.slip(
    "upstream-overwritten",
    "You add into the array dHs that you were given. Whoever called you still needs it: make a new array.",
    (ADD, "        dHs[:, t] += dh\n        dh = dHs[:, t]\n"),
)
rnn_backward_truncated.slip(
    "sliding-window",
    "You let each step's loss flow back `window` steps, wherever the borders are. Here the sequence is cut into fixed "
    "blocks, and a loss flows back to the start of its own block.",
    (LOOP, LOOP_FROM_EACH_LOSS),
    ("    dh = np.zeros_like(states[0])\n", "    dh0 = np.zeros_like(states[0])\n"),
    ("return dX, dh,", "return dX, dh0,"),
)


def _through(step_backward: Function) -> Function:
    def backward(dHs, window, caches):
        dX, dh, dW, dU, db = [], np.zeros_like(dHs[:, 0]), 0, 0, 0
        for t in reversed(range(len(caches))):
            dh = np.zeros_like(dh) if (t + 1) % window == 0 else dh
            dx, dh, dW_t, dU_t, db_t = step_backward(dh + dHs[:, t], caches[t])
            dX.insert(0, dx)
            dW, dU, db = dW + dW_t, dU + dU_t, db + db_t
        return np.stack(dX, axis=1), dh, dW, dU, db

    return backward


rnn_backward_truncated.inherit(step_contract, _through, forward_through)

rnn_backward_truncated.read_at(
    {
        "bptt#eq-bptt-border": (
            "blocks-from-the-end",
            "border-one-step-early",
            "border-one-step-late",
            "window-plus-one",
            "remainder-lost",
            "remainder-lost-from-the-list",
        ),
        "bptt#eq-truncation-kept": ("sliding-window",),
        "bptt#eq-bptt-recurrent": (
            "state-cut-too",
            "first-sequence-only",
        ),
        "bptt#eq-bptt-copies": (
            "last-block-only",
            "last-window-only",
            "last-window-only-in-the-list",
            "gradients-restart",
            "averaged-over-blocks",
            "gradients-not-accumulated",
        ),
        "bptt#eq-bptt-initial": ("dh0-zero", "dh0-from-the-last-block"),
    }
)
