"""Contract of `recall_and_mrr`, how many targets are in a list of k, and how far up.

unrolled-canary-05df2fabcdb5
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import recommender


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    k = sizes.outputs + 1
    # Some below k, one at k, one half a place behind it, some far behind.
    ranks = np.concatenate(
        [
            rng.integers(2, 2 * k, sizes.batch + 2) / 2,
            [k, k + 0.5],
            k + 1 + rng.integers(0, 20, sizes.steps) / 2,
        ]
    )
    return {"ranks": rng.permutation(ranks).astype(dtype), "k": k}


def _of(ranks: list[float], k: int) -> kit.Function:
    return lambda rng: {"ranks": rng.permutation(np.array(ranks)), "k": k}


def _far(rng: np.random.Generator) -> kit.Arguments:
    return {"ranks": 4 + rng.integers(1, 30, 5) / 2, "k": 4}


def _one(rng: np.random.Generator) -> kit.Arguments:
    return {"ranks": rng.integers(3, 99, 1) / 2, "k": 50}


recall_and_mrr = kit.Contract(
    reference=recommender.recall_and_mrr,
    outputs=kit.near("recall", "mrr"),
    read="recommender#eq-rec-recall",
    parts=kit.of_values(
        _draw,
        kit.Special("a list of one", _of([1, 1.5, 2, 1, 7, 3.5], 1)),
        kit.Special("at the end of the list", _of([5, 5, 9, 1], 5)),
        kit.Special("half a place behind the end", _of([5.5, 5.5, 2, 9], 5)),
        kit.Special("all in the list", _of([1, 2, 3.5, 3], 10)),
        kit.Special("none in the list", _far),
        kit.Special("one target", _one),
        kit.Special("all first", lambda rng: {"ranks": np.ones(rng.integers(3, 60)), "k": 2}),
    ),
)


@recall_and_mrr.derivation(
    words={"found": "what is in the list", "ranks": "the ranks", "recall": "recall", "mrr": "MRR"}
)
def found_by_rank(ranks, k):
    found = np.where(ranks <= k, 1.0, 0.0)
    recall = found.mean()  #: eq-rec-recall
    mrr = (found / ranks).mean()  #: eq-rec-mrr
    return recall, mrr


@recall_and_mrr.variant
def one_by_one(ranks, k):
    hits, total = 0, 0.0
    for rank in ranks:
        if rank <= k:
            hits += 1
            total += 1 / rank
    return hits / len(ranks), total / len(ranks)


@recall_and_mrr.variant
def selected(ranks, k):
    inside = ranks[ranks <= k]
    return len(inside) / len(ranks), np.sum(1 / inside) / len(ranks)


@recall_and_mrr.variant
def chosen_by_where(ranks, k):
    return np.where(ranks > k, 0, 1).sum() / ranks.size, np.where(ranks > k, 0.0, 1 / ranks).sum() / ranks.size


@recall_and_mrr.variant
def counted(ranks, k):
    return [
        np.count_nonzero(ranks <= k) / ranks.shape[0],
        sum(1 / r for r in ranks.tolist() if r <= k) / ranks.shape[0],
    ]


@recall_and_mrr.variant
def by_weights(ranks, k):
    weights = np.clip(np.sign(k + 0.25 - ranks), 0, 1)
    return np.average(weights), np.dot(weights, 1 / ranks) / len(ranks)


FOUND, RECALL, MRR = "ranks <= k", "found.mean()", "(found / ranks).mean()"
for name, hint, *edits in (
    (
        "end-of-the-list-left-out",
        "A target at rank k is in the list of k, too.",
        (FOUND, "ranks < k"),
    ),
    (
        "one-place-too-many",
        "Your list is a place too long: ranks begin with 1, and k is the last in the list.",
        (FOUND, "ranks <= k + 1"),
    ),
    (
        "half-a-place-too-many",
        "Half a place behind the end of the list is behind it: a rank of k + ½ does not count.",
        (FOUND, "ranks < k + 1"),
    ),
    (
        "beyond-the-list-in-mrr",
        "Targets behind the list count in your MRR. At k, they count 0.",
        (MRR, "(1 / ranks).mean()"),
    ),
    (
        "mean-of-those-found",
        "You divide MRR by the targets that are in the list. Those that are not count, with 0: divide by all.",
        (MRR, "(found / ranks).sum() / max(found.sum(), 1)"),
    ),
    (
        "divided-by-k",
        "You divide recall by k: that is precision. There is one target a row: divide by their number.",
        (RECALL, "found.mean() / k"),
    ),
    (
        "both-divided-by-k",
        "You divide by k. Both are means over the targets.",
        (RECALL, "found.mean() / k"),
        (MRR, "(found / ranks).mean() / k"),
    ),
    (
        "reciprocal-of-the-mean",
        "You take the reciprocal of the mean rank. It is the mean of the reciprocals.",
        (MRR, "found.sum() / max((found * ranks).sum(), 1) * found.mean()"),
    ),
    (
        "mean-rank",
        "You return the mean rank in place of MRR. It is the mean of 1/rank.",
        (MRR, "(found * ranks).mean()"),
    ),
    ("misses-counted", "You count what is not in the list.", (RECALL, "1 - found.mean()")),
    ("counts", "You return how many are found. The share is asked for.", (RECALL, "found.sum()")),
    (
        "sums",
        "Both are sums. Take means over all targets.",
        (RECALL, "found.sum()"),
        (MRR, "(found / ranks).sum()"),
    ),
    ("mrr-summed", "MRR is a sum in yours. Take the mean over all targets.", (MRR, "(found / ranks).sum()")),
    (
        "in-percent",
        "You return percent. Numbers from 0 to 1 are asked for.",
        (RECALL, "100 * found.mean()"),
        (MRR, "100 * (found / ranks).mean()"),
    ),
    ("recall-in-percent", "Recall is in percent. A number from 0 to 1 is asked for.", (RECALL, "100 * found.mean()")),
    ("exchanged", "Recall and MRR are exchanged.", ("return recall, mrr", "return mrr, recall")),
    (
        "ranks-from-zero",
        "You take ranks as counted from 0. They begin with 1.",
        (FOUND, "ranks + 1 <= k"),
        (MRR, "(found / (ranks + 1)).mean()"),
    ),
    (
        "discounted-by-logarithm",
        "You discount by the logarithm, as NDCG does. MRR takes 1/rank.",
        (MRR, "(found / np.log2(ranks + 1)).mean()"),
    ),
    (
        "first-found-alone",
        "MRR takes the first target alone. It is the mean over all.",
        (MRR, "(found / ranks)[0]"),
    ),
    ("halves-cut-off", "Halves are cut off. Take the ranks as they are.", (MRR, "(found / np.floor(ranks)).mean()")),
    (
        "halves-cut-off-everywhere",
        "Halves are cut off. Take the ranks as they are.",
        (FOUND, "np.floor(ranks) <= k"),
        (MRR, "(found / np.floor(ranks)).mean()"),
    ),
):
    recall_and_mrr.slip(name, hint, *edits)
