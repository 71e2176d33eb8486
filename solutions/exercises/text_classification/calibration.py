"""Contract of `calibration_error`: how far probabilities are from the shares that they foretell.

unrolled-canary-d27c5f9014be
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import texts


def _labels(rng: np.random.Generator, p: np.ndarray) -> np.ndarray:
    y = (rng.random(len(p)) < 0.15 + 0.5 * p).astype(np.int64)
    y[:2] = [1, 0][: len(p)]
    return y


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # Between the edges of bins: no rounding moves a probability into another one.
    bins = int(rng.choice([3, 4, 5, 8, 10]))
    p = (rng.integers(0, 6 * bins, 6 * sizes.batch + 6) + 0.5) / (6 * bins)
    return {"p": p.astype(dtype), "y": _labels(rng, p), "bins": bins}


def _with_lower_edges(p: np.ndarray, y: np.ndarray, bins: int) -> float:
    # Seen from 1 downwards, an edge belongs to the other bin.
    return texts.calibration_error(1 - p, 1 - y, bins)


def _special(label: str, p: list[float], bins: int, y: list[int], at_edges: bool = False) -> kit.Special:
    """These, two more beside some of them in their bins, in any order; at edges, whose bin it is decides."""

    known, labels = np.array(p), np.array(y)

    def some(rng: np.random.Generator) -> kit.Arguments:
        near = rng.choice(np.flatnonzero(known < 1), 2)
        order = rng.permutation(len(p) + 2)
        return {
            "p": np.append(known, known[near] + rng.uniform(0.001, 0.009, 2))[order],
            "y": np.append(labels, labels[near])[order],
            "bins": bins,
        }

    def special(rng: np.random.Generator) -> kit.Arguments:
        given = some(rng)
        while at_edges and np.isclose(texts.calibration_error(**given), _with_lower_edges(**given), atol=1e-3):
            given = some(rng)
        return given

    return kit.Special(label, special)


def _one(rng: np.random.Generator) -> kit.Arguments:
    return {"p": (rng.integers(0, 600, 1) + 0.5) / 600, "y": rng.integers(0, 2, 1), "bins": 10}


def _calibrated(rng: np.random.Generator) -> kit.Arguments:
    # Quarters are exact, so the error is 0.
    low, high = (4 * int(many) for many in rng.integers(1, 4, 2))
    y = [int(n % 4 == 0) for n in range(low)] + [int(n % 4 != 0) for n in range(high)]
    order = rng.permutation(low + high)
    return {"p": np.repeat([0.25, 0.75], [low, high])[order], "y": np.array(y)[order], "bins": 2}


calibration_error = kit.Contract(
    reference=texts.calibration_error,
    outputs=kit.near("error"),
    read="text-classification#eq-text-ece",
    parts=kit.of_values(
        _draw,
        # Halves and quarters are exact.
        _special(
            "at the edges of bins",
            [0.25, 0.25, 0.5, 0.3, 0.6, 0.75, 0.1, 0.5, 0.9],
            4,
            [0, 1, 0, 1, 1, 0, 0, 1, 1],
            True,
        ),
        _special("sure", [1.0, 1.0, 0.9, 0.0, 0.0], 5, [1, 0, 1, 0, 1]),
        _special("one bin", [0.2, 0.9, 0.4, 0.6], 1, [0, 0, 1, 0]),
        kit.Special("one probability", _one),
        _special("a bin without any", [0.05, 0.12, 0.9, 0.97, 0.93], 10, [0, 1, 1, 0, 1]),
        kit.Special("calibrated", _calibrated),
    ),
)


@calibration_error.derivation(
    words={
        "place": "the bin of each probability",
        "inside": "what is in the bin",
        "gap": "the bin's gap",
        "error": "the error",
    }
)
def bin_by_bin(p, y, bins):
    place = np.minimum((p * bins).astype(int), bins - 1)
    error = 0.0
    for k in range(bins):
        inside = place == k
        if inside.any():
            gap = abs(p[inside].mean() - y[inside].mean())  #: eq-text-ece: the mean probability + the share
            error = error + inside.mean() * gap  #: eq-text-ece
    return error


@calibration_error.variant
def by_edges(p, y, bins):
    total = 0
    for k in range(bins):
        low, high = k / bins, (k + 1) / bins
        inside = (low <= p) & ((p < high) | (high == 1))
        total += abs(p[inside].sum() - y[inside].sum())
    return total / len(p)


@calibration_error.variant
def by_digitize(p, y, bins):
    place = np.clip(np.digitize(p, np.arange(1, bins) / bins), 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    gap = np.bincount(place, weights=p, minlength=bins) - np.bincount(place, weights=y, minlength=bins)
    filled = count > 0
    return np.sum(count[filled] / count.sum() * np.abs(gap[filled] / count[filled]))


@calibration_error.variant
def one_at_a_time(p, y, bins):
    members = [[] for _ in range(bins)]
    for one, label in zip(p, y, strict=True):
        members[min(int(one * bins), bins - 1)].append((float(one), int(label)))
    error = 0.0
    for some in members:
        if some:
            ones, labels = zip(*some, strict=True)
            error += len(some) / len(p) * abs(sum(ones) / len(some) - sum(labels) / len(some))
    return error


PLACE = "np.minimum((p * bins).astype(int), bins - 1)"
for name, hint, *edits in (
    (
        "open-below",
        "Your bins are open below: a probability at an edge belongs to the bin above it, floor(p · bins).",
        (PLACE, "np.maximum(np.ceil(p * bins).astype(int) - 1, 0)"),
    ),
    (
        "open-below-and-zero-dropped",
        "Your bins are open below: a probability at an edge belongs to the bin above it, floor(p · bins); and p = 0 "
        "is in none.",
        (PLACE, "np.ceil(p * bins).astype(int) - 1"),
    ),
    ("one-dropped", "p = 1 is in no bin. It belongs to the last one.", (PLACE, "(p * bins).astype(int)")),
    (
        "rounded-to-a-bin",
        "You round p · bins. The bin is what is left of the comma: floor(p · bins).",
        (PLACE, "np.minimum(np.round(p * bins).astype(int), bins - 1)"),
    ),
    (
        "bins-not-weighted",
        "Every bin counts alike in what you return. Its weight is its share of the probabilities, n_k/N.",
        ("inside.mean() * gap", "gap / bins"),
    ),
    (
        "bins-not-weighted-without-empty-ones",
        "Every bin counts alike in what you return. Its weight is its share of the probabilities, n_k/N.",
        ("inside.mean() * gap", "gap / len(np.unique(place))"),
    ),
    (
        "gaps-added",
        "The gaps are added up without a weight. The weight of a bin is n_k/N.",
        ("inside.mean() * gap", "gap"),
    ),
    (
        "numbers-for-shares",
        "The weight is the number in the bin. It is its share, n_k/N: divide by N.",
        ("inside.mean() * gap", "inside.sum() * gap"),
    ),
    (
        "largest-gap",
        "You return the largest gap. The mean of the gaps is asked for, weighted by n_k/N.",
        ("error = error + inside.mean() * gap", "error = max(error, gap)"),
    ),
    (
        "signs-cancel",
        "Gaps of two signs cancel out. Take the absolute value in each bin.",
        ("abs(p[inside].mean() - y[inside].mean())", "(p[inside].mean() - y[inside].mean())"),
    ),
    (
        "absolute-value-at-the-end",
        "Gaps of two signs cancel out. Take the absolute value in each bin, not at the end.",
        ("abs(p[inside].mean() - y[inside].mean())", "(p[inside].mean() - y[inside].mean())"),
        ("return error", "return abs(error)"),
    ),
    (
        "each-by-itself",
        "You take the distance of each probability from its own label. Average both over the bin first.",
        ("abs(p[inside].mean() - y[inside].mean())", "abs(p[inside] - y[inside]).mean()"),
    ),
    (
        "squared",
        "You square the gaps. Their absolute values are asked for.",
        ("abs(p[inside].mean() - y[inside].mean())", "(p[inside].mean() - y[inside].mean()) ** 2"),
    ),
    (
        "middle-of-the-bin",
        "You take the middle of the bin. The mean of the probabilities in it is asked for.",
        ("p[inside].mean()", "(k + 0.5) / bins"),
    ),
    (
        "answers-for-shares",
        "You compare with the share of right answers. In a bin of probabilities of class 1 it is the share of y = 1.",
        ("y[inside].mean()", "((p[inside] >= 0.5) == y[inside]).mean()"),
    ),
    (
        "answers-for-probabilities",
        "You compare answers, 0 or 1, with the share. Compare the probabilities.",
        ("p[inside].mean()", "(p[inside] >= 0.5).mean()"),
    ),
    (
        "larger-probability",
        "You judge the larger of p and 1 − p. Here bins are made of the probability of class 1.",
        ("    place =", "    p, y = np.maximum(p, 1 - p), (p >= 0.5) == y\n    place ="),
    ),
    ("empty-is-nan", "A bin without any has the mean NaN. Leave it out.", ("if inside.any():", "if True:")),
    (
        "bins-of-equal-number",
        "Your bins hold equally many. They are equally wide.",
        (PLACE, "np.argsort(np.argsort(p, kind='stable')) * bins // len(p)"),
    ),
    (
        "returned-too-early",
        "The return stands inside the loop: only the first bin counts.",
        (
            "return error",
            "return abs((p - y)[place == 0].sum()) / len(p)",
        ),
    ),
    ("share-right", "You return 1 − the error. The error is asked for.", ("return error", "return 1 - error")),
    ("in-percent", "You return percent. A number from 0 to 1 is asked for.", ("return error", "return 100 * error")),
):
    calibration_error.slip(name, hint, *edits)
calibration_error.mistakes(
    """
    begins-with-step-1-k: The first bin is left out: the loop begins with 1.
    last-step-left-out-k: The last bin is left out.
    not-accumulated-error: The error of each bin overwrites the one before. Add them up.
    """
)
