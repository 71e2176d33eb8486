"""The question of the assignment `compression`: a net in less than a quarter of its bytes, with the same answers.

unrolled-canary-e9b4d6c1ca39
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.judging.judging import fresh
from solutions.judging.training import percent
from solutions.judging.weights import failed
from solutions.reference.compression import compressed_bytes
from solutions.reference.numerics import Array
from solutions.reference.rnn import rnn_step

PART = "solved"
UNITS = 64  # numbers of an input, units and classes, too: all three matrices are of one size
SEQUENCES, STEPS = 500, 8
# Dense 49 152 bytes, all as int8 13 056. Where one of two regularities is missed, at least 10 644.
LIMIT = 10_300
AGREEING = 0.85
REST = 0.002  # standard deviation of what is neither of low rank nor sparse
NAMES = ("W", "U", "Wy")
KINDS = {
    "dense": ("W",),
    "int8": ("q", "scales"),
    "sparse": ("W",),
    "low_rank": ("A", "B"),
    "binary": ("signs", "scales"),
}
FORMS = '("dense", W), ("int8", q, scales), ("sparse", W), ("low_rank", A, B) or ("binary", signs, scales)'
COUNTED = ("dense", "int8", "sparse", "low_rank", "binary")  # as compressed_bytes returns them

_failed = partial(failed, "compress_net", part=PART)


def draw(rng: np.random.Generator) -> tuple[list[Array], Array, Array]:
    """W, U, Wy, and b, by: one matrix is nearly of low rank, one nearly sparse, one neither, in any order."""
    made = [_low_rank(rng), _sparse(rng), rng.standard_normal((UNITS, UNITS))]
    matrices = [8 * one / np.linalg.norm(one) for one in (made[n] for n in rng.permutation(3))]
    return matrices, rng.normal(0, 0.1, UNITS), rng.normal(0, 0.1, UNITS)


def _low_rank(rng: np.random.Generator) -> Float[Array, "H H"]:
    rank = rng.integers(4, 6)
    left, right = (np.linalg.qr(rng.standard_normal((UNITS, rank)))[0] for _ in range(2))
    return left * rng.uniform(2, 4, rank) @ right.T + rng.normal(0, REST, (UNITS, UNITS))


def _sparse(rng: np.random.Generator) -> Float[Array, "H H"]:
    weights = rng.normal(0, REST, UNITS * UNITS)
    places = rng.permutation(weights.size)[: rng.integers(210, 325)]
    weights[places] = rng.uniform(0.2, 0.8, places.size) * rng.choice([-1, 1], places.size)
    return weights.reshape(UNITS, UNITS)


def answers(X: Float[Array, "B T D"], matrices: list[Array], b: Array, by: Array) -> Int[Array, "B"]:
    """The class that the net finds for each sequence, behind its last step."""
    W, U, Wy = matrices
    h: Array = np.zeros((len(X), len(U)))
    for t in range(X.shape[1]):
        h, _ = rnn_step(X[:, t], h, W, U, b)
    classes: Int[Array, "B"] = (h @ Wy + by).argmax(axis=1)
    return classes


def judge_compression(function: Callable[..., Any]) -> None:
    """Do the forms that `compress_net(W, U, Wy, limit)` returns fit into the limit, and answer as the net does?

    Raises:
        CheckFailed: with the bytes, or the share of sequences of one answer, and what may be the cause; or with what is
            wrong with the forms.
    """
    rng = fresh("compress_net")
    matrices, b, by = draw(rng)
    X = rng.standard_normal((SEQUENCES, STEPS, UNITS))
    forms = _forms(function, matrices)
    restored, total = [matrix for matrix, _ in forms], sum(size for _, size in forms)
    if total > LIMIT:
        raise _failed(
            f"compress_net: the three forms take {total:,} bytes; {LIMIT:,} are allowed.",
            "one of the matrices is nearly of low rank (look at its singular values), another one nearly sparse (sort "
            "its magnitudes), and which is which changes. For each take the cheapest form that comes near enough.",
        )
    same = float(np.mean(answers(X, restored, b, by) == answers(X, matrices, b, by)))
    if not same >= AGREEING:
        lost = [
            float(np.linalg.norm(new - old) / np.linalg.norm(old)) for new, old in zip(restored, matrices, strict=True)
        ]
        worst = NAMES[int(np.argmax(lost))]
        raise _failed(
            f"compress_net: {percent(same)} of fresh sequences get the full net's answer; {percent(AGREEING)} are "
            "asked for.",
            f"most is lost in {worst}: what comes back differs from it by {percent(max(lost))} of its norm. Another "
            "form may fit it better, a higher rank, or more weights.",
        )
    print(f"✓ compress_net: {total:,} bytes, and the same answer for {percent(same)} of fresh sequences.")


def _forms(function: Callable[..., Any], matrices: list[Array]) -> list[tuple[Array, int]]:
    try:
        answer = function(*(one.copy() for one in matrices), LIMIT)
    except NotImplementedError:
        raise
    except Exception as error:
        raise _failed(
            f"compress_net, or something that it calls, stopped with {type(error).__name__}.",
            "see what the cell behind compress_net says: it runs it.",
        ) from None
    if not isinstance(answer, tuple | list) or len(answer) != len(NAMES):
        raise _failed("compress_net has to return three forms, of W, U and Wy; it returned something else.")
    return [_form(name, form) for name, form in zip(NAMES, answer, strict=True)]


def _form(name: str, form: Any) -> tuple[Array, int]:
    """The matrix that a form stands for, and its bytes."""

    def refused(what: str) -> Exception:
        return _failed(f"compress_net: the form of {name} has to be {FORMS}; {what}.")

    if not isinstance(form, tuple | list) or not form or not isinstance(form[0], str) or form[0] not in KINDS:
        raise refused("it is something else")
    kind, *stored = form
    if len(stored) != len(KINDS[kind]):
        raise refused(f"behind {kind!r} stand other things")
    try:
        arrays = [np.asarray(one, dtype=np.float32).astype(float) for one in stored]
    except (TypeError, ValueError):
        raise refused("one part is no array of numbers") from None
    if not all(np.isfinite(one).all() for one in arrays):
        raise refused("it holds numbers that are not finite")
    first, second = arrays[0], arrays[-1]
    square = (UNITS, UNITS)
    if kind == "low_rank":
        rank = first.shape[1] if first.ndim == 2 else 0
        fits = rank > 0 and first.shape == (UNITS, rank) and second.shape == (rank, UNITS)
    else:
        rank = 1
        fits = first.shape == square and (len(arrays) == 1 or second.shape == (UNITS,))
    if not fits:
        raise refused(f"the shapes of {' and '.join(KINDS[kind])} do not fit")
    if kind == "int8" and not (np.array_equal(first, np.round(first)) and np.abs(first + 0.5).max() < 128):
        raise refused("q holds other numbers than the whole ones from -128 to 127")
    if kind == "binary" and not np.all(np.abs(first) == 1):
        raise refused("signs are -1 and 1")
    matrix = first if len(arrays) == 1 else first @ second if kind == "low_rank" else first * second
    return matrix, compressed_bytes(matrix, rank)[COUNTED.index(kind)]
