"""The flip-flop: remember each channel's last pulse. Made up; each call draws fresh sequences."""

from __future__ import annotations

import numpy as np

CHANCE = 0.1  # of a pulse at a step of a channel


def flip_flop(rng: np.random.Generator, batch: int, steps: int, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Pulses that set bits (Sussillo and Barak 2013), and the bits.

    Args:
        rng: where the pulses come from.
        batch: how many sequences, B.
        steps: their length, T.
        bits: how many channels, K.

    Returns:
        X, (B, T, K): 1 or -1 where a pulse comes, else 0. y, (B, T, K): the last pulse so far, 0 before the first.
    """
    signs = rng.choice([-1.0, 1.0], (batch, steps, bits))
    X = signs * (rng.random((batch, steps, bits)) < CHANCE)
    y = X.copy()
    for t in range(1, steps):
        y[:, t] = np.where(X[:, t] == 0, y[:, t - 1], X[:, t])
    return X, y
