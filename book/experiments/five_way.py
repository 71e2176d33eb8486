"""Five classes of sentiment in sentences of English film reviews, and what one reader's answer is worth beside them.

Read by the page `text-classification`. Needs the ratings that the source distribution of vaderSentiment carries.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.linear_model import LogisticRegression

from experiments._text_nets import STRENGTHS, Part, Task, numbered, scores, skip_gram, trained
from experiments.reviews import MEAN_EPOCHS, made_up, split, without
from unrolled.data.snippets import SNIPPETS, Snippet, in_classes, snippets

SEEDS = range(1, 6)
BUDGET = 5  # epochs of each net
PROBE = 1
TOLERANCE = 3e-2
LIBRARIES = ("numpy", "torch", "scikit-learn")
DATA = SNIPPETS.hashes

TRAIN, VAL, TEST = 6000, 800, 2000
KNOWN, LONGEST, SIZE = 5000, 28, 48
NEGATIONS = {"not", "no", "nor", "never", "neither", "nothing", "nowhere", "none", "nobody", "cannot", "without"}


def tokens(text: str) -> list[str]:
    """Words in lower case, with their apostrophes, and the marks that may carry feeling."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*|[0-9]+|[!?]", text.lower())


def with_pairs(sentences: Sequence[list[str]]) -> list[list[str]]:
    """Each sentence with its pairs of neighbours behind it, as words of their own."""
    return [words + [f"{left} {right}" for left, right in pairwise(words)] for words in sentences]


def bag(task: Task) -> np.ndarray:
    """Chances of the classes, (N, K), as `_text_nets.bag` has them; sparse tables, since five classes take long."""

    def counts(part: Part) -> csr_matrix:
        rows, places = np.nonzero(part.ids)
        ones = np.ones(len(rows))
        return csr_matrix((ones, (rows, part.ids[rows, places])), (len(part.ids), len(task.known))).log1p()

    X, X_val = counts(task.train), counts(task.val)
    models = [LogisticRegression(C=C, max_iter=300).fit(X, task.train.labels) for C in STRENGTHS]
    best = max(models, key=lambda model: model.score(X_val, task.val.labels))
    return best.predict_proba(counts(task.test))


def readers(found: Sequence[Snippet], seed: int) -> np.ndarray:
    """The class that one reader, drawn for each sentence, chose (0), and that of the others' mean (1): (2, N)."""
    rng = np.random.default_rng(seed)
    pairs = []
    for snippet in found:
        ratings = np.array(snippet.ratings)
        one = rng.integers(len(ratings))
        pairs.append((in_classes(ratings[one]), in_classes(np.delete(ratings, one).mean())))
    return np.array(pairs).T


def of_classes(said: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Scores of answers that are classes, (N,), and how far off they are in the mean."""
    return scores(np.eye(5)[said], labels) | {"off by": float(np.abs(said - labels).mean())}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Five classes by each classifier; one reader against the others; two classes, where neutral is left out."""
    found = snippets()
    sentences = [tokens(snippet.text) for snippet in found]
    y = np.array([snippet.label for snippet in found])
    rows = split(len(found), seed, (TRAIN, VAL, TEST))
    labels = y[rows["test"]]
    task = numbered(sentences, y, rows, KNOWN, LONGEST)
    vectors = skip_gram([sentences[row] for row in rows["unlabelled"]], task.known, SIZE, seed, budget / 2)
    stops = set(ENGLISH_STOP_WORDS)
    pairs = numbered(with_pairs(sentences), y, rows, 2 * KNOWN, 2 * LONGEST)
    chances = {
        "bag of words": bag(task),
        "bag with pairs": bag(pairs),
        "no stop words": bag(numbered(without(sentences, stops), y, rows, KNOWN, LONGEST)),
        "no stop words but negations": bag(numbered(without(sentences, stops - NEGATIONS), y, rows, KNOWN, LONGEST)),
        "mean": trained(task, seed, budget * MEAN_EPOCHS, "mean", SIZE),
        "GRU": trained(task, seed, budget, "GRU", SIZE),
        "GRU, skip-gram": trained(task, seed, budget, "GRU", SIZE, vectors=vectors),
    }
    one, others = readers([found[row] for row in rows["test"]], seed)
    return {
        "sizes": {name: len(part) for name, part in rows.items()},
        "classes": np.bincount(y),
        "always the commonest": of_classes(np.full_like(labels, np.bincount(y[rows["train"]]).argmax()), labels),
        **{name: of_classes(each.argmax(1), labels) for name, each in chances.items()},
        "one reader": of_classes(one, others),
        "two classes": two_classes(sentences, y, seed, budget),
    }


def two_classes(sentences: Sequence[list[str]], y: np.ndarray, seed: int, epochs: int) -> dict[str, float]:
    """Accuracy on praise against blame, neutral sentences left out."""
    kept = np.flatnonzero(y != 2)
    sides = (y[kept] > 2).astype(int)
    rows = split(len(kept), seed, (TRAIN, VAL, TEST))
    task = numbered([sentences[row] for row in kept], sides, rows, KNOWN, LONGEST)
    labels = task.test.labels
    chances = {"bag of words": bag(task), "GRU": trained(task, seed, epochs, "GRU", SIZE)}
    return {name: scores(each, labels)["accuracy"] for name, each in chances.items()}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """On made-up sentences, which need no files: the same classifiers' mean chances."""
    sentences, y = made_up()
    task = numbered(with_pairs(sentences), y, split(len(sentences), seed, (300, 100, 200)), KNOWN, LONGEST)
    return {"bag": float(bag(task)[:, 1].mean()), "LSTM": float(trained(task, seed, budget, "LSTM", 16)[:, 1].mean())}
