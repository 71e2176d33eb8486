"""From sound to features, in NumPy: frames, power, mel bands, logarithms; of whole signals and of streams."""

# mypy: disable-error-code="index"
# a frequency may be a number or an array.
from __future__ import annotations

from functools import cache

import numpy as np

RATE = 8000  # samples a second
FRAME, HOP, POINTS = 200, 80, 256  # samples of a frame (25 ms), from one to the next (10 ms), of the transform
BANDS, LOW, HIGH = 24, 60.0, 4000.0  # how many, from where to where, in Hz
FLOOR = 1e-8  # power that is added before the logarithm
PRIOR = 50  # frames that the mean of the training counts for in a running mean


def frames(signal: np.ndarray, size: int = FRAME, hop: int = HOP) -> np.ndarray:
    """Overlapping pieces of a signal (N,), (1 + (N − size) // hop, size); what is left at its end is dropped.

    Raises:
        ValueError: the signal is shorter than one frame.
    """
    if len(signal) < size:
        raise ValueError(f"a frame has {size} samples, and the signal only {len(signal)}")
    return np.lib.stride_tricks.sliding_window_view(signal, size)[::hop]


@cache
def hann(size: int = FRAME) -> np.ndarray:
    """A window that falls to zero at both ends, (size,)."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)


def power(pieces: np.ndarray, points: int = POINTS) -> np.ndarray:
    """Power at the frequencies 0, RATE / points, …, RATE / 2 of windowed frames, (T, size) → (T, points // 2 + 1)."""
    return np.abs(np.fft.rfft(pieces * hann(pieces.shape[-1]), points)) ** 2


def mel(hertz: np.ndarray | float) -> np.ndarray | float:
    """A frequency on the mel scale."""
    return 2595 * np.log10(1 + np.asarray(hertz) / 700)


def hertz(mels: np.ndarray | float) -> np.ndarray | float:
    """The frequency of a place on the mel scale."""
    return 700 * (10 ** (np.asarray(mels) / 2595) - 1)


@cache
def bank(bands: int = BANDS, points: int = POINTS, rate: int = RATE) -> np.ndarray:
    """Triangles that overlap by half, evenly spaced on the mel scale, (points // 2 + 1, bands)."""
    edges = hertz(np.linspace(mel(LOW), mel(HIGH), bands + 2))
    at = np.arange(points // 2 + 1)[:, None] * rate / points
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    return np.clip(np.minimum((at - left) / (centre - left), (right - at) / (right - centre)), 0, None)


def of_frames(pieces: np.ndarray) -> np.ndarray:
    """Logarithms of the bands' power, (T, size) → (T, BANDS)."""
    return np.log(power(pieces) @ bank() + FLOOR)


def log_mel(signal: np.ndarray) -> np.ndarray:
    """The same of a signal (N,) between −1 and 1: (T, BANDS)."""
    return of_frames(frames(signal))


def running_mean(X: np.ndarray, mean: np.ndarray, prior: float = PRIOR) -> np.ndarray:
    """Mean of each frame and those before it, (T, D); `mean` (D,) is counted as if `prior` frames had been so."""
    seen = np.arange(1, len(X) + 1)[:, None]
    return (prior * mean + X.cumsum(0)) / (prior + seen)


def stacked(X: np.ndarray, many: int) -> np.ndarray:
    """So many frames beside each other as one step, (T, D) → (T // many, many · D)."""
    steps = len(X) // many
    return X[: steps * many].reshape(steps, -1)


class Features:
    """What a stream has to remember between chunks: samples that the next frame needs, and the sum for the mean."""

    def __init__(self, mean: np.ndarray, prior: float = PRIOR) -> None:
        self.waiting = np.zeros(0)
        self.total, self.seen = prior * mean, prior

    def read(self, chunk: np.ndarray) -> np.ndarray:
        """The normalised frames that end in this chunk, (T, BANDS); T may be 0."""
        signal = np.concatenate([self.waiting, chunk])
        many = max(0, 1 + (len(signal) - FRAME) // HOP)
        self.waiting = signal[many * HOP :]
        if not many:
            return np.zeros((0, BANDS))
        X = log_mel(signal)
        totals = self.total + X.cumsum(0)
        means = totals / (self.seen + np.arange(1, many + 1)[:, None])
        self.total, self.seen = totals[-1], self.seen + many
        return X - means
