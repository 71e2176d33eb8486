"""A lattice of tags: the partition function, and the best path."""

import numpy as np
from scipy.special import logsumexp

from solutions.judging.contract import Contract, Rule
from solutions.judging.families import ARRAYS
from solutions.judging.families.logsumexp import logsumexp as in_logsumexp
from solutions.judging.parts import Given, Part
from unrolled.checking.outputs import exact, near


def lattices(*sizes, label="unequal sizes", scale=1.0):
    def draw(rng):
        for steps, tags in sizes:
            yield Given(label, lattice(rng, steps, tags, scale), forbid_overflow=scale > 1)

    return draw


def lattice(rng, steps, tags, scale=1.0):
    """Scores (steps, tags) and transitions (tags, tags); the best path is better than any other by 1e-3."""
    while True:
        scores, transitions = (
            scale * rng.standard_normal((steps, tags)),
            scale * (rng.standard_normal((tags, tags)) - 1),
        )
        best = np.sort(every_path(scores, transitions).ravel())[-2:]
        if len(best) == 1 or best[1] - best[0] > 1e-3:
            return {"scores": scores, "transitions": transitions}


def every_path(scores, transitions):
    """The score of each path, an axis a step."""
    totals = scores[0]
    for row in scores[1:]:
        totals = totals[..., None] + transitions + row
    return totals


LATTICES = (
    Part("values", lattices((5, 3), (3, 6), (4, 4), (6, 4), (7, 3))),
    Part(
        "edges", lattices((1, 3), (3, 1), (6, 2), (5, 4), (6, 4), (7, 3), label="one step, one tag, two tags, or more")
    ),
    Part("large", lattices((5, 3), (4, 4), (6, 4), label="large scores", scale=1e3)),
)


def log_partition(scores, transitions):
    """The logarithm of the sum over paths of the exponential of their scores."""
    alpha = scores[0]
    for t in range(1, len(scores)):
        alpha = scores[t] + logsumexp(alpha + transitions.T, axis=1)
    return logsumexp(alpha)


partition = Contract(
    reference=log_partition,
    outputs=near("log_Z"),
    read="Lafferty, McCallum and Pereira (2001)",
    parts=LATTICES,
)


@partition.derivation(
    words={"alpha": "what the paths so far add up to", "transitions": "the transitions"},
    families=(in_logsumexp, *ARRAYS),
)
def forward_algorithm(scores, transitions):
    alpha = scores[0]
    for t in range(1, len(scores)):
        alpha = logsumexp(alpha[:, None] + transitions, axis=0) + scores[t]
    return logsumexp(alpha, axis=0)


@partition.variant
def shifted_by_hand(scores, transitions):
    alpha = scores[0]
    for row in scores[1:]:
        each = alpha[:, np.newaxis] + transitions + row
        top = each.max(axis=0)
        alpha = top + np.log(np.exp(each - top).sum(axis=0))
    return alpha.max() + np.log(np.exp(alpha - alpha.max()).sum())


@partition.variant
def backward_algorithm(scores, transitions):
    beta = 0 * scores[-1]
    for t in reversed(range(1, len(scores))):
        beta = logsumexp(transitions + scores[t] + beta, axis=1)
    return logsumexp(scores[0] + beta)


def viterbi(scores, transitions):
    """The best path and its score."""
    totals = every_path(scores, transitions)
    return np.argwhere(totals == totals.max())[0], totals.max()


def _is_not_the_best(function, rng):
    given = lattice(rng, 4, 3)
    path, score = function(*given.values())
    totals = every_path(*given.values())
    return not np.isclose(score, totals.max()) or not np.isclose(score, totals[tuple(path)])


best_path = Contract(
    reference=viterbi,
    outputs=(exact("path"), *near("score")),
    read="Forney (1973)",
    parts=LATTICES,
    rules=(Rule("not-the-best", "no other path may have a higher score.", _is_not_the_best, "Forney (1973)"),),
)


@best_path.derivation(
    words={"best": "the best score so far", "back": "where it came from", "transitions": "the transitions"},
    families=(in_logsumexp, *ARRAYS),
)
def with_pointers(scores, transitions):
    best, back = scores[0], []
    for t in range(1, len(scores)):
        reached = best[:, None] + transitions
        back.append(reached.argmax(axis=0))
        best = reached.max(axis=0) + scores[t]
    path = [best.argmax()]
    for pointers in reversed(back):
        path.insert(0, pointers[path[0]])
    return path, best.max()


@best_path.variant
def in_arrays(scores, transitions):
    steps, tags = scores.shape
    best, back = scores.copy(), np.zeros((steps, tags), dtype=int)
    for t in range(1, steps):
        for k in range(tags):
            reached = best[t - 1] + transitions[:, k]
            back[t, k] = np.argmax(reached)
            best[t, k] += reached[back[t, k]]
    path = np.zeros(steps)
    path[-1] = np.argmax(best[-1])
    for t in range(steps - 1, 0, -1):
        path[t - 1] = back[t, int(path[t])]
    return path, best[-1].max()


@best_path.variant
def whole_paths(scores, transitions):
    paths = [((k,), score) for k, score in enumerate(scores[0])]
    for row in scores[1:]:
        paths = [
            max((((*p, k), s + transitions[p[-1], k] + row[k]) for p, s in paths), key=lambda one: one[1])
            for k in range(len(row))
        ]
    return max(paths, key=lambda one: one[1])


best_path.slip(
    "greedy",
    "You take the best tag of each step. The best path may pass through worse ones.",
    ("path = [best.argmax()]", "path = list(scores.argmax(axis=1))"),
    ("path.insert(0, pointers[path[0]])", "pass"),
)
