"""The behavioural question of the assignment `text-classification`: a net that understands `not`.

unrolled-canary-4f0b92d8e7a1
"""

from __future__ import annotations

import numpy as np

from solutions.judging.training import Sequences, Weights, sign_at_the_end
from unrolled.data import negation

LEAST = 0.95
TRAINED_ON, ASKED = 1000, 500


def _draw(rng: np.random.Generator, steps: int) -> Sequences:
    # Which row of W belongs to which word is drawn anew: no weights can be prepared.
    words = [negation.WORDS[place] for place in rng.permutation(len(negation.WORDS))]
    for count in (TRAINED_ON, ASKED):
        sentences, y = negation.sentences(rng, count)
        yield negation.one_hot(sentences, words, steps), y


def _cause(share: float, weights: Weights) -> str:
    if share < 1 - LEAST:
        return "the sign of the update is wrong: take each gradient from its weights."
    if share < 0.65:
        return (
            "the net does not use the order of the words, which alone decides. Does it read them one after the other, "
            "with a U that is trained? Are W, U and Wy random at the start? Does rnn_backward pass its check?"
        )
    return "it has learned something, but not all: train longer, and let the rate fall to 0 at the end."


NEGATION = sign_at_the_end(draw=_draw, bound=LEAST, cause=_cause)
judge_negation = NEGATION.judge
