"""Contract of `factorise`, two thin matrices whose product is nearest to one.

unrolled-canary-2e1ed48463c2
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import compression

READ = "compression#eq-low-rank"


def _orthonormal(rng: np.random.Generator, size: int, count: int) -> np.ndarray:
    return np.linalg.qr(rng.standard_normal((size, count)))[0]


def _matrix(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """A matrix whose singular values lie well apart, and whose right singular vectors clearly add up to a sign."""
    count = min(rows, columns)
    right = max((_orthonormal(rng, columns, count) for _ in range(30)), key=lambda one: np.abs(one.sum(axis=0)).min())
    sizes = 5 * rng.uniform(0.55, 0.75) ** np.arange(count)
    return _orthonormal(rng, rows, count) * sizes @ right.T


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    rows, columns = sizes.inputs + 1, sizes.hidden + 1
    rank = int(rng.integers(1, max(2, min(rows, columns))))
    return {"W": _matrix(rng, rows, columns).astype(dtype), "rank": rank}


def _of(rows: int, columns: int, rank: int) -> kit.Function:
    return lambda rng: {"W": _matrix(rng, rows, columns), "rank": rank}


def _against_the_largest_entry(rng: np.random.Generator) -> kit.Arguments:
    # The first right singular vector adds up to the sign that its largest entry has not.
    first = rng.permutation([-2, 1, 1, 1, 1, 1]) + rng.uniform(-0.1, 0.1, 6)
    vectors = [np.linalg.qr(np.stack([first, *rng.standard_normal((2, 6))], axis=1))[0] for _ in range(30)]
    right = max(vectors, key=lambda one: np.abs(one.sum(axis=0)).min())
    return {"W": _orthonormal(rng, 5, 3) * [5, 3, 1] @ right.T, "rank": 2}


def _of_lower_rank(rng: np.random.Generator) -> kit.Arguments:
    W = _matrix(rng, 3, 6)
    return {"W": np.concatenate([W, W[:2] - W[1:]]), "rank": 2}


factorise = kit.Contract(
    reference=compression.factorise,
    outputs=kit.near("A", "B"),
    read=READ,
    parts=kit.of_values(
        _draw,
        kit.Special("rank 1", _of(5, 4, 1)),
        kit.Special("the full rank, fewer rows", _of(3, 5, 3)),
        kit.Special("the full rank, fewer columns", _of(6, 4, 4)),
        kit.Special("as many rows as columns", _of(5, 5, 2)),
        kit.Special("a largest entry against the sum", _against_the_largest_entry),
        kit.Special("one row", _of(1, 6, 1)),
        kit.Special("one column", _of(7, 1, 1)),
        kit.Special("rows that follow from others", _of_lower_rank),
        kit.Special("large numbers", lambda rng: {"W": 300 * _matrix(rng, 4, 6), "rank": 3}),
    ),
)


@factorise.derivation(
    words={
        "left": "the left singular vectors",
        "sizes": "the singular values",
        "right": "the right singular vectors",
        "signs": "the signs",
        "A": "A",
        "B": "B",
        "rank": "the rank",
    }
)
def first_of_the_svd(W, rank):
    left, sizes, right = np.linalg.svd(W, full_matrices=False)
    signs = np.sign(right[:rank].sum(axis=1))
    A = left[:, :rank] * sizes[:rank] * signs  #: eq-low-rank
    B = right[:rank] * signs[:, None]  #: eq-low-rank
    return A, B


@factorise.variant
def a_from_b(W, rank):
    _, _, right = np.linalg.svd(W, full_matrices=False)
    B = right[:rank] * np.where(right[:rank].sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    return W @ B.T, B


@factorise.variant
def pair_by_pair(W, rank):
    left, sizes, right = np.linalg.svd(W)
    A, B = np.zeros((W.shape[0], rank)), np.zeros((rank, W.shape[1]))
    for k in range(rank):
        sign = 1 if np.sum(right[k]) > 0 else -1
        A[:, k] = sign * sizes[k] * left[:, k]
        B[k] = sign * right[k]
    return A, B


@factorise.variant
def with_a_diagonal_matrix(W, rank):
    left, sizes, right = np.linalg.svd(W, full_matrices=False)
    turned = np.diag(np.sign(right.sum(axis=1)[:rank]))
    return left[:, :rank] @ np.diag(sizes[:rank]) @ turned, turned @ right[:rank, :]


@factorise.variant
def of_the_transpose(W, rank):
    right, sizes, left = np.linalg.svd(W.T, full_matrices=False)
    A, B = (left[:rank] * sizes[:rank, None]).T, right[:, :rank].T
    for k in range(rank):
        if B[k].sum() < 0:
            A[:, k], B[k] = -A[:, k], -B[k]
    return A.copy(), B.copy()


@factorise.variant
def of_w_transposed_times_w(W, rank):
    W = W.astype(float)
    _, vectors = np.linalg.eigh(W.T @ W)
    B = vectors[:, ::-1][:, :rank].T
    B = B * np.sign(np.sum(B, axis=1, keepdims=True))
    return W @ B.T, B


@factorise.variant
def divided_by_the_singular_values(W, rank):
    left, sizes, _ = np.linalg.svd(W, full_matrices=False)
    A = left[:, :rank] * sizes[:rank]
    B = (A / sizes[:rank] ** 2).T @ W
    signs = np.copysign(1.0, B.sum(axis=1))
    return A * signs, (B.T * signs).T


A, B = "left[:, :rank] * sizes[:rank] * signs", "right[:rank] * signs[:, None]"
SIGNS = "np.sign(right[:rank].sum(axis=1))"
for name, hint, *edits in (
    (
        "singular-values-forgotten",
        "The singular values are missing: A holds σ times the left singular vectors.",
        (A, "left[:, :rank] * signs"),
    ),
    (
        "singular-values-twice",
        "The singular values are in both factors, so that the product has their squares. They belong to A alone.",
        (B, "right[:rank] * (signs * sizes[:rank])[:, None]"),
    ),
    (
        "singular-values-in-b",
        "The singular values are in B. The product is right, but they are asked for in A: the rows of B have length 1.",
        (A, "left[:, :rank] * signs"),
        (B, "right[:rank] * (signs * sizes[:rank])[:, None]"),
    ),
    (
        "roots-on-both-sides",
        "You share the singular values out, their roots on both sides. The product is right, but they are asked for in "
        "A: the rows of B have length 1.",
        (A, "left[:, :rank] * np.sqrt(sizes[:rank]) * signs"),
        (B, "right[:rank] * (signs * np.sqrt(sizes[:rank]))[:, None]"),
    ),
    (
        "root-in-a-alone",
        "A has the roots of the singular values, and B has none: the product is too small. A has them whole.",
        (A, "left[:, :rank] * np.sqrt(sizes[:rank]) * signs"),
    ),
    (
        "squares-in-a",
        "A has the squares of the singular values. They are needed once.",
        (A, "left[:, :rank] * sizes[:rank] ** 2 * signs"),
    ),
    (
        "smallest-singular-values",
        "You keep the smallest singular values. The largest say most.",
        (A, "left[:, -rank:] * sizes[-rank:] * np.sign(right[-rank:].sum(axis=1))"),
        (B, "right[-rank:] * np.sign(right[-rank:].sum(axis=1))[:, None]"),
    ),
    (
        "from-small-to-large",
        "Your singular values rise. The largest comes first.",
        (A, "(left[:, :rank] * sizes[:rank] * signs)[:, ::-1]"),
        (B, "(right[:rank] * signs[:, None])[::-1]"),
    ),
    (
        "signs-as-they-come",
        "The signs are as the SVD gives them, and another machine may give others. Turn each pair so that the row of B "
        "adds up to more than 0.",
        (SIGNS, "np.ones(rank)"),
    ),
    (
        "signs-of-b-alone",
        "You turn the rows of B, and not the columns of A with them: the product is another one.",
        (A, "left[:, :rank] * sizes[:rank]"),
    ),
    (
        "signs-of-a-alone",
        "You turn the columns of A, and not the rows of B with them: the product is another one.",
        (B, "right[:rank]"),
    ),
    (
        "signs-turned-round",
        "The rows of B add up to less than 0. Turn each pair round.",
        (SIGNS, "-np.sign(right[:rank].sum(axis=1))"),
    ),
    (
        "signs-of-the-first-entries",
        "You turn each pair so that the row of B begins with a positive number. Its sum has to be positive.",
        (SIGNS, "np.where(right[:rank, 0] < 0, -1, 1)"),
    ),
    (
        "signs-of-the-largest-entries",
        "You turn each pair so that the largest entry of B's row is positive. Its sum has to be positive.",
        (SIGNS, "np.sign(right[np.arange(rank), np.abs(right[:rank]).argmax(axis=1)])"),
    ),
    (
        "signs-of-a",
        "You turn each pair so that the column of A adds up to more than 0. The row of B has to.",
        (SIGNS, "np.sign(left[:, :rank].sum(axis=0))"),
    ),
    (
        "signs-of-all-of-b",
        "One sign turns all pairs. Each pair has its own.",
        (SIGNS, "np.sign(right[:rank].sum()) * np.ones(rank)"),
    ),
    (
        "entries-made-positive",
        "You take the magnitudes of B's entries. Turn a whole row, or leave it.",
        (B, "np.abs(right[:rank])"),
    ),
    (
        "columns-for-rows",
        "np.linalg.svd returns the right singular vectors as rows. You take its columns.",
        (B, "right.T[:rank, : W.shape[1]] * signs[:, None]"),
    ),
    (
        "rows-for-columns",
        "np.linalg.svd returns the left singular vectors as columns. You take its rows.",
        (A, "left.T[:, :rank] * sizes[:rank] * signs"),
    ),
    (
        "one-rank-too-many",
        "You keep one singular value too many.",
        ("left, sizes, right = np.linalg.svd(W", "rank = rank + 1; left, sizes, right = np.linalg.svd(W"),
    ),
    (
        "full-rank",
        "You keep all singular values. Keep the first `rank`.",
        ("left, sizes, right = np.linalg.svd(W", "rank = min(W.shape); left, sizes, right = np.linalg.svd(W"),
    ),
    (
        "zeros-for-the-rest",
        "You keep the size and fill up with zeros: that saves nothing. A has `rank` columns, and B so many rows.",
        (A, "left * np.where(np.arange(len(sizes)) < rank, sizes, 0) * np.sign(right.sum(axis=1))"),
        (B, "right * np.sign(right.sum(axis=1))[:, None]"),
    ),
    (
        "product-returned",
        "You return the product beside B. The factors are asked for.",
        ("return A, B", "return A @ B, B"),
    ),
    (
        "exchanged",
        "Return A, then B.",
        ("return A, B", "return B, A"),
    ),
    (
        "transposed",
        "B is transposed: it has a row for each singular value.",
        ("return A, B", "return A, B.T"),
    ),
    (
        "columns-scaled-by-rows",
        "You multiply the rows of the left singular vectors by the singular values. Each column has its own.",
        (A, "left[:, :rank] * np.resize(sizes, len(left))[:, None] * signs"),
    ),
):
    factorise.slip(name, hint, *edits)
