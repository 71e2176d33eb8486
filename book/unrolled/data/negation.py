"""A tiny made-up language in which `not` turns a judgement round: what a bag of words cannot tell. No real data.

Each sentence has one word of praise and one of blame, in either order, and `not` in front of one of the two, perhaps
with others between. So it praises twice, "really not the dull film is fine", or blames twice, "clumsy the plot and not
clever". Sentences of both kinds may have the same words: their order alone decides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PRAISE = ("good", "warm", "clever", "fine")
BLAME = ("bad", "cold", "clumsy", "dull")
OTHERS = ("the", "film", "plot", "cast", "is", "really", "and", "all")
NOT = "not"
WORDS = (*PRAISE, *BLAME, *OTHERS, NOT)
LONGEST = 13  # words of a sentence


def sentences(rng: np.random.Generator, count: int) -> tuple[list[list[str]], np.ndarray]:
    """`count` sentences, and what they say.

    Returns:
        The words of each sentence, 3 to LONGEST of them; y, (count,): 1.0 for praise, −1.0 for blame.
    """
    y = rng.choice([-1.0, 1.0], count)
    return [_sentence(rng, praised=answer > 0) for answer in y], y


def one_hot(sentences: Sequence[Sequence[str]], words: Sequence[str], steps: int) -> np.ndarray:
    """Each word as a row with a single 1, at its place among `words`; padding, in front, as a row of zeros.

    Returns:
        X, (B, T, V): B sentences, T = `steps`, V words. The last step is the last word of every sentence.

    Raises:
        ValueError: a sentence has more than `steps` words, or one that is not among `words`.
    """
    places = {word: place for place, word in enumerate(words)}
    X = np.zeros((len(sentences), steps, len(words)))
    for row, sentence in zip(X, sentences, strict=True):
        if len(sentence) > steps:
            raise ValueError(f"a sentence of {len(sentence)} words does not fit into {steps} steps")
        if strange := set(sentence) - set(places):
            raise ValueError(f"no word of this language: {', '.join(sorted(strange))}")
        if sentence:
            row[range(steps - len(sentence), steps), [places[word] for word in sentence]] = 1
    return X


def _sentence(rng: np.random.Generator, *, praised: bool) -> list[str]:
    def one(words: Sequence[str]) -> str:
        return words[int(rng.integers(len(words)))]

    def others(most: int) -> list[str]:
        return [one(OTHERS) for _ in range(rng.integers(most + 1))]

    made: list[str] = []
    first = bool(rng.integers(2))
    for praising in (first, not first):
        negated = [NOT, *others(2)] if praising != praised else []
        made += [*others(2), *negated, one(PRAISE if praising else BLAME)]
    return made + others(2)
