"""Contract of `sigmoid`.

unrolled-canary-4039844229f2
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import numerics

SIGNS = np.array([[1, -1], [-1, 1]])

sigmoid = kit.Contract(
    reference=numerics.sigmoid,
    outputs=kit.near("values"),
    read="rnn-cell#eq-sigmoid-stable",
    parts=kit.of_values(
        lambda rng, sizes, dtype: {"a": kit.normal(rng, sizes.batch, sizes.hidden, dtype=dtype, scale=3)},
        kit.Special("large negative", lambda rng: {"a": -1e4 * rng.uniform(0.5, 1, (2, 3))}, forbid_overflow=True),
        kit.Special("large positive", lambda rng: {"a": 1e4 * rng.uniform(0.5, 1, (2, 3))}, forbid_overflow=True),
        kit.Special("zero", lambda rng: {"a": np.zeros((2, 2))}, forbid_overflow=True),
        # A sign that is looked up once, for the whole array or for a row, is wrong for some of the entries.
        kit.Special(
            "large of both signs", lambda rng: {"a": SIGNS * rng.uniform(5e3, 1e4, (2, 2))}, forbid_overflow=True
        ),
        *kit.of_any_shape("a"),
    ),
)


@sigmoid.derivation(words={"a": "the argument"}, without=("mean-over-batch-a", "negated-e-exp-abs-a", "other-number-1"))
def form_by_sign(a):
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)  #: eq-sigmoid-stable


@sigmoid.derivation(without=("other-function-e-exp-expm1-abs-number",))
def number_by_number(a):
    values = []
    for number in a.ravel():
        e = np.exp(-abs(number))
        values.append(1 / (1 + e) if number >= 0 else e / (1 + e))
    return np.array(values).reshape(a.shape)


@sigmoid.derivation(without=("complement-1-exp-clip-a-20-2", "negated-exp-clip-a-20"))
def clipped_at_twenty(a):
    # Off by 2e-9 at most: a ten thousandth of what the check allows, a thirtieth of what float32 resolves near 1.
    return 1 / (1 + np.exp(-np.clip(a, -20, 20)))


sigmoid.mistakes(
    """
    arguments-swapped-where-1-e: Your output is 1 − sigmoid(a): the sign of a is the wrong way round.
    exponent-of-minus-a: exp(−a) overflows where a is very negative. Choose the form by the sign of a.
        np.where(a >= 0, 1, e) / (1 + e) → 1 / (1 + np.exp(-a))
    exponent-of-a: exp(a) overflows where a is very positive. Choose the form by the sign of a.
        np.where(a >= 0, 1, e) / (1 + e) → np.exp(a) / (1 + np.exp(a))
    both-branches: np.where computes both of its branches for every entry, so that one of them still overflows. Make the
      exponent itself never positive, for example with −|a|.
        np.where(a >= 0, 1, e) / (1 + e) → np.where(a >= 0, 1 / (1 + np.exp(-a)), np.exp(a) / (1 + np.exp(a)))
    one-sign-for-all: You look up one sign for the whole array. Entries of the other sign then overflow: choose the form
      for each entry.
        np.where(a >= 0, 1, e) / (1 + e) → 1 / (1 + np.exp(-a)) if np.all(a >= 0) else np.exp(a) / (1 + np.exp(a))
    if-on-an-array: `if a >= 0` asks for one yes or no, but a is an array of many numbers. Choose for each entry:
      np.where, or a mask such as out[a >= 0] = …, with an exponent that is never positive.
        np.where(a >= 0, 1, e) → (1 if a >= 0 else e)
    tanh-instead: Your output is tanh(a), which runs from −1 to 1. A sigmoid runs from 0 to 1.
        np.where(a >= 0, 1, e) / (1 + e) → np.tanh(a)
    cut-off-too-early: You cut a off at ±10, where the sigmoid is still 0.00005 away from 0 and 1. Without a cut, or
      with one as far out as ±30, nothing is lost.
        np.where(a >= 0, 1, e) / (1 + e) → 1 / (1 + np.exp(-np.clip(a, -10, 10)))
    """
)
