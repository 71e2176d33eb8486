"""Contract of `rnn_backward_truncated`, backpropagation through time that stops at the borders of blocks.

unrolled-canary-8c6f13e0a75d
"""

import numpy as np

from solutions.exercises.bptt.backward import WORDS, draw_sequence, forward_filling_an_array
from solutions.exercises.rnn_cell.forward import list_of_states as rnn_forward
from solutions.judging import kit
from solutions.reference import rnn, truncated

READ = "truncation#eq-truncated-bptt"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # A last block of two steps in blocks of four or five: every way to misplace the borders then gives its own answer.
    window = int(rng.integers(4, 6))
    steps = 1 if sizes.steps == 1 else window * int(rng.integers(1, 3)) + 2
    longer = kit.Sizes(sizes.batch, steps, sizes.inputs, sizes.hidden, sizes.outputs)
    return {**draw_sequence(rng, longer, dtype), "window": window}


def _with_window(rng: np.random.Generator, steps: int, window: int) -> kit.Arguments:
    return {**draw_sequence(rng, kit.Sizes(2, steps, 3, 4, 2), np.float64), "window": window}


def _leaks(function: kit.Function, rng: np.random.Generator, forward: kit.Function) -> bool:
    arguments = _with_window(rng, steps=7, window=3)
    arguments["dHs"][:, :3] = arguments["dHs"][:, 6:] = 0
    dX, dh0 = (np.asarray(gradient) for gradient in function(*arguments.values())[:2])
    own = np.abs(dX[:, 3:6]).max(axis=(0, 2))
    return bool(dX[:, :3].any() or dX[:, 6:].any() or dh0.any() or (own < 1e-8).any())


rnn_backward_truncated = kit.Contract(
    reference=truncated.rnn_backward_truncated,
    outputs=kit.near("dX", "dh0", "dW", "dU", "db"),
    read=READ,
    parts=kit.of_gradients(
        _draw,
        kit.Special("a window of one", lambda rng: _with_window(rng, steps=4, window=1)),
        kit.Special("a window longer than the sequence", lambda rng: _with_window(rng, steps=4, window=6)),
        kit.Special("a window as long as the sequence", lambda rng: _with_window(rng, steps=4, window=4)),
        kit.Special("blocks of equal length", lambda rng: _with_window(rng, steps=6, window=2)),
    ),
    rules=(
        kit.Rule("leaks-across-a-border", "a loss in one block reaches its own inputs alone.", _leaks, READ),
        kit.derivation_rule(_draw, 2, READ),
    ),
    probe=kit.Probe("through_cache", {"upstream": 2}),
    forward=rnn.rnn_forward,
)


@rnn_backward_truncated.derivation(
    rnn_forward,
    words=WORDS | {"kept": "0 at a border, 1 elsewhere"},
    without=("taken-apart-in-another-order-x-h-W-U-h_next",),
)
def line_by_line(dHs, window, cache):
    dh = np.zeros_like(dHs[:, 0])
    dX, dW, dU, db = [], 0, 0, 0
    for t in reversed(range(len(cache))):
        x, h, W, U, h_next = cache[t]
        kept = (t + 1) % window != 0  #: eq-bptt-border
        dh_next = dHs[:, t] + kept * dh  #: eq-truncated-bptt: the step's own dHs + what flows back within the block
        da = dh_next * (1 - h_next**2)  #: bptt#eq-bptt-slope-entry
        dX.insert(0, da @ W.T)  #: bptt#eq-bptt-input
        dW = dW + x.T @ da  #: bptt#eq-bptt-kernel
        dU = dU + h.T @ da  #: bptt#eq-bptt-recurrent
        db = db + da.sum(axis=0)  #: bptt#eq-bptt-bias
        dh = da @ U.T  #: bptt#eq-bptt-initial
    return np.stack(dX, axis=1), dh, dW, dU, db


ORDERS = ["kernels-swapped-dX-t-W-and-U", *(f"taken-apart-in-another-order-{it}" for it in ("X-H-W-U", "dW-dU-db-11"))]


@rnn_backward_truncated.derivation(forward_filling_an_array, without=ORDERS)
def block_by_block(dHs, window, cache):
    X, H, W, U = cache["X"], cache["H"], cache["W"], cache["U"]
    dX, first = np.zeros_like(X), None
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(U.shape[0])
    for start in range(0, X.shape[1], window):
        dh = np.zeros_like(H[:, 0])
        for t in range(min(start + window, X.shape[1]) - 1, start - 1, -1):
            da = (dh + dHs[:, t]) * (1 - H[:, t + 1] ** 2)
            dX[:, t] = da @ W.T
            dW, dU, db = dW + X[:, t].T @ da, dU + H[:, t].T @ da, db + da.sum(axis=0)
            dh = da @ U.T
        first = dh if first is None else first
    return dX, first, dW, dU, db


EMPTY = "dX, dW, dU, db = [], 0, 0, 0"
for name, start, hint in (
    ("block", "(len(cache) - 1) // window * window", "You stop at the first border. All blocks count: add them up."),
    ("window", "max(len(cache) - window, 0)", "Only the last `window` steps count. A border drops the flow alone."),
):
    edits = [(EMPTY, f"start = {start}; {EMPTY}"), ("range(len", "range(start, len"), ("kept * dh", "dh")]
    read, padded = "bptt#eq-bptt-copies", ("np.stack(dX", "np.stack([0 * x] * start + dX")
    rnn_backward_truncated.slip(f"last-{name}-only", hint, *edits, padded, read=read)
    rnn_backward_truncated.slip(f"last-{name}-only-in-the-list", hint, *edits, read=read)

WHOLE = [
    (EMPTY, "x, h, W, U, _ = cache[0]; dX, dW, dU, db = [], 0 * W, 0 * U, 0 * U[0]"),
    ("range(len(cache))", "range(len(cache) // window * window)"),
]
PADDED = ("np.stack(dX", "np.stack(dX + [0 * x] * (len(cache) % window)")
UNBOUND = [("    dh = np.zeros_like(dHs[:, 0])\n", ""), ("kept * dh", "(dh if kept else 0)")]
for name, edits in {"": [PADDED], "-from-the-list": [], "-or-no-block-at-all": [PADDED, *UNBOUND]}.items():
    rnn_backward_truncated.slip(
        f"remainder-lost{name}",
        "T // window counts the whole blocks only, so that the steps of a last, shorter block are lost. Let blocks "
        "begin at range(0, T, window), and end at the end of the sequence at the latest.",
        *WHOLE,
        *edits,
        read="truncation#eq-bptt-border",
        further="no-block" in name,
    )

rnn_backward_truncated.mistakes(
    """
    factors-missing-dh_next-kept-dh: This is the full gradient: nothing is cut. Between two blocks of `window` steps no
      gradient may flow.
    complement-kept-t-1-2-2: The first block holds one step too few. It holds steps 0 … window − 1.
    complement-kept-t-1: The first block holds one step too many. It holds steps 0 … window − 1.
    window-plus-one: Your blocks hold window + 1 steps. They hold `window` steps. [truncation#eq-bptt-border]
        % window → % (window + 1)
    blocks-from-the-end: The blocks are counted from the end of the sequence. Count from the first step; the last
      block may be short. [truncation#eq-bptt-border]
        (t + 1) % window → (len(cache) - 1 - t) % window
    loss-cut-too: At a border you drop the step's own dHs too. Only what flows back from the next block is dropped.
        dHs[:, t] + kept * dh → kept * (dHs[:, t] + dh)
    state-cut-too: In dU you treat the state that enters a block as zero. The state is carried over; only the gradient
      is cut. [bptt#eq-bptt-recurrent]
        h.T @ da → (h if t % window or t == 0 else 0 * h).T @ da
    gradients-restart: The gradients of W, U and b start afresh at each border, so that only the first block counts.
      Add up all blocks. [bptt#eq-bptt-copies]
        dW = dW → dW, dU, db = kept * dW, kept * dU, kept * db; dW = dW
    dh0-from-the-last-block: dh0 is what flows back out of the last block. Only the first block begins with h0: keep
      what flows out of it. [bptt#eq-bptt-initial]
        = [], 0, 0, 0 → = [], 0, 0, 0; flows = []
        dh = da @ U.T → dh = da @ U.T; flows.insert(0, dh)
        , dh, dW → , flows[(len(cache) - 1) // window * window], dW
    sliding-window: You let each step's loss flow back `window` steps. Here it flows back to the start of its own block,
      no further. [truncation#eq-truncation-kept]
        dh = np.zeros_like(dHs[:, 0]) → dh = []
        dh_next = dHs[:, t] + kept * dh → own = [dHs[:, t], *dh[: window - 1]]; dh_next = sum(own)
        dh = da @ U.T → dh = [one * (1 - h_next**2) @ U.T for one in own]
        , dh, dW → , sum(dh), dW
    """
)
