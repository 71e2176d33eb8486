"""Contract of `orthogonal`, a random orthogonal kernel: judged by what holds for every right one, whatever it draws.

unrolled-canary-6d3ab90f52ce
"""

import numpy as np

from solutions.judging import kit
from solutions.reference.initialise import orthogonal as orthogonal_block
from solutions.reference.numerics import Array

READ = "vanishing#eq-orthogonal"


def orthogonal(rng: np.random.Generator, size: int) -> Array:
    """The square case of `initialise.orthogonal`."""
    return orthogonal_block(rng, size, size)


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    return {"seed": int(rng.integers(2**31)), "size": sizes.hidden}


def _unbalanced(function: kit.Function, rng: np.random.Generator) -> bool:
    # Draws of size 1, whose matrices are nothing but their sign, are among them: see the adapter.
    _, _, zeros, leaning = function(int(rng.integers(2**31)), 2, 200)
    return bool(zeros) or bool(np.any(leaning))


orthogonal_kernel = kit.Contract(
    reference=orthogonal,
    outputs=(
        *kit.near("Q @ Q.T"),
        kit.statistic("equal generators give different Q", "different"),
        kit.statistic("the share of zeros", "zeros"),
        kit.statistic("leaning signs", "leaning"),
    ),
    read=READ,
    parts=kit.of_values(_draw)[:1],
    rules=(
        kit.Rule(
            "signs-unbalanced",
            "no direction is preferred: over many draws, each entry of the diagonal is as often positive as negative.",
            _unbalanced,
            READ,
        ),
    ),
    probe=kit.Probe("on_generators"),
)


@orthogonal_kernel.derivation(words={"A": "the normal numbers", "R": "the triangular factor"}, alike={"R": "Q"})
def signed_qr(rng, size):
    A = rng.standard_normal((size, size))
    Q, R = np.linalg.qr(A)
    return Q * np.sign(np.diag(R))  #: eq-qr-signs


@orthogonal_kernel.variant
def polar_factor(rng, size):
    left, _, right = np.linalg.svd(rng.normal(size=(size, size)))
    return left @ right


@orthogonal_kernel.variant
def signs_at_random(rng, size):
    return np.linalg.qr(rng.standard_normal((size, size)))[0] * rng.choice([-1.0, 1.0], size)


@orthogonal_kernel.variant
def transposed(rng, size):
    Q, R = np.linalg.qr(rng.standard_normal((size, size)))
    return (np.sign(np.diag(R))[None, :] * Q).T


@orthogonal_kernel.variant
def gram_schmidt(rng, size):
    rows = []
    while len(rows) < size:
        v = rng.standard_normal(size)
        for _ in range(2):
            for row in rows:
                v = v - (v @ row) * row
        rows.append(v / np.sqrt(v @ v))
    return np.array(rows)


DRAW, FACTORISE, RETURNED = "rng.standard_normal", "np.linalg.qr(A)", "Q * np.sign(np.diag(R))"

for name, matrix in (
    ("not-orthogonal", "A"),
    ("scaled-only", "A / np.sqrt(size)"),
    ("columns-normalised-only", "A / np.linalg.norm(A, axis=0)"),
):
    orthogonal_kernel.slip(
        name,
        "The columns of what you return are not orthogonal to each other; to scale them, to length 1 for instance, is "
        "not enough. Factorise, and take Q.",
        (RETURNED, matrix),
    )
for name, matrix in (("always-the-identity", "np.eye(size)"), ("permutation", "np.eye(size)[rng.permutation(size)]")):
    orthogonal_kernel.slip(
        name,
        "You return the identity, as it is or shuffled. It is orthogonal, but its entries are 0 and 1: a random "
        "orthogonal matrix mixes all units.",
        (RETURNED, matrix),
    )
for name, draw in (("fixed-seed", "np.random.default_rng(0)"), ("other-generator", "np.random")):
    orthogonal_kernel.slip(
        name,
        "You draw from another generator than rng: one of your own, whose fixed seed gives the same matrix each time, "
        "or NumPy's global one, with which nobody can repeat a run. Draw from rng.",
        (DRAW, f"{draw}.standard_normal"),
    )

orthogonal_kernel.mistakes(
    """
    factors-missing-sign-diag-R-Q: You return Q as the factorisation gives it. It fixes signs by a rule of its own:
      the upper left entry is never positive. Mend the signs of the columns with those of R's diagonal.
    taken-apart-in-another-order-Q-R: You return R, the triangular factor. The orthogonal one is Q.
      [vanishing#eq-qr-signs]
    positive-numbers: You start from numbers between 0 and 1. All of them being positive, the first column leans one
      way. Start from normal numbers, for which no direction is preferred. [vanishing#eq-qr-signs]
        rng.standard_normal → rng.random
    eigenvectors-as-they-come: You return eigenvectors, or one factor of a singular value decomposition, as the
      routine gives them. It fixes their signs by a rule of its own. Multiply each column by a random sign from rng,
      or factorise. [vanishing#eq-qr-signs]
        Q, R = np.linalg.qr(A) → Q = np.linalg.eigh(A + A.T)[1]
        Q * np.sign(np.diag(R)) → Q
    both-factors: You return both factors, Q and R. Return one array: Q, its columns multiplied by the signs of R's
      diagonal. [vanishing#eq-qr-signs]
        Q * np.sign(np.diag(R)) → Q, R
    """
)
