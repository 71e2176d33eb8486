"""First values of the parameters: Glorot, orthogonal and identity kernels, and the forget gate's bias.

Kernels are in row-vector form, (rows, k · columns) for k stacked blocks; each block is drawn by itself. (Keras draws
the stacked kernel as one: a Glorot limit with fan-out kH, an orthogonal (H, kH) whose blocks are not orthogonal.)

unrolled-canary-97295ebc2c30
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from solutions.reference.numerics import Array


def glorot_uniform(
    rng: np.random.Generator, rows: int, columns: int, blocks: int = 1, dtype: type = np.float64
) -> Float[Array, "rows k*columns"]:
    """Uniform on ±√(6 / (rows + columns)): variance 2 / (fan-in + fan-out) (eq-glorot; Glorot & Bengio 2010)."""
    limit = np.sqrt(6 / (rows + columns))
    return _stacked(lambda: rng.uniform(-limit, limit, (rows, columns)), blocks, dtype)


def orthogonal(
    rng: np.random.Generator, rows: int, columns: int, blocks: int = 1, gain: float = 1.0, dtype: type = np.float64
) -> Float[Array, "rows k*columns"]:
    """gain · Q with Q uniform over the orthogonal matrices (eq-orthogonal; Saxe et al. 2014, Mezzadri 2007).

    The shorter side decides: orthonormal rows where rows ≤ columns, orthonormal columns where rows ≥ columns.
    """
    return _stacked(lambda: gain * _uniform_orthogonal(rng, rows, columns), blocks, dtype)


def identity(hidden: int, blocks: int = 1, gain: float = 1.0, dtype: type = np.float64) -> Float[Array, "H k*H"]:
    """gain · I, the recurrent kernel of an IRNN: with ReLU and no input the state stays (Le et al. 2015)."""
    return _stacked(lambda: gain * np.eye(hidden), blocks, dtype)


def forget_bias(hidden: int, value: float = 1.0, dtype: type = np.float64) -> Float[Array, "4H"]:
    """An LSTM bias (i, f, g, o) of zeros with `value` in the forget gate: f starts at σ(value) (eq-forget-bias).

    Proposed by Gers et al. 2000; measured by Jozefowicz et al. 2015.
    """
    bias: Array = np.zeros((4, hidden), dtype)
    bias[1] = value
    return bias.reshape(-1)


def _uniform_orthogonal(rng: np.random.Generator, rows: int, columns: int) -> Float[Array, "rows columns"]:
    # QR leaves the signs of R's diagonal to the algorithm; a positive diagonal makes Q unique and so uniform.
    Q, R = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    Q = Q * np.where(np.diag(R) < 0, -1.0, 1.0)
    return Q if rows >= columns else Q.T


def _stacked(draw: Callable[[], Array], blocks: int, dtype: type) -> Array:
    return np.concatenate([draw() for _ in range(blocks)], axis=1).astype(dtype)
