"""The linear recurrence h_t = a_t ⊙ h_{t−1} + v_t as a loop and as a parallel scan (Blelloch 1990), and its gradient.

unrolled-canary-85d64942ac2a
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from solutions.reference.numerics import Array

Recurrence = Callable[[Array, Array, Array], Array]


def loop(A: Float[Array, "B T H"], V: Float[Array, "B T H"], h0: Float[Array, "B H"]) -> Float[Array, "B T H"]:
    """h_t = a_t ⊙ h_{t−1} + v_t, one step after the other (eq-linear-recurrence)."""
    Hs, h = np.empty_like(V), h0
    for t in range(V.shape[1]):
        h = A[:, t] * h + V[:, t]
        Hs[:, t] = h
    return Hs


def scan(A: Float[Array, "B T H"], V: Float[Array, "B T H"], h0: Float[Array, "B H"]) -> Float[Array, "B T H"]:
    """The same in about 2 log2 T rounds, each of which treats all of its steps at once (eq-scan-tree).

    Two steps in a row are again one such step: h → a₂ ⊙ (a₁ ⊙ h + v₁) + v₂ = (a₂ ⊙ a₁) ⊙ h + (a₂ ⊙ v₁ + v₂).
    Pairs of steps are joined, the half as long recurrence is solved, and the states between are filled in.
    """
    steps = V.shape[1]
    if steps < 2:
        return A * h0[:, None] + V
    pairs = steps // 2 * 2
    a1, a2, v1, v2 = A[:, 0:pairs:2], A[:, 1:pairs:2], V[:, 0:pairs:2], V[:, 1:pairs:2]
    Hs = np.empty_like(V)
    Hs[:, 1:pairs:2] = scan(a2 * a1, a2 * v1 + v2, h0)
    Hs[:, 0] = A[:, 0] * h0 + V[:, 0]
    Hs[:, 2::2] = A[:, 2::2] * Hs[:, 1 : steps - 1 : 2] + V[:, 2::2]
    return Hs


def recurrence_backward(
    dHs: Float[Array, "B T H"],
    A: Float[Array, "B T H"],
    H_before: Float[Array, "B T H"],
    recurrence: Recurrence = scan,
) -> tuple[Float[Array, "B T H"], Float[Array, "B T H"], Float[Array, "B H"]]:
    """dA, dV, dh0. The gradient obeys the same recurrence backwards: δ_t = dh_t + a_{t+1} ⊙ δ_{t+1} (eq-scan-backward).

    dv_t = δ_t, da_t = δ_t ⊙ h_{t−1} and dh_0 = a_1 ⊙ δ_1. `H_before` holds h_0 … h_{T−1}.
    """
    A_after = np.concatenate([A[:, 1:], np.zeros_like(A[:, :1])], axis=1)
    nothing = np.zeros_like(H_before[:, 0])
    dV = recurrence(A_after[:, ::-1], dHs[:, ::-1], nothing)[:, ::-1]
    return dV * H_before, dV, A[:, 0] * dV[:, 0]
