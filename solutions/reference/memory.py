"""Arrays that begin at a cache line: NumPy's own may begin at any 16 bytes, which slows elementwise work by half.

unrolled-canary-94e190ae2eb1
"""

import math

import numpy as np
from jaxtyping import Float

from solutions.reference.numerics import Array

CACHE_LINE = 64


def aligned(shape: tuple[int, ...], dtype: np.dtype) -> Float[Array, "..."]:
    """An uninitialised array of this shape whose first number is the first of a cache line."""
    size = math.prod(shape) * dtype.itemsize
    space = np.empty(size + CACHE_LINE, np.uint8)
    start = -space.ctypes.data % CACHE_LINE
    return space[start : start + size].view(dtype).reshape(shape)


def aligned_copy(a: Float[Array, "..."]) -> Float[Array, "..."]:
    """The same numbers in such an array, rows one after the other."""
    copy = aligned(a.shape, a.dtype)
    copy[...] = a
    return copy
