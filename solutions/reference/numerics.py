"""Sigmoid, softmax and cross-entropy that neither overflow nor lose digits (chapter *The recurrent cell*).

unrolled-canary-91c3d5a7be02
"""

import numpy as np
from jaxtyping import Bool, Float, Int

Array = np.ndarray


def sigmoid(a: Float[Array, "..."]) -> Float[Array, "..."]:
    """1 / (1 + exp(−a)), elementwise, with exponents that are never positive (eq-sigmoid-stable)."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, e) / (1 + e)


def softmax(a: Float[Array, "... K"]) -> Float[Array, "... K"]:
    """exp(a) / Σ exp(a) over the last axis, after subtracting its maximum (eq-softmax-stable)."""
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def log_sum_exp(a: Float[Array, "... K"]) -> Float[Array, "..."]:
    """log Σ exp(a) over the last axis, after subtracting its maximum (eq-loss-log-sum-exp)."""
    peak = a.max(axis=-1, keepdims=True)
    return np.log(np.exp(a - peak).sum(axis=-1)) + peak[..., 0]


def step_losses(logits: Float[Array, "... K"], targets: Int[Array, "..."]) -> Float[Array, "..."]:
    """−log softmax(logits) at the target, one loss per position (eq-loss-one)."""
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return log_sum_exp(logits) - chosen


def cross_entropy(
    logits: Float[Array, "... K"], targets: Int[Array, "..."], mask: Float[Array, "..."] | None = None
) -> float:
    """Mean of −log softmax(logits)[target] over the positions that count (eq-cross-entropy, eq-sequence-loss).

    Args:
        logits: scores before the softmax, (B, K) or (B, T, K).
        targets: the right class of each position, integers in 0…K−1, (B,) or (B, T).
        mask: 1 (or True) where a position counts, 0 where it is padding, shaped as targets; None: all count. What
            logits and targets hold at a padded position is never looked at.

    Raises:
        ValueError: no position counts, so that there is no mean; or a mask of another shape than targets.
    """
    keep = _positions(targets, mask)
    return float(step_losses(logits[keep], targets[keep]).mean())


def cross_entropy_backward(
    logits: Float[Array, "... K"], targets: Int[Array, "..."], mask: Float[Array, "..."] | None = None
) -> Float[Array, "... K"]:
    """dL/dlogits of `cross_entropy`: (softmax(logits) − one-hot(target)) / N over N positions, 0 where padded.

    Equation eq-cross-entropy-backward; arguments and errors as for `cross_entropy`.
    """
    keep = _positions(targets, mask)
    dlogits = np.zeros_like(logits)
    error = softmax(logits[keep])
    error[np.arange(len(error)), targets[keep]] -= 1
    dlogits[keep] = error / len(error)
    return dlogits


def _positions(targets: Int[Array, "..."], mask: Float[Array, "..."] | None) -> Bool[Array, "..."]:
    keep = np.ones(targets.shape, dtype=bool) if mask is None else np.asarray(mask).astype(bool)
    if keep.shape != targets.shape:
        raise ValueError(f"the mask has shape {keep.shape}; it needs one entry per target, {targets.shape}")
    if not keep.any():
        raise ValueError("no position counts: a mean over nothing is not defined")
    return keep
