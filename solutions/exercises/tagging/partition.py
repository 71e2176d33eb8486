"""Contract of `crf_log_partition`, the logarithm of the sum over all paths of tags.

unrolled-canary-35e9a4f80d1c
"""

import numpy as np

from solutions.exercises.tagging.chains import FAMILIES, WORDS, draw, large, of_words
from solutions.judging import kit
from solutions.reference import tagging

crf_log_partition = kit.Contract(
    reference=tagging.crf_log_partition,
    outputs=kit.near("log_Z"),
    read="tagging#eq-tag-log-partition",
    parts=tuple(map(of_words, kit.of_values(draw, large(draw)))),
)


@crf_log_partition.derivation(words=WORDS | {"paths": "the sums over paths and the step"}, families=FAMILIES)
def forwards(E, A, start, end):
    alpha = start + E[0]  #: eq-tag-alpha: the scores of the first tag + the first word's own scores
    for t in range(1, len(E)):
        paths = alpha[:, None] + A  #: eq-tag-alpha: what the paths so far add up to + the transition scores
        #: eq-tag-alpha: the sum over the tag before + the word's own scores
        alpha = np.logaddexp.reduce(paths, axis=0) + E[t]
    #: eq-tag-log-partition: the sums over all paths + the scores of the last tag
    return np.logaddexp.reduce(alpha + end)


@crf_log_partition.derivation(words=WORDS, families=FAMILIES)
def backwards(E, A, start, end):
    beta = end
    for t in reversed(range(len(E) - 1)):
        beta = np.logaddexp.reduce(A + E[t + 1] + beta, axis=1)  #: eq-tag-beta
    return np.logaddexp.reduce(start + E[0] + beta)


@crf_log_partition.variant
def largest_taken_out(E, A, start, end):
    def log_sum(a, axis):
        top = a.max(axis=axis, keepdims=True)
        return np.log(np.exp(a - top).sum(axis=axis)) + np.squeeze(top, axis=axis)

    alpha = start + E[0]
    for row in E[1:]:
        alpha = log_sum(alpha[:, np.newaxis] + A + row, 0)
    return log_sum(alpha + end, 0)


@crf_log_partition.variant
def tag_by_tag(E, A, start, end):
    T, K = E.shape
    alpha = np.zeros((T, K))
    for k in range(K):
        alpha[0, k] = start[k] + E[0, k]
    for t in range(1, T):
        for k in range(K):
            scores = alpha[t - 1] + A[:, k]
            top = np.max(scores)
            alpha[t, k] = top + np.log(np.sum(np.exp(scores - top))) + E[t, k]
    last = alpha[-1] + end
    return last.max() + np.log(np.exp(last - last.max()).sum())


@crf_log_partition.variant
def two_at_a_time(E, A, start, end):
    alpha = [s + e for s, e in zip(start, E[0], strict=True)]
    for row in E[1:]:
        alpha = [row[k] + np.logaddexp.reduce([a + A[j, k] for j, a in enumerate(alpha)]) for k in range(len(A))]
    total = -np.inf
    for a, e in zip(alpha, end, strict=True):
        total = np.logaddexp(total, a + e)
    return total


@crf_log_partition.variant
def turned_transitions(E, A, start, end):
    alpha = E[0] + start
    for t in range(1, E.shape[0]):
        alpha = E[t] + np.logaddexp.reduce(A.T + alpha, axis=-1)
    return np.logaddexp.reduce(end + alpha)


crf_log_partition.mistakes(
    """
    start-forgotten: The scores of the first tag are missing: alpha begins with start + E[0].
        alpha = start + E[0] → alpha = 1 * E[0]
    end-forgotten: The scores of the last tag are missing: add end before the last sum.
        np.logaddexp.reduce(alpha + end) → np.logaddexp.reduce(alpha)
    start-and-end-forgotten: The scores of the first tag and of the last one are missing: every path has both.
        alpha = start + E[0] → alpha = 1 * E[0]
        np.logaddexp.reduce(alpha + end) → np.logaddexp.reduce(alpha)
    start-and-end-exchanged: start and end are exchanged: start belongs to the first word, end to the last.
        alpha = start + E[0] → alpha = end + E[0]
        np.logaddexp.reduce(alpha + end) → np.logaddexp.reduce(alpha + start)
    end-at-every-word: end is added at every word. It belongs to the last one alone.
        np.logaddexp.reduce(paths, axis=0) + E[t] → np.logaddexp.reduce(paths, axis=0) + E[t] + end
        np.logaddexp.reduce(alpha + end) → np.logaddexp.reduce(alpha + (end if len(E) == 1 else 0))
    summed-over-the-new-tag: You sum over the wrong axis: over the tag that a step leads to. Sum over the tag that it
      comes from, the rows of alpha[:, None] + A.
        np.logaddexp.reduce(paths, axis=0) → np.logaddexp.reduce(paths, axis=1)
    summed-over-the-new-tag-with-its-scores: You sum over the wrong axis: over the tag that a step leads to. Sum over
      the tag that it comes from, the rows.
        np.logaddexp.reduce(paths, axis=0) + E[t] → np.logaddexp.reduce(paths + E[t], axis=1)
    last-sum-missing: The last sum is missing: what you return has an entry for each tag. Sum over them, as over the
      others.
        return np.logaddexp.reduce(alpha + end) → return alpha + end
    sums-lined-up-with-the-new-tag: alpha stands beside the tag that a step leads to. It belongs to the tag that the
      step comes from, the rows of A: alpha[:, None] + A.
        alpha[:, None] + A → alpha[None] + A
    best-path-alone: You keep the best path alone, as viterbi does. Here the exponentials of all are summed: log-sum-exp
      in the place of each largest.
        np.logaddexp.reduce(paths, axis=0) → paths.max(axis=0)
        np.logaddexp.reduce(alpha + end) → (alpha + end).max()
    without-transitions: The transition scores are missing: the sum for words that are tagged one by one.
        paths = alpha[:, None] + A → paths = alpha[:, None] + 0 * A
    partition-for-its-logarithm: You return Z. Its logarithm is asked for.
        return np.logaddexp.reduce(alpha + end) → return np.exp(np.logaddexp.reduce(alpha + end))
    largest-at-every-word-best-at-the-end: Within the sentence you keep the largest. It is log-sum-exp at every word.
        np.logaddexp.reduce(paths, axis=0) → paths.max(axis=0)
    """
)
