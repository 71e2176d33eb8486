"""The behavioural questions of the assignment `language-model`: tokens drawn at random, and a net that closes brackets.

unrolled-canary-864a5e1ea4ed
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from solutions.judging.judging import fresh
from solutions.judging.training import Question, Sequences, Weights
from solutions.judging.weights import failed
from solutions.reference.language_model import bits_of_each
from unrolled.checking.draws import trouble
from unrolled.data.brackets import ALPHABET, BEST_BITS, brackets

# With three characters of context nothing is below 2.09 bits, however long the text that was counted.
BOUND = 1.6


def judge_draws(function: Callable[..., Any]) -> None:
    """Does `draw_tokens(p, count, rng)` draw as p says? A right one fails less than once in a million.

    Raises:
        CheckFailed: with what is wrong with its tokens.
    """
    if found := trouble(function, fresh("draw_tokens")):
        raise failed("draw_tokens", f"draw_tokens: {found}", part="draws")
    print("✓ draw_tokens: tokens come as often as their probabilities say.")


def _draw(rng: np.random.Generator, steps: int) -> Sequences:
    # Which number is which character nobody knows.
    numbers = rng.permutation(len(ALPHABET))
    for length in (steps, steps // 5):
        yield numbers[brackets(rng, length)], len(ALPHABET)


def _cause(bits: float, weights: Weights) -> str:
    if bits > np.log2(len(ALPHABET)):
        return (
            "the sign of the update is wrong, or the training ran away: is the rate too large, are gradients clipped?"
        )
    return (
        "the net has not learned which bracket opened (is the state handed on from batch to batch, does lm_update pass "
        "its check?), or it trained too briefly, or the rate does not fall to 0 at the end."
    )


BRACKETS = Question(
    "train",
    _draw,
    lambda bits, size: float(bits.mean()),
    bound=BOUND,
    below=True,
    missed="The net that train returns needs {score} bits per character of fresh text. Below {bound} is asked for; the "
    f"best possible is {BEST_BITS:.2f}, and guessing takes {np.log2(len(ALPHABET)):.2f}.",
    passed="{score} bits per character of fresh text",
    shown="{:.2f}".format,
    cause=_cause,
    units=64,
    outputs=lambda ids, weights: bits_of_each(ids, weights)[None, :, None],
    sizes=lambda ids, size: (size, size),
    key="behaviour-{net}",
    misses=1,
)
judge_training = partial(BRACKETS.judge, part="solved", steps=15_000, enough=1)
