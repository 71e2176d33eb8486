"""Sentences of tags, as the contracts of `entities` and `entity_f1` draw them.

unrolled-canary-2b6e0fd3849c
"""

from __future__ import annotations

import numpy as np

from solutions.reference import tagging

KINDS = ("PER", "LOC", "ORG")


def sentence(rng: np.random.Generator, words: int) -> list[str]:
    """Tags as a tagger gives them: entities, some of which begin with an I or follow another one at once."""
    tags: list[str] = []
    while len(tags) < words:
        if rng.random() < 0.35:
            tags.append("O")
            continue
        kind = str(rng.choice(KINDS))
        begins = "I" if rng.random() < 0.3 else "B"
        tags += [f"{begins}-{kind}", *[f"I-{kind}"] * int(rng.integers(0, 3))]
    return tags[:words]


def retagged(rng: np.random.Generator, tags: list[str]) -> list[str]:
    """What a tagger makes of it: some entities cut short, of another kind, missed, or found where none is."""
    made = list(tags)
    for start, end, kind in tagging.entities(tags):
        chance = rng.random()
        if chance < 0.15:
            made[end - 1] = "O"
        elif chance < 0.3:
            other = str(rng.choice([one for one in KINDS if one != kind]))
            made[start:end] = [f"{tag[:2]}{other}" for tag in made[start:end]]
        elif chance < 0.4:
            made[start:end] = ["O"] * (end - start)
    return [f"B-{rng.choice(KINDS)}" if tag == "O" and rng.random() < 0.1 else tag for tag in made]
