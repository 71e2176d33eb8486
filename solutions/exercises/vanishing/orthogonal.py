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
    # Draws of size 1, whose matrices are nothing but their sign, are among them: see the probe.
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
    rules=(kit.Rule("signs-unbalanced", "entries of the diagonal are positive half the time.", _unbalanced, READ),),
    probe=kit.Probe("on_generators"),
)


@orthogonal_kernel.derivation(words={"A": "the normal numbers", "R": "the triangular factor"}, alike={"R": "Q"})
def signed_qr(rng, size):
    A = rng.standard_normal((size, size))
    Q, R = np.linalg.qr(A)
    return Q * np.sign(np.diag(R))  #: eq-qr-signs


@orthogonal_kernel.derivation()
def polar_factor(rng, size):
    left, _, right = np.linalg.svd(rng.normal(size=(size, size)))
    return left @ right


RETURNED, SIGNS = "Q * np.sign(np.diag(R))", "np.sign(np.diag(R))"
orthogonal_kernel.rewrite("signs-at-random", ("np.diag(R)", "rng.standard_normal(size)"))
orthogonal_kernel.rewrite("transposed", (RETURNED, f"({RETURNED}).T"))
orthogonal_kernel.rewrite("negative-diagonal", (SIGNS, f"-{SIGNS}"))

orthogonal_kernel.mistakes(
    """
    factors-missing-sign-diag-R-Q: You return Q as the factorisation gives it. It fixes signs by a rule of its own:
      the upper left entry is never positive. Mend the signs of the columns with those of R's diagonal.
    taken-apart-in-another-order-Q-R: You return R, the triangular factor. The orthogonal one is Q.
      [vanishing#eq-qr-signs]
    not-orthogonal: The columns of what you return are not orthogonal to each other. Factorise, and take Q.
        Q * np.sign(np.diag(R)) → A
    columns-normalised-only: The columns of what you return are of length 1, but not orthogonal. Factorise, and take Q.
        Q * np.sign(np.diag(R)) → A / np.linalg.norm(A, axis=0)
    always-the-identity: You return the identity. It is orthogonal, but its entries are 0 and 1: a random orthogonal
      matrix mixes all units.
        Q * np.sign(np.diag(R)) → np.eye(size)
    fixed-seed: You draw from a generator of your own, whose fixed seed gives the same matrix each time. Draw from rng.
        rng.standard_normal → np.random.default_rng(0).standard_normal
    other-generator: You draw from another generator than rng, such as NumPy's global one, with which nobody can repeat
      a run. Draw from rng.
        rng.standard_normal → np.random.standard_normal
    positive-numbers: You start from numbers between 0 and 1. All of them being positive, the first column leans one
      way. Start from normal numbers, for which no direction is preferred. [vanishing#eq-qr-signs]
        rng.standard_normal → rng.random
    eigenvectors-as-they-come: You return eigenvectors, or one factor of a singular value decomposition, as the
      routine gives them. It fixes their signs by a rule of its own. Multiply each column by a random sign from rng,
      or factorise. [vanishing#eq-qr-signs]
        Q, R = np.linalg.qr(A) → Q = np.linalg.eigh(A + A.T)[1]
        Q * np.sign(np.diag(R)) → Q
    one-mirror: You return a mirror, 1 − 2 v vᵀ. It is orthogonal, but a random orthogonal matrix is half the time a
      rotation, and moves more than one direction. Factorise a matrix of normal numbers. [vanishing#eq-qr-signs]
        Q * np.sign(np.diag(R)) → np.eye(size) - 2 * np.outer(A[0], A[0]) / (A[0] @ A[0])
    one-sign-for-all: You multiply the whole matrix by one random sign. The factorisation fixes the signs of the
      columns one by one: mend each of them with the sign of R's diagonal. [vanishing#eq-qr-signs]
        Q * np.sign(np.diag(R)) → Q * rng.choice([-1, 1])
    both-factors: You return both factors, Q and R. Return one array: Q, its columns multiplied by the signs of R's
      diagonal. [vanishing#eq-qr-signs]
        Q * np.sign(np.diag(R)) → Q, R
    """
)
