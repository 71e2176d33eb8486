"""A character LSTM small enough for the reader's browser: its weights as bytes, and what it computes, in NumPy.

`book/theme/writer.js` computes the same from the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

LEVELS = 127  # a weight is a whole number from -127 to 127 times its array's scale


class Arrays(NamedTuple):
    """The weights of K symbols and H units; the blocks of 4H columns are those of the gates i, f, g, o."""

    W: np.ndarray  # (K, 4H)
    U: np.ndarray  # (H, 4H)
    b: np.ndarray  # (4H,)
    Wy: np.ndarray  # (H, K)
    by: np.ndarray  # (K,)


class CharacterNet(NamedTuple):
    """A net and its alphabet; number 0 stands for all that is not in `symbols`."""

    symbols: str
    weights: Arrays


def pack(symbols: str, weights: Arrays) -> dict[str, Any]:
    """The net as text, its weights rounded to one byte each; the bytes are row by row."""
    packed = {}
    for name, array in weights._asdict().items():
        scale = float(f"{np.abs(array).max() / LEVELS:.6g}") or 1.0  # the digits that a record keeps
        steps = np.rint(array / scale).clip(-LEVELS, LEVELS).astype(np.int8)
        packed[name] = {"scale": scale, "bytes": base64.b64encode(steps.tobytes()).decode()}
    return {"symbols": symbols, "units": len(weights.U), "arrays": packed}


def unpack(packed: Mapping[str, Any]) -> CharacterNet:
    """The net of a text that `pack` made, in float64.

    Raises:
        ValueError: an array has another size than its net.
    """
    K, H = len(packed["symbols"]) + 1, packed["units"]
    shapes = Arrays((K, 4 * H), (H, 4 * H), (4 * H,), (H, K), (K,))
    arrays = {
        name: one["scale"] * np.frombuffer(base64.b64decode(one["bytes"]), np.int8).astype(float)
        for name, one in packed["arrays"].items()
    }
    return CharacterNet(
        packed["symbols"], Arrays(*(arrays[name].reshape(shape) for name, shape in shapes._asdict().items()))
    )


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def step(p: Arrays, ids: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Read one symbol of each of N texts, ids (N,); the new h and c, (N, H)."""
    i, f, g, o = np.split(p.W[ids] + h @ p.U + p.b, 4, axis=-1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(c), c


def read(p: Arrays, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All states h and c, (N, T, H), of N texts that are read from states of zeros; ids (N, T)."""
    h = c = np.zeros((len(ids), len(p.U)))
    states = []
    for column in ids.T:
        h, c = step(p, column, h, c)
        states.append((h, c))
    hs, cs = zip(*states, strict=True)
    return np.stack(hs, 1), np.stack(cs, 1)


def probabilities(p: Arrays, h: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """The chances of each symbol to be the next, (…, K), in the states h, (…, H)."""
    scores = (h @ p.Wy + p.by) / temperature
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def continued(net: CharacterNet, ids: np.ndarray, count: int, temperature: float, rng: np.random.Generator) -> str:
    """`count` characters that the net writes behind the text ids (T,), none of them number 0."""
    p = net.weights
    hs, cs = read(p, ids[None])
    h, c, written = hs[:, -1], cs[:, -1], []
    for _ in range(count):
        chances = probabilities(p, h, temperature)[0, 1:]
        drawn = 1 + rng.choice(len(chances), p=chances / chances.sum())
        h, c = step(p, np.array([drawn]), h, c)
        written.append(net.symbols[drawn - 1])
    return "".join(written)
