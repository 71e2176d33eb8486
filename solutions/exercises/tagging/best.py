"""Contract of `viterbi`, the best path of tags.

unrolled-canary-8f2d51b7c6e0
"""

import itertools

import numpy as np

from solutions.exercises.tagging.chains import WORDS, decided, draw, large, of_words
from solutions.judging import kit
from solutions.reference import tagging

READ = "tagging#eq-tag-viterbi"


def _end_decides(rng: np.random.Generator) -> kit.Arguments:
    # Neither the tag that is best without end, nor that which end likes best, is the last one of the best path.
    while True:
        E, A, start, end = draw(rng, kit.Sizes(1, 4, 1, 5, 1), np.float64).values()
        (*_, last), _ = tagging.viterbi(E, A, start, end)
        (*_, without), _ = tagging.viterbi(E, A, start, 0 * end)
        if last not in (without, end.argmax()):
            return {"E": E, "A": A, "start": start, "end": end}


def _is_beaten(function: kit.Function, rng: np.random.Generator) -> bool:
    # Among paths of equal scores any is right: whole numbers make many.
    for T, K in ((4, 3), (5, 2), (3, 4)):
        E, A, start, end = (rng.integers(-2, 3, shape).astype(float) for shape in ((T, K), (K, K), K, K))
        tags, score = function(E, A, start, end)
        paths = itertools.product(range(K), repeat=T)
        best = max(tagging.crf_score(E, A, start, end, np.array(path)) for path in paths)
        if len(tags) != T or not set(tags) <= set(range(K)):
            return True
        own = tagging.crf_score(E, A, start, end, np.array(tags, dtype=int))
        if not np.allclose([own, score], best):
            return True
    return False


viterbi = kit.Contract(
    reference=tagging.viterbi,
    outputs=kit.near("tags", "score"),
    read=READ,
    parts=tuple(
        decided(of_words(part))
        for part in kit.of_values(draw, large(draw), kit.Special("end decides about the last tag", _end_decides))
    ),
    rules=(
        kit.Rule(
            "beaten",
            "no path may have a higher score than the one that comes back, and the score has to be its own; of paths "
            "with equal scores any will do.",
            _is_beaten,
            READ,
        ),
    ),
)


@viterbi.derivation(
    words=WORDS
    | {
        "best": "the best scores so far",
        "pointers": "where the best paths come from",
        "reached": "the best scores and the step",
        "back": "the pointers of a word",
        "path": "the path",
    }
)
def pointers_walked_back(E, A, start, end):
    best = start + E[0]  #: eq-tag-viterbi: the scores of the first tag + the first word's own scores
    pointers = []
    for t in range(1, len(E)):
        reached = best[:, None] + A  #: eq-tag-viterbi: the best scores so far + the transition scores
        pointers.append(reached.argmax(axis=0))
        best = reached.max(axis=0) + E[t]  #: eq-tag-viterbi: the best way to get here + the word's own scores
    best = best + end  #: eq-tag-viterbi: the best scores + the scores of the last tag
    path = [best.argmax()]
    for back in reversed(pointers):
        path.insert(0, back[path[0]])
    return np.array(path), best.max()


@viterbi.variant
def in_arrays(E, A, start, end):
    T, K = E.shape
    best, back = np.zeros((T, K)), np.zeros((T, K), dtype=int)
    best[0] = start + E[0]
    for t in range(1, T):
        for k in range(K):
            scores = best[t - 1] + A[:, k]
            back[t, k] = np.argmax(scores)
            best[t, k] = scores[back[t, k]] + E[t, k]
    path = np.zeros(T, dtype=int)
    path[-1] = np.argmax(best[-1] + end)
    for t in range(T - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path, np.max(best[-1] + end)


@viterbi.variant
def whole_paths(E, A, start, end):
    paths = [(start[k] + E[0, k], [k]) for k in range(len(A))]
    for row in E[1:]:
        paths = [
            max(((s + A[p[-1], k] + row[k], [*p, k]) for s, p in paths), key=lambda one: one[0]) for k in range(len(A))
        ]
    score, path = max(((s + end[p[-1]], p) for s, p in paths), key=lambda one: one[0])
    return path, score


@viterbi.variant
def from_the_end(E, A, start, end):
    best, ahead = np.asarray(end), []
    for row in E[:0:-1]:
        reached = A + (row + best)
        ahead.append(np.argmax(reached, axis=1))
        best = np.max(reached, axis=1)
    best = best + start + E[0]
    path = [int(np.argmax(best))]
    while ahead:
        path.append(int(ahead.pop()[path[-1]]))
    return path, float(best.max())


@viterbi.variant
def turned_transitions(E, A, start, end):
    best, back = E[0] + start, []
    for t in range(1, E.shape[0]):
        reached = A.T + best + E[t][:, None]
        back.append(np.argmax(reached, axis=1))
        best = np.take_along_axis(reached, back[-1][:, None], axis=1)[:, 0]
    best = best + end
    tag = np.argmax(best)
    path = [tag]
    for pointers in back[::-1]:
        tag = pointers[tag]
        path.append(tag)
    return path[::-1], best.max()


viterbi.mistakes(
    """
    best-tag-of-each-word: You take the best tag of each word by itself. The best path may pass through worse ones.
        path = [best.argmax()] → path = list(E.argmax(axis=1))
        path.insert(0, back[path[0]]) → pass
    best-end-of-each-word: You take at each word the tag at which the best path so far ends. The best path as a whole
      may pass elsewhere: walk back by the pointers.
        pointers = [] → pointers, ends = [], []
        reached = best → ends.append(best.argmax()); reached = best
        path = [best.argmax()] → path = [*ends, best.argmax()]
        path.insert(0, back[path[0]]) → pass
    path-from-the-end: The path comes back from its end to its beginning. Walking back by the pointers finds the last
      tag first: turn the path round.
        path.insert(0, back[path[0]]) → path.append(back[path[-1]])
    pointers-read-forwards: The pointers are gone through from the first word on. They lead back: begin with those of
      the last word.
        for back in reversed(pointers): → for back in pointers:
    start-forgotten: The scores of the first tag are missing: the best scores begin with start + E[0].
        best = start + E[0] → best = 1 * E[0]
    end-forgotten: The scores of the last tag are missing: add end before the last tag is chosen.
        best = best + end → pass
    end-forgotten-in-the-path: The last tag is chosen before end is added. It takes part in the choice.
        best = best + end → last = best; best = best + end
        path = [best.argmax()] → path = [last.argmax()]
    end-forgotten-in-the-score: The score that you return lacks that of the last tag, end.
        best.max() → (best - end).max()
    start-and-end-forgotten: The scores of the first tag and of the last one are missing: every path has both.
        best = start + E[0] → best = 1 * E[0]
        best = best + end → pass
    start-and-end-exchanged: start and end are exchanged: start belongs to the first word, end to the last.
        best = start + E[0] → best = end + E[0]
        best = best + end → best = best + start
    transitions-turned-round: The transition scores are turned round: A[j, k] is the step from tag j to tag k.
        reached = best[:, None] + A → reached = best[:, None] + A.T
    largest-over-the-new-tag: You take the largest over the wrong axis: over the tag that a step leads to. Take it over
      the tag that the step comes from, the rows.
        reached.argmax(axis=0) → reached.argmax(axis=1)
        reached.max(axis=0) → reached.max(axis=1)
    pointers-over-the-new-tag: The pointers are taken over the wrong axis: over the tag that a step leads to. They say
      where it comes from.
        reached.argmax(axis=0) → reached.argmax(axis=1)
    best-lined-up-with-the-new-tag: The best scores stand beside the tag that a step leads to. They belong to the tag
      that it comes from, the rows of A: best[:, None] + A.
        best[:, None] + A → best[None] + A
    log-sum-exp-for-largest: You sum over paths, as crf_log_partition does. Here the largest is kept.
        reached.max(axis=0) → np.logaddexp.reduce(reached, axis=0)
    log-sum-exp-for-largest-to-the-end: You sum over paths to the end, as crf_log_partition does. Here the largest is
      kept.
        reached.max(axis=0) → np.logaddexp.reduce(reached, axis=0)
        best.max() → np.logaddexp.reduce(best)
    log-sum-exp-as-the-score: What you return is the logarithm of a sum over paths. The score is the largest.
        best.max() → np.logaddexp.reduce(best)
    scores-counted-once-more: The word's own scores enter the next word's choice, but not what is handed on.
        best = reached.max(axis=0) + E[t] → best = reached.max(axis=0)
    one-pointer-for-all-tags: Each tag has a pointer of its own. You take the same for all.
        pointers.append(reached.argmax(axis=0)) → pointers.append(np.full(len(A), reached.max(axis=1).argmax()))
    pointers-of-the-word-before: You read the pointers of the word before. Those of a word say where its tag comes from:
      the tag of the word before it.
        reversed(pointers) → reversed([0 * pointers[0], *pointers[:-1]] if pointers else [])
    last-tag-left-out: The path is one tag short: the last tag, with which the walk back begins, belongs to it.
        np.array(path) → np.array(path[:-1])
    """
)
