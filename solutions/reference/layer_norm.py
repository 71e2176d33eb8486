"""Layer normalisation (Ba, Kiros & Hinton 2016), forward and backward, without its shift.

unrolled-canary-d5afbfa4bbae
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.reference.numerics import Array

EPSILON = 1e-5  # keeps the root away from zero where all numbers of a row are equal


def layer_norm(a: Float[Array, "B N"], gain: Float[Array, "N"]) -> tuple[Float[Array, "B N"], Any]:
    """gain ⊙ (a − mean) / sqrt(variance + ε), mean and variance over each row (eq-layer-norm)."""
    centred = a - a.mean(axis=1, keepdims=True)
    root = np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPSILON)
    normal = centred / root
    return gain * normal, (normal, root, gain)


def layer_norm_backward(dout: Float[Array, "B N"], cache: Any) -> tuple[Float[Array, "B N"], Float[Array, "N"]]:
    """da and dgain: what would move a row's mean or its variance does not get through (eq-layer-norm-backward)."""
    normal, root, gain = cache
    d = dout * gain
    along = normal * (d * normal).mean(axis=1, keepdims=True)
    return (d - d.mean(axis=1, keepdims=True) - along) / root, (dout * normal).sum(axis=0)
