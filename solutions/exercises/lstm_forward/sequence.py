"""Contract of `lstm_forward`, the LSTM over a whole sequence.

unrolled-canary-1896cc7e5cf9
"""

import numpy as np

from solutions.exercises.lstm_forward.step import lstm_step as step_contract
from solutions.judging.cases import saturated, with_zero
from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.drawing import normal
from solutions.judging.gated import kernels, state
from solutions.judging.loop_slips import slips_of_the_loop
from solutions.judging.parts import Arguments, Sizes, Special, of_arrays
from solutions.judging.rules.causality import causality_rule
from solutions.reference import lstm
from solutions.reference.lstm import STEPS_AT_ONCE, lstm_step
from unrolled.checking.outputs import near, opaque

READ = "lstm#eq-lstm-sequence"


def draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """X, h0, c0 and the parameters of one layer."""
    return {
        "X": normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "h0": state(rng, sizes, dtype),
        "c0": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **kernels(rng, sizes, dtype, blocks=4),
    }


def _long(rng: np.random.Generator) -> Arguments:
    # Longer than the steps that the reference works on together.
    return draw(rng, Sizes(batch=2, steps=STEPS_AT_ONCE + 3, inputs=3, hidden=2, outputs=2), np.float64)


def _breaks_where_cut(function: Function, rng: np.random.Generator) -> bool:
    arguments = draw(rng, Sizes(2, 6, 3, 4, 2), np.float64)
    X, h0, c0, *parameters = arguments.values()
    Hs, c_last, _ = function(X, h0, c0, *parameters)
    first, c_between, _ = function(X[:, :3], h0, c0, *parameters)
    second, c_end, _ = function(X[:, 3:], np.asarray(first)[:, -1], np.asarray(c_between), *parameters)
    joined = np.concatenate([first, second], axis=1)
    return not all(np.allclose(a, b, rtol=1e-4, atol=2e-5) for a, b in ((Hs, joined), (c_last, c_end)))


lstm_forward = Contract(
    reference=lstm.lstm_forward,
    outputs=(*near("Hs", "c_last"), opaque()),
    read=READ,
    parts=of_arrays(
        draw, saturated(draw, forbid_overflow=True), with_zero(draw, "h0", "c0"), Special("a longer sequence", _long)
    ),
    rules=(
        causality_rule(draw),
        Rule(
            "breaks-where-cut",
            "a sequence run in two pieces, the second starting from the first one's last h and c, gives the same.",
            _breaks_where_cut,
            READ,
        ),
    ),
)


@lstm_forward.variant
def list_of_states(X, h0, c0, W, U, b):
    h, c, states = h0, c0, []
    for t in range(X.shape[1]):
        h, c, _ = lstm_step(X[:, t], h, c, W, U, b)
        states.append(h)
    return np.stack(states, axis=1), c, None


@lstm_forward.variant
def filled_array(X, h0, c0, W, U, b):
    Hs = np.empty((X.shape[0], X.shape[1], h0.shape[1]), dtype=X.dtype)
    h, c, caches = h0, c0, []
    for t in range(X.shape[1]):
        h, c, cache = lstm_step(X[:, t, :], h, c, W, U, b)
        Hs[:, t, :] = h
        caches.append(cache)
    return Hs, c, caches


@lstm_forward.variant
def input_product_first(X, h0, c0, W, U, b):
    A = X @ W + b
    h, c, states = h0, c0, []
    for t in range(A.shape[1]):
        a_i, a_f, a_g, a_o = np.split(A[:, t] + h @ U, 4, axis=1)
        i, f, o = (np.exp(-np.logaddexp(0, -a)) for a in (a_i, a_f, a_o))
        c = f * c + i * np.tanh(a_g)
        h = o * np.tanh(c)
        states.append(h)
    return np.stack(states, axis=1), c, (A, states)


@lstm_forward.variant
def time_axis_moved(X, h0, c0, W, U, b):
    states, cells = [h0], [c0]
    for x in np.moveaxis(X, 1, 0):
        h, c, _ = lstm_step(x, states[-1], cells[-1], W, U, b)
        states.append(h)
        cells.append(c)
    return np.moveaxis(np.array(states[1:]), 0, 1), cells[-1], (states, cells)


@lstm_forward.variant
def recursive(X, h0, c0, W, U, b):
    def run(t, h, c):
        if t == X.shape[1]:
            return [], c
        h, c, _ = lstm_step(X[:, t], h, c, W, U, b)
        later, c_last = run(t + 1, h, c)
        return [h, *later], c_last

    states, c_last = run(0, h0, c0)
    return np.stack(states, axis=1), c_last, None


@lstm_forward.variant
def one_sequence_at_a_time(X, h0, c0, W, U, b):
    from scipy.special import expit

    batch, last = [], []
    for sequence, h, c in zip(X, h0, c0, strict=True):
        states = []
        for x in sequence:
            i, f, g, o = (W.T @ x + U.T @ h + b).reshape(4, -1)
            c = expit(f) * c + expit(i) * np.tanh(g)
            h = expit(o) * np.tanh(c)
            states.append(h)
        batch.append(states)
        last.append(c)
    return np.array(batch), np.array(last), None


STEP, START = "h, c, _ = lstm_step(X[:, t], h, c, W, U, b)", "h, c, states = h0, c0, []"

slips_of_the_loop(lstm_forward, STEP)
lstm_forward.slip(
    "initial-state-ignored",
    "The initial state h0 is ignored: your sequence starts from zeros.",
    (START, "h, c, states = np.zeros_like(h0), c0, []"),
)
lstm_forward.slip(
    "initial-cell-ignored",
    "The initial cell state c0 is ignored: your cell starts from zeros.",
    (START, "h, c, states = h0, np.zeros_like(c0), []"),
)
lstm_forward.slip(
    "initial-states-ignored",
    "Both initial states are ignored: your sequence starts from zeros in place of h0 and c0.",
    (START, "h, c, states = np.zeros_like(h0), np.zeros_like(c0), []"),
)
lstm_forward.slip(
    "initial-states-swapped",
    "h0 and c0 are swapped: the hidden state starts from h0, the cell state from c0.",
    (START, "h, c, states = c0, h0, []"),
)
lstm_forward.slip(
    "state-not-carried",
    "Every step sees h0. Each step has to see the hidden state of the step before.",
    (STEP, "h, c, _ = lstm_step(X[:, t], h0, c, W, U, b)"),
)
lstm_forward.slip(
    "cell-not-carried",
    "Every step starts from c0: the cell state is stale. Each step has to start from the one of the step before.",
    (STEP, "h, c, _ = lstm_step(X[:, t], h, c0, W, U, b)"),
)
lstm_forward.slip(
    "new-cell-thrown-away",
    "The cell state that a step returns is thrown away: every step starts from c0, and c0 comes back in the end.",
    (STEP, "h, _, _ = lstm_step(X[:, t], h, c, W, U, b)"),
)
lstm_forward.slip(
    "nothing-carried",
    "Every step starts from h0 and c0. Each step has to start from both states of the step before.",
    (STEP, "h, c, _ = lstm_step(X[:, t], h0, c0, W, U, b)"),
)
lstm_forward.slip(
    "states-swapped-at-each-step",
    "Hidden state and cell state are swapped from step to step: a step returns h_next, c_next, cache, in this order.",
    (STEP, "c, h, _ = lstm_step(X[:, t], h, c, W, U, b)"),
)
lstm_forward.slip(
    "states-swapped-in-the-call",
    "You hand the cell state to lstm_step where it expects the hidden state. The order is x, h, c, W, U, b.",
    (STEP, "h, c, _ = lstm_step(X[:, t], c, h, W, U, b)"),
)
lstm_forward.slip(
    "state-for-cell",
    "The hidden state takes the cell state's place at each step. Hand both h and c to the step, and let its forget "
    "gate multiply c.",
    (STEP, "h, c, _ = lstm_step(X[:, t], h, h, W, U, b)"),
)
lstm_forward.slip(
    "states-added-up",
    "Each new state is added to the old one. A step returns the whole new state: it takes the old one's place.",
    (STEP, "step = lstm_step(X[:, t], h, c, W, U, b)\n        h, c = h + step[0], c + step[1]"),
)
lstm_forward.slip(
    "cells-for-states",
    "Hs holds the cell states. It has to hold the hidden states h; of the cell states only the last is returned.",
    ("states.append(h)", "states.append(c)"),
)
lstm_forward.slip(
    "last-state-for-last-cell",
    "The second output is the last hidden state, which Hs holds already. It has to be the last cell state.",
    ("axis=1), c,", "axis=1), h,"),
)
lstm_forward.slip(
    "first-cell-returned",
    "The second output is the cell state c0 that you were given. It has to be the cell state after the last step.",
    ("axis=1), c,", "axis=1), c0,"),
)
lstm_forward.slip(
    "all-cells-returned",
    "The second output holds the cell states of all steps. Only the last one is asked for, as (B, H).",
    (START, "h, c, states, cells = h0, c0, [], []"),
    ("states.append(h)", "states.append(h)\n        cells.append(c)"),
    ("axis=1), c,", "axis=1), np.stack(cells, axis=1),"),
)
lstm_forward.slip(
    "squashed-cell-returned",
    "The second output is the tanh of the last cell state. It has to be the cell state itself.",
    ("axis=1), c,", "axis=1), np.tanh(c),"),
)
lstm_forward.slip(
    "last-step-missing",
    "Hs has T − 1 states: the loop ends one step early. range(T) runs from 0 to T − 1.",
    ("range(X.shape[1])", "range(X.shape[1] - 1)"),
)
lstm_forward.slip(
    "loop-over-the-batch",
    "Your loop makes as many steps as there are sequences. X is (B, T, D): the steps are X.shape[1].",
    ("range(X.shape[1])", "range(X.shape[0])"),
)
lstm_forward.slip(
    "returned-in-the-loop",
    "Hs has one state only: the return stands inside the loop. Indent it less, so that all steps are done first.",
    ("    return", "        return"),
)
lstm_forward.slip(
    "joined-without-a-time-axis",
    "np.concatenate joins the states along an axis that they have already. np.stack makes the new axis of the steps.",
    ("np.stack", "np.concatenate"),
)
lstm_forward.slip(
    "one-buffer",
    "Every entry is the last state: the list holds one array many times, which each step overwrites. Store copies.",
    (START, "h, c, states = h0.copy(), c0, []"),
    ("h, c, _ = lstm", "h[:], c, _ = lstm"),
)
lstm_forward.slip(
    "initial-states-overwritten",
    "Your loop writes into the arrays h0 and c0 that you were given. Whoever called you still needs them.",
    ("h, c, _ = lstm", "h[:], c[:], _ = lstm"),
    ("states.append(h)", "states.append(h.copy())"),
)
lstm_forward.slip(
    "outputs-not-three",
    "You return two things. Return three: Hs, c_last and a cache (None will do).",
    (", c, None", ", c"),
)


def _through(step: Function) -> Function:
    def forward(X, h0, c0, W, U, b):
        h, c, states = h0, c0, []
        for t in range(X.shape[1]):
            h, c, _ = step(X[:, t], h, c, W, U, b)
            states.append(h)
        return np.stack(states, axis=1), c, None

    return forward


lstm_forward.inherit(step_contract, _through)

lstm_forward.read_at(
    {
        "lstm#eq-lstm-hidden": (
            "cells-for-states",
            "squashed-cell-returned",
        ),
    }
)
