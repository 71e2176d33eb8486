"""Classifiers of sentences that several experiments train: bags of words, means of word vectors, recurrent nets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score
from torch import nn
from torch.nn.functional import cross_entropy, logsigmoid
from torch.nn.utils.rnn import pack_padded_sequence

Sentences = Sequence[list[str]]

RATE, BATCH, DROPPED = 3e-3, 64, 0.3
STRENGTHS = (0.1, 0.3, 1.0, 3.0)  # C of a logistic regression, from which the validation part chooses
PAIRS, NEGATIVES, WINDOW = 4096, 5, 3  # of skip-gram: pairs an update, negatives a pair, words at each side


@dataclass(frozen=True)
class Part:
    """Padded sentences ids (N, T), how many words each has, (N,), and its class, (N,)."""

    ids: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Task:
    """One split of labelled sentences in numbers: 0 is padding, 1 a word that is rare in training."""

    train: Part
    val: Part
    test: Part
    known: list[str]
    classes: int


def numbered(
    sentences: Sentences, labels: np.ndarray, rows: dict[str, np.ndarray], size: int, longest: int, end: str = "front"
) -> Task:
    """Number the words; a long sentence keeps its `longest` first words, or its last ones (`end="back"`)."""
    counts = Counter(word for row in rows["train"] for word in sentences[row])
    known = ["", "", *(word for word, times in counts.most_common(size - 2) if times > 1)]
    places = {word: place for place, word in enumerate(known)}

    def part(chosen: np.ndarray) -> Part:
        ids = np.zeros((len(chosen), longest), dtype=np.int64)
        lengths = np.ones(len(chosen), dtype=np.int64)
        for place, row in enumerate(chosen):
            words = sentences[row][:longest] if end == "front" else sentences[row][-longest:]
            ids[place, : len(words)] = [places.get(word, 1) for word in words]
            lengths[place] = max(1, len(words))
        return Part(ids, lengths, labels[chosen])

    return Task(*(part(rows[name]) for name in ("train", "val", "test")), known, int(labels.max()) + 1)


def bag(task: Task) -> np.ndarray:
    """Chances of the classes, (N, K), by a logistic regression on the logarithms of 1 + counts."""

    def counts(part: Part) -> np.ndarray:
        table = np.stack([np.bincount(row, minlength=len(task.known)) for row in part.ids])
        table[:, 0] = 0  # padding
        return np.log1p(table)

    X, X_val = counts(task.train), counts(task.val)
    models = [LogisticRegression(C=C, max_iter=1000).fit(X, task.train.labels) for C in STRENGTHS]
    best = max(models, key=lambda model: model.score(X_val, task.val.labels))
    return best.predict_proba(counts(task.test))


class Net(nn.Module):
    """Word vectors, their masked mean or a recurrent layer's last state, and a score for each class.

    layer: "mean", "GRU" or "LSTM".
    masked: whether padding is skipped; otherwise it is read as a word, and the state behind it is the answer.
    """

    def __init__(self, words: int, size: int, classes: int, layer: str, masked: bool = True) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, size, padding_idx=0)
        nn.init.normal_(self.vectors.weight, std=0.1)
        self.vectors.weight.data[0] = 0
        self.layer = None if layer == "mean" else getattr(nn, layer)(size, size, batch_first=True)
        self.dropout, self.head, self.masked = nn.Dropout(DROPPED), nn.Linear(size, classes), masked

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        X = self.dropout(self.vectors(ids))
        if self.layer is None:
            state = X.sum(1) / lengths[:, None]  # padding has vectors of zeros
        elif self.masked:
            last = self.layer(pack_padded_sequence(X, lengths, batch_first=True, enforce_sorted=False))[1]
            state = (last[0] if isinstance(last, tuple) else last)[0]
        else:
            state = self.layer(X)[0][:, -1]
        return self.head(self.dropout(state))


def trained(
    task: Task,
    seed: int,
    epochs: int,
    layer: str,
    size: int,
    masked: bool = True,
    vectors: torch.Tensor | None = None,
    frozen: bool = False,
) -> np.ndarray:
    """Chances of the classes of the test part, (N, K), at the epoch that is best on the validation part."""
    torch.manual_seed(seed)
    net = Net(len(task.known), size, task.classes, layer, masked)
    if vectors is not None:
        net.vectors.weight.data.copy_(vectors)
    net.vectors.weight.requires_grad_(not frozen)
    adam = torch.optim.Adam([array for array in net.parameters() if array.requires_grad], lr=RATE)
    parts = {name: _tensors(getattr(task, name), masked) for name in ("train", "val", "test")}
    ids, lengths, labels = parts["train"]
    best, kept = -1.0, np.empty(0)
    for _ in range(epochs):
        net.train()
        for chosen in torch.randperm(len(labels)).split(BATCH):
            now = lengths[chosen]
            loss = cross_entropy(net(ids[chosen, : now.max()], now), labels[chosen])
            adam.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
        right = float((_chances(net, parts["val"]).argmax(1) == task.val.labels).mean())
        if right > best:
            best, kept = right, _chances(net, parts["test"])
    return kept


def _tensors(part: Part, masked: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    lengths = part.lengths if masked else np.full_like(part.lengths, part.ids.shape[1])
    return torch.tensor(part.ids), torch.tensor(lengths), torch.tensor(part.labels)


@torch.no_grad()
def _chances(net: Net, part: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> np.ndarray:
    net.eval()
    pieces = zip(part[0].split(256), part[1].split(256), strict=True)
    return torch.cat([net(ids[:, : lengths.max()], lengths).softmax(1) for ids, lengths in pieces]).numpy()


def skip_gram(sentences: Sentences, known: list[str], size: int, seed: int, passes: float) -> torch.Tensor:
    """Vectors of the known words, (V, size), learnt from the neighbours of each word by negative sampling.

    passes: how often the text is gone through.
    """
    rng = np.random.default_rng(seed)
    places = {word: place for place, word in enumerate(known)}
    texts = [np.array([places.get(word, 1) for word in words], dtype=np.int64) for words in sentences]
    pairs = np.concatenate([_neighbours(ids, distance) for ids in texts for distance in range(1, WINDOW + 1)])
    often = np.bincount(np.concatenate(texts), minlength=len(known)).astype(float) ** 0.75
    torch.manual_seed(seed)
    E, C = (nn.Embedding(len(known), size) for _ in range(2))
    nn.init.normal_(E.weight, std=0.1)
    nn.init.zeros_(C.weight)
    adam = torch.optim.Adam([E.weight, C.weight], lr=0.01)
    negatives = rng.choice(len(known), (len(pairs), NEGATIVES), p=often / often.sum())
    order = np.concatenate([rng.permutation(len(pairs)) for _ in range(int(np.ceil(passes)))])
    for chosen in np.array_split(order, max(1, len(order) // PAIRS))[: max(1, int(passes * len(pairs) / PAIRS))]:
        e, c = E(torch.tensor(pairs[chosen, 0])), C(torch.tensor(pairs[chosen, 1]))
        others = C(torch.tensor(negatives[chosen]))
        right, wrong = (e * c).sum(1), (e[:, None] * others).sum(2)
        loss = -(logsigmoid(right).mean() + logsigmoid(-wrong).sum(1).mean())
        adam.zero_grad()
        loss.backward()
        adam.step()
    found = E.weight.detach().clone()
    found[0] = 0
    return found


def _neighbours(ids: np.ndarray, distance: int) -> np.ndarray:
    # (pairs, 2): each word with the words at this distance before and behind it.
    near, far = ids[:-distance], ids[distance:]
    both = np.concatenate([np.stack([near, far], 1), np.stack([far, near], 1)])
    return both[(both > 1).all(1)]


def scores(chances: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Accuracy, F1 averaged over the classes, and the confusion matrix (true, said)."""
    said = chances.argmax(1)
    return {
        "accuracy": float((said == labels).mean()),
        "macro F1": float(f1_score(labels, said, average="macro")),
        "confusion": confusion_matrix(labels, said, labels=range(chances.shape[1])),
    }


def reliability(p: np.ndarray, y: np.ndarray, bins: int = 10) -> dict[str, Any]:
    """Of chances p (N,) of class 1, in bins of equal width: how many, their mean, their share of 1s, and the ECE."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    many = np.bincount(place, minlength=bins)
    safe = np.maximum(many, 1)
    said, found = (np.bincount(place, weights=values, minlength=bins) / safe for values in (p, y))
    return {"many": many, "said": said, "found": found, "ECE": float(many @ np.abs(said - found) / len(p))}
