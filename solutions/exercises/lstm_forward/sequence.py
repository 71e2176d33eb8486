"""Contract of `lstm_forward`, the LSTM over a whole sequence.

unrolled-canary-1896cc7e5cf9
"""

import numpy as np

from solutions.exercises.lstm_forward.step import gate_by_gate as lstm_step
from solutions.exercises.lstm_forward.step import lstm_step as step_contract
from solutions.judging import kit
from solutions.reference import lstm

READ = "lstm#eq-lstm-sequence"
# Longer than any other that is drawn.
LONG = kit.Sizes(batch=2, steps=13, inputs=3, hidden=2, outputs=2)
WORDS = {"h": "the hidden state", "c": "the cell state", "states": "the hidden states"}
WORDS |= {"h0": "the initial hidden state", "c0": "the initial cell state"}


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """X, h0, c0 and the parameters of one layer."""
    X = kit.normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype)
    c0 = kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype)
    return {"X": X, "h0": kit.state(rng, sizes, dtype), "c0": c0, **kit.kernels(rng, sizes, dtype, blocks=4)}


def breaks_where_cut(draw: kit.Function, read: str) -> kit.Rule:
    """A sequence run in two pieces, the second starting from the first one's last states, has to give the same."""

    def violated(function: kit.Function, rng: np.random.Generator) -> bool:
        X, *others = draw(rng, kit.Sizes(2, 6, 3, 4, 2), np.float64).values()
        whole = function(X, *others)[:-1]  # the last answer is the cache
        first, *last = (np.asarray(answer) for answer in function(X[:, :3], *others)[:-1])
        second, *last = function(X[:, 3:], first[:, -1], *last, *others[len(whole) :])[:-1]
        pieces = np.concatenate([first, second], axis=1), *last
        return not all(np.allclose(a, b, rtol=1e-4, atol=2e-5) for a, b in zip(whole, pieces, strict=True))

    statement = "a sequence run in two pieces, the second starting from the last of the first, gives the same."
    return kit.Rule("breaks-where-cut", statement, violated, read)


lstm_forward = kit.Contract(
    reference=lstm.lstm_forward,
    outputs=(*kit.near("Hs", "c_last"), kit.opaque()),
    read=READ,
    parts=kit.of_arrays(
        draw,
        kit.saturated(draw, forbid_overflow=True),
        kit.with_zero(draw, "h0", "c0"),
        kit.Special("a longer sequence", lambda rng: draw(rng, LONG, np.float64)),
    ),
    rules=(kit.causality_rule(draw), breaks_where_cut(draw, READ)),
)


@lstm_forward.derivation(words=WORDS, without=("arguments-swapped-h-c-cache-lstm_step-X-t",))
def list_of_states(X, h0, c0, W, U, b):
    h, c = h0, c0
    states, caches = [], []
    for t in range(X.shape[1]):
        h, c, cache = lstm_step(X[:, t], h, c, W, U, b)  #: eq-lstm-sequence
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), c, caches


lstm_forward.rewrite("time-first", ("X[:, t]", "X.swapaxes(0, 1)[t]"))
lstm_forward.rewrite("time-moved", ("np.stack(states, axis=1)", "np.swapaxes(states, 0, 1)"))
lstm_forward.inherit(step_contract)

lstm_forward.mistakes(
    """
    initial-states-ignored: Both initial states are ignored: your sequence starts from zeros in place of h0 and c0.
        h, c = h0, c0 → h, c = np.zeros_like(h0), np.zeros_like(c0)
    nothing-carried: Every step starts from h0 and c0. Each step has to start from both states of the step before.
        X[:, t], h, c → X[:, t], h0, c0
    one-buffer: Every entry is the last state: one array many times, which each step overwrites. Store copies.
        h, c = h0, → h, c = h0.copy(),
        h, c, cache = → h[:], c, cache =
    joined-without-a-time-axis: np.concatenate joins along an axis that is there. np.stack makes one of the steps.
        np.stack → np.concatenate
    taken-apart-in-another-order-h-c: h0 and c0 are swapped: the hidden state starts from h0, the cell state from c0.
    """
)
