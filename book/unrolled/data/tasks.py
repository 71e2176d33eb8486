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


def delayed_xor(rng: np.random.Generator, batch: int, steps: int, delay: int) -> tuple[np.ndarray, np.ndarray]:
    """Is this bit another than the one `delay` steps earlier? Each alone says nothing of the answer (cf. Elman 1990).

    Returns:
        X, (B, T, 1): bits 0 or 1. y, (B, T): 1 where the bit and the one `delay` steps earlier differ, else 0; before
        the first step, bits count as 0.
    """
    bits = rng.integers(0, 2, (batch, steps))
    y = bits.copy()
    y[:, delay:] ^= bits[:, : steps - delay]
    return bits[..., None].astype(float), y


def latch(rng: np.random.Generator, batch: int, steps: int, writes: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """Keep the sign of the last value that came with the signal to write; all other values are noise.

    Args:
        rng: where the numbers come from.
        batch: how many sequences, B.
        steps: their length, T.
        writes: how likely a step is to write.

    Returns:
        X, (B, T, 2): a value in [−1, 1], not nearer to 0 than 0.2, and a signal that is 1 where the value is to be kept
        and 0 elsewhere. y, (B, T): the sign of the value written last, −1 or 1; 0 before the first writing.
    """
    values = rng.uniform(0.2, 1, (batch, steps)) * rng.choice([-1.0, 1.0], (batch, steps))
    signal = rng.random((batch, steps)) < writes
    # The step of the last writing so far, −1 where there was none.
    last = np.maximum.accumulate(np.where(signal, np.arange(steps), -1), axis=1)
    y = np.where(last < 0, 0.0, np.sign(np.take_along_axis(values, np.maximum(last, 0), axis=1)))
    return np.stack([values, signal], axis=-1), y


def counting(rng: np.random.Generator, batch: int, steps: int, resets: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """Count events since the last reset.

    Args:
        rng: where the numbers come from.
        batch: how many sequences, B.
        steps: their length, T.
        resets: how likely a step is to reset.

    Returns:
        X, (B, T, 2): 1 where there is an event, else 0; 1 where there is a reset, else 0. Both may come at once.
        y, (B, T): the events since the last reset. A reset sets 0, also where an event comes with it.
    """
    events, reset = rng.random((batch, steps)) < 0.3, rng.random((batch, steps)) < resets
    y = np.zeros((batch, steps))
    count = np.zeros(batch)
    for t in range(steps):
        count = np.where(reset[:, t], 0, count + events[:, t])
        y[:, t] = count
    return np.stack([events, reset], axis=-1).astype(float), y


def marked_sign(rng: np.random.Generator, batch: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """One of many signs carries a mark: keep it to the end.

    Args:
        rng: where the signs come from.
        batch: how many sequences, B.
        steps: their length, T, at least 2.

    Returns:
        X, (B, T, 2): a sign, −1 or 1, and a mark that is 1 at one step of the first half and 0 elsewhere.
        y, (B,): the sign that was marked. The other signs are of the same size and say nothing of it.
    """
    if steps < 2:
        raise ValueError(f"the marked sign needs 2 steps or more, not {steps}")
    signs = rng.choice([-1.0, 1.0], (batch, steps))
    rows, marked = np.arange(batch), rng.integers(0, steps // 2, batch)
    marks = np.zeros((batch, steps))
    marks[rows, marked] = 1
    return np.stack([signs, marks], axis=-1), signs[rows, marked]
