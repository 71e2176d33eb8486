"""Contract of `alarm_threshold`, the threshold of a stated false-alarm rate.

unrolled-canary-345c8dbafa85
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import autoencoder

READ = "images-and-autoencoders#eq-ae-threshold"


def _telling(N: int, share: float) -> bool:
    # Is the rank another one than those of the usual slips? The share kept is 1 − rate.
    place = (N + 1) * share
    k = int(np.ceil(place))
    others = (np.ceil(N * share), np.floor(place), round(place), N * share + 1, (N - 1) * share + 1, N - k + 1, N)
    return 1 < k < N and k not in others


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # Rates of sixty-fourths: (N + 1)(1 − rate) is exact, however it is computed.
    N = 3 * sizes.batch + sizes.steps + 9
    rates = [j / 64 for j in range(3, 25) if _telling(N, 1 - j / 64)]
    scores = rng.gamma(2, 1, N)
    scores[rng.integers(N)] += 8  # one far out, which a mean and a standard deviation follow
    return {"scores": scores.astype(dtype), "rate": float(rng.choice(rates))}


def _of(N: int, rate: float) -> kit.Function:
    return lambda rng: {"scores": rng.gamma(2, 1, N), "rate": rate}


def _ties(rng: np.random.Generator) -> kit.Arguments:
    return {"scores": rng.permutation(np.repeat(rng.gamma(2, 1, 4), [3, 5, 8, 4])), "rate": 9 / 64}


def _not_the_stated_rate(function: kit.Function, rng: np.random.Generator) -> bool:
    # Of N + 1 normal scores each is once the new one: exactly the stated share is above the threshold of the others.
    scores = rng.permutation(rng.gamma(2, 1, 24))
    for sixty_fourths in rng.choice(np.arange(4, 33), 3, replace=False):
        alarms = sum(scores[n] > float(function(np.delete(scores, n), sixty_fourths / 64)) for n in range(len(scores)))
        if alarms != len(scores) * sixty_fourths // 64:
            return True
    return False


alarm_threshold = kit.Contract(
    reference=autoencoder.alarm_threshold,
    outputs=kit.near("threshold"),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("a whole place", _of(15, 1 / 8)),
        kit.Special("the largest score", _of(15, 1 / 16)),
        kit.Special("too few scores", _of(14, 1 / 16)),
        kit.Special("a rate of 0", _of(12, 0.0)),
        kit.Special("half", _of(10, 0.5)),
        kit.Special("a high rate", _of(9, 59 / 64)),
        kit.Special("one score", _of(1, 0.5)),
        kit.Special("equal scores", _ties),
    ),
    rules=(
        kit.Rule(
            "not-the-stated-rate",
            "of N + 1 normal scores, ⌊(N + 1) · rate⌋ are above the threshold that the other N give.",
            _not_the_stated_rate,
            READ,
        ),
    ),
)


@alarm_threshold.derivation(words={"k": "the place", "scores": "the scores", "rate": "the rate"})
def counted(scores, rate):
    N = len(scores)
    k = int(np.ceil((N + 1) * (1 - rate)))  #: eq-ae-threshold
    return np.sort(scores)[k - 1] if k <= N else np.inf  #: eq-ae-threshold


@alarm_threshold.variant
def infinity_among_the_scores(scores, rate):
    known = np.sort(np.append(scores, np.inf))
    return known[int(np.ceil(len(known) * (1 - rate))) - 1]


@alarm_threshold.variant
def from_the_top(scores, rate):
    allowed = int((len(scores) + 1) * rate)
    if allowed == 0:
        return float("inf")
    return sorted(scores, reverse=True)[allowed - 1]


@alarm_threshold.variant
def partitioned(scores, rate):
    place = -int(-(len(scores) + 1) * (1 - rate) // 1)
    if place > scores.size:
        return np.inf
    return float(np.partition(scores, place - 1)[place - 1])


@alarm_threshold.variant
def scores_taken_away(scores, rate):
    left = [float(one) for one in scores]
    for _ in range(int(np.floor((len(scores) + 1) * rate)) - 1):
        left.remove(max(left))
    return max(left) if (len(scores) + 1) * rate >= 1 else np.inf


@alarm_threshold.variant
def smallest_with_enough_below(scores, rate):
    wanted = (scores.size + 1) * (1 - rate)
    enough = [one for one in scores if np.count_nonzero(scores <= one) >= wanted]
    return min(enough, default=np.inf)


PLACE, PICKED = "int(np.ceil((N + 1) * (1 - rate)))", "np.sort(scores)[k - 1] if k <= N else np.inf"
for name, hint, *edits in (
    (
        "quantile-of-numpy",
        "np.quantile goes between two scores, and counts N of them, not N + 1: more false alarms than were stated.",
        (PICKED, "np.quantile(scores, 1 - rate)"),
    ),
    (
        "quantile-of-numpy-with-infinity",
        "np.quantile goes between two scores, and counts other places: take the k-th score itself.",
        (PICKED, "np.quantile(scores, 1 - rate) if k <= N else np.inf"),
    ),
    (
        "higher-quantile-of-numpy",
        "np.quantile with method='higher' counts other places: k = ⌈(N + 1)(1 − rate)⌉, from 1.",
        (PICKED, "np.quantile(scores, 1 - rate, method='higher')"),
    ),
    (
        "n-for-n-plus-one",
        "You count N scores. The new one is the (N + 1)-th: k = ⌈(N + 1)(1 − rate)⌉.",
        (PLACE, "int(np.ceil(N * (1 - rate)))"),
    ),
    (
        "rounded-down",
        "You round the place down: then the rate is exceeded. Round up.",
        (PLACE, "int(np.floor((N + 1) * (1 - rate)))"),
    ),
    (
        "rounded",
        "You round the place to the nearest. Round up, so that the rate is never exceeded.",
        (PLACE, "round((N + 1) * (1 - rate))"),
    ),
    (
        "rate-for-one-minus-rate",
        "You take the place of the rate itself, a small score: nearly all would be alarms. Take 1 − rate.",
        (PLACE, "int(np.ceil((N + 1) * rate))"),
    ),
    (
        "one-place-too-far",
        "The k-th smallest stands at index k − 1.",
        (PICKED, "np.sort(scores)[k] if k < N else np.inf"),
    ),
    (
        "one-place-too-early",
        "Your score is one place too small: the k-th smallest stands at index k − 1.",
        (PICKED, "np.sort(scores)[max(k - 2, 0)] if k <= N else np.inf"),
    ),
    (
        "largest-for-infinity",
        "Where the scores are too few for the rate you take the largest: then the rate is exceeded. It is infinite.",
        (PICKED, "np.sort(scores)[min(k, N) - 1]"),
    ),
    (
        "infinity-at-the-largest",
        "The largest score, k = N, is a threshold, too. Only behind it, k > N, it is infinite.",
        (PICKED, "np.sort(scores)[k - 1] if k < N else np.inf"),
    ),
    (
        "largest-score",
        "You take the largest score, whatever the rate is.",
        (PICKED, "np.max(scores)"),
    ),
    (
        "descending",
        "Your scores fall. The k-th smallest is asked for.",
        (PICKED, "np.sort(scores)[::-1][k - 1] if k <= N else np.inf"),
    ),
    (
        "not-sorted",
        "The scores are not sorted.",
        (PICKED, "scores[k - 1] if k <= N else np.inf"),
    ),
    (
        "mean-and-deviations",
        "You take the mean and three standard deviations: that states no rate. Count scores.",
        (PICKED, "np.mean(scores) + 3 * np.std(scores)"),
    ),
    (
        "mean-and-two-deviations",
        "You take the mean and two standard deviations: that states no rate. Count scores.",
        (PICKED, "np.mean(scores) + 2 * np.std(scores)"),
    ),
    (
        "share-of-the-largest",
        "You take a share of the largest score. Count scores: the k-th smallest.",
        (PICKED, "(1 - rate) * np.max(scores)"),
    ),
    (
        "place-returned",
        "You return the place k. The score that stands there is asked for.",
        (PICKED, "k"),
    ),
    (
        "rate-in-percent",
        "You take the rate for percent. It is a number from 0 to 1.",
        ("(1 - rate)", "(1 - rate / 100)"),
    ),
    (
        "half-on-each-side",
        "You leave half the rate to small scores. Only large ones are alarms.",
        ("(1 - rate)", "(1 - rate / 2)"),
    ),
    (
        "between-two-scores",
        "Your threshold lies between two scores. It is the k-th score itself; an alarm is strictly above it.",
        (PICKED, "(np.sort(scores)[k - 1] + np.sort(scores)[min(k, N - 1)]) / 2 if k <= N else np.inf"),
    ),
):
    alarm_threshold.slip(name, hint, *edits)
