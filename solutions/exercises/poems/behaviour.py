"""The behavioural question of the assignment `poems`: a net that keeps a form, its lines' length and its rhyme.

unrolled-canary-046893638d09
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from solutions.judging.judging import fresh
from solutions.judging.training import percent
from solutions.judging.weights import failed
from solutions.reference.numerics import Array, softmax
from solutions.reference.poems import BOS, BOS_ID, EOS, EOS_ID, poem_dataset, poem_form, process_dataset
from unrolled.data.verses import LINES, LONGEST, MARKS, PLAIN, RHYMES, verses

PART = "behaviour"
TRAINED_ON, ASKED = 400, 300  # poems
TEMPERATURE = 0.5
LEAST = 0.95  # share of poems that keep the form
NETS = 2  # one of them is enough: training is chance
UNITS, EMBEDDED = 64, 64  # at most
WEIGHTS = ("E", "W", "U", "b", "Wy", "by")
NEVER = 0.5  # below it a share is no accident

Weights = tuple[Array, ...]


def draw(rng: np.random.Generator) -> tuple[list[str], tuple[Array, Array, Array]]:
    """The tokens by their numbers, which nobody knows, so that no weights can be prepared; and poems to train on."""
    characters = rng.permutation(list(PLAIN + "".join(RHYMES) + MARKS))
    words = ["<pad>", BOS, EOS, *map(str, characters)]
    return words, poem_dataset(process_dataset(verses(rng, TRAINED_ON), LONGEST), words)


def judge_training(function: Callable[..., Any]) -> None:
    """Do the weights of `train(inputs, targets, lengths, words, rng)` write poems that keep the form?

    Raises:
        CheckFailed: with the share that does, or with what is wrong with the weights.
    """
    rng = fresh("train")
    for _ in range(NETS):
        words, data = draw(rng)
        answer = function(*data, len(words), np.random.default_rng(rng.integers(2**63)))
        weights = _weights(answer, len(words))
        texts = written(weights, words, rng)
        share = float(np.mean([is_kept(text) for text in texts]))
        if share >= LEAST:
            print(f"✓ train: {percent(share)} of its poems keep the form.")
            return
    what = f"train: {percent(share)} of its poems keep the form; {percent(LEAST)} is asked for."
    raise _failed(what, _cause(texts, weights))


def written(weights: Weights, tokens: Sequence[str], rng: np.random.Generator) -> list[str]:
    """What a net writes, poem by poem; one that does not end has no text."""
    E, W, U, b, Wy, by = weights
    h, ids = np.zeros((ASKED, len(U))), np.full((ASKED, 1), BOS_ID)
    for _ in range(LONGEST + 1):
        h = np.tanh(E[ids[:, -1]] @ W + h @ U + b)
        p = softmax((h @ Wy + by)[:, EOS_ID:] / TEMPERATURE)
        drawn = (p.cumsum(axis=1) <= rng.random((ASKED, 1))).sum(axis=1)
        ids = np.concatenate([ids, EOS_ID + np.minimum(drawn, p.shape[1] - 1)[:, None]], axis=1)
    ends = (ids == EOS_ID).argmax(axis=1)
    return ["".join(tokens[one] for one in row[1:end]) for row, end in zip(ids, ends, strict=True)]


def is_kept(text: str) -> bool:
    """Has a poem as many lines as the form asks for, all of one length, and do the even ones rhyme?"""
    lengths, regular, rhymed = poem_form(text, RHYMES)
    return len(lengths) == LINES and regular and rhymed


_failed = partial(failed, "train", part=PART)


def _cause(texts: Sequence[str], weights: Weights) -> str:
    if not weights[WEIGHTS.index("U")].any():
        return "U is 0: the net has no memory, and knows the last token alone."
    forms = [poem_form(text, RHYMES) for text in texts]
    if np.mean([bool(text) for text in texts]) < NEVER:
        return (
            "most of its poems do not end, or are empty. Is the sign of the update right? Are targets and lengths "
            "those of the inputs?"
        )
    if np.mean([regular and len(lengths) == LINES for lengths, regular, _ in forms]) < NEVER:
        return (
            "it does not keep count of characters and lines. Are all six arrays trained, U too? Does the loss fall, "
            "and do poem_loss, adam_update and rnn_backward pass their checks?"
        )
    return (
        "it has learned something, but not all; most often the rhyme comes last. Train longer, let the rate fall to 0 "
        "at the end, and start U orthogonal."
    )


def _weights(answer: Any, words: int) -> Weights:
    def refused(what: str) -> Exception:
        return _failed(f"train has to return {', '.join(WEIGHTS)}, in this order; {what}.")

    if not isinstance(answer, tuple | list) or len(answer) != len(WEIGHTS):
        raise refused("it returned something else")
    try:
        made = tuple(np.asarray(array, dtype=np.float64) for array in answer)
    except (TypeError, ValueError):
        raise refused("one of them is no array of numbers") from None
    D, H = (one.shape[-1] if one.ndim else 0 for one in (made[0], made[2]))
    if not (1 <= D <= EMBEDDED and 1 <= H <= UNITS):
        raise refused(f"the net has to have 1 to {EMBEDDED} numbers for a token, and 1 to {UNITS} units")
    shapes = ((words, D), (D, H), (H, H), (H,), (H, words), (words,))
    for name, array, shape in zip(WEIGHTS, made, shapes, strict=True):
        if array.shape != shape:
            raise refused(f"{name} does not fit: the shapes are (V, D), (D, H), (H, H), (H,), (H, V), (V,)")
        if not np.isfinite(array).all():
            raise _failed(f"{name} holds numbers that are not finite: the training ran away.", "the rate is too large.")
    return made
