"""Emerging entities in English posts: a dictionary, a window, a BiLSTM, both with a CRF; nothing is learnt elsewhere.

Read by the page `tagging`, beside the shared task's results.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from seqeval.metrics import accuracy_score, f1_score
from seqeval.metrics.sequence_labeling import get_entities
from torch import Tensor, nn

from experiments.entities import shares
from unrolled.data import wnut
from unrolled.lab import tagging
from unrolled.lab.crf import CRF

SEEDS = range(1, 6)
BUDGET = 600  # updates of each net
PROBE = 3
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "torch", "seqeval")
DATA = wnut.SET.hashes

LETTERS, LAST = 10, 50  # characters of a word that are read; updates whose losses are averaged
WORD, SHAPE, LETTER, FILTERS, UNITS, DROPPED, SIDE = 64, 8, 16, 32, 64, 0.3, 1
RATES, WINDOW_RATES, SIZE = (0.005, 0.01, 0.02), (0.05, 0.1, 0.2), 32  # at their highest; sentences of a batch


def shape(word: str) -> str:
    """A word's outline: X for capitals, x for small letters, d for digits, runs of one shortened; “iPhone5” is xXxd."""
    outline = re.sub(r"[a-z]", "x", re.sub(r"[A-Z]", "X", re.sub(r"[0-9]", "d", word)))
    return re.sub(r"(.)\1+", r"\1", outline)[:6]


# What is read of a word, besides its letters; the window reads all three, the net the first two.
READ: tuple[Callable[[str], str], ...] = (str.lower, shape, lambda word: word[-3:].lower())


class Numbers:
    """Numbers of what is read of words; 0 is padding, 1 what was not seen twice in training."""

    def __init__(self, sentences: Sequence[wnut.Sentence]) -> None:
        words = [word for tokens, _ in sentences for word in tokens]
        self.tables = [self._table(map(read, words)) for read in READ]
        self.letters = self._table(letter for word in words for letter in word)
        kinds = sorted({tag[2:] for _, tags in sentences for tag in tags if tag != "O"})
        self.tags = ["O", *(f"{place}-{kind}" for kind in kinds for place in "BI")]

    def _table(self, items: Any) -> dict[str, int]:
        return {item: n for n, item in enumerate((i for i, many in Counter(items).items() if many > 1), start=2)}

    @property
    def sizes(self) -> list[int]:
        """How many numbers each of the three has, and the letters."""
        return [len(table) + 2 for table in (*self.tables, self.letters)]

    def inputs(self, tokens: Sequence[str]) -> Tensor:
        """(T, 3 + LETTERS): the three numbers, then those of the letters, zeros behind them."""
        rows = []
        for word in tokens:
            letters = [self.letters.get(letter, 1) for letter in word[:LETTERS]]
            known = [table.get(read(word), 1) for table, read in zip(self.tables, READ, strict=True)]
            rows.append(known + letters + [0] * (LETTERS - len(letters)))
        return torch.tensor(rows)

    def answers(self, tags: Sequence[str]) -> Tensor:
        """The tags' numbers, (T,)."""
        return torch.tensor([self.tags.index(tag) for tag in tags])


class Window(nn.Module):
    """A weight for each word, shape and ending at each place from SIDE to the left to SIDE to the right."""

    def __init__(self, numbers: Numbers) -> None:
        super().__init__()
        K = len(numbers.tags)
        self.tables = nn.ModuleList(
            nn.Embedding(size, K, padding_idx=0) for size in numbers.sizes[:3] for _ in range(2 * SIDE + 1)
        )
        for table in self.tables:
            nn.init.zeros_(table.weight)
        self.crf = CRF(K)

    def forward(self, X: Tensor, mask: Tensor) -> Tensor:
        wide, T = nn.functional.pad(X, (0, 0, SIDE, SIDE)), X.shape[1]
        places = [(what, n) for what in range(3) for n in range(2 * SIDE + 1)]
        return sum(table(wide[:, n : n + T, what]) for table, (what, n) in zip(self.tables, places, strict=True))


class Net(nn.Module):
    """Words, their shapes and letters, a BiLSTM, a linear head, a CRF."""

    def __init__(self, numbers: Numbers) -> None:
        super().__init__()
        words, shapes, _, letters = numbers.sizes
        self.words = nn.Embedding(words, WORD)
        self.shapes, self.letters = nn.Embedding(shapes, SHAPE), nn.Embedding(letters, LETTER, padding_idx=0)
        self.filters = nn.Conv1d(LETTER, FILTERS, 3, padding=1)
        self.drop = nn.Dropout(DROPPED)
        self.lstm = tagging.Packed(WORD + SHAPE + FILTERS, UNITS, both=True)
        self.head = nn.Linear(2 * UNITS, len(numbers.tags))
        self.crf = CRF(len(numbers.tags))

    def forward(self, X: Tensor, mask: Tensor) -> Tensor:
        letters = self.letters(X[..., len(READ) :])  # (B, T, LETTERS, LETTER)
        found = self.filters(letters.flatten(0, 1).transpose(1, 2)).amax(-1).relu()
        read = [self.words(X[..., 0]), self.shapes(X[..., 1]), found.view(*X.shape[:2], FILTERS)]
        return self.head(self.drop(self.lstm(self.drop(torch.cat(read, -1)), mask)))


def named(tokens: Sequence[str], spans: Sequence[tagging.Name]) -> list[tuple[str, str]]:
    """Form and kind of each name."""
    return [(" ".join(tokens[first : last + 1]), kind) for kind, first, last in spans]


def measured(
    train: Sequence[wnut.Sentence], test: Sequence[wnut.Sentence], told: Sequence[list[str]]
) -> dict[str, Any]:
    """How good tags are: names, forms of names, tokens, and which kinds and which names are found."""
    gold = [get_entities(list(tags)) for _, tags in test]
    said = [get_entities(tags) for tags in told]
    right = [sorted(set(a) & set(b)) for a, b in zip(gold, said, strict=True)]
    found: dict[str, Any] = shares(*(sum(map(len, one)) for one in (right, said, gold)))
    forms = [
        {form for (tokens, _), spans in zip(test, one, strict=True) for form in named(tokens, spans)}
        for one in (said, gold)
    ]
    found["forms"] = shares(len(forms[0] & forms[1]), len(forms[0]), len(forms[1]))["f1"]
    found["accuracy"] = accuracy_score([tags for _, tags in test], list(told))
    known = {form.lower() for tokens, tags in train for form, _ in named(tokens, get_entities(list(tags)))}
    groups: dict[str, list[bool]] = {}
    for (tokens, _), wanted, hits in zip(test, gold, right, strict=True):
        for span, (form, kind) in zip(wanted, named(tokens, wanted), strict=True):
            for group in ("seen" if form.lower() in known else "unseen", kind):
                groups.setdefault(group, []).append(span in hits)
    found["recall of"] = {group: [float(np.mean(hits)), len(hits)] for group, hits in sorted(groups.items())}
    return found


def all_models(parts: dict[str, list[wnut.Sentence]], seed: int, budget: int, tried: int = 3) -> dict[str, Any]:
    """What each model does on the test part, trained at the best of the first so many rates by the task's dev part."""
    train, val, test = parts["train"], parts["val"], parts["test"]
    numbers = Numbers(train)
    book = tagging.Dictionary((tokens, get_entities(tags)) for tokens, tags in train)
    found = {"dictionary": measured(train, test, [by_heart(book, tokens) for tokens, _ in test])}
    inputs, answers = (
        [numbers.inputs(tokens) for tokens, _ in train],
        [numbers.answers(tags) for _, tags in train],
    )

    def told(net: nn.Module, part: Sequence[wnut.Sentence]) -> list[list[str]]:
        rows = tagging.answers(net, net.crf.viterbi, [numbers.inputs(tokens) for tokens, _ in part])
        return [[numbers.tags[n] for n in row] for row in rows]

    for name, kind, rates in (("window CRF", Window, WINDOW_RATES), ("BiLSTM CRF", Net, RATES)):

        def new(kind: type[nn.Module] = kind) -> nn.Module:
            torch.manual_seed(seed)
            return kind(numbers)

        def fit(net: nn.Module, rate: float) -> list[float]:
            return tagging.fit(net, net.crf.loss, inputs, answers, budget, rate, np.random.default_rng(seed), SIZE)

        def score(net: nn.Module) -> float:
            return float(f1_score([tags for _, tags in val], told(net, val)))

        net, rate, losses = tagging.best_of_rates(new, fit, score, rates[:tried])
        found[name] = measured(train, test, told(net, test))
        found[name] |= {"loss": float(np.mean(losses[-LAST:])), "rate": rate}
    return found


def by_heart(book: tagging.Dictionary, tokens: Sequence[str]) -> list[str]:
    """The tags of a sentence by the dictionary."""
    tags = ["O"] * len(tokens)
    for kind, first, last in book.names(tokens):
        tags[first : last + 1] = [f"B-{kind}"] + [f"I-{kind}"] * (last - first)
    return tags


def run(seed: int, budget: int) -> dict[str, Any]:
    """All models on the shared task's parts."""
    return all_models(wnut.load(), seed, budget) | {"updates": budget}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """The first updates on made-up posts."""
    rng = np.random.default_rng(seed)
    lines = []
    for _ in range(60):
        place, person = (f"{'ABCDE'[n]}{'aeiou'[m] * 3}n" for n, m in rng.integers(0, 5, (2, 2)))
        lines.append(f"{person}\tB-person\n{place}\tI-person\nis\tO\nin\tO\n{place}\tB-location\n")
    sentences = wnut.read("\n".join(lines))
    found = all_models({"train": sentences[:40], "val": sentences[40:50], "test": sentences[50:]}, seed, budget, 1)
    return {name: one.get("loss", one["f1"]) for name, one in found.items()}
