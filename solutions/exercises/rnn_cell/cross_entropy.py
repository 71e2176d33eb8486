"""Contract of `cross_entropy`.

unrolled-canary-1594e24a9a66
"""

import numpy as np

from solutions.judging.contract import Contract
from solutions.judging.drawing import eighths, labels, normal
from solutions.judging.parts import Arguments, Sizes, Special, of_values
from solutions.judging.small_number import slips_of_the_small_number
from solutions.reference import numerics
from unrolled.checking.outputs import near


def _draw_cross_entropy(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {
        "logits": normal(rng, sizes.batch, sizes.outputs, dtype=dtype, scale=2),
        "targets": labels(rng, sizes.outputs, sizes.batch),
    }


cross_entropy = Contract(
    reference=numerics.cross_entropy,
    outputs=near("loss"),
    read="rnn-cell#eq-cross-entropy",
    parts=of_values(
        _draw_cross_entropy,
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
    "p[:, targets] picks, for every row, the columns of all targets: B × B numbers. Each row has one target: "
    "p[np.arange(B), targets]."
)
def targets_of_all_rows(logits, targets):
    top = logits.max(axis=-1, keepdims=True)
    logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))
    return -logp[:, targets].mean()


@cross_entropy.misconception(
    "p[:, targets] picks, for every row, the columns of all targets: B × B numbers. Each row has one target: "
    "p[np.arange(B), targets]. And the logarithm of a softmax is −∞ where a probability underflows to 0.",
    further=True,
)
def softmax_of_all_targets(logits, targets):
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return -np.log(p[:, targets]).mean()


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


@cross_entropy.misconception(
    "The sum of exponentials became its largest term: your loss is the largest score minus the target's. "
    "It is the logarithm of the sum."
)
def maximum_for_sum(logits, targets):
    return (logits.max(axis=-1) - logits[np.arange(len(targets)), targets]).mean()


@cross_entropy.misconception(
    "You take the logarithm of the mean probability. The loss is the mean of the logarithms, one for each row."
)
def logarithm_of_the_mean(logits, targets):
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return -np.log(p[np.arange(len(targets)), targets].mean())


@cross_entropy.misconception("Your loss is that of the first row alone. Average over all rows of the batch.")
def first_row_only(logits, targets):
    return np.logaddexp.reduce(logits[0]) - logits[0, targets[0]]


@cross_entropy.misconception(
    "You subtract the maximum inside the array that you were given. Whoever called you still needs its logits."
)
def logits_overwritten(logits, targets):
    logits -= logits.max(axis=-1, keepdims=True)
    return (np.log(np.exp(logits).sum(axis=-1)) - logits[np.arange(len(targets)), targets]).mean()


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


@cross_entropy.variant
def library_function(logits, targets):
    from scipy.special import logsumexp

    return np.mean(logsumexp(logits, axis=1) - logits[np.arange(len(targets)), targets])


@cross_entropy.variant
def by_class(logits, targets):
    peak = logits.max()
    total = 0.0
    for k in np.unique(targets):
        rows = logits[targets == k]
        shift = rows.max(axis=1)
        total += (np.log(np.exp(rows - shift[:, None]).sum(axis=1)) + (shift - peak) - (rows[:, k] - peak)).sum()
    return total / len(logits)


@cross_entropy.variant
def running_mean(logits, targets):
    mean = 0.0
    for count, (scores, target) in enumerate(zip(logits, targets, strict=True), start=1):
        others = np.exp(scores - scores.max()).sum()
        mean += (scores.max() + np.log(others) - scores[target] - mean) / count
    return mean


slips_of_the_small_number(
    cross_entropy,
    "logp = logits - top - np.log(np.exp(logits - top).sum(axis=-1, keepdims=True))",
    "e = np.exp(logits - top)\n    logp = np.log(e / e.sum(axis=-1, keepdims=True) + {small})",
)
