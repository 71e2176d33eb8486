"""Contract of `crf_marginals`, the probabilities of tags and of pairs of neighbours.

unrolled-canary-ea40c7159b3d
"""

import numpy as np

from solutions.exercises.tagging.chains import FAMILIES, WORDS, draw, large, of_two, of_words
from solutions.judging import kit
from solutions.reference import tagging

READ = "tagging#eq-tag-marginals"

crf_marginals = kit.Contract(
    reference=tagging.crf_marginals,
    outputs=kit.near("of_tags", "of_pairs"),
    read=READ,
    parts=tuple(map(of_words, kit.of_arrays(of_two(draw), large(draw)))),
)

NAMED = WORDS | {
    "log_Z": "the logarithm of the sum over all paths",
    "behind": "a word's own scores and what comes behind",
}


@crf_marginals.derivation(words=NAMED, families=FAMILIES)
def both_ways(E, A, start, end):
    alpha, beta = np.zeros(E.shape), np.zeros(E.shape)
    alpha[0] = start + E[0]  #: eq-tag-alpha: the scores of the first tag + the first word's own scores
    for t in range(1, len(E)):
        #: eq-tag-alpha: the sum over the tag before + the word's own scores
        alpha[t] = np.logaddexp.reduce(alpha[t - 1][:, None] + A, axis=0) + E[t]
    beta[-1] = end  #: eq-tag-beta
    for t in reversed(range(len(E) - 1)):
        beta[t] = np.logaddexp.reduce(A + E[t + 1] + beta[t + 1], axis=1)  #: eq-tag-beta
    log_Z = np.logaddexp.reduce(alpha[-1] + end)  #: eq-tag-log-partition
    #: eq-tag-marginals: the sums over what comes before + the sums over what comes behind + the sum over all
    of_tags = np.exp(alpha + beta - log_Z)
    behind = E[1:] + beta[1:]  #: eq-tag-pairs: the second word's own scores + the sums over what comes behind it
    #: eq-tag-pairs: the sums over what comes before + the transition scores + what comes behind + the sum over all
    of_pairs = np.exp(alpha[:-1, :, None] + A + behind[:, None] - log_Z)
    return of_tags, of_pairs


@crf_marginals.variant
def by_lists(E, A, start, end):
    def log_sum(a, axis):
        top = np.max(a, axis=axis, keepdims=True)
        return np.log(np.sum(np.exp(a - top), axis=axis)) + np.squeeze(top, axis=axis)

    alpha, beta = [start + E[0]], [np.array(end)]
    for row in E[1:]:
        alpha.append(log_sum(alpha[-1][:, None] + A, 0) + row)
    for row in E[:0:-1]:
        beta.insert(0, log_sum(A + row + beta[0], 1))
    of_tags = []
    for a, b in zip(alpha, beta, strict=True):
        of_tags.append(np.exp(a + b - log_sum(a + b, 0)))
    of_pairs = np.zeros((len(E) - 1, *A.shape))
    for t in range(len(E) - 1):
        joint = alpha[t][:, None] + A + E[t + 1] + beta[t + 1]
        of_pairs[t] = np.exp(joint - log_sum(joint.ravel(), 0))
    return np.array(of_tags), of_pairs


@crf_marginals.variant
def tags_from_pairs(E, A, start, end):
    T, K = E.shape
    alpha, beta = np.empty((T, K)), np.empty((T, K))
    alpha[0], beta[-1] = start + E[0], end
    for t in range(1, T):
        alpha[t] = E[t] + np.logaddexp.reduce(A.T + alpha[t - 1], axis=1)
        beta[-1 - t] = np.logaddexp.reduce((A + E[T - t] + beta[T - t]).T, axis=0)
    whole = np.logaddexp.reduce(alpha[0] + beta[0])
    pairs = np.exp(alpha[:-1, :, None] + A[None] + (E + beta)[1:, None, :] - whole)
    last = np.exp(alpha[-1:] + beta[-1:] - whole)
    return np.concatenate([pairs.sum(axis=2), last]), pairs


@crf_marginals.variant
def softmaxes(E, A, start, end):
    T, K = E.shape
    alpha, beta = np.zeros((T, K)), np.zeros((T, K))
    for t in range(T):
        arrives = start if t == 0 else [np.logaddexp.reduce(alpha[t - 1] + A[:, k]) for k in range(K)]
        alpha[t] = E[t] + arrives
    for t in range(T - 1, -1, -1):
        beta[t] = end if t == T - 1 else [np.logaddexp.reduce(A[j] + E[t + 1] + beta[t + 1]) for j in range(K)]

    def softmax(scores):
        e = np.exp(scores - scores.max())
        return e / e.sum()

    pairs = [softmax(alpha[t][:, None] + A + E[t + 1] + beta[t + 1]) for t in range(T - 1)]
    return np.stack([softmax(row) for row in alpha + beta]), np.reshape(pairs, (T - 1, K, K))


@crf_marginals.variant
def changes_of_the_score(E, A, start, end):
    # What raises log Z: the softmax of the way back through the forward pass.
    T, K = E.shape
    alpha = [start + E[0]]
    for t in range(1, T):
        alpha.append(np.logaddexp.reduce(alpha[-1][:, None] + A, axis=0) + E[t])
    last = alpha[-1] + end
    tags = [np.exp(last - np.logaddexp.reduce(last))]
    pairs = []
    for t in range(T - 1, 0, -1):
        joint = alpha[t - 1][:, None] + A
        pairs.insert(0, np.exp(joint - np.logaddexp.reduce(joint, axis=0)) * tags[0])
        tags.insert(0, pairs[0].sum(axis=1))
    return np.array(tags), np.array(pairs).reshape(T - 1, K, K)


crf_marginals.mistakes(
    """
    own-scores-twice: The word's own scores are counted twice: alpha has them already, so that beta begins behind the
      word.
        np.exp(alpha + beta - log_Z) → np.exp(alpha + beta + E - log_Z)
    second-word-forgotten: A pair lacks the scores of its second word: alpha ends with the first one, and beta begins
      behind the second. [tagging#eq-tag-pairs]
        behind = E[1:] + beta[1:] → behind = 1 * beta[1:]
    transitions-forgotten-in-pairs: A pair lacks the score of its step, A[j, k]. [tagging#eq-tag-pairs]
        alpha[:-1, :, None] + A + behind[:, None] → alpha[:-1, :, None] + 0 * A + behind[:, None]
    independent-pairs: A pair is no product of the probabilities of its tags: they depend on each other by the step's
      score. [tagging#eq-tag-pairs]
        np.exp(alpha[:-1, :, None] + A + behind[:, None] - log_Z) → of_tags[:-1, :, None] * of_tags[1:, None]
    end-forgotten: The scores of the last tag are missing: beta begins with end. [tagging#eq-tag-beta]
        beta[-1] = end → pass
        np.logaddexp.reduce(alpha[-1] + end) → np.logaddexp.reduce(alpha[-1])
    start-forgotten: The scores of the first tag are missing: alpha begins with start + E[0]. [tagging#eq-tag-alpha]
        alpha[0] = start + E[0] → alpha[0] = E[0]
    start-and-end-forgotten: The scores of the first tag and of the last one are missing: every path has both.
        alpha[0] = start + E[0] → alpha[0] = E[0]
        beta[-1] = end → pass
        np.logaddexp.reduce(alpha[-1] + end) → np.logaddexp.reduce(alpha[-1])
    transitions-turned-round-on-the-way-back: On the way back the transition scores are turned round: the sum is over
      the tag that a step leads to, the columns of A. [tagging#eq-tag-beta]
        A + E[t + 1] + beta[t + 1] → A.T + E[t + 1] + beta[t + 1]
    transitions-turned-round-everywhere: The transition scores are turned round everywhere: A[j, k] is the step from tag
      j to tag k.
        alpha[t - 1][:, None] + A → alpha[t - 1][:, None] + A.T
        A + E[t + 1] + beta[t + 1] → A.T + E[t + 1] + beta[t + 1]
        alpha[:-1, :, None] + A + → alpha[:-1, :, None] + A.T +
    summed-over-the-tag-before: On the way back you sum over the wrong axis: over the tag that a step comes from. Sum
      over the tag that it leads to, axis=1. [tagging#eq-tag-beta]
        beta[t + 1], axis=1) → beta[t + 1], axis=0)
    words-alone: These are the probabilities of each word by itself, its softmax. The neighbours count: alpha and beta.
        np.exp(alpha + beta - log_Z) → np.exp(E - np.logaddexp.reduce(E, axis=1)[:, None])
    what-comes-before-alone: What comes behind a word does not count in your probabilities: beta is missing.
        np.exp(alpha + beta - log_Z) → np.exp(alpha - np.logaddexp.reduce(alpha, axis=1)[:, None])
    not-normalised: The sum over all paths is not taken away: what you return are sums, not probabilities.
        np.exp(alpha + beta - log_Z) → np.exp(alpha + beta)
        + behind[:, None] - log_Z) → + behind[:, None])
    logarithms-for-probabilities: You return logarithms. Probabilities are asked for: the exponential is missing.
        np.exp(alpha + beta - log_Z) → alpha + beta - log_Z
        np.exp(alpha[:-1, :, None] + A + behind[:, None] - log_Z) → alpha[:-1, :, None] + A + behind[:, None] - log_Z
    best-paths-for-all: You keep the best path alone, before a word and behind it. Here all paths are summed:
      log-sum-exp.
        np.logaddexp.reduce(alpha[t - 1][:, None] + A, axis=0) → np.max(alpha[t - 1][:, None] + A, axis=0)
        np.logaddexp.reduce(A + E[t + 1] + beta[t + 1], axis=1) → np.max(A + E[t + 1] + beta[t + 1], axis=1)
        np.logaddexp.reduce(alpha[-1] + end) → np.max(alpha[-1] + end)
    pairs-turned-round: Your pairs are turned round: of_pairs[t, j, k] has the tag of word t in its rows.
      [tagging#eq-tag-pairs]
        return of_tags, of_pairs → return of_tags, of_pairs.transpose(0, 2, 1)
    """
)
