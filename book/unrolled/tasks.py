"""Small synthetic tasks with a known answer. Each call draws fresh sequences from `rng`; nothing here is real data."""

from __future__ import annotations

import numpy as np


def adding(rng: np.random.Generator, batch: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The adding problem (Hochreiter and Schmidhuber 1997): add the two marked numbers of a sequence.

    Args:
        rng: where the numbers come from.
        batch: how many sequences, B.
        steps: their length, T, at least 2.

    Returns:
        X, (B, T, 2): a number in [0, 1) and a mark that is 1 at one step of each half and 0 elsewhere.
        y, (B,): the sum of the two marked numbers. Always answering 1 has a mean squared error of 1/6.
    """
    if steps < 2:
        raise ValueError(f"the adding problem needs 2 steps or more, not {steps}")
    values = rng.random((batch, steps))
    marks = np.zeros((batch, steps))
    rows = np.arange(batch)
    marks[rows, rng.integers(0, steps // 2, batch)] = 1
    marks[rows, rng.integers(steps // 2, steps, batch)] = 1
    return np.stack([values, marks], axis=-1), (values * marks).sum(axis=1)


def copying(
    rng: np.random.Generator, batch: int, delay: int, length: int = 10, symbols: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """The copy problem: read `length` symbols, wait, and write them once the signal comes.

    Args:
        rng: where the symbols come from.
        batch: how many sequences, B.
        delay: blanks between the last symbol and the signal, at least 0.
        length: how many symbols to keep.
        symbols: how many different ones there are, K.

    Returns:
        X, (B, T) with T = 2 · length + delay: symbols 1 … K, 0 for a blank, K + 1 for the signal, which stands at the
        first step of the answer. y, (B, T): 0 until the signal, then the symbols in order.
    """
    kept = rng.integers(1, symbols + 1, (batch, length))
    X = np.zeros((batch, 2 * length + delay), dtype=np.int64)
    y = np.zeros_like(X)
    X[:, :length] = kept
    X[:, length + delay] = symbols + 1
    y[:, length + delay :] = kept
    return X, y


def first_symbol(rng: np.random.Generator, batch: int, steps: int, symbols: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Keep the first symbol through noise: the simplest long lag.

    Returns:
        X, (B, T, K): the first step is one-hot, the others are Gaussian noise of deviation 0.1.
        y, (B,): which symbol came first, 0 … K − 1.
    """
    y = rng.integers(0, symbols, batch)
    X = rng.normal(0.0, 0.1, (batch, steps, symbols))
    X[:, 0] = np.eye(symbols)[y]
    return X, y


def parity(rng: np.random.Generator, batch: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Running parity of random bits.

    Returns:
        X, (B, T, 1): bits 0 or 1. y, (B, T): 1 where the number of ones so far is odd.
    """
    bits = rng.integers(0, 2, (batch, steps))
    return bits[..., None].astype(float), bits.cumsum(axis=1) % 2


def delayed_echo(rng: np.random.Generator, batch: int, steps: int, delay: int) -> tuple[np.ndarray, np.ndarray]:
    """Say at each step what the input was `delay` steps earlier.

    Returns:
        X, (B, T, 1): numbers in [−1, 1). y, (B, T): the input `delay` steps earlier, 0 for the first `delay` steps.
    """
    values = rng.uniform(-1, 1, (batch, steps))
    y = np.zeros_like(values)
    y[:, delay:] = values[:, : steps - delay]
    return values[..., None], y
