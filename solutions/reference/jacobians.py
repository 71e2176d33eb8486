"""Jacobians of a recurrence, their products over a span of time, their spectra, and how gradients shrink or grow.

J_t = ∂h_t/∂h_{t−1} has the output on its rows: J[i, j] = ∂h_t[i] / ∂h_{t−1}[j]. With states as rows,
dL/dh_{t−1} = dL/dh_t J_t (chapter *Vanishing and exploding gradients*; Bengio et al. 1994, Pascanu et al. 2013).

unrolled-canary-03f395a45c20
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Complex, Float

from solutions.reference.numerics import Array
from solutions.reference.sequence import Step


def rnn_jacobian(
    h_next: Float[Array, "... H"], U: Float[Array, "H H"], activation: Literal["tanh", "relu"] = "tanh"
) -> Float[Array, "... H H"]:
    """diag(φ′(a_t)) Uᵀ of the Elman cell, φ′ = 1 − h_t² for tanh and [h_t > 0] for ReLU (eq-step-jacobian).

    U stands transposed because a_t = x_t W + h_{t−1} U + b multiplies from the right. Any axes may come before the
    last: h_next (B, H) gives one step's Jacobians, Hs (B, T, H) those of all steps.
    """
    slope = 1 - h_next**2 if activation == "tanh" else (h_next > 0).astype(h_next.dtype)
    return slope[..., None] * U.T


def numeric_jacobian(
    step: Step, x: Float[Array, "B D"], state: Sequence[Float[Array, "B H"]], parameters: Sequence[Array]
) -> Float[Array, "B S S"]:
    """∂s_t/∂s_{t−1} of any cell by central differences, s the joint state: [h] for RNN and GRU, [h, c] for LSTM.

    Equation eq-central-difference, column by column, for all rows of the batch at once: a cell treats them apart.

    Args:
        step: (x, *state, *parameters) -> (*new state, cache).
    """
    joint = np.concatenate([np.asarray(s, dtype=np.float64) for s in state], axis=1)
    ends = np.cumsum([s.shape[1] for s in state])[:-1]

    def after(s: Array) -> Array:
        *new, _ = step(x, *np.split(s, ends, axis=1), *parameters)
        return np.concatenate(new, axis=1)

    J = np.empty((*joint.shape, joint.shape[1]))
    for j in range(joint.shape[1]):
        size = np.cbrt(np.finfo(np.float64).eps) * np.maximum(1, np.abs(joint[:, j]))
        above, below = joint.copy(), joint.copy()
        above[:, j] += size
        below[:, j] -= size
        J[:, :, j] = (after(above) - after(below)) / (above[:, j] - below[:, j])[:, None]
    return J


def numeric_jacobians(
    step: Step, X: Float[Array, "B T D"], state: Sequence[Float[Array, "B H"]], parameters: Sequence[Array]
) -> Float[Array, "B T S S"]:
    """`numeric_jacobian` at every step along the sequence that starts in `state`."""
    jacobians = []
    for t in range(X.shape[1]):
        jacobians.append(numeric_jacobian(step, X[:, t], state, parameters))
        *state, _ = step(X[:, t], *state, *parameters)
    return np.stack(jacobians, axis=1)


def jacobian_products(J: Float[Array, "B T S S"]) -> Float[Array, "B T S S"]:
    """J_T ⋯ J_t for t = 1…T: the last state by each earlier one, ∂s_T/∂s_{t−1} (eq-jacobian-product).

    Entry [:, 0] spans the whole sequence, entry [:, -1] is J_T alone.
    """
    products = np.array(J)
    for t in reversed(range(J.shape[1] - 1)):
        products[:, t] = products[:, t + 1] @ J[:, t]
    return products


def singular_values(J: Float[Array, "... S S"]) -> Float[Array, "... S"]:
    """From the largest, the norm of J: the most by which one step can stretch a state or a gradient (eq-singular)."""
    return np.linalg.svd(J, compute_uv=False)


def eigenvalues(J: Float[Array, "... S S"]) -> Complex[Array, "... S"]:
    """By falling modulus. They rule powers of one matrix in the long run only: a nilpotent J has none but 0."""
    values = np.linalg.eigvals(J).astype(np.complex128)
    return np.take_along_axis(values, np.argsort(-np.abs(values), axis=-1, kind="stable"), axis=-1)


def spectral_radius(J: Float[Array, "... S S"]) -> Float[Array, "..."]:
    """The largest modulus of an eigenvalue (eq-spectral-radius)."""
    return np.abs(eigenvalues(J))[..., 0]


def gradient_norms(ds_last: Float[Array, "B S"], J: Float[Array, "B T S S"]) -> Float[Array, "B T+1"]:
    """‖dL/ds_{T−k}‖ against the distance k = 0…T, for a loss that sees the last state alone (eq-gradient-profile).

    The row vector dL/ds_T goes back through one Jacobian after the other; no product of matrices is formed.
    """
    ds, norms = ds_last, [np.linalg.norm(ds_last, axis=1)]
    for t in reversed(range(J.shape[1])):
        ds = (ds[:, None, :] @ J[:, t])[:, 0]
        norms.append(np.linalg.norm(ds, axis=1))
    return np.stack(norms, axis=1)
