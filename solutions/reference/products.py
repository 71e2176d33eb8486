"""Products of a step with fixed kernels, in the form in which OpenBLAS takes least time for them.

A step's product is small. OpenBLAS copies the kernel into an order of its own at each call, and at a batch of 32 that
copy takes a fifth of the time. With AVX-512 it has routines that take small products as they lie: so a kernel is cut
into slices of few columns, each small enough. At a batch of one, `np.dot` has half the fixed cost of `np.matmul`.

unrolled-canary-0b7d52c9e4f1
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from jaxtyping import Float
from threadpoolctl import threadpool_info

from solutions.reference.numerics import Array

CACHE_LINE = 64
# Cores of OpenBLAS with such routines, and the most multiplications of a product that they take.
WITH_SMALL_PRODUCTS = {"SkylakeX", "Cooperlake", "SapphireRapids"}
SMALL_PRODUCT = 100**3
SLICES = (64, 32, 16)


def workspace(dtype: np.dtype, *shapes: tuple[int, ...]) -> list[Array]:
    """Uninitialised arrays of these shapes, each from a cache line on, in one piece of memory.

    In one piece, since the C library then keeps it from call to call: else its pages are given back, and fetched anew.
    """
    sizes = [-(-math.prod(shape) * dtype.itemsize // CACHE_LINE) * CACHE_LINE for shape in shapes]
    space = np.empty(sum(sizes) + CACHE_LINE, np.uint8)
    start, arrays = -space.ctypes.data % CACHE_LINE, []
    for shape, size in zip(shapes, sizes, strict=True):
        arrays.append(np.ndarray(shape, dtype, space, start))
        start += size
    return arrays


def transposed(K: Float[Array, "R C"], dtype: np.dtype) -> Float[Array, "C R"]:
    """Kᵀ, rows one after the other.

    By way of rows with a gap: where rows begin a power of two apart, a column falls into few places of the cache.
    """
    rows, columns = K.shape
    wide, out = workspace(dtype, (rows, columns + CACHE_LINE // dtype.itemsize), (columns, rows))
    wide[:, :columns] = K
    out[...] = wide[:, :columns].T
    return out


def product_into(out: Float[Array, "k B H"], kernels: Float[Array, "k R H"]) -> Callable[[Float[Array, "B R"]], object]:
    """A function that writes left @ kernels[k] into out[k], for all k."""
    batch = out.shape[1]
    if batch == 1:
        row, flat = out.reshape(1, -1), np.swapaxes(kernels, 0, 1).reshape(kernels.shape[1], -1)
        return lambda left: np.dot(left, flat, row)
    width = slice_width(batch, *kernels.shape[1:])
    slices, places = _sliced(kernels, width), _places(out, width)
    return lambda left: np.matmul(left, slices, places)


def summed_into(out: Float[Array, "B H"], kernels: Float[Array, "k R H"]) -> Callable[[Float[Array, "B kR"]], object]:
    """A function that writes left @ [kernels[0]; kernels[1]; …] into out."""
    (k, rows, hidden), batch = kernels.shape, len(out)
    width = slice_width(batch, rows, hidden)
    if batch == 1 or width == hidden:
        stacked = np.ascontiguousarray(kernels).reshape(k * rows, hidden)
        return lambda left: np.dot(left, stacked, out)
    (parts,) = workspace(out.dtype, (k, batch, hidden))
    slices, places = _sliced(kernels, width), _places(parts, width)

    def product(left: Float[Array, "B kR"]) -> None:
        np.matmul(left.reshape(batch, k, 1, rows).transpose(1, 2, 0, 3), slices, places)
        np.add.reduce(parts, axis=0, out=out)

    return product


def slice_width(batch: int, rows: int, columns: int) -> int:
    """Columns of a slice: the most that make a small product; all where the whole is one, or none is."""
    fits = (w for w in SLICES if columns % w == 0 and batch * rows * w <= SMALL_PRODUCT)
    return next(fits, columns) if _has_small_products() and batch * rows * columns > SMALL_PRODUCT else columns


@cache
def _has_small_products() -> bool:
    return any(library.get("architecture") in WITH_SMALL_PRODUCTS for library in threadpool_info())


def _sliced(kernels: Float[Array, "k R H"], width: int) -> Float[Array, "k n R w"]:
    k, rows, hidden = kernels.shape
    (slices,) = workspace(kernels.dtype, (k, hidden // width, rows, width))
    slices[...] = _places(kernels, width)
    return slices


def _places(out: Float[Array, "k B H"], width: int) -> Float[Array, "k n B w"]:
    # A view: columns in groups of `width`, the groups in front.
    return np.swapaxes(out.reshape(*out.shape[:2], -1, width), 1, 2)
