"""Contract of `limit_rate`, the rate at which a range test runs away.

unrolled-canary-7ae13b3891b8
"""

import numpy as np

from solutions.exercises.tuning import smoothing
from solutions.exercises.tuning.smoothing import moved_then_corrected as smoothed
from solutions.judging import kit
from solutions.reference import tuning

READ = "training-well#eq-limit-rate"


def _first(means: np.ndarray, factor: float) -> int:
    # The first place above so many times the least before it; the number of all where there is none.
    above = np.flatnonzero(means > factor * np.minimum.accumulate(means))
    return int(above[0]) if len(above) else len(means)


def _telling(losses: np.ndarray, keep: float, factor: float) -> bool:
    # Is the end another one than those of the usual slips?
    means = smoothed(losses, keep)
    end = _first(means, factor)
    others = (
        _first(losses, factor),
        int(np.argmax(np.append(means > factor * means[0], True))),
        int(np.argmax(np.append(means > factor, True))),
        int(np.argmax(np.append(means > losses.min() + factor, True))),
    )
    kept, low = int(np.argmin(means[:end])), int(np.argmin(losses[:end]))
    return kept + 3 < end < len(losses) - 2 and end not in others and low != kept


def _drawn(rng: np.random.Generator, count: int, keep: float, factor: float, dtype: type) -> kit.Arguments:
    # A loss that falls, with noise, and runs away; single batches are hard long before.
    rates = float(10 ** rng.uniform(-4, -2)) * np.cumprod(rng.uniform(1.2, 1.9, count))
    while True:
        falls = int(rng.integers(count // 3, count // 2 + 1))
        fallen = np.linspace(rng.uniform(1.5, 2.5), rng.uniform(0.4, 0.7), falls) * rng.uniform(0.8, 1.25, falls)
        risen = 0.6 * rng.uniform(1.3, 1.6) ** np.arange(1, count - falls + 1) * rng.uniform(0.9, 1.1, count - falls)
        losses = np.concatenate([fallen, risen])
        losses[rng.integers(1, falls)] *= factor + 0.5
        losses = np.round(64 * losses) / 64
        if _telling(losses, keep, factor):
            return {"rates": rates.astype(dtype), "losses": losses.astype(dtype), "keep": keep, "factor": factor}


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    count = 18 + sizes.batch + sizes.steps
    return _drawn(rng, count, float(rng.uniform(0.5, 0.7)), float(rng.uniform(2, 3)), dtype)


def _never(rng: np.random.Generator) -> kit.Arguments:
    losses = np.linspace(3, 1, 12) * rng.uniform(0.9, 1.1, 12)
    return {"rates": np.geomspace(1e-3, rng.uniform(0.1, 1), 12), "losses": losses, "keep": 0.5, "factor": 2.0}


def _ends_in(value: float) -> kit.Function:
    # The last losses are no numbers, or the largest there is, long before the mean of those before them is high.
    def special(rng: np.random.Generator) -> kit.Arguments:
        count = int(rng.integers(4, 8))
        losses = np.concatenate([np.linspace(3, 1, 6) * rng.uniform(0.9, 1.1, 6), np.full(count, value)])
        return {"rates": np.geomspace(1e-3, 1, len(losses)) * rng.uniform(1, 2), "losses": losses} | {
            "keep": 0.75,
            "factor": 4.0,
        }

    return special


def _at_once(rng: np.random.Generator) -> kit.Arguments:
    losses = np.array([1.0, 40.0, 90.0, 200.0]) * rng.uniform(1, 2)
    return {"rates": np.geomspace(0.1, 100, 4) * rng.uniform(1, 2), "losses": losses, "keep": 0.5, "factor": 4.0}


def _comes_back(rng: np.random.Generator) -> kit.Arguments:
    losses = np.array([2, 1.5, 1, 1, 1, 9, 9, 9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 9, 20]) * rng.uniform(1, 2)
    rates = np.geomspace(1e-2, 10, len(losses)) * rng.uniform(1, 2)
    return {"rates": rates, "losses": losses, "keep": 0.5, "factor": 3.0}


def _exactly(rng: np.random.Generator) -> kit.Arguments:
    # Nothing is kept: the means are the losses. So many times the least is not more than so many times the least.
    losses = np.array([4, 2, 1, 4, 4, 1, 5, 16]) * float(rng.integers(1, 16))
    return {"rates": np.geomspace(1e-2, 1, 8) * rng.uniform(1, 2), "losses": losses, "keep": 0.0, "factor": 4.0}


limit_rate = kit.Contract(
    reference=tuning.limit_rate,
    outputs=kit.near("rate", atol=1e-12),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("it never runs away", _never),
        kit.Special("it runs away at once", _at_once),
        kit.Special("it comes back", _comes_back),
        kit.Special("exactly so many times the least", _exactly),
        kit.Special("losses of nan", _ends_in(np.nan)),
        kit.Special("infinite losses", _ends_in(np.inf)),
    ),
)


@limit_rate.derivation(
    words={
        "means": "the smoothed losses",
        "least": "the least one so far",
        "rates": "the rates",
        "losses": "the losses",
        "n": "the update",
    },
    without=("another-value-least-means-rates", "negated-means-smoothed-losses-keep"),
)
def update_by_update(rates, losses, keep, factor):
    means = smoothed(losses, keep)
    rate, least = rates[-1], means[0]
    for n in range(1, len(means)):
        if not means[n] <= factor * least:  #: eq-limit-rate
            rate = rates[n - 1]  #: eq-limit-rate
            break
        least = min(least, means[n])
    return rate


@limit_rate.variant
def least_of_all_so_far(rates, losses, keep, factor):
    means = smoothed(losses, keep)
    for n in range(1, len(losses)):
        if np.isnan(means[n]) or means[n] > factor * np.nanmin(means[: n + 1]):
            return float(rates[n - 1])
    return float(rates[-1])


@limit_rate.variant
def at_once(rates, losses, keep, factor):
    means = np.nan_to_num(smoothed(losses, keep), nan=np.inf)
    above = means > factor * np.minimum.accumulate(means)
    return rates[np.argmax(above) - 1] if above.any() else rates[-1]


@limit_rate.variant
def mean_on_the_way(rates, losses, keep, factor):
    mean, weight, least = 0.0, 0.0, np.inf
    before = None
    for rate, loss in zip(rates, losses, strict=True):
        mean, weight = keep * mean + loss, keep * weight + 1
        if np.isnan(mean) or mean / weight > factor * least:
            return before
        least, before = min(least, mean / weight), rate
    return before


@limit_rate.variant
def first_of_a_list(rates, losses, keep, factor):
    means = smoothed(losses, keep)
    away = [n for n in range(len(means)) if not means[n] <= factor * min(means[: n + 1])]
    return rates[away[0] - 1] if away else rates[len(rates) - 1]


@limit_rate.variant
def those_that_held(rates, losses, keep, factor):
    means, held = smoothed(losses, keep), [rates[0]]
    for n in range(1, len(means)):
        if means[n] <= factor * np.min(means[:n]):
            held.append(rates[n])
        else:
            return held[-1]
    return held[-1]


@limit_rate.variant
def recursive(rates, losses, keep, factor):
    means = [float(one) for one in smoothed(losses, keep)]

    def search(n, least):
        if n == len(means):
            return rates[-1]
        if means[n] != means[n] or means[n] / factor > least:
            return rates[n - 1]
        return search(n + 1, min(least, means[n]))

    return search(1, means[0])


MEANS, ABOVE, RATE = "smoothed(losses, keep)", "not means[n] <= factor * least", "rate = rates[n - 1]"
LEAST = "least = min(least, means[n])"
limit_rate.mistakes(
    f"""
    not-smoothed: A single hard batch ends your test. Compare the SMOOTHED losses. [training-well#eq-smoothed]
        {MEANS} → 1.0 * losses
    not-corrected: The first smoothed losses are far too small, so that the test ends at once: divide by
      1 − keep ** n. Does smoothed pass its check? [training-well#eq-smoothed]
        {MEANS} → smoothed(losses, keep) * (1 - keep ** np.arange(1, len(losses) + 1))
    loss-against-the-least-mean: You compare the loss of one batch with the least smoothed loss. Smooth both.
        {ABOVE} → not losses[n] <= factor * least
    mean-against-the-least-loss: You compare with the least loss of one batch. Take the least SMOOTHED one.
        rate, least = rates[-1], means[0] → rate, least = rates[-1], losses[0]
        {LEAST} → least = min(least, losses[n])
    against-the-first: You compare with the first loss. A loss has run away from its LEAST value so far.
        {LEAST} → pass
    against-the-one-before: You compare with the mean before. A loss runs away in many small steps: compare with the
      least so far.
        {LEAST} → least = means[n]
    against-the-least-of-all: You compare with the least of all means, also of later ones. A test that runs knows only
      those so far.
        rate, least = rates[-1], means[0] → rate, least = rates[-1], np.nanmin(means)
    one-rate-too-late: You return the rate of the update BEHIND that loss. A loss is measured before its update: the
      one before made it so large.
        {RATE} → rate = rates[n]
    one-rate-too-early: You return the rate of the update before the one that made it run away.
        {RATE} → rate = rates[max(n - 2, 0)]
    last-for-first: You return the last update with such a loss. The first one ends the test.
        break → pass
    nan-overlooked: Every comparison with nan is false, so that your test does not see that the loss is no number
      any more. Ask for what is NOT at most factor times the least.
        {ABOVE} → means[n] > factor * least
    from-equal-on: So many times the least is not MORE than that.
        {ABOVE} → not means[n] < factor * least
    divided-for-multiplied: You divide the least by factor.
        {ABOVE} → not means[n] <= least / factor
    factor-added: You add factor to the least loss. Losses have units: multiply.
        {ABOVE} → not means[n] <= factor + least
    factor-alone: You compare with factor itself. Losses have units: compare with factor times the least.
        {ABOVE} → not means[n] <= factor
    loss-returned: You return the loss. The rate is asked for.
        {RATE} → rate = means[n]
    place-returned: You return the place of the update. Its rate is asked for.
        {RATE} → rate = n - 1
    tenth-taken: You return a tenth of it. The limit itself is asked for.
        {RATE} → rate = rates[n - 1] / 10
    rate-of-the-least: You return the rate at the least loss. Where it has run away is asked for.
        {RATE} → rate = rates[np.argmin(means[:n])]
    steepest-fall: You return the rate at which the loss falls most. Where it has run away is asked for.
        {RATE} → rate = rates[np.argmin(np.diff(means[:n]))] if n > 1 else rates[0]
    shares-exchanged: keep and 1 − keep are exchanged in the smoothed losses. [training-well#eq-smoothed]
        {MEANS} → smoothed(losses, 1 - keep)
    infinite-where-it-never-does: Where the loss never runs away the last rate is asked for.
        rate, least = rates[-1], means[0] → rate, least = np.inf, means[0]
    first-where-it-never-does: Where the loss never runs away the last rate is asked for.
        rate, least = rates[-1], means[0] → rate, least = rates[0], means[0]
    """
)
limit_rate.inherit(smoothing.smoothed)
