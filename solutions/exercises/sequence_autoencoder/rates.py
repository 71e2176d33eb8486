"""Contract of `alarm_rates`, how often a threshold is wrong, and how often right.

unrolled-canary-8afa94f8447b
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import autoencoder


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # More normal ones than anomalies; some of both above, one of each at the threshold.
    normal, odd = 2 * sizes.batch + sizes.steps + 8, sizes.inputs + 5
    labels = rng.permutation(np.repeat([0, 1], [normal, odd]))
    threshold = float(rng.integers(8, 16) / 4)
    above = np.zeros(len(labels), dtype=bool)
    for label, share in ((0, rng.uniform(0.15, 0.35)), (1, rng.uniform(0.55, 0.8))):
        places = rng.permutation(np.flatnonzero(labels == label))
        above[places[: round(share * len(places))]] = True
    apart = rng.uniform(0.1, 1.5, len(labels))
    scores = threshold + np.where(above, apart, -apart)
    for label in (0, 1):
        scores[rng.choice(np.flatnonzero((labels == label) & ~above))] = threshold
    return {"scores": scores.astype(dtype), "labels": labels, "threshold": threshold}


def _labelled(*labels: int, threshold: float = 1.0) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        scores = rng.uniform(0.2, 1.8, len(labels))
        scores[0] = 1.5
        return {"scores": scores, "labels": np.array(labels), "threshold": threshold}

    return special


def _all_equal(rng: np.random.Generator) -> kit.Arguments:
    value = float(rng.integers(20, 2000) / 64)
    return {"scores": np.full(7, value), "labels": rng.permutation([0, 0, 0, 0, 1, 1, 1]), "threshold": value}


alarm_rates = kit.Contract(
    reference=autoencoder.alarm_rates,
    outputs=kit.near("false_alarm_rate", "detection_rate"),
    read="images-and-autoencoders#eq-ae-rates",
    parts=kit.of_values(
        _draw,
        kit.Special("no anomaly", _labelled(0, 0, 0, 0, 0, 0)),
        kit.Special("anomalies alone", _labelled(1, 1, 1, 1)),
        kit.Special("an infinite threshold", _labelled(0, 1, 0, 1, 0, threshold=np.inf)),
        kit.Special("all above", _labelled(0, 1, 0, 0, 1, threshold=0.0)),
        kit.Special("all at the threshold", _all_equal),
    ),
)


@alarm_rates.derivation(
    words={"alarm": "which scores are alarms", "normal": "the normal ones", "odd": "the anomalies"},
    # Their max of an array and 1 stops before there is an answer.
    without=("not-reduced-false_alarm_rate-sum-normal", "not-reduced-detection_rate-sum-odd"),
)
def shares(scores, labels, threshold):
    alarm = 1.0 * (scores > threshold)  #: eq-ae-rates
    normal, odd = 1.0 * (labels == 0), 1.0 * (labels == 1)
    false_alarm_rate = (alarm * normal).sum() / max(normal.sum(), 1)  #: eq-ae-rates
    detection_rate = (alarm * odd).sum() / max(odd.sum(), 1)  #: eq-ae-rates
    return false_alarm_rate, detection_rate


@alarm_rates.variant
def chosen(scores, labels, threshold):
    found = []
    for label in (0, 1):
        own = scores[labels == label]
        found.append(np.mean(own > threshold) if len(own) else 0.0)
    return found[0], found[1]


@alarm_rates.variant
def one_after_the_other(scores, labels, threshold):
    alarms, number = [0, 0], [0, 0]
    for score, label in zip(scores, labels, strict=True):
        number[int(label)] += 1
        if score > threshold:
            alarms[int(label)] += 1
    return tuple(a / n if n else 0.0 for a, n in zip(alarms, number, strict=True))


@alarm_rates.variant
def sorted_and_searched(scores, labels, threshold):
    def share(own):
        own = np.sort(own)
        return (own.size - np.searchsorted(own, threshold, side="right")) / max(own.size, 1)

    return share(scores[labels != 1]), share(scores[labels == 1])


@alarm_rates.variant
def by_bincount(scores, labels, threshold):
    above = np.bincount(labels[scores > threshold], minlength=2)
    of_all = np.bincount(labels, minlength=2)
    return above[0] / max(1, of_all[0]), above[1] / max(1, of_all[1])


@alarm_rates.variant
def averages(scores, labels, threshold):
    alarm = np.where(scores > threshold, 1.0, 0.0)
    rates = [np.average(alarm, weights=w) if np.any(w) else 0.0 for w in (1 - labels, labels)]
    return rates[0], rates[1]


ALARM, FALSE, FOUND = (
    "scores > threshold",
    "(alarm * normal).sum() / max(normal.sum(), 1)",
    "(alarm * odd).sum() / max(odd.sum(), 1)",
)
for name, hint, *edits in (
    (
        "at-the-threshold",
        "A score at the threshold is an alarm in yours. An alarm is strictly above it.",
        (ALARM, "scores >= threshold"),
    ),
    (
        "at-the-threshold-of-normal-ones",
        "A normal score at the threshold is an alarm in yours. An alarm is strictly above it.",
        (FALSE, "((scores >= threshold) * normal).sum() / max(normal.sum(), 1)"),
    ),
    (
        "at-the-threshold-of-anomalies",
        "An anomaly at the threshold is found in yours. An alarm is strictly above it.",
        (FOUND, "((scores >= threshold) * odd).sum() / max(odd.sum(), 1)"),
    ),
    (
        "below-is-an-alarm",
        "Small scores are alarms in yours. An alarm is a score above the threshold.",
        (ALARM, "scores < threshold"),
    ),
    (
        "share-of-the-alarms",
        "You divide by the number of alarms. Divide by the normal ones, and by the anomalies.",
        (FALSE, "(alarm * normal).sum() / max(alarm.sum(), 1)"),
        (FOUND, "(alarm * odd).sum() / max(alarm.sum(), 1)"),
    ),
    (
        "false-share-of-the-alarms",
        "You divide the false alarms by all alarms. Divide by the normal ones.",
        (FALSE, "(alarm * normal).sum() / max(alarm.sum(), 1)"),
    ),
    (
        "precision",
        "Your second number is the share of alarms that are right. How many of the anomalies are found?",
        (FOUND, "(alarm * odd).sum() / max(alarm.sum(), 1)"),
    ),
    (
        "share-of-all",
        "You divide by all signals. Divide by the normal ones, and by the anomalies.",
        (FALSE, "(alarm * normal).mean()"),
        (FOUND, "(alarm * odd).mean()"),
    ),
    (
        "false-share-of-all",
        "You divide the false alarms by all signals. Divide by the normal ones.",
        (FALSE, "(alarm * normal).mean()"),
    ),
    (
        "found-share-of-all",
        "You divide the detections by all signals. Divide by the anomalies.",
        (FOUND, "(alarm * odd).mean()"),
    ),
    (
        "rates-exchanged",
        "The two rates are exchanged. Label 0 is normal and its rate stands first: false_alarm_rate, detection_rate.",
        ("labels == 0), 1.0 * (labels == 1)", "labels == 1), 1.0 * (labels == 0)"),
    ),
    (
        "misses",
        "Your second number is the share of anomalies that are missed.",
        (FOUND, "((1 - alarm) * odd).sum() / max(odd.sum(), 1)"),
    ),
    (
        "right-silences",
        "Your first number is the share of normal ones without an alarm.",
        (FALSE, "((1 - alarm) * normal).sum() / max(normal.sum(), 1)"),
    ),
    (
        "numbers-for-shares",
        "You return how many there are. Their shares are asked for.",
        (FALSE, "(alarm * normal).sum()"),
        (FOUND, "(alarm * odd).sum()"),
    ),
    (
        "in-percent",
        "You return percent. Shares from 0 to 1 are asked for.",
        (FALSE, "100 * (alarm * normal).sum() / max(normal.sum(), 1)"),
        (FOUND, "100 * (alarm * odd).sum() / max(odd.sum(), 1)"),
    ),
    (
        "nothing-over-nothing",
        "Where there is no normal one, or no anomaly, you divide 0 by 0. The share is then 0.",
        (FALSE, "(alarm * normal).sum() / normal.sum()"),
        (FOUND, "(alarm * odd).sum() / odd.sum()"),
    ),
    (
        "accuracy",
        "Your second number is the share of all signals that are judged rightly. How many of the anomalies are found?",
        (FOUND, "(alarm * odd + (1 - alarm) * normal).mean()"),
    ),
    (
        "one-in-the-denominator",
        "You add 1 to the numbers that you divide by.",
        (FALSE, "(alarm * normal).sum() / (normal.sum() + 1)"),
        (FOUND, "(alarm * odd).sum() / (odd.sum() + 1)"),
    ),
):
    alarm_rates.slip(name, hint, *edits)
