"""The behavioural question of the assignment `sequence-autoencoder`: a net and a threshold that find what stumbles.

unrolled-canary-59b35ebb9035
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.judging.judging import fresh
from solutions.judging.training import percent
from solutions.judging.weights import failed
from solutions.reference.autoencoder import (
    alarm_rates,
    alarm_threshold,
    decode_padded,
    encode_padded,
    reconstruction_errors,
)
from solutions.reference.numerics import Array

PART = "solved"
SIGNALS, OTHERS = 600, 1000  # to train on and to set the threshold; of each kind, to be asked about
LEAST, MOST = 16, 24  # steps of a signal
NOISE, UNITS = 0.1, 8
RATE = 0.05
# 300 scores set a threshold whose rate is above 15 % less than once in a million, by the binomial distribution.
FALSE_ALARMS, DETECTED = 0.15, 0.9
NAMES = ("W", "U", "b", "Ud", "bd", "Wy", "by", "threshold")

_failed = partial(failed, "train_detector", part=PART)


@dataclass(frozen=True)
class Signals:
    """Synthetic signals of a turning machine, padded with 0; in an odd one half a turn is left out."""

    X: Float[Array, "B T 1"]
    lengths: Int[Array, "B"]


def draw(rng: np.random.Generator, period: float, count: int, odd: bool) -> Signals:
    """Signals of one machine, which takes `period` steps for a turn; those that are odd stumble once."""
    lengths = rng.integers(LEAST, MOST + 1, count)
    t = np.arange(MOST)
    turned = t / period + rng.uniform(0, 1, (count, 1))
    if odd:
        stumbles = rng.integers(lengths // 3, lengths - lengths // 3 + 1)
        turned = turned + 0.5 * (t >= stumbles[:, None])
    X = rng.uniform(0.7, 1.3, (count, 1)) * np.sin(2 * np.pi * turned) + NOISE * rng.standard_normal((count, MOST))
    return Signals((X * (t < lengths[:, None]))[:, :, None], lengths)


def judge_detector(function: Callable[..., Any]) -> None:
    """Does `train_detector(X, lengths, rng)` return a net and a threshold that find stumbles, with few false alarms?

    Raises:
        CheckFailed: with the two rates and what they look like, or with what is wrong with the weights.
    """
    rng = fresh("train_detector")
    period = rng.uniform(7, 12)
    known = draw(rng, period, SIGNALS, odd=False)
    *weights, threshold = _answer(function, known, np.random.default_rng(rng.integers(2**63)))
    normal, odd = (draw(rng, period, OTHERS, odd=odd) for odd in (False, True))
    scores = np.concatenate([_scores(normal, weights), _scores(odd, weights)])
    labels = np.repeat([0, 1], OTHERS)
    false, found = alarm_rates(scores, labels, float(threshold))
    if not (false <= FALSE_ALARMS and found >= DETECTED):
        raise _failed(
            f"train_detector: on fresh signals {percent(false)} of the normal ones raise an alarm, and "
            f"{percent(found)} of those that stumble. At most {percent(FALSE_ALARMS)} "
            f"and at least {percent(DETECTED)} are asked for.",
            _cause(scores, normal, false, weights),
        )
    print(f"✓ train_detector: {percent(found)} of the stumbles are found, with {percent(false)} false alarms.")


def _scores(signals: Signals, weights: list[Array]) -> Float[Array, "B"]:
    W, U, b, Ud, bd, Wy, by = weights
    X, lengths = signals.X, signals.lengths
    code = encode_padded(X, lengths, W, U, b)
    Y = decode_padded(code, lengths, X.shape[1], np.zeros((1, len(Ud))), Ud, bd, Wy, by)
    return reconstruction_errors(X, Y, lengths)


def _cause(scores: Float[Array, "N"], normal: Signals, false: float, weights: list[Array]) -> str:
    normal_scores = scores[:OTHERS]
    half = OTHERS // 2
    own = alarm_threshold(normal_scores[:half], RATE)
    if np.mean(scores[OTHERS:] > own) >= DETECTED:
        if false > FALSE_ALARMS:
            return (
                "the net is good, the threshold is too low: take it from the errors of signals not trained on, at 5 %."
            )
        return "the net is good, the threshold is too high: alarm_threshold of the errors of normal signals, at 5 %."
    if not np.any(weights[1]) or not np.any(weights[3]):
        return "a net whose U or Ud is 0 has no memory: it cannot know where in its turn the machine was."
    spread = float(np.mean(normal.X**2) * normal.X.size / normal.lengths.sum())
    if np.mean(normal_scores) > 0.8 * spread:
        return (
            "the net reconstructs no better than a 0 at every step: it has not learned (does autoencoder_update pass "
            "its check?), the rate is too small or too large, or it trained too briefly."
        )
    return "the net reconstructs some, but not enough: train longer, or with a rate that falls to 0 at the end."


def _answer(function: Callable[..., Any], known: Signals, rng: np.random.Generator) -> list[Array]:
    try:
        answer = function(known.X.copy(), known.lengths.copy(), rng)
    except NotImplementedError:
        raise
    except Exception as error:
        raise _failed(
            f"train_detector, or something that it calls, stopped with {type(error).__name__}.",
            "see what the cell behind train_detector says: it runs it, and names the function that stopped.",
        ) from None
    wanted = f"train_detector has to return {', '.join(NAMES)}, in this order"
    if not isinstance(answer, tuple | list) or len(answer) != len(NAMES):
        raise _failed(f"{wanted}; it returned something else.")
    try:
        made = [np.asarray(one, dtype=np.float64) for one in answer]
    except (TypeError, ValueError):
        raise _failed(f"{wanted}; one of them is no array of numbers.") from None
    H = made[1].shape[0] if made[1].ndim else 0
    if not 1 <= H <= UNITS:
        raise _failed(f"{wanted}; the net has to have 1 to {UNITS} units.")
    shapes = ((1, H), (H, H), (H,), (H, H), (H,), (H, 1), (1,), ())
    for name, one, shape in zip(NAMES, made, shapes, strict=True):
        if one.shape != shape:
            raise _failed(
                f"{wanted}; {name} does not fit. For H units the shapes are W (1, H), U (H, H), b (H,), Ud (H, H), "
                "bd (H,), Wy (H, 1), by (1,), and the threshold is a number."
            )
        if name != "threshold" and not np.isfinite(one).all():
            raise _failed(
                f"{name} holds numbers that are not finite: the training ran away.",
                "the rate is too large: take a smaller one.",
            )
    return made
