"""The behavioural question of the assignment `recommender`: a net that has to remember the click before the last.

unrolled-canary-63a62be5bcea
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
from solutions.reference.numerics import Array
from solutions.reference.recommender import Sessions, ranks, recall_and_mrr, transition_scores
from solutions.reference.rnn import rnn_step

PART = "behaviour"
BRANDS, KINDS = 8, 5
ITEMS = BRANDS * KINDS
TRAINED, ASKED = 2000, 300  # sessions
CLICKS = (3, 8)
ELSEWHERE = 0.1  # chance that another kind is looked at than the one behind the last
LIST = 5
ADDED = 1.0  # clicks of popularity, in the Markov baseline
LEAST = 2.0  # times the Markov baseline's MRR
UNITS = 100
GUESSING = 0.12  # a list at random has an MRR of 0.06
REMEMBERED = 0.05  # so much less without its memory shows that a net has one

Weights = tuple[Array, ...]  # W, U, b, Wy

_failed = partial(failed, "train_recommender", part=PART)


def draw(rng: np.random.Generator, count: int, numbers: Int[Array, "V"]) -> Sessions:
    """Sessions of people who compare two brands, which they look at by turns, kind after kind.

    The last item tells the next kind; the one before it, the next brand.

    Args:
        numbers: of each item; another order makes other items of them.
    """
    return [_session(rng, numbers) for _ in range(count)]


def _session(rng: np.random.Generator, numbers: Int[Array, "V"]) -> list[int]:
    brands, kind = rng.choice(BRANDS, 2, replace=False), int(rng.integers(KINDS))
    session = []
    for p in range(rng.integers(CLICKS[0], CLICKS[1] + 1)):
        session.append(int(numbers[brands[p % 2] * KINDS + kind]))
        kind = int(rng.integers(KINDS)) if rng.random() < ELSEWHERE else (kind + 1) % KINDS
    return session


def judge_recommender(function: Callable[..., Any]) -> None:
    """Do the weights of `train_recommender(sessions, items, rng)` find the next items of fresh sessions?

    Raises:
        CheckFailed: with the MRR that they reach beside the Markov baseline's, or with what is wrong with the weights.
    """
    rng = fresh("train_recommender")
    numbers = rng.permutation(ITEMS)  # so that no weights can be prepared
    sessions, asked = draw(rng, TRAINED, numbers), draw(rng, ASKED, numbers)
    answer = function([[*one] for one in sessions], ITEMS, np.random.default_rng(rng.integers(2**63)))
    weights = _weights(answer)
    own, baseline = score(weights, asked), markov_score(sessions, asked)
    if not own >= LEAST * baseline:
        what = (
            f"train_recommender: an MRR@{LIST} of {own:.2f} on fresh sessions, {percent(own / baseline)} of the Markov "
            f"baseline's {baseline:.2f}; {percent(LEAST)} is asked for."
        )
        raise _failed(what, _cause(own, weights, asked))
    print(f"✓ train_recommender: an MRR@{LIST} of {own:.2f} on fresh sessions; the Markov baseline has {baseline:.2f}.")


def score(weights: Weights, sessions: Sessions) -> float:
    """MRR of the net, whose state starts from 0 in each session."""
    return _mrr(lambda inputs: _net_scores(inputs, *weights), sessions)


def markov_score(sessions: Sessions, asked: Sessions) -> float:
    """MRR of the Markov baseline that knows `sessions`."""
    A = transition_scores(sessions, ITEMS, ADDED)
    return _mrr(lambda inputs: A[inputs], asked)


def _mrr(scores: Callable[[list[int]], Float[Array, "T V"]], sessions: Sessions) -> float:
    found = [ranks(scores([*session[:-1]]), np.array(session[1:])) for session in sessions]
    return recall_and_mrr(np.concatenate(found), LIST)[1]


def _net_scores(inputs: list[int], W: Array, U: Array, b: Array, Wy: Array) -> Float[Array, "T V"]:
    h: Array = np.zeros((1, len(U)))
    states = []
    for item in inputs:
        h, _ = rnn_step(np.eye(ITEMS)[[item]], h, W, U, b)
        states.append(h[0])
    return np.stack(states) @ Wy


def _cause(own: float, weights: Weights, sessions: Sessions) -> str:
    if own < GUESSING:
        return "this is no better than guessing. Does recommender_step pass its check? Do all weights move, downhill?"
    W, U, b, Wy = weights
    if own - score((W, 0 * U, b, Wy), sessions) < REMEMBERED:
        return (
            "the net does not use its memory. Hand the states that recommender_step returns on to the next call, and "
            "keep U: with zeros in place of the states U never learns."
        )
    return "trained too briefly, or with a rate that is too small or too large."


def _weights(answer: Any) -> Weights:
    named = ("W", "U", "b", "Wy")

    def refused(what: str) -> Exception:
        return _failed(f"train_recommender has to return {', '.join(named)}, in this order; {what}.")

    if not isinstance(answer, tuple | list) or len(answer) != len(named):
        raise refused("it returned something else")
    try:
        made = tuple(np.asarray(array, dtype=np.float64) for array in answer)
    except (TypeError, ValueError):
        raise refused("one of them is no array of numbers") from None
    hidden = made[1].shape[0] if made[1].ndim else 0
    if not 1 <= hidden <= UNITS:
        raise refused(f"the net has to have 1 to {UNITS} units")
    shapes = ((ITEMS, hidden), (hidden, hidden), (hidden,), (hidden, ITEMS))
    for name, array, shape in zip(named, made, shapes, strict=True):
        if array.shape != shape:
            raise refused(f"{name} does not fit: for H units the shapes are (V, H), (H, H), (H,), (H, V)")
        if not np.isfinite(array).all():
            raise _failed(f"{name} holds numbers that are not finite: the training ran away.", "the rate is too large.")
    return made
