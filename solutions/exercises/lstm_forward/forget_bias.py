"""Contract of `forget_bias`, the LSTM's first bias.

unrolled-canary-0f4afcbe32cd
"""

import numpy as np

from solutions.exercises.lstm_forward.step import GATES
from solutions.judging import kit
from solutions.reference import initialise

READ = "lstm#eq-forget-bias"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {"hidden": sizes.hidden, "value": float(rng.uniform(2.2, 3))}


def _default_is_not_one(function: kit.Function, rng: np.random.Generator) -> bool:
    hidden = int(rng.integers(2, 9))
    return not np.array_equal(np.asarray(function(hidden)), np.repeat([0.0, 1.0, 0.0, 0.0], hidden))


forget_bias = kit.Contract(
    reference=initialise.forget_bias,
    outputs=kit.near("b"),
    read=READ,
    parts=kit.of_arrays(
        _draw,
        kit.Special("a negative value", lambda rng: {"hidden": 3, "value": -float(rng.uniform(1, 2))}),
        kit.Special("value 0", lambda rng: {"hidden": 4, "value": 0.0}),
        kit.Special("no value given", lambda rng: {"hidden": int(rng.integers(2, 6))}),
    ),
    rules=(kit.Rule("default-is-not-one", "without a second argument the value is 1.", _default_is_not_one, READ),),
)


@forget_bias.derivation(words={k: f"{gate}'s block" for k, gate in GATES.items()})
def block_by_block(hidden, value=1.0):
    f = np.full(hidden, value)
    i = g = o = np.zeros(hidden)
    return np.concatenate([i, f, g, o])  #: eq-forget-bias


@forget_bias.derivation()
def filled_slice(hidden, value=1.0):
    b = np.zeros(4 * hidden)
    b[hidden : 2 * hidden] = value
    return b


@forget_bias.derivation()
def repeated(hidden, value=1.0):
    return np.repeat([0.0, value, 0.0, 0.0], hidden)


WHOLE = "np.concatenate([i, f, g, o])"
forget_bias.rewrite("joined-lists", (WHOLE, "[*i, *f, *g, *o]"))
forget_bias.rewrite("rows-flattened", (WHOLE, "np.stack([i, f, g, o]).ravel()"))
forget_bias.rewrite("by-comparison", (WHOLE, "np.where(np.arange(4 * hidden) // hidden == 1, value, 0.0)"))
forget_bias.rewrite("side-by-side", (WHOLE, "np.hstack([np.hstack([i, f]), np.hstack([g, o])])"))

forget_bias.mistakes(
    """
    value-ignored: The forget gate's block is 1, whatever value is given.
        np.full(hidden, value) → np.ones(hidden)
    one-unit-only: One unit alone got the value. All units need it.
        np.full(hidden, value) → value * np.eye(1, hidden)[0]
    every-block: Every block holds the value. Only the forget gate's does.
        [i, f, g, o] → [f, f, f, f]
    every-gate: All three gates got the value. Only the forget gate does.
        [i, f, g, o] → [f, f, g, f]
    behind-the-first: All blocks behind the first hold the value. Only the forget gate's does: a slice has an end, too.
        [i, f, g, o] → [i, f, f, f]
    interleaved: A block's entries stand together, not every fourth.
        np.concatenate([i, f, g, o]) → np.stack([i, f, g, o], 1).ravel()
    four-rows: The blocks stand in four rows. One axis of 4H entries is asked for.
        np.concatenate → np.stack
    forget-block-only: You return the forget gate's block alone. The bias has all four blocks.
        np.concatenate([i, f, g, o]) → f
    default-not-one: Without a second argument the value is 1: keep value=1.0.
        value=1.0 → value=0.0
    """
)
