"""Two questions about real sentences, answered by recurrent layers of Keras and by a bag of words.

Read by the page `keras`. From which package is a docstring, and which small word comes next in Python's reference? One
run splits each anew, and trains the layers of the two articles' classifiers with masks, with zeros read as words behind
the sentences, and with all sentences in one batch.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import Any

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")  # read at the import

import keras
from sklearn.linear_model import LogisticRegression

from unrolled import data
from unrolled.data.docstrings import docstrings

SEEDS = range(1, 11)
BUDGET = 10  # epochs of each net
PROBE = 1
TOLERANCE = 1e-2
LIBRARIES = ("keras", "torch", "scikit-learn")

PACKAGES = ("asyncio", "email", "importlib", "logging", "multiprocessing", "xml")
GAP = ("a", "and", "in", "of", "the")  # the words to choose from
BEFORE = 8  # words that are seen before the gap
KNOWN, LONGEST, UNITS = 800, 20, 16
TRAIN, HELD = 1000, 300  # sentences for training at most; for choosing, and for the test

Question = tuple[list[list[str]], np.ndarray]  # sentences and the numbers of their answers
Split = dict[str, tuple[np.ndarray, np.ndarray]]  # train, val, test: X (N, T) of words, y (N,)


def which_package() -> Question:
    """First sentences of docstrings, and the package of each."""
    found = docstrings(PACKAGES)
    return [words for words, _ in found], np.array([PACKAGES.index(package) for _, package in found])


def which_word() -> Question:
    """Eight words of Python's reference, and which of five small words comes next."""
    sentences, answers = [], []
    for paragraph in data.python_reference().split("\n\n"):
        words = re.findall("[a-z]+|[.,:;]", paragraph)
        for place in range(BEFORE, len(words)):
            if words[place] in GAP:
                sentences.append(words[place - BEFORE : place])
                answers.append(GAP.index(words[place]))
    return sentences, np.array(answers)


def made_up() -> Question:
    """Synthetic, for the probe, which every Python has alike: words, and how often one of them stands there."""
    rng = np.random.default_rng(0)
    sentences = [[f"w{word}" for word in rng.integers(0, 30, rng.integers(3, 12))] for _ in range(500)]
    return sentences, np.array([min(2, words.count("w1")) for words in sentences])


def split(question: Question, seed: int) -> Split:
    """As many sentences of each answer as of the rarest, in three parts; words that are rare in training are 1."""
    sentences, answers = question
    rng = np.random.default_rng(seed)
    each = min(np.bincount(answers).min(), (TRAIN + 2 * HELD) // (answers.max() + 1))
    rows = rng.permutation(
        np.concatenate([rng.permutation(np.flatnonzero(answers == k))[:each] for k in range(answers.max() + 1)])
    )
    held = min(HELD, len(rows) // 5)
    parts = dict(zip(("val", "test", "train"), np.split(rows, [held, 2 * held]), strict=True))
    counts = Counter(word for row in parts["train"] for word in sentences[row])
    places = {word: place for place, (word, _) in enumerate(counts.most_common(KNOWN - 2), start=2)}
    longest = min(LONGEST, max(map(len, sentences)))
    X = np.zeros((len(sentences), longest), dtype=np.int32)
    for row in rows:
        numbers = [places.get(word, 1) for word in sentences[row][:longest]]
        X[row, : len(numbers)] = numbers
    return {name: (X[part], answers[part]) for name, part in parts.items()}


def bag(parts: Split) -> float:
    """Test accuracy of a logistic regression on counts of words; its strength is chosen on the validation part."""

    def counts(X: np.ndarray) -> np.ndarray:
        table = np.stack([np.bincount(row, minlength=KNOWN) for row in X])
        table[:, 0] = 0  # padding
        return np.log1p(table)

    (X, y), (X_val, y_val), (X_test, y_test) = (parts[name] for name in ("train", "val", "test"))
    models = [LogisticRegression(C=C, max_iter=2000).fit(counts(X), y) for C in (0.1, 0.3, 1.0, 3.0, 10.0)]
    best = max(models, key=lambda model: model.score(counts(X_val), y_val))
    return best.score(counts(X_test), y_test)


def net(layer: str, answers: int, masked: bool) -> keras.Model:
    """Embedding, one recurrent layer, and one probability for each answer."""
    model = keras.Sequential(
        [
            keras.layers.Embedding(KNOWN, UNITS, mask_zero=masked),
            getattr(keras.layers, layer)(UNITS),
            keras.layers.Dense(answers, activation="softmax"),
        ]
    )
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(0.01),
        metrics=["accuracy"],
    )
    return model


def trained(parts: Split, seed: int, epochs: int, layer: str, masked: bool = True, batch: int = 32) -> dict[str, Any]:
    """Test accuracy at the epoch that is best on the validation part; loss and accuracy by epoch."""
    keras.utils.set_random_seed(seed)
    model = net(layer, int(parts["train"][1].max()) + 1, masked)
    best = keras.callbacks.EarlyStopping("val_accuracy", patience=epochs, restore_best_weights=True, mode="max")
    curves = model.fit(
        *parts["train"], batch_size=batch, epochs=epochs, validation_data=parts["val"], callbacks=[best], verbose=0
    ).history
    return {"test": model.evaluate(*parts["test"], verbose=0)[1], "loss": curves["loss"], "val": curves["val_accuracy"]}


def by_batches(parts: Split, seed: int, epochs: int) -> dict[str, Any]:
    """A GRU with 32 sentences an update, and with all: for as many epochs, and for as many updates."""
    whole = len(parts["train"][1])
    updates = epochs * -(-whole // 32)
    return {
        "GRU": trained(parts, seed, epochs, "GRU", masked=False),
        "one batch": trained(parts, seed, epochs, "GRU", masked=False, batch=whole),
        "one batch, equal updates": trained(parts, seed, updates, "GRU", masked=False, batch=whole),
    }


def by_masks(parts: Split, seed: int, epochs: int) -> dict[str, Any]:
    """A GRU that skips the zeros behind a sentence, and one that reads them."""
    return {
        "GRU": trained(parts, seed, epochs, "GRU"),
        "zeros read": trained(parts, seed, epochs, "GRU", masked=False),
    }


def run(seed: int, budget: int) -> dict[str, Any]:
    """Both questions; the second has no padding, so its nets need no mask."""
    package, word = split(which_package(), seed), split(which_word(), seed)
    return {
        "package": {
            "sizes": {name: len(y) for name, (_, y) in package.items()},
            "bag": bag(package),
            "LSTM": trained(package, seed, budget, "LSTM"),
            **by_masks(package, seed, budget),
        },
        "word": {
            "sizes": {name: len(y) for name, (_, y) in word.items()},
            "bag": bag(word),
            "last word": bag({name: (X[:, -1:], y) for name, (X, y) in word.items()}),
            "LSTM": trained(word, seed, budget, "LSTM", masked=False),
            **by_batches(word, seed, budget),
        },
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """Made-up sentences in place of Python's own, which differ between versions."""
    parts = split(made_up(), seed)
    return {"bag": bag(parts), **by_masks(parts, seed, budget), **by_batches(parts, seed, budget)}
