"""A range test, a schedule of rates, early stopping, settings drawn at random: what `tuning` asks for.

unrolled-canary-fd2c3cdda28a
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.numerics import Array


def range_test_rates(low: float, high: float, updates: int) -> Float[Array, "N"]:
    """Rates from `low` to `high`, each a constant factor above the one before (eq-range-test).

    Args:
        updates: N, at least 2.
    """
    return low * (high / low) ** np.linspace(0, 1, updates)


def smoothed(losses: Float[Array, "N"], keep: float) -> Float[Array, "N"]:
    """The exponential moving mean of losses, divided by the sum of its weights (eq-smoothed).

    Args:
        keep: what the mean keeps of itself at each update, at least 0 and less than 1.
    """
    mean, means = 0.0, []
    for n, loss in enumerate(losses, start=1):
        mean = keep * mean + (1 - keep) * loss
        means.append(mean / (1 - keep**n))
    return np.array(means, dtype=np.result_type(losses, np.float32))


def limit_rate(rates: Float[Array, "N"], losses: Float[Array, "N"], keep: float, factor: float) -> float:
    """The rate of the update that made a range test run away; the last rate where none did (eq-limit-rate).

    Args:
        losses: each measured before its update. The first is a number; a later one that is none has run away.
        factor: above 1; so many times its least value so far, the smoothed loss has run away.
    """
    least = np.inf
    for n, mean in enumerate(smoothed(losses, keep)):
        if not mean <= factor * least:
            return float(rates[n - 1])
        least = min(least, mean)
    return float(rates[-1])


def rate_schedule(updates: int, warmup: int, peak: float, floor: float) -> Float[Array, "N"]:
    """Rates that grow linearly to `peak` in `warmup` updates and fall along a cosine to `floor` (eq-warmup-cosine)."""
    rising = peak * np.arange(1, warmup + 1) / max(warmup, 1)
    share = np.arange(1, updates - warmup + 1) / max(updates - warmup, 1)
    return np.concatenate([rising, floor + (peak - floor) * (1 + np.cos(np.pi * share)) / 2])


def early_stopping(losses: Float[Array, "E"], patience: int, gain: float) -> tuple[int, int]:
    """The epoch at which a training stops, and the one whose weights are kept, both counted from 0 (eq-patience).

    Args:
        losses: validation losses of all epochs, had it not stopped. One that is no number is no gain.
        gain: an epoch is kept if its loss is lower than that of the epoch kept so far by more than this.
    """
    kept = 0
    for e, loss in enumerate(losses):
        if loss < losses[kept] - gain:
            kept = e
        if e - kept >= patience:
            return e, kept
    return len(losses) - 1, kept


def random_settings(
    u: Float[Array, "N 3"], low: float, high: float, least: int, most: int, choices: Sequence[float]
) -> tuple[Float[Array, "N"], Int[Array, "N"], Float[Array, "N"]]:
    """Settings of a random search: rates, units and one of the choices, from uniform draws in [0, 1).

    Rates are uniform in their logarithm (eq-log-uniform), units whole numbers from `least` to `most`, both included,
    and all choices equally likely (eq-uniform-choice).
    """
    rates = low * (high / low) ** u[:, 0]
    units = least + np.floor(u[:, 1] * (most - least + 1)).astype(int)
    chosen = np.array(choices)[np.floor(u[:, 2] * len(choices)).astype(int)]
    return rates, units, chosen
