"""Contract of `sigmoid`.

unrolled-canary-4039844229f2
"""

import numpy as np

from solutions.judging.contract import Contract
from solutions.judging.drawing import normal
from solutions.judging.parts import Arguments, Special, of_values
from solutions.reference import numerics
from unrolled.checking.outputs import near


def _both_signs(rng: np.random.Generator) -> Arguments:
    # A sign that is looked up once, for the whole array or for a row, is wrong for some of the entries.
    signs = np.array([[1, -1], [-1, 1]])
    return {"a": 1e4 * signs * rng.uniform(0.5, 1, (2, 2))}


sigmoid = Contract(
    reference=numerics.sigmoid,
    outputs=near("values"),
    read="rnn-cell#eq-sigmoid-stable",
    parts=of_values(
        lambda rng, sizes, dtype: {"a": normal(rng, sizes.batch, sizes.hidden, dtype=dtype, scale=3)},
        Special("large negative", lambda rng: {"a": -1e4 * rng.uniform(0.5, 1, (2, 3))}, forbid_overflow=True),
        Special("large positive", lambda rng: {"a": 1e4 * rng.uniform(0.5, 1, (2, 3))}, forbid_overflow=True),
        Special("zero", lambda rng: {"a": np.zeros((2, 2))}, forbid_overflow=True),
        Special("large of both signs", _both_signs, forbid_overflow=True),
    ),
)


@sigmoid.derivation(words={"a": "the argument"})
def form_by_sign(a):
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)  #: eq-sigmoid-stable


@sigmoid.variant
def number_by_number(a):
    values = []
    for number in a.ravel():
        e = np.exp(-abs(number))
        values.append(1 / (1 + e) if number >= 0 else e / (1 + e))
    return np.array(values).reshape(a.shape)


@sigmoid.variant
def clipped_at_twenty(a):
    # Off by 2e-9 at most: a ten thousandth of what the check allows, a thirtieth of what float32 resolves near 1.
    return 1 / (1 + np.exp(-np.clip(a, -20, 20)))


@sigmoid.variant
def through_logaddexp(a):
    return np.exp(-np.logaddexp(0, -a))


@sigmoid.misconception("exp(−a) overflows where a is very negative. Choose the form by the sign of a.")
def exponent_of_minus_a(a):
    return 1 / (1 + np.exp(-a))


@sigmoid.misconception("exp(a) overflows where a is very positive. Choose the form by the sign of a.")
def exponent_of_a(a):
    return np.exp(a) / (1 + np.exp(a))


@sigmoid.misconception(
    "np.where computes both of its branches for every entry, so that one of them still overflows. "
    "Make the exponent itself never positive, for example with −|a|."
)
def both_branches(a):
    return np.where(a >= 0, 1 / (1 + np.exp(-a)), np.exp(a) / (1 + np.exp(a)))


@sigmoid.misconception("Your output is 1 − sigmoid(a): the sign of a in the exponent is the wrong way round.")
def sign_swapped(a):
    return np.exp(-np.logaddexp(0, a))


@sigmoid.misconception("Your output is tanh(a), which runs from −1 to 1. A sigmoid runs from 0 to 1.")
def tanh_instead(a):
    return np.tanh(a)


@sigmoid.misconception(
    "You look up one sign for the whole array. Entries of the other sign then overflow: choose the form for each entry."
)
def one_sign_for_all(a):
    return 1 / (1 + np.exp(-a)) if np.all(a >= 0) else np.exp(a) / (1 + np.exp(a))


@sigmoid.misconception("Your output is the slope σ(a)(1 − σ(a)). The sigmoid itself is asked for.")
def slope_instead(a):
    s = np.exp(-np.logaddexp(0, -a))
    return s * (1 - s)


@sigmoid.misconception("Your output is a straight line cut off at 0 and 1, the “hard sigmoid”. This one is smooth.")
def straight_line(a):
    return np.clip(0.2 * a + 0.5, 0, 1)


@sigmoid.misconception("The 1 in the denominator is missing: your output is exp(a). It is 1 / (1 + exp(−a)).")
def one_missing(a):
    return 1 / np.exp(-a)


@sigmoid.misconception(
    "The sum in the denominator became the larger of its two terms, which is right only far from 0. "
    "It is 1 + exp(−|a|)."
)
def maximum_for_sum(a):
    return np.exp(np.minimum(a, 0))


@sigmoid.misconception(
    "You work in the array that you were given. Whoever called you still needs it: begin with a new array."
)
def input_overwritten(a):
    a *= 0.5
    np.tanh(a, out=a)
    a += 1
    a *= 0.5
    return a


@sigmoid.misconception(
    "`if a >= 0` asks for one yes or no, but a is an array of many numbers. Choose for each entry: np.where, or a mask "
    "such as out[a >= 0] = …, with an exponent that is never positive."
)
def if_on_an_array(a):
    if a >= 0:
        return 1 / (1 + np.exp(-a))
    return np.exp(a) / (1 + np.exp(a))


@sigmoid.misconception(
    "You cut a off at ±10, where the sigmoid is still 0.00005 away from 0 and 1. Without a cut, or with one as far out "
    "as ±30, nothing is lost."
)
def cut_off_too_early(a):
    return 1 / (1 + np.exp(-np.clip(a, -10, 10)))
