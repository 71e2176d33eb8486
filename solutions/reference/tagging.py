"""Tags: entities and their F1, the masked loss, and a chain of tags (chapter *Tagging*).

A sentence has T words and K tags. E (T, K) scores each tag of each word, A (K, K) each step from a tag (row) to the
next one (column), start (K,) and end (K,) the first tag and the last.

unrolled-canary-4c7e0d92b5a8
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array, cross_entropy, cross_entropy_backward, log_sum_exp

Entity = tuple[int, int, str]  # its first word, the one behind its last, its kind


def entities(tags: Sequence[str]) -> list[Entity]:
    """The entities of a sentence in the tags B-kind, I-kind and O (eq-tag-f1).

    One begins at a B, and at an I that continues none of its kind.
    """
    found: list[Entity] = []
    open_kind = ""
    for t, tag in enumerate(tags):
        kind = tag[2:]
        if tag.startswith("I-") and kind == open_kind:
            start, _, _ = found.pop()
            found.append((start, t + 1, kind))
        elif tag != "O":
            found.append((t, t + 1, kind))
        open_kind = kind
    return found


def entity_f1(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of the entities of all sentences together; 0 for a quotient over nothing (eq-tag-f1)."""
    of_gold, of_predicted = (
        {(n, one) for n, tags in enumerate(each) for one in entities(tags)} for each in (gold, predicted)
    )
    right = len(of_gold & of_predicted)
    precision, recall = (right / max(len(each), 1) for each in (of_predicted, of_gold))
    return precision, recall, 2 * right / max(len(of_gold) + len(of_predicted), 1)


def masked_token_loss(
    logits: Float[Array, "B T K"], tags: Int[Array, "B T"], mask: Float[Array, "B T"]
) -> tuple[float, Float[Array, "B T K"]]:
    """The mean of −log p of the right tags over the words that count, and its gradient (eq-tag-loss)."""
    logits = logits.astype(np.result_type(logits, np.float32))
    return cross_entropy(logits, tags, mask), cross_entropy_backward(logits, tags, mask)


def crf_score(
    E: Float[Array, "T K"],
    A: Float[Array, "K K"],
    start: Float[Array, "K"],
    end: Float[Array, "K"],
    tags: Int[Array, "T"],
) -> float:
    """The score of one path of tags (eq-tag-score)."""
    score = start[tags[0]] + end[tags[-1]]
    score += sum(row[tag] for row, tag in zip(E, tags, strict=True))
    return float(score + sum(A[one, other] for one, other in pairwise(tags)))


def _forward(E: Float[Array, "T K"], A: Float[Array, "K K"], start: Float[Array, "K"]) -> Float[Array, "T K"]:
    # eq-tag-alpha
    alpha = [start + E[0]]
    for scores in E[1:]:
        alpha.append(scores + log_sum_exp(A.T + alpha[-1]))
    return np.stack(alpha)


def _backward(E: Float[Array, "T K"], A: Float[Array, "K K"], end: Float[Array, "K"]) -> Float[Array, "T K"]:
    # eq-tag-beta
    beta = [np.asarray(end)]
    for scores in E[:0:-1]:
        beta.append(log_sum_exp(A + (scores + beta[-1])))
    return np.stack(beta[::-1])


def crf_log_partition(
    E: Float[Array, "T K"], A: Float[Array, "K K"], start: Float[Array, "K"], end: Float[Array, "K"]
) -> float:
    """The logarithm of the sum of exp(score) over all paths of tags (eq-tag-log-partition)."""
    return float(log_sum_exp(_forward(E, A, start)[-1] + end))


def viterbi(
    E: Float[Array, "T K"], A: Float[Array, "K K"], start: Float[Array, "K"], end: Float[Array, "K"]
) -> tuple[Int[Array, "T"], float]:
    """A path of the highest score, and that score (eq-tag-viterbi)."""
    T, K = E.shape
    best, came_from = start + E[0], np.zeros((T, K), dtype=np.int64)
    for t in range(1, T):
        reached = A.T + best
        came_from[t] = reached.argmax(axis=1)
        best = reached.max(axis=1) + E[t]
    tags = np.zeros(T, dtype=np.int64)
    tags[-1] = np.argmax(best + end)
    for t in range(T - 1, 0, -1):
        tags[t - 1] = came_from[t, tags[t]]
    return tags, float(np.max(best + end))


def crf_marginals(
    E: Float[Array, "T K"], A: Float[Array, "K K"], start: Float[Array, "K"], end: Float[Array, "K"]
) -> tuple[Float[Array, "T K"], Float[Array, "T-1 K K"]]:
    """The probability of each tag of each word, and of each two tags of neighbours (eq-tag-marginals, eq-tag-pairs)."""
    alpha, beta = _forward(E, A, start), _backward(E, A, end)
    log_Z = log_sum_exp(alpha[-1] + end)
    of_pairs = alpha[:-1, :, None] + A + E[1:, None, :] + beta[1:, None, :]
    return np.exp(alpha + beta - log_Z), np.exp(of_pairs - log_Z)


def crf_gradient(
    E: Float[Array, "T K"],
    A: Float[Array, "K K"],
    start: Float[Array, "K"],
    end: Float[Array, "K"],
    tags: Int[Array, "T"],
) -> tuple[Float[Array, "T K"], Float[Array, "K K"], Float[Array, "K"], Float[Array, "K"]]:
    """dE, dA, dstart, dend of the loss −log p(tags): what is expected minus what is observed (eq-tag-gradient)."""
    of_tags, of_pairs = crf_marginals(E, A, start, end)
    dE, dA = of_tags.copy(), of_pairs.sum(axis=0)
    for t, tag in enumerate(tags):
        dE[t, tag] -= 1
        if t:
            dA[tags[t - 1], tag] -= 1
    return dE, dA, dE[0].copy(), dE[-1].copy()
