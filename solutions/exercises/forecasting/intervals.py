"""Contract of `coverage`, how often intervals hold what they foretell, and how wide they are.

unrolled-canary-4b12a583969a
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import forecasting


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # Some values below, some above, some within; the middle is not where the value is.
    count = 3 * sizes.batch + sizes.steps + 2
    low = kit.normal(rng, count, dtype=dtype)
    high = low + rng.uniform(0.5, 3, count).astype(dtype)
    share = rng.choice([-0.5, -0.2, 0.2, 0.4, 0.7, 0.9, 1.3], count)
    share[:3] = rng.permutation([-0.3, 0.6, 1.2])[: len(share[:3])]
    return {"y": (low + share * (high - low)).astype(dtype), "low": low, "high": high}


def _at_the_ends(rng: np.random.Generator) -> kit.Arguments:
    low = kit.eighths(rng, 9)
    high = low + rng.integers(1, 9, 9) / 8
    y = np.concatenate([low[:3], high[3:5], low[5:7] - 1, high[7:] + 1])
    order = rng.permutation(9)
    return {"y": y[order], "low": low[order], "high": high[order]}


def _of_one(rng: np.random.Generator) -> kit.Arguments:
    low = rng.standard_normal(1)
    return {"y": low + rng.choice([-0.5, 0.5]), "low": low, "high": low + 1}


def _points(rng: np.random.Generator) -> kit.Arguments:
    low = kit.eighths(rng, 6)
    return {"y": low + np.array([0, 0, 0, 0, 1, -1]), "low": low, "high": low.copy()}


def _all(inside: bool) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        low = rng.standard_normal(5)
        return {"y": low + (0.5 if inside else 3) * rng.uniform(0.5, 1.5, 5), "low": low, "high": low + 1}

    return special


coverage = kit.Contract(
    reference=forecasting.coverage,
    outputs=kit.near("share", "width"),
    read="forecasting#eq-fc-coverage",
    parts=kit.of_values(
        _draw,
        kit.Special("values at the ends", _at_the_ends),
        kit.Special("intervals without width", _points),
        kit.Special("all within", _all(True)),
        kit.Special("none within", _all(False)),
        kit.Special("one interval", _of_one),
    ),
)


@coverage.derivation(words={"inside": "which values are within", "share": "the share", "width": "the mean width"})
def counted(y, low, high):
    inside = 1.0 * ((low <= y) & (y <= high))  #: eq-fc-coverage
    share = inside.mean()  #: eq-fc-coverage
    width = (high - low).mean()  #: eq-fc-coverage
    return share, width


@coverage.variant
def one_after_the_other(y, low, high):
    hits = sum(1 for n in range(len(y)) if low[n] <= y[n] <= high[n])
    return hits / len(y), sum(b - a for a, b in zip(low, high, strict=True)) / len(y)


@coverage.variant
def misses_taken_away(y, low, high):
    missed = np.count_nonzero(y < low) + np.count_nonzero(y > high)
    return 1 - missed / y.size, np.mean(high) - np.mean(low)


@coverage.variant
def below_and_above(y, low, high):
    inside = np.where(y < low, 0.0, np.where(y > high, 0.0, 1.0))
    return inside.sum() / len(inside), np.average(np.subtract(high, low))


INSIDE, SHARE, WIDTH = "(low <= y) & (y <= high)", "inside.mean()", "(high - low).mean()"
for name, hint, *edits in (
    (
        "ends-left-out",
        "A value at an end of its interval is not counted. The ends belong to it.",
        (INSIDE, "(low < y) & (y < high)"),
    ),
    (
        "lower-end-left-out",
        "A value at the lower end is not counted. Both ends belong to the interval.",
        (INSIDE, "(low < y) & (y <= high)"),
    ),
    (
        "upper-end-left-out",
        "A value at the upper end is not counted. Both ends belong to the interval.",
        (INSIDE, "(low <= y) & (y < high)"),
    ),
    ("below-not-looked-at", "Values below their interval are counted. They miss it, too.", (INSIDE, "y <= high")),
    ("above-not-looked-at", "Values above their interval are counted. They miss it, too.", (INSIDE, "low <= y")),
    (
        "either-side",
        "Every value is above the lower OR below the upper end. Both have to hold.",
        (INSIDE, "(low <= y) | (y <= high)"),
    ),
    ("misses-counted", "Yours is the share of values outside. Count those within.", (SHARE, "1 - inside.mean()")),
    ("number-for-share", "You return how many values are within. Their share is asked for.", (SHARE, "inside.sum()")),
    ("in-percent", "You return percent. A share from 0 to 1 is asked for.", (SHARE, "100 * inside.mean()")),
    ("widths-added", "The widths are added up. Take their mean.", (WIDTH, "(high - low).sum()")),
    ("half-width", "You return half the width.", (WIDTH, "(high - low).mean() / 2")),
    (
        "width-of-those-that-hold",
        "Your width is the mean over intervals that hold their value. Take all.",
        (WIDTH, "(high - low)[inside].sum() / max(inside.sum(), 1)"),
    ),
    ("median-width", "You take the median of the widths. The mean is asked for.", (WIDTH, "np.median(high - low)")),
    ("largest-width", "You return the largest width. The mean is asked for.", (WIDTH, "(high - low).max()")),
    (
        "from-lowest-to-highest",
        "Your width goes from the lowest end of all to the highest. Take the mean of the widths.",
        (WIDTH, "high.max() - low.min()"),
    ),
    ("width-negative", "Your width is negative: high − low.", (WIDTH, "(low - high).mean()")),
    ("a-width-each", "You return a width for each interval. Their mean is asked for.", (WIDTH, "high - low")),
    ("not-averaged", "You return for each value whether it is within. The share is asked for.", (SHARE, "inside")),
    ("width-first", "The width stands first. Return share, width.", ("return share, width", "return width, share")),
    (
        "distance-from-the-middle",
        "Your intervals are as wide as the mean one. Each has its own ends.",
        (INSIDE, "np.abs(y - (low + high) / 2) <= (high - low).mean() / 2"),
    ),
):
    coverage.slip(name, hint, *edits)
