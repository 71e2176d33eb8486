"""Contract of `crf_gradient`, the gradient of the loss of a chain of tags.

unrolled-canary-19c6f3be870a
"""

import numpy as np

from solutions.exercises.tagging.chains import WORDS, draw_with_tags, large, of_two, of_words
from solutions.exercises.tagging.marginals import both_ways as crf_marginals
from solutions.exercises.tagging.marginals import crf_marginals as of_marginals
from solutions.judging import kit
from solutions.reference import tagging

READ = "tagging#eq-tag-gradient"
MANY_TAGS = 300  # of which finite differences take minutes
TOLERANCE = 1e-3


def _measured(function: kit.Function, rng: np.random.Generator) -> bool:
    # A forward pass for each of ninety thousand scores of steps runs out of processor time.
    given = draw_with_tags(rng, kit.Sizes(1, 3, 1, MANY_TAGS, 1), np.float64).values()
    right = tagging.crf_gradient(*given)
    return not all(
        np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE**2)
        for one, other in zip(function(*given), right, strict=True)
    )


crf_gradient = kit.Contract(
    reference=tagging.crf_gradient,
    outputs=kit.near("dE", "dA", "dstart", "dend"),
    read=READ,
    parts=tuple(map(of_words, kit.of_arrays(of_two(draw_with_tags), large(draw_with_tags)))),
    rules=(
        kit.Rule(
            "measured-not-derived",
            "the gradient of a chain of hundreds of tags is right, too, and takes no minutes. Finite differences take "
            "them: take the probabilities of crf_marginals, and take away what is observed.",
            _measured,
            READ,
        ),
    ),
)


@crf_gradient.derivation(
    words=WORDS
    | {
        "tags": "the right tags",
        "right": "the right tags, one-hot",
        "of_tags": "the probabilities of the tags",
        "of_pairs": "the probabilities of the pairs",
        "steps": "the right steps, one-hot",
    },
    without=("taken-apart-in-another-order-of_tags-of_pairs",),  # in edges, like swapped arguments
)
def expected_minus_observed(E, A, start, end, tags):
    of_tags, of_pairs = crf_marginals(E, A, start, end)
    right = np.eye(len(A))[tags]
    steps = right[:-1, :, None] * right[1:, None]
    dE = of_tags - right  #: eq-tag-gradient: what is expected + what is observed
    dA = (of_pairs - steps).sum(axis=0)  #: eq-tag-gradient: what is expected + what is observed
    dstart = of_tags[0] - right[0]  #: eq-tag-gradient: what is expected + what is observed
    dend = of_tags[-1] - right[-1]  #: eq-tag-gradient: what is expected + what is observed
    return dE, dA, dstart, dend


@crf_gradient.variant
def counted_in_place(E, A, start, end, tags):
    dE, of_pairs = crf_marginals(E, A, start, end)
    dA = of_pairs.sum(axis=0)
    dE[np.arange(len(tags)), tags] -= 1
    np.subtract.at(dA, (tags[:-1], tags[1:]), 1)
    return dE, dA, dE[0].copy(), dE[-1].copy()


@crf_gradient.variant
def word_by_word(E, A, start, end, tags):
    of_tags, of_pairs = crf_marginals(E, A, start, end)
    dE, dA = np.array(of_tags), np.zeros(A.shape)
    for t, tag in enumerate(tags):
        dE[t, tag] -= 1
        if t > 0:
            dA += of_pairs[t - 1]
            dA[tags[t - 1], tag] -= 1
    return [dE, dA, 1 * dE[0], 1 * dE[-1]]


@crf_gradient.variant
def counts_of_steps(E, A, start, end, tags):
    of_tags, of_pairs = crf_marginals(E, A, start, end)
    right = (tags[:, None] == np.arange(len(start))).astype(float)
    dA = np.einsum("tjk->jk", of_pairs) - right[:-1].T @ right[1:]
    dE = of_tags - right
    return dE, dA, dE[:1].sum(axis=0), dE[-1:].sum(axis=0)


@crf_gradient.variant
def back_through_the_forward_pass(E, A, start, end, tags):
    T, K = E.shape
    alpha = np.zeros((T, K))
    alpha[0] = start + E[0]
    for t in range(1, T):
        alpha[t] = np.logaddexp.reduce(alpha[t - 1][:, None] + A, axis=0) + E[t]
    last = alpha[-1] + end
    back = np.exp(last - np.logaddexp.reduce(last))
    dE, dA = np.zeros((T, K)), np.zeros((K, K))
    dend = back.copy()
    dend[tags[-1]] -= 1
    for t in reversed(range(T)):
        dE[t] = back
        dE[t, tags[t]] -= 1
        if t:
            joint = alpha[t - 1][:, None] + A
            pairs = np.exp(joint - np.logaddexp.reduce(joint, axis=0)) * back
            dA += pairs
            dA[tags[t - 1], tags[t]] -= 1
            back = pairs.sum(axis=1)
    return dE, dA, dE[0].copy(), dend


crf_gradient.inherit(of_marginals)
crf_gradient.mistakes(
    """
    observed-minus-expected: You take the expected from the observed, the gradient of log p. The loss is −log p:
      expected minus observed.
        dE = of_tags - right → dE = right - of_tags
        (of_pairs - steps) → (steps - of_pairs)
        dstart = of_tags[0] - right[0] → dstart = right[0] - of_tags[0]
        dend = of_tags[-1] - right[-1] → dend = right[-1] - of_tags[-1]
    only-the-expected: You return what is expected: this is the gradient of log Z alone. The score of the right path is
      taken away in the loss.
        dE = of_tags - right → dE = 1 * of_tags
        (of_pairs - steps) → (1 * of_pairs)
        dstart = of_tags[0] - right[0] → dstart = 1 * of_tags[0]
        dend = of_tags[-1] - right[-1] → dend = 1 * of_tags[-1]
    steps-observed-forgotten: In dA what is observed is missing: take away 1 for each step of the right path.
        (of_pairs - steps) → (1 * of_pairs)
    pairs-turned-round: dA is turned round: the tag that a step comes from is its row.
        dA = (of_pairs - steps).sum(axis=0) → dA = (of_pairs - steps).sum(axis=0).T
    observed-steps-turned-round: The observed steps are turned round: tags[t] is the row, tags[t + 1] the column.
        right[:-1, :, None] * right[1:, None] → right[1:, :, None] * right[:-1, None]
    each-step-once: A step that occurs several times in the right path is taken away once. `dA[one, other] -= 1` with
      arrays of places does that; np.subtract.at takes away as often as a place occurs.
        (of_pairs - steps).sum(axis=0) → of_pairs.sum(axis=0) - np.minimum(steps.sum(axis=0), 1)
    mean-over-the-words: You divide dA by the number of steps. The loss of a sentence is no mean: sum.
        (of_pairs - steps).sum(axis=0) → (of_pairs - steps).sum(axis=0) / len(of_pairs)
    expected-steps-averaged: What is expected of the steps is averaged, and what is observed is counted. Sum both.
        (of_pairs - steps).sum(axis=0) → of_pairs.mean(axis=0) - steps.sum(axis=0)
    right-tags-at-every-word: At each word every tag of the right path is taken away: dE[:, tags] does that. A word has
      one: dE[np.arange(len(tags)), tags].
        dE = of_tags - right → dE = of_tags - right.max(axis=0)
    start-summed-over-words: dstart and dend are sums over all words. start has a part in the first word alone, end in
      the last.
        dstart = of_tags[0] - right[0] → dstart = dE.sum(axis=0)
        dend = of_tags[-1] - right[-1] → dend = dE.sum(axis=0)
    start-and-end-exchanged: dstart and dend are exchanged: start has a part in the first word, end in the last.
        dstart = of_tags[0] - right[0] → dstart = of_tags[-1] - right[-1]
        dend = of_tags[-1] - right[-1] → dend = of_tags[0] - right[0]
    """
)


@crf_gradient.misconception(
    "You take the gradient of a softmax of each word. What is expected depends on the whole sentence."
)
def softmax_of_each_word(E, A, start, end, tags):
    p = np.exp(E - np.logaddexp.reduce(E, axis=1)[:, None])
    right = np.eye(len(A))[tags]
    _, of_pairs = crf_marginals(E, A, start, end)
    dA = of_pairs.sum(axis=0) - right[:-1].T @ right[1:]
    return p - right, dA, p[0] - right[0], p[-1] - right[-1]
