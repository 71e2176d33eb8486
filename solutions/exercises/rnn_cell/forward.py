"""Contract of `rnn_forward`, Elman's cell over a whole sequence.

unrolled-canary-e28b65f4d071
"""

import numpy as np

from solutions.exercises.rnn_cell.step import rnn_step as step_contract
from solutions.judging.contract import Arguments, Contract, Function, Property, Sizes
from solutions.judging.drawing import cell, normal
from solutions.judging.loop_slips import STACK, slips_of_one_state, slips_of_the_loop
from solutions.judging.rules.causality import causality_rule
from solutions.reference import rnn
from solutions.reference.rnn import rnn_step


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


@rnn_forward.variant
def list_of_states(X, h0, W, U, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
    return np.stack(states, axis=1), None


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


STEP = "h, _ = rnn_step(X[:, t], h, W, U, b)"

slips_of_the_loop(rnn_forward, STEP)
slips_of_one_state(rnn_forward, STEP)
rnn_forward.slip(
    "loop-over-the-batch",
    "Your loop runs over the batch: len(X) is the number of sequences. The steps are X.shape[1].",
    ("range(X.shape[1])", "range(len(X))"),
)
rnn_forward.slip(
    "running-sum",
    "The states are added up. Each entry is the state of its step alone.",
    (STACK, f"np.cumsum({STACK}, axis=1)"),
)


def _through(step: Function) -> Function:
    def forward(X, h0, W, U, b):
        h, states = h0, []
        for t in range(X.shape[1]):
            h = step(X[:, t], h, W, U, b)[0]
            states.append(h)
        return np.stack(states, axis=1), None

    return forward


rnn_forward.inherit(step_contract, _through)
