"""Contract of `forget_bias`, the LSTM's first bias.

unrolled-canary-0f4afcbe32cd
"""

import numpy as np

from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.parts import Arguments, Sizes, Special, of_arrays
from solutions.reference import initialise
from unrolled.checking.outputs import near

READ = "lstm#eq-forget-bias"


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {"hidden": sizes.hidden, "value": float(rng.uniform(2.2, 3))}


def _default_is_not_one(function: Function, rng: np.random.Generator) -> bool:
    hidden = int(rng.integers(2, 9))
    return not np.array_equal(np.asarray(function(hidden)), np.repeat([0.0, 1.0, 0.0, 0.0], hidden))


forget_bias = Contract(
    reference=initialise.forget_bias,
    outputs=near("b"),
    read=READ,
    parts=of_arrays(
        _draw,
        Special("a negative value", lambda rng: {"hidden": 3, "value": -float(rng.uniform(1, 2))}),
        Special("value 0", lambda rng: {"hidden": 4, "value": 0.0}),
        Special("no value given", lambda rng: {"hidden": int(rng.integers(2, 6))}),
    ),
    rules=(
        Rule(
            "default-is-not-one",
            "without a second argument the forget gate's bias is 1, all other entries 0.",
            _default_is_not_one,
            READ,
        ),
    ),
)


@forget_bias.variant
def filled_slice(hidden, value=1.0):
    b = np.zeros(4 * hidden)
    b[hidden : 2 * hidden] = value
    return b


@forget_bias.variant
def concatenated(hidden, value=1.0):
    return np.concatenate([np.zeros(hidden), np.full(hidden, value), np.zeros(2 * hidden)])


@forget_bias.variant
def repeated(hidden, value=1.0):
    return np.repeat(np.array([0.0, value, 0.0, 0.0]), hidden)


@forget_bias.variant
def by_comparison(hidden, value=1.0):
    return np.where(np.arange(4 * hidden) // hidden == 1, value, 0.0)


@forget_bias.variant
def plain_list(hidden, value=1.0):
    return [0.0] * hidden + [float(value)] * hidden + [0.0] * 2 * hidden


@forget_bias.variant
def four_rows_flattened(hidden, value=1.0):
    b = np.zeros((4, hidden))
    b[1] = value
    return b.ravel()


@forget_bias.variant
def outer_product(hidden, value=1.0):
    return np.kron([0.0, value, 0.0, 0.0], np.ones(hidden))


@forget_bias.variant
def appended_unit_by_unit(hidden, value=1.0):
    b = []
    for block in "ifgo":
        for _ in range(hidden):
            b.append(value if block == "f" else 0.0)
    return np.array(b)


forget_bias.slip(
    "all-zero",
    "All entries are 0, so that the forget gate starts half shut. Its block holds the value.",
    ("b[hidden : 2 * hidden] = value\n    ", ""),
)
forget_bias.slip(
    "every-block",
    "Every block holds the value. Only the forget gate's block does; the others are 0.",
    ("b[hidden : 2 * hidden]", "b[:]"),
)
forget_bias.slip(
    "every-gate",
    "All three gates got the value. Only the forget gate's block does; the others are 0.",
    ("b[hidden : 2 * hidden] = value", "b[: 2 * hidden] = b[3 * hidden :] = value"),
)
forget_bias.slip(
    "input-gate",
    "The value stands in the first block, which is the input gate's. The order is i, f, g, o.",
    ("b[hidden : 2 * hidden]", "b[:hidden]"),
)
forget_bias.slip(
    "candidate",
    "The value stands in the third block, which is the candidate's. The order is i, f, g, o.",
    ("b[hidden : 2 * hidden]", "b[2 * hidden : 3 * hidden]"),
)
forget_bias.slip(
    "output-gate",
    "The value stands in the last block, which is the output gate's. The order is i, f, g, o.",
    ("b[hidden : 2 * hidden]", "b[3 * hidden :]"),
)
forget_bias.slip(
    "interleaved-blocks",
    "Every fourth entry holds the value. The blocks stand one after the other, each of H entries.",
    ("b[hidden : 2 * hidden]", "b[1::4]"),
)
forget_bias.slip(
    "one-unit-only",
    "Only one unit's forget gate got the value. Its block has H entries, one for each unit.",
    ("b[hidden : 2 * hidden]", "b[hidden]"),
)
forget_bias.slip(
    "block-one-too-short",
    "The last unit's forget gate did not get the value. In Python the end of a slice is not part of it.",
    ("b[hidden : 2 * hidden]", "b[hidden : 2 * hidden - 1]"),
)
forget_bias.slip(
    "value-ignored",
    "The forget gate's block is always 1, whatever value is given.",
    ("] = value", "] = 1"),
)
forget_bias.slip(
    "default-not-one",
    "Without a second argument the value has to be 1: keep value=1.0 in the first line, as it was.",
    ("value=1.0", "value=0.0"),
)
forget_bias.slip(
    "value-negated",
    "The sign is the wrong way round: a positive bias opens the forget gate, and open means to remember.",
    ("] = value", "] = -value"),
)
forget_bias.slip(
    "gate-for-bias",
    "The block holds the sigmoid of the value. The bias is the value itself; the cell applies the sigmoid.",
    ("] = value", "] = 1 / (1 + np.exp(-value))"),
)
forget_bias.slip(
    "whole-numbers",
    "Your array holds whole numbers: the value is cut off behind the point, and training could not change it finely.",
    ("np.zeros(4 * hidden)", "np.zeros(4 * hidden, dtype=int)"),
)
forget_bias.slip(
    "four-rows",
    "The blocks stand in four rows. They stand side by side: one axis of 4H entries, as in W and U.",
    ("return b", "return b.reshape(4, hidden)"),
)
forget_bias.slip(
    "forget-block-only",
    "You return the forget gate's block alone. The bias has all four blocks.",
    ("return b", "return b[hidden : 2 * hidden]"),
)
