"""The behavioural question of the assignment `seq2seq`: attention that finds the pair with the key that is asked for.

unrolled-canary-0d9eff8dfbd7
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.judging.judging import fresh
from solutions.judging.training import percent
from solutions.judging.weights import failed
from solutions.reference.initialise import orthogonal
from solutions.reference.numerics import Array
from solutions.reference.seq2seq import attention_forward

PART = "behaviour"
KINDS = 12  # keys, and values
STATE = 2 * KINDS
SHORTEST, LONGEST = 4, 12  # pairs of a source
TRAINED, ASKED = 600, 500  # sources
LEAST = 0.95
GUESSING = 0.5  # the mean of all pairs stays below it

Sources = tuple[Float[Array, "B K"], Float[Array, "B T D"], Float[Array, "B T"], Int[Array, "B"]]  # q, Hs, mask, y
Weights = tuple[Float[Array, "K D"], Float[Array, "D K"]]  # W, Wy


def draw(rng: np.random.Generator, sources: int, turn: Float[Array, "D D"]) -> Sources:
    """Sources of pairs, each state a key and a value, turned; padding holds pairs, too. One key is asked for."""
    lengths = rng.integers(SHORTEST, LONGEST + 1, sources)
    keys = np.array([rng.permutation(KINDS)[:LONGEST] for _ in range(sources)])
    values = rng.integers(0, KINDS, (sources, LONGEST))
    mask = (np.arange(LONGEST) < lengths[:, None]).astype(float)
    each, at = np.arange(sources), rng.integers(0, lengths)
    one_hot = np.eye(KINDS)
    Hs = np.concatenate([one_hot[keys], one_hot[values]], axis=2) @ turn
    return one_hot[keys[each, at]], Hs, mask, values[each, at]


def judge_reader(function: Callable[..., Any]) -> None:
    """Do the weights of `train_reader(q, Hs, mask, y, rng)` give the values of fresh sources?

    Raises:
        CheckFailed: with the share that is right, or with what is wrong with the weights.
    """
    rng = fresh("train_reader")
    turn = orthogonal(rng, STATE, STATE)  # so that no weights can be prepared
    answer = function(*draw(rng, TRAINED, turn), np.random.default_rng(rng.integers(2**63)))
    W, Wy = _weights(answer)
    share = score((W, Wy), draw(rng, ASKED, turn))
    if not share >= LEAST:
        what = (
            f"train_reader: {percent(share)} of the values of fresh sources are right; {percent(LEAST)} is asked for."
        )
        raise _failed(what, _cause(share, W, Wy))
    print(f"✓ train_reader: {percent(share)} of the values of fresh sources are right.")


def score(weights: Weights, sources: Sources) -> float:
    """The share of values that are right: the largest entry of context times Wy."""
    q, Hs, mask, y = sources
    W, Wy = weights
    context, _, _ = attention_forward(q, Hs, W, mask)
    return float(((context @ Wy).argmax(axis=1) == y).mean())


_failed = partial(failed, "train_reader", part=PART)


def _cause(share: float, W: Array, Wy: Array) -> str:
    if not W.any():
        return "W is 0, so that every pair gets the same weight. Take dW of attention_backward from it."
    if not Wy.any():
        return "Wy is 0, so that no value is told from another. Take its gradient from it."
    if share < GUESSING:
        return (
            "no better than the mean of all pairs allows: the weights do not look for the key. Is each gradient taken "
            "away? Does attention_backward pass its check? Do q, Hs, mask and y of a batch belong together?"
        )
    return "trained too briefly, or with a rate that is too small."


def _weights(answer: Any) -> Weights:
    named = {"W": (KINDS, STATE), "Wy": (STATE, KINDS)}

    def refused(what: str) -> Exception:
        return _failed(f"train_reader has to return W and Wy, in this order; {what}.")

    if not isinstance(answer, tuple | list) or len(answer) != len(named):
        raise refused("it returned something else")
    try:
        W, Wy = (np.asarray(array, dtype=np.float64) for array in answer)
    except (TypeError, ValueError):
        raise refused("one of them is no array of numbers") from None
    for (name, shape), array in zip(named.items(), (W, Wy), strict=True):
        if array.shape != shape:
            raise refused(f"{name} does not fit: it has to be of shape {shape}")
        if not np.isfinite(array).all():
            raise _failed(f"{name} holds numbers that are not finite: the training ran away.", "the rate is too large.")
    return W, Wy
