"""Texts as arrays, vectors of words, and how honest probabilities are: what `text-classification` asks for.

unrolled-canary-b70a3e95d1c8
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array

PAD, UNKNOWN = "<pad>", "<unk>"
TOKEN = re.compile(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+(?:'[^\W_\u4e00-\u9fff]+)*")


def tokenize(text: str) -> list[str]:
    """Chinese characters one by one; runs of letters and digits, apostrophes inside them, in lower case.

    All else separates (eq-text-tokens).
    """
    return TOKEN.findall(text.lower())


def vocabulary(sentences: Sequence[Sequence[str]], size: int) -> list[str]:
    """The words by id, at most `size` of them: pad, unknown, then by falling count, equal ones by spelling
    (eq-text-vocabulary).
    """
    counts = Counter(word for sentence in sentences for word in sentence)
    order = sorted(counts, key=lambda word: (-counts[word], word))
    return [PAD, UNKNOWN, *order][:size]


def encode(
    sentences: Sequence[Sequence[str]], words: Sequence[str], length: int
) -> tuple[Int[Array, "B T"], Int[Array, "B T"]]:
    """Ids and mask of sentences (eq-text-encode): cut behind `length` tokens, filled up with 0; 1 is unknown."""
    cut = [sentence[:length] for sentence in sentences]
    ids = [[words.index(word) if word in words else 1 for word in one] + [0] * (length - len(one)) for one in cut]
    mask = np.arange(length) < np.array([len(one) for one in cut]).reshape(-1, 1)
    return np.array(ids, dtype=np.int64).reshape(len(cut), length), mask.astype(np.int64)


def masked_mean(X: Float[Array, "B T D"], mask: Float[Array, "B T"]) -> Float[Array, "B D"]:
    """The mean over a sentence's real places (eq-text-masked-mean), 0 where it has none."""
    return np.einsum("btd,bt->bd", X, mask) / np.maximum(mask.sum(axis=1), 1)[:, None]


def skip_gram_pairs(ids: Int[Array, "T"], window: int) -> Int[Array, "N 2"]:
    """Each word with those at most `window` places away (eq-text-pairs); 0 is padding."""
    places = range(len(ids))
    pairs = [(ids[t], ids[s]) for t in places for s in places if 1 <= abs(s - t) <= window and ids[t] and ids[s]]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def skip_gram_loss(
    E: Float[Array, "V D"],
    C: Float[Array, "V D"],
    centre: Int[Array, "N"],
    context: Int[Array, "N"],
    negatives: Int[Array, "N S"],
) -> tuple[float, Float[Array, "V D"], Float[Array, "V D"]]:
    """The mean loss of pairs against negative samples (eq-text-skip-gram), and its gradients by E and C."""
    others = np.concatenate([context[:, None], negatives], axis=1)
    sign = np.where(np.arange(others.shape[1]), 1.0, -1.0)  # the pair itself comes first
    e, c = E[centre], C[others]
    scores = sign * np.einsum("nd,nsd->ns", e, c)
    loss = np.logaddexp(0, scores).sum() / len(centre)
    slopes = sign * np.exp(-np.logaddexp(0, -scores)) / len(centre)
    dE, dC = np.zeros(E.shape), np.zeros(C.shape)
    np.add.at(dE, centre, np.einsum("ns,nsd->nd", slopes, c))
    np.add.at(dC, others, np.einsum("ns,nd->nsd", slopes, e))
    return float(loss), dE, dC


def calibration_error(p: Float[Array, "N"], y: Int[Array, "N"], bins: int) -> float:
    """The expected calibration error of probabilities (eq-text-ece), in bins that are open above but the last."""
    place = np.minimum((p * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(place, p - y, minlength=bins)).sum() / len(p))
