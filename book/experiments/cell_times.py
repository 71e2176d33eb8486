"""How long a pass forward and back of LSTM and GRU takes, by size, number of steps and program; processor time.

Read by the page `lstm-or-gru`. Times belong to the machine and to the libraries; both stand in the record. One run is a
fresh start of all programs; within a run they take turns.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")  # read once, when Keras is imported

import keras
import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch.utils.flop_counter import FlopCounterMode

from experiments._small_nets import BATCH, matched
from unrolled.lab.small_cells import BLOCKS, from_torch, states

SEEDS = range(1, 6)
BUDGET = 12  # repeats of the small sizes in one run
PROBE = 1
TOLERANCE = 0.0
LIBRARIES = ("numpy", "torch", "keras")

GATED = ("GRU", "LSTM")
WIDTHS, LENGTHS = (32, 64, 128, 256, 512, 1024), (8, 100)
BETWEEN = 30  # a length that only the smallest size has: is the time a straight line in T?
SQUASHES = {"GRU": 3, "LSTM": 5}  # tanh and sigmoid of one step
SHAPES = {  # steps, inputs, outputs of the tasks; of the characters those of today's Python
    "adding": (20, 2, 1),
    "first symbol": (20, 4, 4),
    "delayed XOR": (12, 1, 2),
    "counting": (30, 2, 1),
    "next character": (24, 70, 70),
    "digits": (8, 8, 10),
}

Pass = Callable[[], Any]


def torch_pass(cell: str, H: int, T: int, fused: bool = True, D: int | None = None) -> Pass:
    """PyTorch's layer; `fused`: with oneDNN, which has the whole LSTM as one operation."""
    layer, X = getattr(torch.nn, cell)(D or H, H), torch.randn(T, BATCH, D or H)

    def go() -> None:
        with torch.backends.mkldnn.flags(enabled=fused, allow_tf32=None):
            layer(X)[0].sum().backward()

    return go


def keras_pass(cell: str, H: int, T: int) -> Pass:
    """Keras' layer on PyTorch."""
    layer, X = getattr(keras.layers, cell)(H), torch.randn(BATCH, T, H)
    return lambda: layer(X).sum().backward()


def floor_pass(cell: str, H: int, T: int) -> Pass:
    """No cell: only the six products of a step, forward and back, and its squashings, in NumPy."""
    rng, wide = np.random.default_rng(0), BLOCKS[cell] * H
    x, sums, W = (rng.normal(size=s).astype(np.float32) for s in ((BATCH, H), (BATCH, wide), (H, wide)))

    def go() -> None:
        for _ in range(T):
            for _ in range(2):
                _ = x @ W, sums @ W.T, x.T @ sums
            for _ in range(SQUASHES[cell]):
                np.tanh(x)

    return go


def our_pass(cell: str, H: int, T: int, D: int) -> Pass:
    """The cells that the nets of `small_tasks` are made of."""
    weights = from_torch(getattr(torch.nn, cell)(D, H))
    p, X = {name: array.requires_grad_() for name, array in weights.items()}, torch.randn(1, BATCH, T, D)
    return lambda: states(cell, p, X).sum().backward()


PROGRAMS: dict[str, Callable[[str, int, int], Pass]] = {
    "PyTorch": torch_pass,
    "PyTorch, not fused": lambda cell, H, T: torch_pass(cell, H, T, fused=False),
    "Keras": keras_pass,
    "NumPy floor": floor_pass,
}


def medians(passes: dict[Any, Pass], repeats: int) -> dict[Any, float]:
    """Median of the processor time of each pass, in milliseconds; they take turns, after one turn to warm up."""
    took: dict[Any, list[float]] = {name: [] for name in passes}
    for turn in range(repeats + 1):
        for name, go in passes.items():
            began = time.thread_time()
            go()
            if turn:
                took[name].append(time.thread_time() - began)
    return {name: 1000 * float(np.median(times)) for name, times in took.items()}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Milliseconds of a pass: by program, cell, T and H; and at the tasks' shapes, of our cells and PyTorch's layers.

    The floor has nothing that a sequence pays once, so one length is enough for it.
    """
    torch.manual_seed(seed)
    threadpool_limits(1)  # NumPy's products, too
    sizes: dict[str, Any] = {name: {cell: {} for cell in GATED} for name in PROGRAMS}
    places = [(T, H) for T in LENGTHS for H in WIDTHS] + [(BETWEEN, WIDTHS[0])]
    for T, H in places:
        passes = {
            (name, cell): make(cell, H, T)
            for name, make in PROGRAMS.items()
            for cell in GATED
            if name != "NumPy floor" or LENGTHS[0] == T
        }
        fewer = max(1, min(budget, int(budget * 8 * 256 / T / H)))
        for (name, cell), took in medians(passes, fewer).items():
            sizes[name][cell].setdefault(T, {})[H] = took
    shapes: dict[str, Any] = {}
    for task, (T, D, K) in SHAPES.items():
        units = {cell: matched(cell, D, K) for cell in GATED}
        passes = {("ours", cell): our_pass(cell, H, T, D) for cell, H in units.items()}
        passes |= {("PyTorch", cell): torch_pass(cell, H, T, D=D) for cell, H in units.items()}
        found = medians(passes, budget)
        shapes[task] = {whose: {cell: found[whose, cell] for cell in GATED} for whose in ("ours", "PyTorch")}
    return {"sizes": sizes, "shapes": shapes}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """What no clock decides: the floating-point operations of a pass, as counted, of our cells at the tasks' shapes."""
    counted: dict[str, Any] = {}
    for task, (T, D, K) in SHAPES.items():
        counted[task] = {}
        for cell in GATED:
            with FlopCounterMode(display=False) as counter:
                our_pass(cell, matched(cell, D, K), T, D)()
            counted[task][cell] = counter.get_total_flops()
    return counted
