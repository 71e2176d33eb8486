"""Gradient clipping by value and by global norm (Pascanu, Mikolov & Bengio 2013).

What is not finite: NaN is an error in both. Clipping by value turns ±∞ into ±limit; under the global norm an infinite
entry is an error too, since an infinite vector has no direction to keep.

unrolled-canary-2f8783d7d090
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float

from solutions.reference.numerics import Array


def clip_by_value(gradients: Sequence[Float[Array, "..."]], limit: float) -> list[Float[Array, "..."]]:
    """Each entry brought into [−limit, limit]; the direction of the gradient may change (eq-clip-value).

    Returns:
        New arrays of the same shapes and dtypes.

    Raises:
        ValueError: limit is not positive.
        FloatingPointError: an entry is NaN; the message names the gradient.
    """
    limit = _positive(limit)
    _refuse(gradients, np.isnan, "NaN")
    return [np.clip(g, -limit, limit) for g in gradients]


def clip_by_global_norm(
    gradients: Sequence[Float[Array, "..."]], limit: float
) -> tuple[list[Float[Array, "..."]], float]:
    """All gradients times min(1, limit / norm), norm taken over all entries of all of them (eq-clip-norm).

    Returns:
        New arrays of the same shapes and dtypes; the norm before clipping.

    Raises:
        ValueError: limit is not positive.
        FloatingPointError: an entry is NaN or infinite; the message names the gradient.
    """
    limit = _positive(limit)
    norm = global_norm(gradients)
    scale = limit / max(norm, limit)
    return [g * scale for g in gradients], norm


def global_norm(gradients: Sequence[Float[Array, "..."]]) -> float:
    """√(Σ g²) over all entries of all gradients, in float64 and without overflow of the squares (eq-global-norm).

    Raises:
        FloatingPointError: an entry is NaN or infinite; the message names the gradient.
    """
    _refuse(gradients, lambda g: ~np.isfinite(g), "NaN or infinite")
    peak = max((float(np.abs(g).max(initial=0)) for g in gradients), default=0.0)
    if peak == 0:
        return 0.0
    return peak * math.sqrt(sum(float(np.square(g.astype(np.float64) / peak).sum()) for g in gradients))


def _refuse(gradients: Sequence[Array], bad: Callable[[Array], Bool[Array, "..."]], what: str) -> None:
    for k, g in enumerate(gradients):
        count = int(bad(g).sum())
        if count:
            raise FloatingPointError(
                f"gradient {k} of shape {g.shape} has {count} entries that are {what}; clipping cannot mend it: "
                "skip this update, and look for what overflowed"
            )


def _positive(limit: float) -> float:
    if not limit > 0:
        raise ValueError(f"the limit must be positive, not {limit}")
    return float(limit)  # a NumPy scalar would turn float32 gradients into float64
