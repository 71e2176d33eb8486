"""Contract of `smoothed`, an exponential moving mean whose weights sum to 1.

unrolled-canary-aa9e0b18028f
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import tuning

READ = "training-well#eq-smoothed"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    losses = rng.uniform(1, 4, sizes.batch + sizes.steps)
    return {"losses": losses.astype(dtype), "keep": float(rng.uniform(0.4, 0.85))}


def _of(count: int, keep: float) -> kit.Function:
    return lambda rng: {"losses": rng.uniform(0.5, 3, count), "keep": keep}


def _constant(rng: np.random.Generator) -> kit.Arguments:
    return {"losses": np.full(6, rng.uniform(1, 9)), "keep": 0.9}


def _not_a_mean(function: kit.Function, rng: np.random.Generator) -> bool:
    # A constant comes back as it is, and what comes later changes nothing before.
    keep, losses, later = float(rng.uniform(0.5, 0.95)), rng.uniform(1, 3, 9), rng.uniform(5, 9, 4)
    constant = np.asarray(function(np.full(9, losses[0]), keep))
    alone, longer = np.asarray(function(losses, keep)), np.asarray(function(np.append(losses, later), keep))
    return not (np.allclose(constant, losses[0], rtol=1e-4) and np.allclose(alone, longer[:9], rtol=1e-4))


smoothed = kit.Contract(
    reference=tuning.smoothed,
    outputs=kit.near("means"),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("nothing is kept", _of(5, 0.0)),
        kit.Special("nearly all is kept", _of(7, 0.98)),
        kit.Special("one loss", _of(1, 0.75)),
        kit.Special("two losses", _of(2, 0.5)),
        kit.Special("a constant loss", _constant),
        kit.Special("many losses", _of(80, 0.9)),
    ),
    rules=(
        kit.Rule(
            "not-a-mean-of-the-past",
            "a loss that stays the same is its own mean, at every update; later losses change no earlier mean.",
            _not_a_mean,
            READ,
        ),
    ),
)


@smoothed.derivation(
    words={
        "mean": "the moving mean",
        "keep": "what is kept",
        "losses": "the losses",
        "means": "the corrected means",
        "n": "the number of losses so far",
    }
)
def moved_then_corrected(losses, keep):
    means = np.zeros(len(losses))
    mean = 0.0
    for n in range(1, len(losses) + 1):
        mean = keep * mean + (1 - keep) * losses[n - 1]  #: eq-smoothed: what is kept + what is new
        means[n - 1] = mean / (1 - keep**n)  #: eq-smoothed
    return means


@smoothed.variant
def with_the_sum_of_weights(losses, keep):
    total, weight, means = 0.0, 0.0, []
    for loss in losses:
        total, weight = keep * total + loss, keep * weight + 1
        means.append(total / weight)
    return np.array(means)


@smoothed.variant
def by_weights(losses, keep):
    return np.array(
        [np.average(losses[: n + 1], weights=float(keep) ** np.arange(n, -1, -1)) for n in range(len(losses))]
    )


@smoothed.variant
def by_a_matrix(losses, keep):
    N = len(losses)
    back = np.arange(N)[:, None] - np.arange(N)
    weights = np.where(back >= 0, float(keep) ** np.maximum(back, 0), 0.0)
    return weights @ losses / weights.sum(axis=1)


@smoothed.variant
def with_a_share_that_falls(losses, keep):
    mean, means = 0.0, []
    for n, loss in enumerate(losses, start=1):
        share = (1 - keep) / (1 - keep**n)
        mean = mean + share * (loss - mean)
        means.append(mean)
    return np.array(means)


@smoothed.variant
def corrected_at_the_end(losses, keep):
    mean, means = 0.0, []
    for loss in losses:
        mean += (1 - keep) * (loss - mean)
        means.append(mean)
    return np.array(means) / (1 - keep ** np.arange(1, len(losses) + 1))


@smoothed.variant
def by_convolution(losses, keep):
    weights = float(keep) ** np.arange(len(losses))
    return np.convolve(losses, weights)[: len(losses)] / np.cumsum(weights)


SUM, CORRECTED = "keep * mean + (1 - keep) * losses[n - 1]", "mean / (1 - keep**n)"
START = "mean = 0.0"
for name, hint, *edits in (
    (
        "not-corrected",
        "The first means are far too small: the mean begins with 0. Divide by 1 − keep ** n.",
        (CORRECTED, "mean"),
    ),
    (
        "begun-with-the-first-loss",
        "You begin with the first loss, which then weighs far more than the others. Begin with 0, and divide by "
        "1 − keep ** n.",
        (START, "mean = losses[0]"),
        (CORRECTED, "mean"),
    ),
    (
        "begun-with-the-first-and-corrected",
        "You begin with the first loss and correct as well. The correction belongs to a mean that begins with 0.",
        (START, "mean = losses[0]"),
    ),
    (
        "corrected-one-too-early",
        "n counts from 1: the first mean is divided by 1 − keep, the last one by 1 − keep ** N.",
        (CORRECTED, "mean / (1 - keep ** max(n - 1, 1))"),
    ),
    (
        "corrected-one-too-late",
        "Your correction is one update ahead: the first mean is divided by 1 − keep.",
        (CORRECTED, "mean / (1 - keep ** (n + 1))"),
    ),
    (
        "same-correction-everywhere",
        "You divide every mean by 1 − keep. The sum of the weights grows: 1 − keep ** n.",
        (CORRECTED, "mean / (1 - keep)"),
    ),
    (
        "corrected-by-the-last",
        "You divide every mean by the last correction. Each has its own: 1 − keep ** n.",
        (CORRECTED, "mean / (1 - keep ** len(losses))"),
    ),
    (
        "shares-exchanged",
        "The shares are exchanged: keep belongs to the mean so far, 1 − keep to the new loss.",
        (SUM, "(1 - keep) * mean + keep * losses[n - 1]"),
    ),
    (
        "shares-exchanged-and-corrected",
        "The shares are exchanged: keep belongs to the mean so far, 1 − keep to the new loss.",
        (SUM, "(1 - keep) * mean + keep * losses[n - 1]"),
        (CORRECTED, "mean / (1 - (1 - keep) ** n)"),
    ),
    (
        "new-loss-whole",
        "The new loss enters whole. Its share is 1 − keep.",
        (SUM, "keep * mean + losses[n - 1]"),
    ),
    (
        "corrected-mean-carried-on",
        "You carry the corrected mean on, so that it is corrected again and again. Keep the plain one for the next.",
        (SUM, "keep * means[max(n - 2, 0)] + (1 - keep) * losses[n - 1]"),
    ),
    (
        "mean-of-all",
        "You take the plain mean of all losses so far. Old ones count less and less.",
        (CORRECTED, "losses[:n].mean()"),
    ),
    (
        "multiplied-by-the-correction",
        "You multiply by the correction. Divide: the weights sum to 1 − keep ** n.",
        (CORRECTED, "mean * (1 - keep**n)"),
    ),
    (
        "product-for-power",
        "You multiply keep by n in the correction. It is a power: keep ** n.",
        (CORRECTED, "mean / (1 - keep * n) if keep * n != 1 else mean"),
    ),
    (
        "last-mean-alone",
        "You return the last mean alone. One for each loss is asked for.",
        ("return means", "return means[-1:]"),
    ),
    (
        "not-smoothed",
        "You return the losses themselves.",
        ("return means", "return 1.0 * losses"),
    ),
    (
        "one-mean-too-early",
        "Your means stand one place too early: mean n holds the loss of update n, and none behind it.",
        ("return means", "return np.append(means[1:], means[-1])"),
    ),
):
    smoothed.slip(name, hint, *edits)
