"""Contract of `rnn_forward`, Elman's cell over a whole sequence.

unrolled-canary-e28b65f4d071
"""

import numpy as np

from solutions import rnn
from solutions.contracts.causality_rule import causality_rule
from solutions.contracts.contract import Arguments, Contract, Function, Property, Sizes
from solutions.contracts.drawing import cell, normal
from solutions.contracts.rnn_step import rnn_step as step_contract
from solutions.rnn import rnn_step


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "X": normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "h0": normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **cell(rng, sizes, dtype),
    }


def _forgets_the_past(function: Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, Sizes(2, 5, 3, 4, 2), np.float64)
    changed = {**arguments, "h0": arguments["h0"] + 1}
    before, after = (np.asarray(function(*each.values())[0]) for each in (arguments, changed))
    return any(np.allclose(before[:, t], after[:, t]) for t in range(2))


rnn_forward = Contract(
    reference=rnn.rnn_forward,
    outputs=("Hs", "cache"),
    read="rnn-cell#eq-unrolled",
    draw=_draw,
    parts=("shapes", "values", "edges", "property"),
    properties=(
        causality_rule(_draw),
        Property(
            "forgets-the-past",
            "the initial state h0 has to reach the first states.",
            _forgets_the_past,
            "rnn-cell#eq-unrolled",
        ),
    ),
)


@rnn_forward.misconception("The initial state h0 is ignored: your sequence starts from zeros.")
def initial_state_ignored(X, h0, W, U, b):
    h, states = np.zeros_like(h0), []
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
    return np.stack(states, axis=1), None


@rnn_forward.misconception("Every step starts from h0. Each step has to start from the state of the step before.")
def state_not_carried(X, h0, W, U, b):
    states = [rnn_step(X[:, t], h0, W, U, b)[0] for t in range(X.shape[1])]
    return np.stack(states, axis=1), None


@rnn_forward.misconception("The sequence is read backwards: step 1 has to see X[:, 0].")
def backwards_in_time(X, h0, W, U, b):
    h, states = h0, []
    for t in reversed(range(X.shape[1])):
        h, _ = rnn_step(X[:, t], h, W, U, b)
        states.insert(0, h)
    return np.stack(states, axis=1), None


@rnn_forward.misconception("The states come in reverse order: Hs[:, 0] has to be the state after the first input.")
def states_reversed(X, h0, W, U, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:, t], h, W, U, b)
        states.insert(0, h)
    return np.stack(states, axis=1), None


@rnn_forward.misconception("You return the last state alone. All states are asked for, as (B, T, H).")
def last_state_only(X, h0, W, U, b):
    h = h0
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:, t], h, W, U, b)
    return h, None


@rnn_forward.misconception("The states are stacked time first, (T, B, H). Batch comes first: axis=1 in np.stack.")
def time_first(X, h0, W, U, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
    return np.stack(states, axis=0), None


@rnn_forward.misconception(
    "Your output is one step late: it holds h_0 … h_{T−1}. Store each state after its step, so that it holds h_1 … h_T."
)
def one_step_late(X, h0, W, U, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        states.append(h)
        h, _ = rnn_step(X[:, t], h, W, U, b)
    return np.stack(states, axis=1), None


@rnn_forward.misconception("h_0 is among your states, which makes T + 1 of them. Return h_1 … h_T.")
def initial_state_included(X, h0, W, U, b):
    states = [h0]
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:, t], states[-1], W, U, b)
        states.append(h)
    return np.stack(states, axis=1), None


@rnn_forward.misconception("The last input is never used: the loop ends one step early.")
def last_input_dropped(X, h0, W, U, b):
    h, states = h0, []
    for t in range(X.shape[1] - 1):
        h, _ = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
    states.append(h)
    return np.stack(states, axis=1), None


@rnn_forward.misconception(
    "Every entry is the last state: the list holds one array again and again, which each step overwrites. Store copies."
)
def one_buffer(X, h0, W, U, b):
    h, states = h0.copy(), []
    for t in range(X.shape[1]):
        h[:] = rnn_step(X[:, t], h, W, U, b)[0]
        states.append(h)
    return np.stack(states, axis=1), None


@rnn_forward.misconception("Every step sees the first input. Step t has to see X[:, t].")
def first_input_only(X, h0, W, U, b):
    h, states = h0, []
    for _ in range(X.shape[1]):
        h, _ = rnn_step(X[:, 0], h, W, U, b)
        states.append(h)
    return np.stack(states, axis=1), None


@rnn_forward.misconception("The states are added up. Each entry is the state of its step alone.")
def running_sum(X, h0, W, U, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
    return np.cumsum(np.stack(states, axis=1), axis=1), None


@rnn_forward.misconception("Every sequence gets the states of the first. Each has inputs and a state of its own.")
def first_sequence_for_all(X, h0, W, U, b):
    h, states = h0[:1], []
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:1, t], h, W, U, b)
        states.append(h)
    return np.repeat(np.stack(states, axis=1), len(X), axis=0), None


@rnn_forward.misconception(
    "Your loop writes the states into the array h0 that you were given. Whoever called you still needs it."
)
def initial_state_overwritten(X, h0, W, U, b):
    Hs = np.empty((*X.shape[:2], U.shape[0]))
    for t in range(X.shape[1]):
        h0[:] = rnn_step(X[:, t], h0, W, U, b)[0]
        Hs[:, t] = h0
    return Hs, None


@rnn_forward.misconception("You return the states alone. Return two things: Hs and a cache (None will do).")
def cache_not_returned(X, h0, W, U, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
    return np.stack(states, axis=1)


def _through(step: Function) -> Function:
    def forward(X, h0, W, U, b):
        h, states = h0, []
        for t in range(X.shape[1]):
            h = step(X[:, t], h, W, U, b)[0]
            states.append(h)
        return np.stack(states, axis=1), None

    return forward


rnn_forward.inherit(step_contract, _through)


@rnn_forward.variant
def filled_array(X, h0, W, U, b):
    batch, steps, _ = X.shape
    Hs = np.zeros((batch, steps, h0.shape[1]), dtype=X.dtype)
    h = h0
    for t in range(steps):
        h, _ = rnn_step(X[:, t, :], h, W, U, b)
        Hs[:, t, :] = h
    return Hs, None


@rnn_forward.variant
def input_product_first(X, h0, W, U, b):
    A = X @ W + b
    Hs = np.empty_like(A)
    h = h0
    for t in range(A.shape[1]):
        h = np.tanh(A[:, t] + h @ U)
        Hs[:, t] = h
    return Hs, (X, h0, Hs)


@rnn_forward.variant
def time_axis_moved(X, h0, W, U, b):
    states = [h0]
    for x in np.swapaxes(X, 0, 1):
        states.append(rnn_step(x, states[-1], W, U, b)[0])
    return np.swapaxes(np.array(states[1:]), 0, 1), states


@rnn_forward.variant
def recursive(X, h0, W, U, b):
    def states_from(t, h):
        if t == X.shape[1]:
            return []
        h, _ = rnn_step(X[:, t], h, W, U, b)
        return [h, *states_from(t + 1, h)]

    return np.stack(states_from(0, h0), axis=1), None


@rnn_forward.variant
def one_sequence_at_a_time(X, h0, W, U, b):
    batch = []
    for sequence, h in zip(X, h0, strict=True):
        states = []
        for x in sequence:
            h = np.tanh(x @ W + h @ U + b)
            states.append(h)
        batch.append(states)
    return np.array(batch), None
