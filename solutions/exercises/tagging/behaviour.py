"""The behavioural question of the assignment `tagging`: a tagger that needs the word to the right, and its own steps.

unrolled-canary-e50b9c3d71a8
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.judging.judging import fresh
from solutions.judging.training import percent
from solutions.judging.weights import failed
from solutions.reference.numerics import Array
from solutions.reference.tagging import entity_f1, viterbi

PART = "behaviour"
TAGS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG")
WORDS = 24  # names, words that follow a person, words that follow an organisation, others
NAMES, PERSONS, ORGANISATIONS, OTHERS = (
    np.arange(first, last) for first, last in ((0, 8), (8, 12), (12, 16), (16, 24))
)
TRAINED, ASKED = 100, 100  # sentences
LEAST = 0.95  # entity F1
GUESSING = 0.65  # below it the kind of an entity of several words is a guess

Sentence = tuple[Int[Array, "T"], Int[Array, "T"]]  # words and tags
Weights = tuple[Array, ...]  # W, A, start, end


def draw(rng: np.random.Generator, sentences: int, numbers: Int[Array, "V"]) -> list[Sentence]:
    """Sentences with entities of two to four names. The word behind an entity tells its kind; nothing else does.

    Args:
        numbers: of each word; another order makes other words of them.
    """
    return [_sentence(rng, numbers) for _ in range(sentences)]


def _sentence(rng: np.random.Generator, numbers: Int[Array, "V"]) -> Sentence:
    words, tags = [], []
    # Words that follow an entity stand elsewhere, too.
    anywhere = np.concatenate([PERSONS, ORGANISATIONS, OTHERS])
    for _ in range(rng.integers(1, 4)):
        before = rng.choice(anywhere, rng.integers(1, 4))
        names = rng.choice(NAMES, rng.integers(2, 5))
        kind = int(rng.integers(2))
        behind = rng.choice((PERSONS, ORGANISATIONS)[kind])
        words += [*before, *names, behind]
        tags += [0] * len(before) + [1 + 2 * kind] + [2 + 2 * kind] * (len(names) - 1) + [0]
    return numbers[np.array(words)], np.array(tags)


def windows(words: Int[Array, "T"]) -> Float[Array, "T 3V"]:
    """One-hot, the word before, the word itself and the word behind, side by side; 0 beyond the sentence's ends."""
    own, nothing = np.eye(WORDS)[words], np.zeros((1, WORDS))
    return np.concatenate([[*nothing, *own[:-1]], own, [*own[1:], *nothing]], axis=1)


def judge_tagger(function: Callable[..., Any]) -> None:
    """Do the weights of `train_tagger(sentences, tags, rng)` find the entities of fresh sentences?

    Raises:
        CheckFailed: with the F1 that they reach, or with what is wrong with the weights.
    """
    rng = fresh("train_tagger")
    numbers = rng.permutation(WORDS)  # so that no weights can be prepared
    words, tags = zip(*draw(rng, TRAINED, numbers), strict=True)
    answer = function(list(words), list(tags), np.random.default_rng(rng.integers(2**63)))
    weights = _weights(answer)
    f1 = score(weights, draw(rng, ASKED, numbers))
    if not f1 >= LEAST:
        what = f"train_tagger: an entity F1 of {percent(f1)} on fresh sentences; {percent(LEAST)} is asked for."
        raise _failed(what, _cause(f1, weights))
    print(f"✓ train_tagger: an entity F1 of {percent(f1)} on fresh sentences.")


def score(weights: Weights, sentences: Sequence[Sentence]) -> float:
    """Entity F1 of the best paths."""
    W, *chain = weights
    best = [viterbi(windows(words) @ W, *chain)[0] for words, _ in sentences]
    gold, predicted = ([[TAGS[tag] for tag in tags] for tags in each] for each in ([t for _, t in sentences], best))
    return entity_f1(gold, predicted)[2]


_failed = partial(failed, "train_tagger", part=PART)


def _cause(f1: float, weights: Weights) -> str:
    W, A, *_ = weights
    if not A.any():
        return (
            "the transition scores are 0: dA is not used, so that nothing tells the first word of an entity its kind."
        )
    if not W[2 * WORDS :].any():
        return "the word to the right has no scores: the last block of W is 0, and with it the kind cannot be known."
    if f1 < 1 - GUESSING:
        return "the sign of the update is wrong: take each gradient from its weights."
    if f1 < GUESSING:
        return (
            "the kind of an entity does not travel from its last word to its first. Are W and A both updated? Does "
            "crf_gradient pass its check?"
        )
    return "trained too briefly, or with a rate that is too small or too large."


def _weights(answer: Any) -> Weights:
    K = len(TAGS)
    named = {"W": (3 * WORDS, K), "A": (K, K), "start": (K,), "end": (K,)}

    def refused(what: str) -> Exception:
        return _failed(f"train_tagger has to return {', '.join(named)}, in this order; {what}.")

    if not isinstance(answer, tuple | list) or len(answer) != len(named):
        raise refused("it returned something else")
    try:
        made = tuple(np.asarray(array, dtype=np.float64) for array in answer)
    except (TypeError, ValueError):
        raise refused("one of them is no array of numbers") from None
    for (name, shape), array in zip(named.items(), made, strict=True):
        if array.shape != shape:
            raise refused(f"{name} does not fit: it has to be of shape {shape}")
        if not np.isfinite(array).all():
            raise _failed(f"{name} holds numbers that are not finite: the training ran away.", "the rate is too large.")
    return made
