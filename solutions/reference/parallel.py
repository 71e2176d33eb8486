"""The scan's operator, what two scans cost, a scan's gradient and the minGRU: what `parallel-scan` asks for.

A factor a_t and an addend v_t make a step, h_t = a_t ⊙ h_{t−1} + v_t. `scan` itself stands in `scan.py`.

unrolled-canary-6a01f4564bb0
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from solutions.reference.numerics import Array, sigmoid
from solutions.reference.scan import recurrence_backward, scan
from solutions.reference.sequence import previous_states, summed_product


def combined(
    a1: Float[Array, "B H"], v1: Float[Array, "B H"], a2: Float[Array, "B H"], v2: Float[Array, "B H"]
) -> tuple[Float[Array, "B H"], Float[Array, "B H"]]:
    """Two steps as one, the first pair's first: (a₁, v₁) • (a₂, v₂) = (a₂ ⊙ a₁, a₂ ⊙ v₁ + v₂) (eq-scan-operator)."""
    return a2 * a1, a2 * v1 + v2


def scan_cost(T: int) -> tuple[int, int, int, int]:
    """Work and depth of the flat scan, then of the tree: how often • is applied, in how many rounds (eq-scan-cost)."""
    levels = (T - 1).bit_length()
    return sum(T - 2**k for k in range(levels)), levels, *_tree_cost(T)


def _tree_cost(T: int) -> tuple[int, int]:
    # ⌊T/2⌋ pairs are joined, the half as many are scanned, and every other step but the first is filled in.
    if T < 2:
        return 0, 0
    work, depth = _tree_cost(T // 2)
    filled = (T + 1) // 2 - 1
    return T // 2 + work + filled, 1 + depth + (filled > 0)


def scan_backward(
    dHs: Float[Array, "B T H"], A: Float[Array, "B T H"], h0: Float[Array, "B H"], Hs: Float[Array, "B T H"]
) -> tuple[Float[Array, "B T H"], Float[Array, "B T H"], Float[Array, "B H"]]:
    """dA, dV, dh0 by a scan from the end, of the factors one step later (eq-scan-backward)."""
    return recurrence_backward(dHs, A, previous_states(h0, Hs))


def mingru_forward(
    X: Float[Array, "B T D"], h0: Float[Array, "B H"], W: Float[Array, "D 2H"], b: Float[Array, "2H"]
) -> tuple[Float[Array, "B T H"], Float[Array, "B T H"], Float[Array, "B T H"]]:
    """Hs, Z, N of h_t = z_t ⊙ h_{t−1} + (1 − z_t) ⊙ n_t, whose gates read the input alone (eq-mingru)."""
    H, S = h0.shape[1], X @ W + b
    Z, N = sigmoid(S[..., :H]), S[..., H:]
    return scan(Z, (1 - Z) * N, h0), Z, N


def mingru_backward(
    dHs: Float[Array, "B T H"],
    X: Float[Array, "B T D"],
    h0: Float[Array, "B H"],
    Hs: Float[Array, "B T H"],
    Z: Float[Array, "B T H"],
    N: Float[Array, "B T H"],
    W: Float[Array, "D 2H"],
) -> tuple[Float[Array, "B T D"], Float[Array, "B H"], Float[Array, "D 2H"], Float[Array, "2H"]]:
    """dX, dh0, dW, db (eq-mingru-backward)."""
    dA, dV, dh0 = scan_backward(dHs, Z, h0, Hs)
    dS = np.concatenate([(dA - N * dV) * Z * (1 - Z), (1 - Z) * dV], axis=-1)
    return dS @ W.T, dh0, summed_product(X, dS), dS.sum(axis=(0, 1))
