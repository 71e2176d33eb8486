"""Numbers in words to digits: with and without attention at equal size, by length; fed with truth and self; beams.

Read by the page `seq2seq`. No number of the test part stands in the training part, in any language.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments import _translations as common
from unrolled.data import numerals
from unrolled.lab import translation
from unrolled.lab.translation import Alphabet, Letters, Translator

SEEDS = range(1, 6)
BUDGET = 500  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "num2words", "rapidfuzz")

TRAIN, TEST, SHORTEST = 12_000, 1200, 3  # numbers; digits of a tested one
RATES = {"none": 0.01, "mean": 0.01, "multiplicative": 0.005, "additive": 0.01}
WIDE = 128  # units of a net without attention that is larger than the others
OWN = 0.5  # share of own choices at the end of scheduled sampling
WIDTHS, ALPHAS, SEARCHED = (1, 2, 4, 8), (0.0, 1.0), 200
STEPS = numerals.LONGEST + 2  # tokens at most, the end included


class Data:
    """Pairs of both parts, and their characters."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        tested = numerals.drawn(rng, TEST, SHORTEST)
        learnt = [number for number in numerals.drawn(rng, TRAIN) if number not in set(tested)]
        self.train = numerals.written(learnt, numerals.LANGUAGES, rng)
        self.test = numerals.written(tested, numerals.LANGUAGES, rng)
        self.letters = Letters(Alphabet(words for words, *_ in self.train), Alphabet("0123456789"))
        self.rng = rng

    def pairs(self, digits: int | None = None) -> list[translation.Pair]:
        """Words and digits of the test part; of one length."""
        return [(words, number) for words, number, _ in self.test if digits in (None, len(number))]


def learnt(data: Data, kind: str, seed: int, budget: int, H: int | None = None, own: float = 0.0) -> tuple[Any, ...]:
    """A trained net, and what it writes."""
    net = common.made(data.letters, kind, seed, H)
    pairs = [(words, number) for words, number, _ in data.train]
    rng = np.random.default_rng(seed)
    losses = translation.fit(net, data.letters, pairs, budget, RATES[kind], rng, common.BATCH, own)
    said = translation.translated(net, data.letters, [words for words, *_ in data.test], STEPS)
    gold = [number for _, number, _ in data.test]
    found: dict[str, Any] = common.scores(gold, said)
    found["loss"] = float(np.mean(losses[-50:]))
    found["weights"] = translation.size(net)
    for name, groups in (
        ("digits", [str(len(number)) for number in gold]),
        ("languages", [one[2] for one in data.test]),
    ):
        found[name] = {
            group: float(np.mean([a == b for a, b, other in zip(gold, said, groups, strict=True) if other == group]))
            for group in sorted(set(groups))
        }
    six = [(a, b) for a, b in zip(gold, said, strict=True) if len(a) == numerals.LONGEST]
    found["wrong at"] = np.mean([[a != b for a, b in zip(x, y.ljust(6), strict=False)] for x, y in six], axis=0)
    return net, found


def habits(data: Data, net: Translator) -> dict[str, Any]:
    """What happens behind mistakes, and behind one that is put in."""
    six = data.pairs(numerals.LONGEST)
    return common.fed(net, data.letters, six) | {
        "misled": common.misled(net, data.letters, six, range(numerals.LONGEST - 1), np.random.default_rng(0))
    }


def beams(data: Data, net: Translator) -> dict[str, Any]:
    """Searches of several widths."""
    pairs = data.pairs()[:SEARCHED]
    found: dict[str, Any] = {}
    for width in WIDTHS:
        for alpha in ALPHAS:
            if alpha == 0 or width == max(WIDTHS):
                found[f"{width}, {alpha:g}"] = common.searched(net, data.letters, pairs, width, alpha, STEPS)
    alone = np.array(found["1, 0"]["logs"])
    for one in found.values():
        logs = np.array(one.pop("logs"))
        one["better"], one["worse"] = float((logs > alone + 1e-4).mean()), float((logs < alone - 1e-4).mean())
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """All nets on numbers that the seed draws."""
    data = Data(seed)
    found: dict[str, Any] = {"train": len(data.train), "test": len(data.test), "updates": budget, "rates": RATES}
    for kind in translation.KINDS:
        net, found[kind] = learnt(data, kind, seed, budget)
        if kind in ("none", "additive"):
            found[kind] |= {"habits": habits(data, net), "beams": beams(data, net)}
    _, found["wide"] = learnt(data, "none", seed, budget, H=WIDE)
    net, found["sampled"] = learnt(data, "additive", seed, budget, own=OWN)
    found["sampled"]["habits"] = habits(data, net)
    return found


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates of each kind of net."""
    data = Data(seed)
    data.test = data.test[:20]
    return {kind: learnt(data, kind, seed, budget)[1]["loss"] for kind in translation.KINDS}
