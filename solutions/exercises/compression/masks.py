"""Contract of `magnitude_masks`, which weights of two matrices stay.

unrolled-canary-ac52bdcb699d
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import compression

READ = "compression#eq-magnitude-mask"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # U's weights are larger: a share for each matrix keeps others than one ranking.
    W = kit.normal(rng, sizes.inputs + 1, sizes.hidden, dtype=dtype, scale=0.5)
    U = kit.normal(rng, sizes.hidden, sizes.hidden, dtype=dtype, scale=1.5)
    # Never half of them, nor as many as one of the matrices has.
    total = W.size + U.size
    keeps = [k for k in range(1, total) if 0.25 < k / total < 0.8 and k not in (W.size, U.size, total - k)]
    return {"W": W, "U": U, "keep": int(rng.choice(keeps or [1]))}


def _levels(rng: np.random.Generator, counts: list[int], keep: int) -> kit.Arguments:
    """Matrices (4, 3) and (3, 3) of which so many weights have the magnitudes 2.5, 2, 1.5, …; their signs vary."""
    magnitudes = rng.permutation(np.repeat(2.5 - np.arange(len(counts)) / 2, counts))
    weights = magnitudes * rng.choice([-1.0, 1.0], len(magnitudes))
    return {"W": weights[:12].reshape(4, 3), "U": weights[12:].reshape(3, 3), "keep": keep}


def _of(counts: list[int], keep: int) -> kit.Function:
    return lambda rng: _levels(rng, counts, keep)


def _drawn(keep: int | None, W: float = 1.0, U: float = 1.0) -> kit.Function:
    return lambda rng: {
        "W": W * rng.standard_normal((4, 3)),
        "U": U * rng.standard_normal((3, 3)),
        "keep": 21 if keep is None else keep,
    }


magnitude_masks = kit.Contract(
    reference=compression.magnitude_masks,
    outputs=(kit.exact("mask_W"), kit.exact("mask_U")),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("some of equal magnitude at the limit", _of([5, 9, 7], 9)),
        kit.Special("two of equal magnitude at the limit", _of([3, 2, 4, 6, 6], 4)),
        kit.Special("all of one magnitude", _of([21], 8)),
        kit.Special("more kept than are not 0", _of([3, 0, 4, 0, 0, 14], 12)),
        kit.Special("all of one matrix", _drawn(12, W=9.0, U=0.1)),
        kit.Special("none of one matrix", _drawn(6, W=0.01, U=3.0)),
        kit.Special("nothing kept", _drawn(0)),
        kit.Special("everything kept", _drawn(None)),
        kit.Special("one kept", _drawn(1)),
    ),
)


@magnitude_masks.derivation(
    words={
        "magnitudes": "the magnitudes",
        "order": "the order of the weights",
        "mask": "the mask",
        "keep": "the number to keep",
    }
)
def one_ranking(W, U, keep):
    magnitudes = np.abs(np.append(W.ravel(), U.ravel()))
    order = np.argsort(-magnitudes, kind="stable")  #: eq-magnitude-mask
    mask = np.zeros(len(magnitudes), dtype=int)
    mask[order[:keep]] = 1  #: eq-magnitude-mask
    return mask[: W.size].reshape(W.shape), mask[W.size :].reshape(U.shape)


@magnitude_masks.variant
def sorted_places(W, U, keep):
    places = [(-abs(w), 0, i, j) for (i, j), w in np.ndenumerate(W)]
    places += [(-abs(u), 1, i, j) for (i, j), u in np.ndenumerate(U)]
    masks = np.zeros(W.shape), np.zeros(U.shape)
    for _, matrix, i, j in sorted(places)[:keep]:
        masks[matrix][i, j] = 1
    return masks


@magnitude_masks.variant
def above_then_equal(W, U, keep):
    flat = np.abs(np.concatenate([W.reshape(-1), U.reshape(-1)]))
    if keep == 0:
        return np.zeros(W.shape, dtype=int), np.zeros(U.shape, dtype=int)
    limit = np.sort(flat)[::-1][keep - 1]
    mask = (flat > limit).astype(int)
    equal = np.flatnonzero(flat == limit)
    mask[equal[: keep - mask.sum()]] = 1
    return mask[: W.size].reshape(W.shape), mask[W.size :].reshape(U.shape)


@magnitude_masks.variant
def ranks_counted(W, U, keep):
    flat = np.abs(np.hstack([W.ravel(), U.ravel()]))
    before = [sum(flat > one) + sum(flat[:n] == one) for n, one in enumerate(flat)]
    kept = np.where(np.array(before) < keep, 1.0, 0.0)
    mask_W, mask_U = np.split(kept, [W.size])
    return mask_W.reshape(W.shape), mask_U.reshape(U.shape)


@magnitude_masks.variant
def the_largest_again_and_again(W, U, keep):
    left = [float(abs(one)) for one in [*W.ravel(), *U.ravel()]]
    mask = [0] * len(left)
    for _ in range(keep):
        best = max(range(len(left)), key=left.__getitem__)
        mask[best], left[best] = 1, -1.0
    return np.reshape(mask[: W.size], W.shape), np.reshape(mask[W.size :], U.shape)


@magnitude_masks.variant
def order_of_the_order(W, U, keep):
    flat = np.concatenate([np.abs(W).ravel(), np.abs(U).ravel()])
    places = np.argsort(np.argsort(-flat, kind="stable"), kind="stable")
    kept = np.clip(keep - places, 0, 1)
    return kept[: W.size].reshape(W.shape), kept[W.size :].reshape(U.shape)


@magnitude_masks.variant
def by_squares(W, U, keep):
    squares = np.concatenate([np.ravel(W) ** 2, np.ravel(U) ** 2])
    order = np.lexsort((np.arange(len(squares)), -squares))
    mask = np.zeros_like(squares)
    np.put(mask, order[:keep], 1)
    return mask[: W.size].reshape(W.shape), mask[W.size :].reshape(U.shape)


MAGNITUDES, ORDER = "np.abs(np.append(W.ravel(), U.ravel()))", 'np.argsort(-magnitudes, kind="stable")'
KEPT, ANSWER = "mask[order[:keep]] = 1", "mask[: W.size].reshape(W.shape), mask[W.size :].reshape(U.shape)"
SHARE = (
    "flat = [np.abs(one).ravel() for one in (W, U)]; "
    "order = np.concatenate([n * W.size + np.argsort(-one, kind='stable')[: {}] for n, one in enumerate(flat)])"
)
for name, hint, *edits in (
    (
        "smallest-kept",
        "You keep the smallest. The largest magnitudes stay.",
        (ORDER, 'np.argsort(magnitudes, kind="stable")'),
    ),
    (
        "mask-turned-round",
        "Your mask is turned round: it is 1 where a weight stays, and 0 where it is pruned.",
        (ANSWER, "1 - mask[: W.size].reshape(W.shape), 1 - mask[W.size :].reshape(U.shape)"),
    ),
    (
        "signed-weights-compared",
        "You compare the weights themselves. A weight of −3 is larger than one of 1: compare magnitudes.",
        (MAGNITUDES, "np.append(W.ravel(), U.ravel())"),
    ),
    (
        "share-for-each-matrix",
        "Each matrix keeps the same share of its own weights. There is one ranking over both.",
        (ORDER, "0; " + SHARE.format("round(keep * one.size / (W.size + U.size))")),
        (KEPT, "mask[order] = 1"),
    ),
    (
        "half-for-each-matrix",
        "Each matrix keeps half of the number. There is one ranking over both.",
        (ORDER, "0; " + SHARE.format("keep // 2")),
        (KEPT, "mask[order] = 1"),
    ),
    (
        "keep-for-each-matrix",
        "Each matrix keeps so many weights. They are to be kept of both together.",
        (ORDER, "0; " + SHARE.format("keep")),
        (KEPT, "mask[order] = 1"),
    ),
    (
        "all-of-equal-magnitude-kept",
        "You compare with the magnitude at the limit, and keep all that are equal to it: more than keep. Of equal ones "
        "only the earlier stay.",
        (KEPT, "mask[:] = magnitudes >= (magnitudes[order[keep - 1]] if keep else np.inf)"),
    ),
    (
        "none-of-equal-magnitude-kept",
        "Of those that are equal at the limit you keep none: fewer than keep. The earlier ones stay.",
        (KEPT, "mask[:] = magnitudes > (magnitudes[order[keep]] if keep < len(order) else -1)"),
    ),
    (
        "limit-itself-pruned",
        "The weight at the limit is pruned, too. Exactly keep weights stay.",
        (KEPT, "mask[order[: max(keep - 1, 0)]] = 1"),
    ),
    (
        "one-too-many",
        "You keep one weight too many.",
        (KEPT, "mask[order[: keep + 1]] = 1"),
    ),
    (
        "later-of-equal-ones",
        "Of equal magnitudes the later ones stay in yours, as a sort that is turned round gives them. The earlier "
        "stay.",
        (ORDER, 'np.argsort(magnitudes, kind="stable")[::-1]'),
    ),
    (
        "u-before-w",
        "Of equal magnitudes those of U stay first in yours. Those of W stand before them.",
        (ORDER, "np.lexsort((np.arange(len(magnitudes)) < W.size, -magnitudes))"),
    ),
    (
        "column-by-column",
        "Of equal magnitudes you keep the first column by column. They stand row by row.",
        (MAGNITUDES, "np.abs(np.append(W.T.ravel(), U.T.ravel()))"),
        (ANSWER, "mask[: W.size].reshape(W.T.shape).T, mask[W.size :].reshape(U.T.shape).T"),
    ),
    (
        "keep-pruned",
        "So many weights are pruned in yours. So many stay.",
        (KEPT, "mask[order[: len(order) - keep]] = 1"),
    ),
    (
        "order-for-mask",
        "You compare the order with keep. At place n it tells which weight comes n-th, not which place weight n has.",
        (KEPT, "mask[:] = order < keep"),
    ),
    (
        "weights-returned",
        "You return the pruned weights. The masks are asked for, of 0 and 1.",
        (
            ANSWER,
            "mask[: W.size].reshape(W.shape) * W, mask[W.size :].reshape(U.shape) * U",
        ),
    ),
    (
        "exchanged",
        "The masks are exchanged: W's comes first.",
        (ANSWER, "mask[W.size :].reshape(U.shape), mask[: W.size].reshape(W.shape)"),
    ),
    (
        "one-row",
        "Your masks are flat. They have the shapes of W and U.",
        (ANSWER, "mask[: W.size], mask[W.size :]"),
    ),
    (
        "more-than-zero",
        "Weights that are 0 are never kept in yours. Where keep says so, they are.",
        (KEPT, "mask[order[:keep]] = magnitudes[order[:keep]] > 0"),
    ),
    (
        "threshold-for-number",
        "You take keep for a threshold of the magnitudes. It is the number of weights that stay.",
        (KEPT, "mask[:] = magnitudes >= keep"),
    ),
):
    magnitude_masks.slip(name, hint, *edits)
