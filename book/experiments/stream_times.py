"""What a stream costs: processor time of a call that reads a chunk and carries the state, for RNN, LSTM and GRU.

Read by the page `speech-and-streams`. Times belong to the machine and to the library; both stand in the record. One run
is a fresh start; within it the nets take turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from unrolled.lab import audio

SEEDS = range(1, 6)
BUDGET = 300  # calls of each net and chunk in one run
PROBE = 1
TOLERANCE = 0.0
LIBRARIES = ("numpy", "torch")

CELLS = ("RNN", "LSTM", "GRU")
WIDTHS, CHUNKS = (64, 256), (1, 5, 25)  # units; steps a call
STACK, LABELS = 4, 11  # frames of a step, 40 ms; blank and digits

Call = Callable[[], Any]


class Reader(nn.Module):
    """A recurrent layer and its readout."""

    def __init__(self, cell: str, H: int) -> None:
        super().__init__()
        self.layer = getattr(nn, cell)(STACK * audio.BANDS, H, batch_first=True)
        self.head = nn.Linear(H, LABELS)

    def forward(self, X: torch.Tensor, state: Any) -> tuple[torch.Tensor, Any]:
        states, state = self.layer(X, state)
        return self.head(states), state


def calls(cell: str, H: int, chunk: int) -> Call:
    """Reads the next chunk of a stream of noise, its state carried from the last call."""
    reader, X, carried = Reader(cell, H), torch.randn(1, chunk, STACK * audio.BANDS), None

    def go() -> None:
        nonlocal carried
        with torch.inference_mode():
            carried = reader(X, carried)[1]

    return go


def features(chunk: int) -> Call:
    """The features of a chunk of noise."""
    reader, noise = (
        audio.Features(np.zeros(audio.BANDS)),
        np.random.default_rng(0).normal(size=STACK * audio.HOP * chunk),
    )
    return lambda: reader.read(noise)


def timed(passes: dict[str, Call], repeats: int) -> dict[str, list[float]]:
    """Median and 95th percentile of each one's processor time, in microseconds a call; they take turns."""
    took: dict[str, list[float]] = {name: [] for name in passes}
    for turn in range(repeats + 10):
        for name, go in passes.items():
            began = time.thread_time()
            go()
            if turn >= 10:
                took[name].append(time.thread_time() - began)
    return {name: [1e6 * float(q) for q in np.quantile(times, (0.5, 0.95))] for name, times in took.items()}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Microseconds of a call, median and 95th percentile: by chunk, units and net; and of the features."""
    torch.manual_seed(seed)
    threadpool_limits(1)  # NumPy's products, too
    found: dict[str, Any] = {}
    for chunk in CHUNKS:
        found[str(chunk)] = {str(H): timed({cell: calls(cell, H, chunk) for cell in CELLS}, budget) for H in WIDTHS} | {
            "features": timed({"features": features(chunk)}, budget)["features"]
        }
    return {"calls": found, "step": STACK * audio.HOP / audio.RATE, "number": budget}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """What no clock decides: how many weights the nets have."""
    return {f"{cell} {H}": sum(one.numel() for one in Reader(cell, H).parameters()) for cell in CELLS for H in WIDTHS}
