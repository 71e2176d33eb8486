"""What the contracts of a chain of tags share: how its scores are drawn, what they are called.

unrolled-canary-61fa0c94d7e3
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from solutions.judging import kit
from solutions.judging.families.logsumexp import logsumexp
from solutions.reference import tagging

FAMILIES = (logsumexp, *kit.ARRAYS)
WORDS = {
    "E": "the emission scores",
    "A": "the transition scores",
    "start": "the scores of the first tag",
    "end": "the scores of the last tag",
    "alpha": "the sums over what comes before",
    "beta": "the sums over what comes behind",
    "E[t]": "the word's own scores",
}
# A sentence has no batch and no inputs: what cases are called that differ in these.
LABELS = {
    "a batch of one": "unequal sizes",
    "as many inputs as units": "unequal sizes",
    "nothing comes in": "emission scores of zero",
    "a single step": "one word or two",
    "a single input": "two tags",
    "a single unit": "one tag",
    "all sizes equal": "as many words as tags",
}
LARGE = 1000  # exponentials of it are no numbers; its multiples and their halves are exact in float32


def draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """E, A, start and end: words are steps, tags are units."""
    T, K = sizes.steps, sizes.hidden
    # Large enough at both ends to decide about a path.
    shapes = {"E": (1, T, K), "A": (1, K, K), "start": (2, K), "end": (2, K)}
    return {name: kit.normal(rng, *shape, dtype=dtype, scale=scale) for name, (scale, *shape) in shapes.items()}


def draw_with_tags(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """The same, and the right tags."""
    return draw(rng, sizes, dtype) | {"tags": kit.labels(rng, sizes.hidden, sizes.steps)}


def of_two(drawn: kit.Function) -> kit.Function:
    """The same, of two words at least: one has no neighbours."""
    return lambda rng, sizes, dtype: drawn(rng, replace(sizes, steps=max(sizes.steps, 2)), dtype)


def large(drawn: kit.Function) -> kit.Special:
    """Scores of thousands, among which one path is better than all others by far."""

    def special(rng: np.random.Generator) -> kit.Arguments:
        arguments = drawn(rng, kit.Sizes(2, 5, 2, 4, 2), np.float64)
        scores = [name for name in arguments if name != "tags"]
        arguments |= {name: LARGE * np.sign(np.round(arguments[name])) for name in scores}
        prefer_one(arguments, LARGE / 2)
        return arguments

    return kit.Special("large scores", special, forbid_overflow=True)


def of_words(part: kit.Part) -> kit.Part:
    """The part, with its cases called by words and tags."""

    def given(rng: np.random.Generator) -> Iterator[kit.Given]:
        for one in part.draw(rng):
            yield replace(one, label=LABELS.get(one.label, one.label))

    return kit.Part(part.name, given, part.values)


def decided(part: kit.Part) -> kit.Part:
    """The part, but that in each of its inputs one path is the best, so that rounding decides nothing."""

    def given(rng: np.random.Generator) -> Iterator[kit.Given]:
        for one in part.draw(rng):
            prefer_one(one.arguments, 1 / 16 if one.arguments["E"].dtype.kind == "f" else 1)
            yield one

    return kit.Part(part.name, given, part.values)


def prefer_one(arguments: kit.Arguments, by: float) -> None:
    """Raise the emission scores along a best path."""
    E, A, start, end = (arguments[name] for name in ("E", "A", "start", "end"))
    tags, _ = tagging.viterbi(E, A, start, end)
    E[np.arange(len(E)), tags] += by
