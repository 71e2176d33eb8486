"""Contract of `ranks`, the places of the targets among all items.

unrolled-canary-7bdd61de650e
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import recommender


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    rows, items = sizes.batch + 1, sizes.outputs + sizes.inputs + 2
    # Each place is taken, so that no two mistakes agree on all rows.
    scores = rng.permuted(np.tile(np.linspace(-1.5, 2, items), (rows, 1)), axis=1)
    return {"scores": scores.astype(dtype), "targets": kit.labels(rng, items, rows)}


def _equal(rng: np.random.Generator, above: int, equal: int, below: int) -> kit.Arguments:
    """Rows in which the target shares its score with `equal` others, and whole numbers of a few kinds."""
    rows, items = 4, above + equal + 1 + below
    scores, targets = np.zeros((rows, items)), np.zeros(rows, dtype=np.int64)
    level = rng.integers(-1, 2, rows) / 4
    for n in range(rows):
        places = rng.permutation(items)
        own, others = places[: equal + 1], places[equal + 1 :]
        scores[n, own] = level[n]
        scores[n, others[:above]] = level[n] + rng.integers(1, 4, above) / 4
        scores[n, others[above:]] = level[n] - rng.integers(1, 4, below) / 4
        targets[n] = rng.choice(own)
    return {"scores": scores, "targets": targets}


def _with(above: int, equal: int, below: int) -> kit.Function:
    return lambda rng: _equal(rng, above, equal, below)


def _best_and_last(rng: np.random.Generator) -> kit.Arguments:
    scores = rng.permuted(np.tile(np.arange(6.0), (4, 1)), axis=1)
    return {"scores": scores, "targets": np.append(scores[:2].argmax(axis=1), scores[2:].argmin(axis=1))}


def _moves(function: kit.Function, rng: np.random.Generator) -> bool:
    # Items in another order, and scores on another scale: the ranks stay the same.
    scores, targets = _equal(rng, 3, 2, 3).values()
    order = rng.permutation(scores.shape[1])
    first = np.asarray(function(scores, targets), dtype=float)
    second = np.asarray(function(8 * scores[:, order] - 4, np.argsort(order)[targets]), dtype=float)
    return not (np.allclose(first, second) and first.min() > 1)


ranks = kit.Contract(
    reference=recommender.ranks,
    outputs=kit.near("ranks"),
    read="recommender#eq-rec-rank",
    parts=kit.of_values(
        _draw,
        kit.Special("one other of equal score", _with(2, 1, 3)),
        kit.Special("some of equal score", _with(3, 4, 2)),
        kit.Special("the best score, twice", _with(0, 1, 4)),
        kit.Special("all scores equal", _with(0, 6, 0)),
        kit.Special("the least score, with others", _with(4, 2, 0)),
        kit.Special("the best and the last", _best_and_last),
        kit.Special("two items", _with(1, 0, 0)),
    ),
    rules=(
        kit.Rule(
            "order-decides",
            "ranks stay the same when the items are numbered in another way, and when all scores are multiplied by a "
            "positive number.",
            _moves,
            "recommender#eq-rec-rank",
        ),
    ),
)


@ranks.derivation(
    words={
        "own": "the targets' scores",
        "greater": "how many are greater",
        "equal": "how many others are equal",
        "scores": "the scores",
        "targets": "the targets",
    }
)
def greater_and_equal(scores, targets):
    own = scores[np.arange(len(targets)), targets][:, None]
    greater = (scores > own).sum(axis=1)  #: eq-rec-rank
    equal = (scores == own).sum(axis=1) - 1  #: eq-rec-rank
    return 1 + greater + equal / 2  #: eq-rec-rank: the first place + those above + half of the equal ones


@ranks.variant
def row_by_row(scores, targets):
    found = []
    for row, target in zip(scores, targets, strict=True):
        rank = 1.0
        for j, score in enumerate(row):
            if score > row[target]:
                rank += 1
            elif score == row[target] and j != target:
                rank += 0.5
        found.append(rank)
    return found


@ranks.variant
def between_best_and_worst(scores, targets):
    own = np.take_along_axis(scores, targets[:, None], axis=1)
    best = 1 + np.sum(scores > own, axis=1)
    worst = np.sum(scores >= own, axis=1)
    return (best + worst) / 2


@ranks.variant
def of_sorted_scores(scores, targets):
    found = np.zeros(len(targets))
    for n, target in enumerate(targets):
        falling = np.sort(scores[n])[::-1]
        places = np.flatnonzero(falling == scores[n, target]) + 1
        found[n] = places.mean()
    return found


@ranks.variant
def by_search(scores, targets):
    rising = np.sort(-scores, axis=1)
    found = []
    for row, score in zip(rising, -scores[np.arange(len(scores)), targets], strict=True):
        found.append((np.searchsorted(row, score, "left") + 1 + np.searchsorted(row, score, "right")) / 2)
    return np.array(found)


@ranks.variant
def by_signs(scores, targets):
    own = np.choose(0, [scores[range(len(targets)), targets]])
    return (np.sign(scores - own[:, np.newaxis]).sum(axis=1) + scores.shape[1] + 1) / 2


GREATER, EQUAL = "(scores > own).sum(axis=1)", "(scores == own).sum(axis=1) - 1"
TOTAL = "1 + greater + equal / 2"
for name, hint, *edits in (
    (
        "optimistic",
        "Others of equal score cost nothing: a model that gives all items one score would be perfect. Each costs half "
        "a place.",
        (TOTAL, "1 + greater + 0 * equal"),
    ),
    (
        "pessimistic",
        "Others of equal score cost a whole place each. They share the mean of their places: half a place each.",
        (TOTAL, "1 + greater + equal"),
    ),
    (
        "from-zero",
        "Your ranks begin with 0. The best item has rank 1.",
        (TOTAL, "greater + equal / 2"),
    ),
    (
        "optimistic-from-zero",
        "Your ranks begin with 0, and others of equal score cost nothing. The best item has rank 1; each equal one "
        "costs half a place.",
        (TOTAL, "greater + 0 * equal"),
    ),
    (
        "itself-counted",
        "The target is counted among those of equal score. Only others cost half a place.",
        (EQUAL, "(scores == own).sum(axis=1)"),
    ),
    (
        "itself-counted-whole",
        "The target itself is counted twice: it has its own place, and is equal to itself.",
        (TOTAL, "2 + greater + equal"),
    ),
    (
        "from-the-worst",
        "Your ranks count from the least score. The highest score has rank 1.",
        (GREATER, "(scores < own).sum(axis=1)"),
    ),
    (
        "rounded-down",
        "Halves are cut off. A rank may be 2.5.",
        (TOTAL, "1 + greater + equal // 2"),
    ),
    (
        "rounded-up",
        "Halves are rounded up. A rank may be 2.5.",
        (TOTAL, "1 + greater + (equal + 1) // 2"),
    ),
    (
        "one-half-for-all",
        "All of equal score together cost half a place in yours. Each costs half a place.",
        (TOTAL, "1 + greater + np.minimum(equal, 1) / 2"),
    ),
    (
        "different-scores-counted",
        "You count different scores above the target's. Count the items.",
        (GREATER, "np.array([len(set(row[row > one])) for row, one in zip(scores, own[:, 0])])"),
    ),
    (
        "ties-by-number",
        "Items of equal score are put in the order of their numbers, as argsort does. Each costs half a place.",
        (EQUAL, "2 * ((scores == own) & (np.arange(scores.shape[1]) < targets[:, None])).sum(axis=1)"),
    ),
    (
        "ties-by-falling-number",
        "Items of equal score are put in the falling order of their numbers, as a turned argsort does. Each costs half "
        "a place.",
        (EQUAL, "2 * ((scores == own) & (np.arange(scores.shape[1]) > targets[:, None])).sum(axis=1)"),
    ),
    (
        "item-at-the-place",
        "You return the items by their scores, argsort's answer: which item has place target? Asked for is the place "
        "of the item.",
        (TOTAL, "np.argsort(-scores, axis=1, kind='stable')[np.arange(len(targets)), targets] + 1"),
    ),
    (
        "item-at-the-place-from-zero",
        "You return the items by their scores, argsort's answer: which item has place target? Asked for is the place "
        "of the item, from 1.",
        (TOTAL, "np.argsort(-scores, axis=1, kind='stable')[np.arange(len(targets)), targets]"),
    ),
    (
        "own-scores-of-the-first-row",
        "All targets are looked up in the first row. Each row has its own: scores[np.arange(N), targets].",
        ("scores[np.arange(len(targets)), targets][:, None]", "scores[0, targets][:, None]"),
    ),
    (
        "along-the-wrong-axis",
        "The sums run down the columns. They run over the items of a row.",
        (TOTAL, "(1 + (scores > own).sum(axis=0) + ((scores == own).sum(axis=0) - 1) / 2)"),
    ),
    (
        "as-a-share",
        "You return shares of all items. Ranks are asked for.",
        (TOTAL, "(1 + greater + equal / 2) / scores.shape[1]"),
    ),
    (
        "reciprocal",
        "You return 1/rank. The rank is asked for.",
        (TOTAL, "1 / (1 + greater + equal / 2)"),
    ),
    (
        "mean-rank",
        "You return the mean rank. A rank for each row is asked for.",
        (TOTAL, "(1 + greater + equal / 2).mean()"),
    ),
):
    ranks.slip(name, hint, *edits)
