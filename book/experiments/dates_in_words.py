"""Dates in the words of many languages to ISO 8601: with and without attention, known and new days and languages.

Read by the page `seq2seq`. Each day of the training part stands in it once; the days of the test part in no language.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments import _translations as common
from unrolled.data import dates
from unrolled.lab import translation
from unrolled.lab.translation import READINGS, Alphabet, Letters, Translator

SEEDS = range(1, 6)
BUDGET = 500  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "babel", "rapidfuzz")

TRAIN, TEST, EACH = 8000, 1000, 60  # days; of a language that is held out
RATES = {"none": 0.01, "mean": 0.01, "multiplicative": 0.005, "additive": 0.01}
PARTS = {"year": slice(0, 4), "month": slice(5, 7), "day": slice(8, 10)}
STEPS = 11  # tokens, the end included

Written = list[tuple[str, str, str]]


class Data:
    """Dates in words: of the training part; new days; days of the training part in another language; new languages."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        days = dates.days(rng, TRAIN + TEST)
        self.train = dates.written(days[:TRAIN], dates.LOCALES, rng)
        known = {words for words, *_ in self.train}
        self.tests: dict[str, Written] = {
            "new days": dates.written(days[TRAIN:], dates.LOCALES, rng),
            "seen days": [one for one in dates.written(days[:TEST], dates.LOCALES, rng) if one[0] not in known],
            "new languages": [one for locale in dates.HELD_OUT for one in dates.written(days[-EACH:], (locale,), rng)],
        }
        self.alphabets = Alphabet(words for words, *_ in self.train), Alphabet("0123456789-")


def measured(gold: Written, said: Sequence[str]) -> dict[str, Any]:
    """How good answers are: whole, by part, and by language."""
    right = [date for _, date, _ in gold]
    found: dict[str, Any] = common.scores(right, said)
    for part, place in PARTS.items():
        found[part] = float(np.mean([a[place] == b[place] for a, b in zip(right, said, strict=True)]))
    found["languages"] = {
        locale: float(np.mean([a == b for (_, a, one), b in zip(gold, said, strict=True) if one == locale]))
        for locale in sorted({one for *_, one in gold})
    }
    return found


def learnt(data: Data, kind: str, seed: int, budget: int, reverse: bool = False) -> tuple[Any, ...]:
    """A trained net, its alphabets, and what it does on the test parts."""
    letters = Letters(*data.alphabets, reverse)
    net = common.made(letters, kind, seed)
    pairs = [(words, date) for words, date, _ in data.train]
    losses = translation.fit(net, letters, pairs, budget, RATES[kind], np.random.default_rng(seed), common.BATCH)
    found: dict[str, Any] = {"loss": float(np.mean(losses[-50:])), "weights": translation.size(net)}
    for name, part in data.tests.items():
        found[name] = measured(part, translation.translated(net, letters, [words for words, *_ in part], STEPS))
    return net, letters, found


def read_elsewhere(data: Data, net: Translator, letters: Letters) -> dict[str, float]:
    """Right answers on new days where the weights are replaced when all is learnt."""
    part = data.tests["new days"]
    found = {}
    for name, net.reading in READINGS.items():
        said = translation.translated(net, letters, [words for words, *_ in part], STEPS)
        found[name] = common.scores([date for _, date, _ in part], said)["exact"]
    net.reading = None
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """All nets on days that the seed draws."""
    data = Data(seed)
    found: dict[str, Any] = {"train": len(data.train)} | {name: len(part) for name, part in data.tests.items()}
    for kind in translation.KINDS:
        net, letters, found[kind] = learnt(data, kind, seed, budget)
        if kind in ("multiplicative", "additive"):
            found[kind]["read"] = read_elsewhere(data, net, letters)
        if kind in ("none", "additive"):
            pairs = [(words, date) for words, date, _ in data.tests["new days"]]
            found[kind]["habits"] = common.fed(net, letters, pairs)
    found["reversed"] = learnt(data, "none", seed, budget, reverse=True)[2]
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates of each kind of net."""
    data = Data(seed)
    data.tests = {"new days": data.tests["new days"][:20]}
    return {kind: learnt(data, kind, seed, budget)[2]["loss"] for kind in translation.KINDS}
