"""How numbers are drawn that are to become whole ones: each lies clearly nearer to one whole number than to the next.

unrolled-canary-83537a7a7326
"""

import numpy as np


def off(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """What lies between a number and the nearest whole one: far enough from 0 and from a half for float32."""
    return rng.uniform(0.1, 0.4, shape) * rng.choice([-1, 1], shape)


def between(rng: np.random.Generator, low: int, high: int, *shape: int) -> np.ndarray:
    """Numbers around the whole ones from low to high, both among them."""
    return rng.integers(low, high + 1, shape) + off(rng, *shape)
