"""Contract of `gru_forward`, the GRU (reset before the product) over a whole sequence.

unrolled-canary-a98a37f3eb79
"""

import numpy as np

from solutions.exercises.gru.step import WORDS
from solutions.exercises.gru.step import gate_by_gate as gru_step
from solutions.exercises.gru.step import gru_step as step_contract
from solutions.exercises.lstm_forward.sequence import breaks_where_cut
from solutions.judging import kit
from solutions.reference import gru

READ = "gru#eq-gru-sequence"


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """X, h0 and the parameters of one layer."""
    X = kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype)
    return {"X": X, "h0": kit.state(rng, sizes, dtype), **kit.kernels(rng, sizes, dtype, blocks=3)}


gru_forward = kit.Contract(
    reference=gru.gru_forward,
    outputs=(*kit.near("Hs"), kit.opaque()),
    read=READ,
    parts=kit.of_arrays(draw, kit.saturated(draw, forbid_overflow=True), kit.with_zero(draw, "h0")),
    rules=(kit.causality_rule(draw), breaks_where_cut(draw, READ)),
)


@gru_forward.derivation(
    words={**WORDS, "h0": "the initial state", "states": "the states", "h": "the state"},
    without=("statement-missing-h-cache", "values-swapped-X-h"),
)
def list_of_states(X, h0, W, U, b):
    h, states, caches = h0, [], []
    for t in range(X.shape[1]):
        h, cache = gru_step(X[:, t], h, W, U, b)  #: eq-gru-sequence
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), (W, U, caches)


gru_forward.rewrite("time-first", ("X[:, t]", "X.swapaxes(0, 1)[t]"))
gru_forward.rewrite("time-moved", ("np.stack(states, axis=1)", "np.swapaxes(states, 0, 1)"))
gru_forward.inherit(step_contract)

gru_forward.mistakes(
    """
    states-side-by-side: The states are joined side by side, (B, T H). np.stack with axis=1 puts time in the middle.
        np.stack → np.concatenate
    one-buffer: Every entry is the last state: one array many times, which each step overwrites. Store copies.
        = h0, [], [] → = h0.copy(), [], []
        h, cache = gru_step → h[:], cache = gru_step
    cache-not-taken: gru_step returns two things, the new state and its cache: take both, h, cache = …
        states.append(h) → raise NameError("name 'cache' is not defined")
    """
)
