"""Sigmoid, softmax and cross-entropy that neither overflow nor lose digits (chapter *The recurrent cell*).

unrolled-canary-91c3d5a7be02
"""

import numpy as np
from jaxtyping import Float, Int

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
    """log Σ exp(a) over the last axis, after subtracting its maximum."""
    peak = a.max(axis=-1, keepdims=True)
    return np.log(np.exp(a - peak).sum(axis=-1)) + peak[..., 0]


def step_losses(logits: Float[Array, "... K"], targets: Int[Array, "..."]) -> Float[Array, "..."]:
    """−log softmax(logits) at the target, one loss per position."""
    chosen = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return log_sum_exp(logits) - chosen


def cross_entropy(logits: Float[Array, "B K"], targets: Int[Array, "B"]) -> float:
    """Mean over the batch of −log softmax(logits)[target] (eq-cross-entropy).

    Args:
        logits: scores before the softmax, (B, K).
        targets: the right class of each row, integers in 0…K−1, (B,).
    """
    return float(step_losses(logits, targets).mean())
