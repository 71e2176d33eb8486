"""Contract of `crf_score`, the score of one path of tags.

unrolled-canary-d07b6c2e41f9
"""

import numpy as np

from solutions.exercises.tagging.chains import WORDS, draw_with_tags, of_words
from solutions.judging import kit
from solutions.reference import tagging

crf_score = kit.Contract(
    reference=tagging.crf_score,
    outputs=kit.near("score"),
    read="tagging#eq-tag-score",
    parts=tuple(map(of_words, kit.of_values(draw_with_tags))),
)


@crf_score.derivation(words=WORDS | {"of_tags": "the scores of the tags", "of_steps": "the scores of the steps"})
def picked_out(E, A, start, end, tags):
    of_tags = E[np.arange(len(tags)), tags].sum()
    of_steps = A[tags[:-1], tags[1:]].sum()
    #: eq-tag-score: the score of the first tag + the emissions + the transitions + the score of the last tag
    score = start[tags[0]] + of_tags + of_steps + end[tags[-1]]
    return score


@crf_score.derivation(words=WORDS | {"score": "the score so far"})
def word_by_word(E, A, start, end, tags):
    score = start[tags[0]]
    for t in range(len(tags)):
        score = score + E[t, tags[t]]
    for t in range(len(tags) - 1):
        score = score + A[tags[t], tags[t + 1]]
    return score + end[tags[-1]]


@crf_score.variant
def in_one_loop(E, A, start, end, tags):
    score = start[tags[0]] + E[0, tags[0]]
    for t in range(1, len(E)):
        score += A[tags[t - 1], tags[t]] + E[t, tags[t]]
    return score + end[tags[-1]]


@crf_score.variant
def by_zip(E, A, start, end, tags):
    before, total = None, 0.0
    for row, tag in zip(E, tags, strict=True):
        total += row[tag] + (start[tag] if before is None else A[before, tag])
        before = tag
    return np.float64(total + end[before])


@crf_score.variant
def one_hot(E, A, start, end, tags):
    right = np.eye(len(A))[tags]
    return (E * right).sum() + np.sum(A * (right[:-1].T @ right[1:])) + right[0] @ start + right[-1] @ end


@crf_score.variant
def taken_along(E, A, start, end, tags):
    tags = list(tags)
    steps = sum(A[one][other] for one, other in zip(tags[:-1], tags[1:], strict=True))  # noqa: RUF007  # np alone
    return np.take_along_axis(E, np.array(tags)[:, None], axis=1).sum() + steps + start[tags[0]] + end[tags[-1]]


crf_score.mistakes(
    """
    transitions-turned-round: The transition scores are turned round: A[j, k] is the step from tag j to tag k, so that
      the earlier tag comes first.
        A[tags[:-1], tags[1:]] → A[tags[1:], tags[:-1]]
    start-and-end-forgotten: The scores of the first tag and of the last one are missing: start[tags[0]] and
      end[tags[-1]].
        start[tags[0]] + of_tags + of_steps + end[tags[-1]] → of_tags + of_steps
    start-and-end-exchanged: start and end are exchanged: start belongs to the first tag, end to the last.
        start[tags[0]] → end[tags[0]]
        end[tags[-1]] → start[tags[-1]]
    every-tag-summed: You sum the scores of all tags. A path has one tag for each word: E[t, tags[t]].
        E[np.arange(len(tags)), tags].sum() → E.sum()
    every-pair-of-tags: A[tags][:, tags] holds a step from each word to each other. A path takes those from a word to
      the next one.
        A[tags[:-1], tags[1:]].sum() → A[tags][:, tags].sum()
    steps-to-itself: The step to a word is read as one from its tag to itself. It comes from the tag before.
        A[tags[:-1], tags[1:]].sum() → A[tags[1:], tags[1:]].sum()
    mean-of-a-sentence: You divide by the number of words. A path's score is a sum.
        return score → return score / len(tags)
    probability-for-score: You return the exponential of the score. The score itself is asked for.
        return score → return np.exp(score)
    """
)
