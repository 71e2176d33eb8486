"""Contracts of sigmoid, softmax and cross-entropy.

unrolled-canary-38d7f0c2a9b4
"""

import numpy as np

from solutions import numerics
from solutions.contracts.contract import Arguments, Contract, Function, Property, Sizes, Special
from solutions.contracts.drawing import eighths, labels, normal

sigmoid = Contract(
    reference=numerics.sigmoid,
    outputs=("values",),
    read="rnn-cell#eq-sigmoid-stable",
    draw=lambda rng, sizes, dtype: {"a": normal(rng, sizes.batch, sizes.hidden, dtype=dtype, scale=3)},
    parts=("values", "edges"),
    specials=(
        Special("large negative", lambda rng: {"a": -1e4 * rng.uniform(0.5, 1, (2, 3))}, forbid_overflow=True),
        Special("large positive", lambda rng: {"a": 1e4 * rng.uniform(0.5, 1, (2, 3))}, forbid_overflow=True),
        Special("zero", lambda rng: {"a": np.zeros((2, 2))}, forbid_overflow=True),
    ),
)


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


@sigmoid.variant
def through_tanh(a):
    return 0.5 * (1 + np.tanh(0.5 * a))


@sigmoid.variant
def through_logaddexp(a):
    return np.exp(-np.logaddexp(0, -a))


@sigmoid.variant
def masked_assignment(a):
    out = np.empty(a.shape, dtype=a.dtype)
    positive = a >= 0
    out[positive] = 1 / (1 + np.exp(-a[positive]))
    out[~positive] = np.exp(a[~positive]) / (1 + np.exp(a[~positive]))
    return out


def _far_apart(rng: np.random.Generator) -> Arguments:
    # One row near 0 and one near −2000: the maximum of the whole array is no use to the second row.
    return {"a": eighths(rng, 2, 4) + np.array([[0.0], [-2000.0]])}


def _one_far_above(rng: np.random.Generator) -> Arguments:
    return {"a": eighths(rng, 2, 4) + 2000 * np.eye(2, 4)}


softmax = Contract(
    reference=numerics.softmax,
    outputs=("values",),
    read="rnn-cell#eq-softmax-stable",
    draw=lambda rng, sizes, dtype: {"a": normal(rng, sizes.batch, sizes.outputs, dtype=dtype, scale=2)},
    parts=("values", "edges", "property"),
    specials=(
        Special("large scores", lambda rng: {"a": 1e4 + eighths(rng, 3, 4)}, forbid_overflow=True),
        Special("rows far apart", _far_apart, forbid_overflow=True),
        Special("one score far above the others", _one_far_above, forbid_overflow=True),
        Special("three axes", lambda rng: {"a": rng.standard_normal((2, 3, 4))}),
    ),
    properties=(
        Property(
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


@softmax.misconception("Your output is exp(a − max). Divide it by its sum over the last axis.")
def not_normalised(a):
    return np.exp(a - a.max(axis=-1, keepdims=True))


@softmax.misconception("Your output is the logarithm of the softmax. The softmax itself is asked for.")
def logarithm(a):
    shifted = a - a.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


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


def _draw_cross_entropy(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "logits": normal(rng, sizes.batch, sizes.outputs, dtype=dtype, scale=2),
        "targets": labels(rng, sizes.outputs, sizes.batch),
    }


cross_entropy = Contract(
    reference=numerics.cross_entropy,
    outputs=("loss",),
    read="rnn-cell#eq-cross-entropy",
    draw=_draw_cross_entropy,
    parts=("values", "edges"),
    specials=(
        Special(
            "sure and wrong",
            lambda rng: {
                "logits": 1e4 * np.eye(3) + eighths(rng, 3, 3),
                "targets": np.array([1, 2, 2]),
            },
            forbid_overflow=True,
        ),
    ),
)


@cross_entropy.misconception("The loss is the sum over the batch. Take the mean.")
def sum_over_batch(logits, targets):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -logp[np.arange(len(targets)), targets].sum()


@cross_entropy.misconception("The sign is missing: the loss is minus the logarithm, so it is never negative.")
def sign_forgotten(logits, targets):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return logp[np.arange(len(targets)), targets].mean()


@cross_entropy.misconception(
    "You take the logarithm of the softmax. Where a probability underflows to 0, that is −∞. "
    "Use the logarithm of the sum of exponentials instead."
)
def logarithm_of_softmax(logits, targets):
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return -np.log(p[np.arange(len(targets)), targets]).mean()


@cross_entropy.misconception(
    "exp overflows for large scores. Subtract each row's maximum first, and add it back outside the logarithm."
)
def scores_not_shifted(logits, targets):
    return (np.log(np.exp(logits).sum(axis=-1)) - logits[np.arange(len(targets)), targets]).mean()


@cross_entropy.misconception(
    "You average over all B·K entries. Only the target's entry of each row counts: divide by B alone."
)
def mean_over_classes_too(logits, targets):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -(np.eye(logits.shape[-1])[targets] * logp).mean()


@cross_entropy.misconception("The logarithm is to the base 2. The loss is in nats: use the natural logarithm.")
def bits(logits, targets):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -logp[np.arange(len(targets)), targets].mean() / np.log(2)


@cross_entropy.misconception(
    "You take the softmax twice: the arguments are logits, but your loss treats their softmax as logits again."
)
def softmax_twice(logits, targets):
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return (np.log(np.exp(p).sum(axis=-1)) - p[np.arange(len(targets)), targets]).mean()


@cross_entropy.variant
def through_one_hot(logits, targets):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -(np.eye(logits.shape[-1])[targets] * logp).sum() / len(logits)


@cross_entropy.variant
def loop_over_batch(logits, targets):
    total = 0.0
    for scores, target in zip(logits, targets, strict=True):
        total += np.logaddexp.reduce(scores) - scores[target]
    return total / len(targets)


@cross_entropy.variant
def as_differences(logits, targets):
    chosen = np.take_along_axis(logits, targets[:, None], axis=1)
    return np.mean(np.logaddexp.reduce(logits - chosen, axis=1))
