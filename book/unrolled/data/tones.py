"""Synthetic speech: glides from one vowel to another, harmonics of a pitch that are louder near two moving formants.

Nobody spoke them. Two glides pass through the same sounds in opposite order, so that no single frame tells them apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

RATE = 8000  # samples a second
FORMANTS = {"a": (800.0, 1200.0), "e": (450.0, 1900.0), "i": (300.0, 2300.0), "o": (450.0, 850.0)}  # Hz
GLIDES = ("ai", "ia", "oe", "eo")  # from, to: the labels 1, 2, 3, 4
WIDTH, SECOND = 90.0, 0.6  # of a formant, in Hz; how loud the second one is beside the first
EDGE, NOISE = 0.012, 0.01  # seconds in which a glide swells; amplitude of the background
LENGTHS, GAPS = (0.10, 0.25), (0.0, 0.10)  # seconds of a glide, of the silence between two
PITCHES, SIZES, LEVELS = (90.0, 220.0), (0.88, 1.14), (0.05, 0.5)  # Hz; what formants are multiplied by; amplitudes


class Voice(NamedTuple):
    """Who speaks: pitch in Hz, a factor of all formants, amplitude."""

    pitch: float
    size: float
    level: float


class Utterance(NamedTuple):
    """A signal (N,), the labels of what was said in it, and the samples at which each begins and ends."""

    signal: np.ndarray
    labels: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def voice(rng: np.random.Generator) -> Voice:
    """A voice drawn at random."""
    return Voice(*(float(rng.uniform(*one)) for one in (PITCHES, SIZES, LEVELS)))


def glide(name: str, seconds: float, who: Voice) -> np.ndarray:
    """One glide, (N,); its pitch falls by a tenth."""
    t = np.arange(int(seconds * RATE)) / RATE
    pitch = who.pitch * (1 - 0.1 * t / seconds)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    number = np.arange(1, int(0.95 * RATE / 2 / who.pitch))[:, None]
    gain = np.zeros((len(number), len(t)))
    for start, end, weight in zip(FORMANTS[name[0]], FORMANTS[name[1]], (1, SECOND), strict=True):
        formant = who.size * (start + (end - start) * t / seconds)
        gain += weight / (1 + ((number * pitch - formant) / WIDTH) ** 2)
    swell = np.clip(np.minimum(t, t[-1] - t) / EDGE, 0, 1)
    found = swell * (gain * np.sin(number * phase)).sum(0)
    return who.level * found / np.abs(found).max()


def utterance(labels: tuple[int, ...], who: Voice, rng: np.random.Generator) -> Utterance:
    """A row of glides with a little silence around each, in noise."""

    def silence() -> np.ndarray:
        return np.zeros(int(RATE * rng.uniform(*GAPS)))

    pieces, spans = [np.zeros(int(RATE * GAPS[1]))], []
    for label in labels:
        begin = sum(map(len, pieces))
        pieces.append(glide(GLIDES[label - 1], rng.uniform(*LENGTHS), who))
        spans.append((begin, begin + len(pieces[-1])))
        pieces.append(silence())
    pieces.append(np.zeros(int(RATE * GAPS[1])))
    signal = np.concatenate(pieces)
    return Utterance(signal + NOISE * rng.normal(size=len(signal)), labels, tuple(spans))


def spoken(count: int, rng: np.random.Generator, least: int = 2, most: int = 6) -> list[Utterance]:
    """Random rows of `least` to `most` glides, each by another voice."""
    rows = [tuple(rng.integers(1, len(GLIDES) + 1, rng.integers(least, most + 1)).tolist()) for _ in range(count)]
    return [utterance(row, voice(rng), rng) for row in rows]
