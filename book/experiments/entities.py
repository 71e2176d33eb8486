"""Names in the People's Daily: one direction or two, each tag on its own or a CRF, at equal weights.

Read by the page `tagging`. All nets learn from the same sentences, each at three rates, of which the validation part
chooses; beside them two baselines without memory: a dictionary of the names seen, and a linear model of a window of
characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from seqeval.metrics import accuracy_score
from seqeval.metrics.sequence_labeling import get_entities
from torch import Tensor, nn

from unrolled.data import peoples_daily as daily
from unrolled.lab import tagging
from unrolled.lab.crf import CRF

SEEDS = range(1, 6)
BUDGET = 700  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "seqeval", "snownlp")

SIZES, LONGEST = {"train": 8000, "val": 1000, "test": 2000}, 100  # sentences; characters
FEW = 200_000  # characters of the file that the probe reads
LAST = 50  # updates whose losses are averaged
WIDTH, UNITS, DROPPED, SIDE = 64, 48, 0.1, 2
RATES, WINDOW_RATES, SIZE = (0.01, 0.02, 0.04), (0.05, 0.1, 0.2), 16  # at their highest; sentences of a batch
TAGS = ["O", *(f"{place}-{kind}" for kind in daily.KINDS.values() for place in "BI")]
K = len(TAGS)
NETS = {
    "→": (False, False),
    "→ CRF": (False, True),
    "⇄": (True, False),
    "⇄ CRF": (True, True),
}

Span = tuple[str, int, int]
Best = Callable[[Tensor, Tensor], Tensor]  # of scores and mask: the tags' numbers


class Data:
    """Sentences of the three parts, as characters, names and numbers."""

    def __init__(self, seed: int, text: str) -> None:
        rng = np.random.default_rng(seed)
        parts = daily.parts(daily.read(text))
        self.train, self.val, self.test = (self._some(parts[part], many, rng) for part, many in SIZES.items())
        counts = Counter(character for characters, _ in self.train for character in characters)
        self.numbers = {
            character: n for n, character in enumerate((c for c, many in counts.items() if many > 1), start=2)
        }
        self.size = len(self.numbers) + 2  # 0 is padding, 1 a character that is not known

    def _some(self, sentences: Sequence[daily.Sentence], many: int, rng: np.random.Generator) -> list[Any]:
        short = [(daily.text_of(one), daily.names(one)) for one in sentences]
        short = [one for one in short if len(one[0]) <= LONGEST]
        return [short[n] for n in rng.permutation(len(short))[:many]]

    def inputs(self, sentences: Sequence[Any]) -> list[Tensor]:
        return [torch.tensor([self.numbers.get(one, 1) for one in characters]) for characters, _ in sentences]

    def tags(self, sentences: Sequence[Any]) -> list[Tensor]:
        return [
            torch.tensor([TAGS.index(tag) for tag in daily.bio(names, len(characters))])
            for characters, names in sentences
        ]


class Net(nn.Module):
    """Characters, an LSTM in one direction or two, a linear head."""

    def __init__(self, size: int, H: int, both: bool) -> None:
        super().__init__()
        self.table, self.drop = nn.Embedding(size, WIDTH), nn.Dropout(DROPPED)
        self.lstm = tagging.Packed(WIDTH, H, both)
        self.head = nn.Linear(H * (1 + both), K)

    def forward(self, X: Tensor, mask: Tensor) -> Tensor:
        return self.head(self.drop(self.lstm(self.drop(self.table(X)), mask)))


class Window(nn.Module):
    """A weight for each character at each of the places from SIDE to the left to SIDE to the right."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(size, K, padding_idx=0) for _ in range(2 * SIDE + 1))
        for table in self.tables:
            nn.init.zeros_(table.weight)

    def forward(self, X: Tensor, mask: Tensor) -> Tensor:
        wide = nn.functional.pad(X, (SIDE, SIDE))
        return torch.stack([table(wide[:, n : n + X.shape[1]]) for n, table in enumerate(self.tables)]).sum(0)


def weights(*modules: nn.Module) -> int:
    """How many numbers modules have."""
    return sum(array.numel() for module in modules for array in module.parameters())


def units(size: int, both: bool) -> int:
    """The units a direction whose weights come nearest to those of two directions with UNITS."""
    wanted = weights(Net(size, UNITS, True))
    return UNITS if both else min(range(UNITS, 2 * UNITS), key=lambda H: abs(weights(Net(size, H, False)) - wanted))


def spans(tags: Sequence[str]) -> set[Span]:
    """The names that tags mark, by seqeval."""
    return {(kind, first, last) for kind, first, last in get_entities(list(tags))}


def shares(right: int, found: int, wanted: int) -> dict[str, float]:
    """Precision, recall and F1; 0 where there is nothing to divide by."""
    return {
        "precision": right / found if found else 0.0,
        "recall": right / wanted if wanted else 0.0,
        "f1": 2 * right / (found + wanted) if found + wanted else 0.0,
    }


def compared(sentences: Sequence[Any], told: Sequence[Sequence[str]]) -> tuple[list[set[Span]], ...]:
    """The right names of each sentence, those that tags mark, and those in both."""
    gold, said = [set(names) for _, names in sentences], [spans(tags) for tags in told]
    return gold, said, [a & b for a, b in zip(gold, said, strict=True)]


def counts(sentences: Sequence[Any], told: Sequence[Sequence[str]]) -> tuple[int, int, int]:
    """How many names are right, are said, and are there."""
    gold, said, right = (sum(map(len, one)) for one in compared(sentences, told))
    return right, said, gold


def measured(data: Data, told: Sequence[Sequence[str]]) -> dict[str, Any]:
    """How good tags of the test sentences are: names, tokens, and what the mistakes are like."""
    known = {characters[first : last + 1] for characters, names in data.train for _, first, last in names}
    gold, said, right = compared(data.test, told)
    found: dict[str, Any] = shares(*counts(data.test, told))
    found["accuracy"] = accuracy_score(
        [daily.bio(names, len(characters)) for characters, names in data.test], [list(tags) for tags in told]
    )
    found["kinds"] = {
        kind: shares(*(sum(name[0] == kind for some in one for name in some) for one in (right, said, gold)))["f1"]
        for kind in daily.KINDS.values()
    }
    groups: dict[str, list[bool]] = {}
    fates: Counter[str] = Counter()
    for (characters, names), hits, guesses in zip(data.test, right, said, strict=True):
        for kind, first, last in names:
            hit = (kind, first, last) in hits
            seen = characters[first : last + 1] in known
            length = min(last - first + 1, 8)
            for group in ("seen" if seen else "unseen", f"length {length}"):
                groups.setdefault(group, []).append(hit)
            fates[fate((kind, first, last), guesses)] += 1
    found["recall of"] = {group: [float(np.mean(hits)), len(hits)] for group, hits in sorted(groups.items())}
    found["fates"] = dict(sorted(fates.items()))
    found["invented"] = sum(
        not any(overlap(guess, name) for name in names)
        for guesses, names in zip(said, gold, strict=True)
        for guess in guesses
    )
    found["stray"] = sum(stray(tags) for tags in told)
    return found


def overlap(one: Span, other: Span) -> bool:
    """Whether two names share a character."""
    return one[1] <= other[2] and other[1] <= one[2]


def fate(name: Span, guesses: set[Span]) -> str:
    """What became of a name: right, another kind, another boundary, both, or missed."""
    if name in guesses:
        return "right"
    near = [guess for guess in guesses if overlap(name, guess)]
    if any(guess[1:] == name[1:] for guess in near):
        return "kind"
    if any(guess[0] == name[0] for guess in near):
        return "boundary"
    return "both" if near else "missed"


def stray(tags: Sequence[str]) -> int:
    """How many I- follow no B- or I- of their kind."""
    return sum(tag[0] == "I" and before[1:] != tag[1:] for before, tag in zip(["O", *tags], [*tags, "O"], strict=True))


class Tagger(nn.Module):
    """A net, and a CRF over its scores or none."""

    def __init__(self, net: nn.Module, with_crf: bool) -> None:
        super().__init__()
        self.net, self.crf = net, CRF(K) if with_crf else None
        self.loss = self.crf.loss if self.crf else tagging.token_loss
        self.best = self.crf.viterbi if self.crf else tagging.each_alone

    def forward(self, X: Tensor, mask: Tensor) -> Tensor:
        return self.net(X, mask)

    def tags(self, inputs: Sequence[Tensor], best: Best | None = None) -> list[list[str]]:
        """The tags of sentences, chosen by `best` or as the tagger does."""
        return [[TAGS[n] for n in row] for row in tagging.answers(self, best or self.best, inputs)]


def learnt(
    data: Data, build: Callable[[], nn.Module], with_crf: bool, rates: Sequence[float], seed: int, budget: int
) -> dict[str, Any]:
    """What a net does on the test sentences after training at the best of some rates, and its last losses."""
    inputs, tags, unseen = data.inputs(data.train), data.tags(data.train), data.inputs(data.val)

    def new() -> Tagger:
        torch.manual_seed(seed)
        return Tagger(build(), with_crf)

    def train(tagger: Tagger, rate: float) -> list[float]:
        return tagging.fit(tagger, tagger.loss, inputs, tags, budget, rate, np.random.default_rng(seed), SIZE)

    def score(tagger: Tagger) -> float:
        return shares(*counts(data.val, tagger.tags(unseen)))["f1"]

    tagger, rate, losses = tagging.best_of_rates(new, train, score, rates)
    asked = data.inputs(data.test)
    found = measured(data, tagger.tags(asked))
    if tagger.crf:  # the same net and transitions, each tag by what was read up to it
        found["f1 so far"] = shares(*counts(data.test, tagger.tags(asked, tagger.crf.so_far)))["f1"]
    return found | {"loss": float(np.mean(losses[-LAST:])), "rate": rate, "weights": weights(tagger)}


def all_models(data: Data, seed: int, budget: int, tried: int = 3) -> dict[str, Any]:
    """What each model does on the test sentences, at the best of the first so many rates."""
    book = tagging.Dictionary(data.train)
    by_heart = [daily.bio(book.names(characters), len(characters)) for characters, _ in data.test]
    found = {"dictionary": measured(data, by_heart)}
    for name, with_crf in (("window", False), ("window CRF", True)):
        found[name] = learnt(data, lambda: Window(data.size), with_crf, WINDOW_RATES[:tried], seed, budget)
    for name, (both, with_crf) in NETS.items():
        build = partial(Net, data.size, units(data.size, both), both)
        found[name] = learnt(data, build, with_crf, RATES[:tried], seed, budget)
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """All models on sentences that the seed draws."""
    data = Data(seed, daily.corpus_text())
    return all_models(data, seed, budget) | {"sentences": len(data.train), "updates": budget}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates, on the month's first day."""
    data = Data(seed, daily.corpus_text()[:FEW].rpartition("\n")[0])
    data.val, data.test = data.val[:50], data.test[:50]
    return {name: one.get("loss", one["f1"]) for name, one in all_models(data, seed, budget, tried=1).items()}
