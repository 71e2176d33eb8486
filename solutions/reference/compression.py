"""Fewer bytes for a net: masks, whole numbers, factors, and what each takes: what `compression` asks for.

A layer is x W: a column of W holds the weights of one output unit. Stored numbers are float32, of 4 bytes.

unrolled-canary-9f916ab67ec2
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array

BYTES = 4  # of a stored number, and of a stored index


def magnitude_masks(
    W: Float[Array, "D H"], U: Float[Array, "E H"], keep: int
) -> tuple[Int[Array, "D H"], Int[Array, "E H"]]:
    """Ones at the `keep` weights of largest magnitude in both matrices together, else 0 (eq-magnitude-mask).

    Of equal ones the earlier stay: those of W before those of U, row by row.
    """
    magnitudes = np.abs(np.concatenate([W.ravel(), U.ravel()]))
    mask = np.zeros(len(magnitudes), dtype=int)
    mask[np.argsort(-magnitudes, kind="stable")[:keep]] = 1
    return mask[: W.size].reshape(W.shape), mask[W.size :].reshape(U.shape)


def quantise(x: Float[Array, "..."], bits: int) -> tuple[Int[Array, "..."], float, int]:
    """Whole numbers of so many bits, their scale and their zero point (eq-affine-quantiser).

    The range from the least to the largest number is widened to hold 0, so that 0 comes back as 0.
    """
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    low, high = min(0.0, float(x.min())), max(0.0, float(x.max()))
    scale = (high - low) / (most - least) or 1.0
    zero = round(least - low / scale)
    return np.clip(np.round(x / scale) + zero, least, most).astype(int), scale, zero


def dequantise(q: Int[Array, "..."], scale: float, zero: int) -> Float[Array, "..."]:
    """The numbers for which q stands (eq-dequantise)."""
    return scale * (q.astype(float) - zero)


def quantise_channels(W: Float[Array, "D H"], bits: int) -> tuple[Int[Array, "D H"], Float[Array, "H"]]:
    """Whole numbers around 0 and a scale for each column, whose largest magnitude they reach (eq-per-channel)."""
    most = 2 ** (bits - 1) - 1
    largest = np.abs(W).max(axis=0)
    scales = np.where(largest == 0, 1.0, largest / most)
    return np.round(W / scales).astype(int), scales


def factorise(W: Float[Array, "D H"], rank: int) -> tuple[Float[Array, "D r"], Float[Array, "r H"]]:
    """A and B whose product is the nearest to W of this rank (eq-low-rank).

    The rows of B are right singular vectors, their signs such that each row adds up to more than 0; A has the rest.
    """
    left, sizes, right = np.linalg.svd(W, full_matrices=False)
    signs = np.where(right.sum(axis=1) < 0, -1, 1)[:rank]
    return left[:, :rank] * sizes[:rank] * signs, signs[:, None] * right[:rank]


def compressed_bytes(W: Float[Array, "D H"], rank: int) -> tuple[int, int, int, int, int]:
    """Bytes of W dense, as int8 with a scale a column, sparse, as two factors, and as signs (eq-bytes)."""
    D, H = W.shape
    dense = BYTES * D * H
    int8 = D * H + BYTES * H
    sparse = 2 * BYTES * int(np.count_nonzero(W)) + BYTES * (D + 1)
    low_rank = BYTES * rank * (D + H)
    binary = -(-D * H // 8) + BYTES * H
    return dense, int8, sparse, low_rank, binary
