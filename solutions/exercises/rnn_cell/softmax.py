"""Contract of `softmax`.

unrolled-canary-9ea269f2656d
"""

import numpy as np

from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.drawing import eighths, normal
from solutions.judging.parts import Arguments, Special, of_values
from solutions.reference import numerics
from unrolled.checking.outputs import near


def _far_apart(rng: np.random.Generator) -> Arguments:
    # One row near 0 and one near −2000: the maximum of the whole array is no use to the second row.
    return {"a": eighths(rng, 2, 4) + np.array([[0.0], [-2000.0]])}


def _one_far_above(rng: np.random.Generator) -> Arguments:
    return {"a": eighths(rng, 2, 4) + 2000 * np.eye(2, 4)}


softmax = Contract(
    reference=numerics.softmax,
    outputs=near("values"),
    read="rnn-cell#eq-softmax-stable",
    parts=of_values(
        lambda rng, sizes, dtype: {"a": normal(rng, sizes.batch, sizes.outputs, dtype=dtype, scale=2)},
        Special("large scores", lambda rng: {"a": 1e4 + eighths(rng, 3, 4)}, forbid_overflow=True),
        Special("rows far apart", _far_apart, forbid_overflow=True),
        Special("one score far above the others", _one_far_above, forbid_overflow=True),
        Special("three axes", lambda rng: {"a": rng.standard_normal((2, 3, 4))}),
    ),
    rules=(
        Rule(
            "shift-changes-output",
            "adding the same number to all scores of a row must not change its probabilities.",
            lambda function, rng: _shift_changes_softmax(function, rng),
            "rnn-cell#eq-softmax-stable",
        ),
    ),
)


def _shift_changes_softmax(function: Function, rng: np.random.Generator) -> bool:
    a = rng.standard_normal((3, 5))
    shifted, plain = function(a + rng.uniform(2, 4, (3, 1))), function(a.copy())
    sums_to_one = np.allclose(np.sum(plain, axis=-1), 1, atol=1e-6)
    return not (sums_to_one and np.allclose(shifted, plain, atol=1e-6))


@softmax.misconception("exp overflows for large scores. Subtract each row's maximum first; it changes nothing.")
def maximum_not_subtracted(a):
    e = np.exp(a)
    return e / e.sum(axis=-1, keepdims=True)


@softmax.misconception(
    "You subtract the maximum of the whole array. A row far below it then becomes 0/0. Use each row's own maximum."
)
def maximum_of_whole_array(a):
    e = np.exp(a - a.max())
    return e / e.sum(axis=-1, keepdims=True)


@softmax.misconception(
    "Without keepdims=True the maximum and the sum lose their axis and no longer line up with the rows."
)
def keepdims_forgotten(a):
    e = np.exp(a - a.max(axis=-1))
    return e / e.sum(axis=-1)


@softmax.misconception("You normalise over the batch (axis 0). Each row has to sum to 1: use the last axis.")
def over_the_batch(a):
    e = np.exp(a - a.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


@softmax.misconception("All entries together sum to 1. Each row has to: sum over the last axis, keepdims=True.")
def over_everything(a):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum()


@softmax.misconception("Your output is exp(a − max). Divide it by its sum over the last axis, not by its maximum.")
def not_normalised(a):
    return np.exp(a - a.max(axis=-1, keepdims=True))


@softmax.misconception("Your output is the logarithm of the softmax. The softmax itself is asked for.")
def logarithm(a):
    shifted = a - a.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@softmax.misconception("You normalise over axis 1, which is the last only where there are two axes. Write axis=-1.")
def over_axis_one(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@softmax.misconception("You divide the scores themselves by their sum: the exponential is missing.")
def exponential_missing(a):
    return a / a.sum(axis=-1, keepdims=True)


@softmax.misconception("Every row is divided by the sum of the first one. Each row has a sum of its own.")
def sum_of_the_first_row(a):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)[:1]


@softmax.misconception(
    "You subtract the maximum inside the array that you were given. Whoever called you still needs its scores."
)
def scores_overwritten(a):
    a -= a.max(axis=-1, keepdims=True)
    e = np.exp(a)
    return e / e.sum(axis=-1, keepdims=True)


@softmax.variant
def through_logarithm(a):
    return np.exp(a - np.logaddexp.reduce(a, axis=-1, keepdims=True))


@softmax.variant
def in_place(a):
    out = a - np.max(a, axis=-1, keepdims=True)
    np.exp(out, out=out)
    out /= np.sum(out, axis=-1, keepdims=True)
    return out


@softmax.variant
def row_by_row(a):
    rows = a.reshape(-1, a.shape[-1])
    out = []
    for row in rows:
        weights = np.exp(row - max(row))
        out.append(weights / weights.sum())
    return np.array(out).reshape(a.shape)


@softmax.variant
def library_function(a):
    from scipy.special import softmax

    return softmax(a, axis=-1)


@softmax.variant
def product_with_ones(a):
    e = np.exp(a - np.amax(a, axis=-1)[..., None])
    return e / (e @ np.ones((a.shape[-1], 1), dtype=a.dtype))
