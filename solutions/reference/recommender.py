"""Batches of sessions, losses of scores, ranks, a Markov baseline, one step of training: what `recommender` asks for.

Items are the numbers 0 … V−1; a session is a list of items in the order of time.

unrolled-canary-5e0c92b7d1a4
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array, cross_entropy, cross_entropy_backward, sigmoid
from solutions.reference.rnn import rnn_step

Sessions = Sequence[Sequence[int]]


def session_batches(sessions: Sessions, size: int) -> tuple[Int[Array, "N B"], Int[Array, "N B"], Int[Array, "N B"]]:
    """Inputs, targets and starts of lanes that read a session each, and go on with the next one (eq-rec-batches).

    Sessions of one item are left out. All ends where a lane is free and no session is left.

    Args:
        size: B lanes. So many sessions of two items are given at least.
    """
    waiting = iter([session for session in sessions if len(session) > 1])
    lanes: list[list[tuple[int, int, int]]] = [[] for _ in range(size)]
    rows: list[list[tuple[int, int, int]]] = []
    while True:
        for lane in lanes:
            if not lane:
                session = next(waiting, None)
                if session is None:
                    return tuple(np.array(rows).transpose(2, 0, 1))
                lane += [(one, other, int(p == 0)) for p, (one, other) in enumerate(pairwise(session))]
        rows.append([lane.pop(0) for lane in lanes])


def sampled_cross_entropy(scores: Float[Array, "B B"]) -> tuple[float, Float[Array, "B B"]]:
    """The mean of −log softmax at each row's own column, on the diagonal, and its gradient (eq-rec-cross-entropy)."""
    scores = scores.astype(np.result_type(scores, np.float32))
    own = np.arange(len(scores))
    return cross_entropy(scores, own), cross_entropy_backward(scores, own)


def _negatives(scores: Float[Array, "B B"]) -> tuple[Float[Array, "B B"], Float[Array, "B B"]]:
    # How much each score is above its row's own one, and the weight of each in the mean: 0 for the own ones.
    B = len(scores)
    return scores - np.diag(scores)[:, None], (1 - np.eye(B)) / (B * (B - 1))


def _with_own(slopes: Float[Array, "B B"], of_differences: Float[Array, "B B"]) -> Float[Array, "B B"]:
    return slopes - np.diag(of_differences.sum(axis=1))


def bpr_loss(scores: Float[Array, "B B"]) -> tuple[float, Float[Array, "B B"]]:
    """The mean of −log σ(own score − another's) over rows and their others, and its gradient (eq-rec-bpr)."""
    above, share = _negatives(scores)
    slopes = share * sigmoid(above)
    return float((share * np.logaddexp(0, above)).sum()), _with_own(slopes, slopes)


def top1_loss(scores: Float[Array, "B B"]) -> tuple[float, Float[Array, "B B"]]:
    """The mean of σ(other − own) + σ(other²) over rows and their others, and its gradient (eq-rec-top1)."""
    above, share = _negatives(scores)
    squares = np.square(scores, dtype=np.result_type(scores, np.float32))
    of_differences = share * sigmoid(above) * sigmoid(-above)
    of_sizes = share * 2 * scores * sigmoid(squares) * sigmoid(-squares)
    loss = float((share * (sigmoid(above) + sigmoid(squares))).sum())
    return loss, _with_own(of_differences + of_sizes, of_differences)


def ranks(scores: Float[Array, "N V"], targets: Int[Array, "N"]) -> Float[Array, "N"]:
    """The place of each target among all items by falling score; equal ones share the mean of theirs (eq-rec-rank)."""
    own = np.take_along_axis(scores, targets[:, None], axis=1)
    return (1 + (scores > own).sum(axis=1) + (scores >= own).sum(axis=1)) / 2


def recall_and_mrr(ranks: Float[Array, "N"], k: int) -> tuple[float, float]:
    """The share of ranks up to k (eq-rec-recall), and the mean of 1/rank, 0 beyond k (eq-rec-mrr)."""
    found = ranks <= k
    return float(found.mean()), float((found / ranks).mean())


def transition_scores(sessions: Sessions, items: int, added: float) -> Float[Array, "V V"]:
    """The share of each item (column) behind each other (row), with `added` clicks by popularity (eq-rec-markov)."""
    counts, clicks = np.zeros((items, items)), np.zeros(items)
    for session in sessions:
        for item in session:
            clicks[item] += 1
        for one, other in pairwise(session):
            counts[one, other] += 1
    popularity = clicks / clicks.sum()
    return (counts + added * popularity) / (counts.sum(axis=1, keepdims=True) + added)


def recommender_step(
    inputs: Int[Array, "B"],
    targets: Int[Array, "B"],
    starts: Int[Array, "B"],
    h: Float[Array, "B H"],
    W: Float[Array, "V H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    Wy: Float[Array, "H V"],
    rate: float,
) -> tuple[
    float, Float[Array, "B H"], Float[Array, "V H"], Float[Array, "H H"], Float[Array, "H"], Float[Array, "H V"]
]:
    """The loss of a batch, the states behind it, and the weights after a step down its gradient (eq-rec-step,
    eq-rec-update), which goes back through this one step alone.
    """
    before = np.where(starts[:, None], 0, h)
    one_hot, right = np.eye(len(W))[inputs], np.eye(len(W))[targets]
    h_next, _ = rnn_step(one_hot, before, W, U, b)
    columns = Wy @ right.T
    loss, dscores = sampled_cross_entropy(h_next @ columns)
    da = dscores @ columns.T * (1 - h_next**2)
    gradients = one_hot.T @ da, before.T @ da, da.sum(axis=0), h_next.T @ dscores @ right
    new = (old - rate * gradient for old, gradient in zip((W, U, b, Wy), gradients, strict=True))
    return loss, h_next, *new
