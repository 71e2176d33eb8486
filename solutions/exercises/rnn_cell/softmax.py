"""Contract of `softmax`.

unrolled-canary-9ea269f2656d
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import numerics

READ = "rnn-cell#eq-softmax-stable"


def _changed(function: kit.Function, rng: np.random.Generator) -> bool:
    a = rng.standard_normal((3, 5))
    shifted, plain = function(a + rng.uniform(2, 4, (3, 1))), function(a.copy())
    return not (np.allclose(np.sum(plain, axis=-1), 1, atol=1e-6) and np.allclose(shifted, plain, atol=1e-6))


softmax = kit.Contract(
    reference=numerics.softmax,
    outputs=kit.near("values"),
    read=READ,
    parts=kit.of_values(
        lambda rng, sizes, dtype: {"a": kit.normal(rng, sizes.batch, sizes.outputs, dtype=dtype, scale=2)},
        kit.Special("large scores", lambda rng: {"a": 1e4 + kit.eighths(rng, 3, 4)}, forbid_overflow=True),
        # One row near 0 and one near −2000: the maximum of the whole array is no use to the second row.
        kit.Special("rows far apart", lambda rng: {"a": kit.eighths(rng, 2, 4) - [[0], [2000]]}, forbid_overflow=True),
        kit.Special(
            "one far above", lambda rng: {"a": kit.eighths(rng, 2, 4) + 2000 * np.eye(2, 4)}, forbid_overflow=True
        ),
        # With three axes too, the maximum of a matrix is no use to its rows.
        kit.Special(
            "rows far apart in three axes",
            lambda rng: {"a": kit.eighths(rng, 2, 3, 4) - 2000 * rng.permutation(6).reshape(2, 3, 1)},
            forbid_overflow=True,
        ),
        *kit.of_any_shape("a"),
    ),
    rules=(kit.Rule("shift-changes-output", "one number added to a whole row changes nothing.", _changed, READ),),
)


@softmax.derivation(words={"a": "the scores", "m": "each row's maximum", "e": "the exponentials", "total": "their sum"})
def shifted_exponentials(a):
    m = a.max(axis=-1, keepdims=True)
    e = np.exp(a - m)
    total = e.sum(axis=-1, keepdims=True)
    return e / total  #: eq-softmax-stable


@softmax.derivation()
def through_logarithm(a):
    return np.exp(a - np.logaddexp.reduce(a, axis=-1, keepdims=True))


@softmax.derivation()
def row_by_row(a):
    weights = [np.exp(row - max(row)) for row in a.reshape(-1, a.shape[-1])]
    return np.array([row / sum(row) for row in weights]).reshape(a.shape)


softmax.rewrite("sum-as-a-product", ("e.sum(axis=-1, keepdims=True)", "(e @ np.ones(a.shape[-1]))[..., None]"))

softmax.mistakes(
    """
    terms-missing-e-m-a: exp overflows for large scores. Subtract each row's maximum first.
    without-axis-m-1-max: You subtract the maximum of the whole array. A row far below it then becomes 0/0. Use each
      row's own maximum.
    without-axis-total-1-sum: All entries together sum to 1. Each row has to: sum over the last axis.
    another-value-everywhere-total-e-a: You divide the scores themselves by their sum: exp is missing.
    logarithm: Your output is the logarithm of the softmax.
        e / total → a - m - np.log(total)
    keepdims-forgotten: Without keepdims=True maximum and sum lose their axis and no longer line up with the rows.
        max(axis=-1, keepdims=True) → max(axis=-1)
        sum(axis=-1, keepdims=True) → sum(axis=-1)
    over-the-batch: You normalise over the batch (axis 0). Each row has to sum to 1: use the last axis.
        max(axis=-1 → max(axis=0
        sum(axis=-1 → sum(axis=0
    over-axis-one: You normalise over axis 1, which is the last only where there are two axes. Write axis=-1.
        max(axis=-1 → max(axis=1
        sum(axis=-1 → sum(axis=1
    """
)
