"""Random arguments by meaning: inputs, states, kernels, labels, masks.

unrolled-canary-c4e60b9d17f5
"""

import hashlib

import numpy as np

from solutions.judging.parts import Arguments, Sizes


def normal(rng: np.random.Generator, *shape: int, dtype: type, scale: float = 1.0) -> np.ndarray:
    """Normal numbers with the given standard deviation."""
    return (scale * rng.standard_normal(shape)).astype(dtype)


def eighths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Normal numbers rounded to eighths: added to 10 000 they are exact in float32 too."""
    return np.round(8 * rng.standard_normal(shape)) / 8


def cell(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """Kernels and bias of an Elman cell, scaled so that tanh is neither linear nor saturated."""
    return {
        "W": normal(rng, sizes.inputs, sizes.hidden, dtype=dtype, scale=sizes.inputs**-0.5),
        "U": normal(rng, sizes.hidden, sizes.hidden, dtype=dtype, scale=sizes.hidden**-0.5),
        # Away from zero, so that a forgotten bias shows in every unit.
        "b": (rng.uniform(0.3, 0.9, sizes.hidden) * rng.choice([-1, 1], sizes.hidden)).astype(dtype),
    }


def readout_of_one(rng: np.random.Generator, sizes: Sizes, dtype: type) -> Arguments:
    """Wy (H, 1) and by (1,): a readout with one output."""
    return {
        "Wy": normal(rng, sizes.hidden, 1, dtype=dtype, scale=sizes.hidden**-0.5),
        "by": normal(rng, 1, dtype=dtype),
    }


def at_the_end(rng: np.random.Generator, sizes: Sizes, dtype: type, net: Arguments) -> Arguments:
    """What an update needs of a net that answers −1 or 1 at the last step; `net` is its W, U and b.

    One of two cases of unequal sizes lies below the limit of the gradients' norm, the other one above it.
    """
    return {
        "X": normal(rng, sizes.batch, sizes.steps, sizes.inputs, dtype=dtype),
        "y": rng.choice([-1.0, 1.0], sizes.batch).astype(dtype),
        **net,
        **readout_of_one(rng, sizes, dtype),
        "rate": float(rng.uniform(0.5, 2)),
        "limit": float(rng.uniform(0.05, 0.15) if sizes.batch < sizes.hidden else rng.uniform(50, 100)),
    }


def labels(rng: np.random.Generator, classes: int, *shape: int) -> np.ndarray:
    """Class numbers 0…classes−1."""
    return rng.integers(0, classes, shape)


def ragged_mask(rng: np.random.Generator, batch: int, steps: int, dtype: type) -> np.ndarray:
    """1 up to each sequence's length, 0 after it; lengths differ where they can."""
    lengths = 1 + rng.permutation(max(batch, steps))[:batch] % steps
    return (np.arange(steps) < lengths[:, None]).astype(dtype)


def generator(key: str, name: str, part: str) -> np.random.Generator:
    """The random numbers of one part of one exercise under one key."""
    digest = hashlib.sha256("\0".join((key, name, part)).encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))
