"""Contract of `rnn_forward`, Elman's cell over a whole sequence.

unrolled-canary-e28b65f4d071
"""

import numpy as np

from solutions.exercises.rnn_cell.step import WORDS
from solutions.exercises.rnn_cell.step import one_line as rnn_step
from solutions.exercises.rnn_cell.step import rnn_step as step_contract
from solutions.judging import kit
from solutions.reference import rnn


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {
        "X": kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "h0": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype),
        **kit.cell(rng, sizes, dtype),
    }


def _forgets_the_past(function: kit.Function, rng: np.random.Generator) -> bool:
    X, h0, *weights = _draw(rng, kit.Sizes(2, 5, 3, 4, 2), np.float64).values()
    before, after = (np.asarray(function(X, start, *weights)[0]) for start in (h0, h0 + 1))
    return any(np.allclose(before[:, t], after[:, t]) for t in range(2))


READ = "rnn-cell#eq-unrolled"

rnn_forward = kit.Contract(
    reference=rnn.rnn_forward,
    outputs=(*kit.near("Hs"), kit.opaque()),
    read=READ,
    parts=kit.of_arrays(_draw),
    rules=(
        kit.causality_rule(_draw),
        kit.Rule("forgets-the-past", "the initial state h0 has to reach the first states.", _forgets_the_past, READ),
    ),
)


@rnn_forward.derivation(
    words=WORDS | {"X": "the inputs", "h0": "the initial state"},
    without=("arguments-swapped-h-cache-rnn_step-X-t", "values-swapped-X-h"),  # that is to swap W and U
)
def list_of_states(X, h0, W, U, b):
    h, states, caches = h0, [], []
    for t in range(X.shape[1]):
        h, cache = rnn_step(X[:, t], h, W, U, b)  #: eq-unrolled
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), caches


@rnn_forward.variant
def input_product_first(X, h0, W, U, b):
    A = X @ W + b
    Hs = np.zeros_like(A)
    h = h0
    for t in range(A.shape[1]):
        h = np.tanh(A[:, t] + h @ U)
        Hs[:, t] = h
    return Hs, (X, h0, Hs)


rnn_forward.rewrite("array-of-states", ("np.stack(states, axis=1)", "np.array(states).swapaxes(0, 1)"))
rnn_forward.inherit(step_contract)

rnn_forward.mistakes(
    """
    one-buffer: Every entry is the last state: the list holds one array many times, which each step overwrites. Store
      copies.
        h, states, caches = h0, → h, states, caches = h0.copy(),
        h, cache = rnn_step → h[:], cache = rnn_step
    last-input-dropped: The last input is never used: the loop ends one step early, and the last state stands there
      twice.
        range(X.shape[1]) → range(X.shape[1] - 1)
        np.stack(states,  → np.stack([*states, h], 
    values-swapped-h-cache-U-W: Swapped in the call of rnn_step: W and U, or else X[:, t] and h.
    another-value-h-cache-h0: Every step starts from h0. Each has to start from the state of the step before.
    """
)
