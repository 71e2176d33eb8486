"""Contract of `orthogonal`, a random orthogonal kernel: judged by what holds for every right one, whatever it draws.

unrolled-canary-6d3ab90f52ce
"""

import numpy as np

from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.parts import Arguments, Sizes, of_values
from solutions.reference.initialise import orthogonal as orthogonal_block
from solutions.reference.numerics import Array
from unrolled.checking.outputs import near, statistic
from unrolled.checking.probes import Probe

READ = "vanishing#eq-orthogonal"


def orthogonal(rng: np.random.Generator, size: int) -> Array:
    """The square case of `initialise.orthogonal`."""
    return orthogonal_block(rng, size, size)


def _draw(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    return {"seed": int(rng.integers(2**31)), "size": sizes.hidden}


def _unbalanced(function: Function, rng: np.random.Generator) -> bool:
    # Draws of size 1, whose matrices are nothing but their sign, are among them: see the adapter.
    _, _, zeros, leaning = function(int(rng.integers(2**31)), 2, 200)
    return bool(zeros) or bool(np.any(leaning))


orthogonal_kernel = Contract(
    reference=orthogonal,
    outputs=(
        *near("Q @ Q.T"),
        statistic("equal generators give different Q", "different"),
        statistic("the share of zeros", "zeros"),
        statistic("leaning signs", "leaning"),
    ),
    read=READ,
    parts=of_values(_draw)[:1],
    rules=(
        Rule(
            "signs-unbalanced",
            "no direction is preferred: over many draws, each entry of the diagonal is as often positive as negative.",
            _unbalanced,
            READ,
        ),
    ),
    probe=Probe("on_generators"),
)


@orthogonal_kernel.variant
def signed_qr(rng, size):
    A = rng.standard_normal((size, size))
    Q, R = np.linalg.qr(A)
    return Q * np.sign(np.diag(R))


orthogonal_kernel.rewrite("transposed", ("Q * np.sign(np.diag(R))", "(Q * np.sign(np.diag(R))).T"))
orthogonal_kernel.rewrite("random_signs", ("np.sign(np.diag(R))", "rng.choice([-1.0, 1.0], size)"))
orthogonal_kernel.rewrite("diagonal_matrix", ("Q * np.sign(np.diag(R))", "Q @ np.diag(np.sign(np.diag(R)))"))


@orthogonal_kernel.variant
def polar_factor(rng, size):
    left, _, right = np.linalg.svd(rng.normal(size=(size, size)))
    return left @ right


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


@orthogonal_kernel.variant
def reflections(rng, size):
    Q = np.eye(size)
    for n in range(1, size + 1):
        v = rng.standard_normal(n)
        sign = 1.0 if v[0] >= 0 else -1.0
        v[0] += sign * np.linalg.norm(v)
        H = np.eye(size)
        H[size - n :, size - n :] -= 2 * np.outer(v, v) / (v @ v)
        Q = -sign * H @ Q
    return Q


orthogonal_kernel.slip(
    "not-orthogonal",
    "You return random numbers as they are. Make the columns orthogonal to each other, of length 1.",
    ("return Q * np.sign(np.diag(R))", "return A"),
)
orthogonal_kernel.slip(
    "scaled-only",
    "You only scale the random matrix by 1/√size. Its columns are then of length 1 on average, but not orthogonal.",
    ("return Q * np.sign(np.diag(R))", "return A / np.sqrt(size)"),
)
orthogonal_kernel.slip(
    "columns-normalised-only",
    "You bring each column to length 1. They also have to be orthogonal to each other.",
    ("return Q * np.sign(np.diag(R))", "return A / np.linalg.norm(A, axis=0)"),
)
orthogonal_kernel.slip(
    "triangular-factor",
    "You return R, the triangular factor. The orthogonal one is Q.",
    ("return Q * np.sign(np.diag(R))", "return R"),
)
orthogonal_kernel.slip(
    "signs-not-mended",
    "You return Q as the factorisation gives it. It fixes signs by a rule of its own: the upper left entry is never "
    "positive. Mend the signs of the columns with those of R's diagonal.",
    (" * np.sign(np.diag(R))", ""),
)
orthogonal_kernel.slip(
    "diagonal-made-positive",
    "You make the diagonal of Q itself positive. The signs to go by are those of R's diagonal.",
    ("np.sign(np.diag(R))", "np.sign(np.diag(Q))"),
)
orthogonal_kernel.slip(
    "scaled-by-R",
    "You multiply the columns by the diagonal of R itself. Only its signs are wanted: the columns keep length 1.",
    ("np.sign(np.diag(R))", "np.diag(R)"),
)
orthogonal_kernel.slip(
    "positive-numbers",
    "You start from numbers between 0 and 1. All of them being positive, the first column leans one way. Start from "
    "normal numbers, for which no direction is preferred.",
    ("rng.standard_normal((size, size))", "rng.random((size, size))"),
)
FACTORISE = "Q, R = np.linalg.qr(A)"
AS_IT_COMES = ("return Q * np.sign(np.diag(R))", "return Q")
orthogonal_kernel.slip(
    "eigenvectors-as-they-come",
    "You return eigenvectors, or one factor of a singular value decomposition, as the routine gives them. It fixes "
    "their signs by a rule of its own. Multiply each column by a random sign from rng, or go the way of the QR "
    "factorisation.",
    ("Q, R = np.linalg.qr(A)", "Q = np.linalg.eigh(A + A.T)[1]"),
    ("return Q * np.sign(np.diag(R))", "return Q"),
)
orthogonal_kernel.slip(
    "both-factors",
    "You return both factors, Q and R. Return one array: Q, its columns multiplied by the signs of R's diagonal.",
    ("return Q * np.sign(np.diag(R))", "return Q, R"),
)
orthogonal_kernel.slip(
    "always-the-identity",
    "You return the identity. It is orthogonal, but not random.",
    ("return Q * np.sign(np.diag(R))", "return np.eye(size)"),
)
orthogonal_kernel.slip(
    "permutation",
    "You only shuffle the rows of the identity. Its entries are 0 and 1; a random orthogonal matrix mixes all units.",
    ("return Q * np.sign(np.diag(R))", "return np.eye(size)[rng.permutation(size)]"),
)
orthogonal_kernel.slip(
    "fixed-seed",
    "Every call gives the same matrix: you make a generator of your own with a fixed seed. Draw from rng.",
    ("rng.standard_normal", "np.random.default_rng(0).standard_normal"),
)
orthogonal_kernel.slip(
    "other-generator",
    "You draw from another generator than rng: NumPy's global one, or one of your own. Then nobody can repeat a run. "
    "Draw from rng.",
    ("rng.standard_normal", "np.random.standard_normal"),
)

orthogonal_kernel.read_at(
    {
        "vanishing#eq-qr-signs": (
            "signs-not-mended",
            "eigenvectors-as-they-come",
            "both-factors",
            "diagonal-made-positive",
            "scaled-by-R",
            "triangular-factor",
            "positive-numbers",
        ),
    }
)
