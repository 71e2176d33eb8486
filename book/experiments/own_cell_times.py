"""How long a pass forward and back of one's own cell takes: looped in Python, scripted, compiled; against nn.RNN.

Read by the page `pytorch`. Times belong to the machine and to the libraries; both stand in the record. Compiling is
done once for each size, with PyTorch's caches off, and what it took counts in passes of the plain loop. One run
measures all programs again; within a run they take turns.
"""

from __future__ import annotations

import functools
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # else a second run finds the work of the first

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

SEEDS = range(1, 6)
BUDGET = 40  # passes of each program in one run
PROBE = 1
TOLERANCE = 0.0
LIBRARIES = ("torch",)

STEPS, BATCH, SIZES = 24, 16, (32, 256)
Pass = Callable[[], Any]


class Leaky(nn.Module):
    """A leaky unit: keeps a share of its state, a learnt one for each unit."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.empty(inputs, hidden))
        self.U = nn.Parameter(torch.empty(hidden, hidden))
        self.b = nn.Parameter(torch.zeros(hidden))
        self.a = nn.Parameter(torch.zeros(hidden))
        for kernel in (self.W, self.U):
            nn.init.uniform_(kernel, -(hidden**-0.5), hidden**-0.5)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        new = torch.tanh(x @ self.W + h @ self.U + self.b)
        return h + torch.sigmoid(self.a) * (new - h)


class Loop(nn.Module):
    """A cell over all steps."""

    def __init__(self, cell: nn.Module) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, X: Tensor, h: Tensor) -> Tensor:
        states = []
        for x in X.unbind(1):
            h = self.cell(x, h)
            states.append(h)
        return torch.stack(states, 1)


class Count(TorchDispatchMode):
    """Counts the operations that PyTorch starts."""

    def __init__(self) -> None:
        super().__init__()
        self.started = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.started += 1
        return func(*args, **(kwargs or {}))


def back(layer: nn.Module, X: Tensor, h: Tensor) -> Pass:
    """A pass forward and back."""
    return lambda: layer(X, h).sum().backward()


def first(go: Pass) -> float:
    """Seconds of the clock of two first passes: PyTorch compiles in them, in other processes, too."""
    began = time.perf_counter()
    go()
    go()
    return time.perf_counter() - began


@functools.cache
def programs(hidden: int) -> tuple[dict[str, Pass], dict[str, float]]:
    """All programs of one size, ready to run, and the seconds that the first passes of each took."""
    torch._dynamo.reset()  # the second size is a new program, not a variant of the first
    torch.manual_seed(hidden)
    X, h = torch.randn(BATCH, STEPS, hidden), torch.zeros(BATCH, hidden)
    cell, own = Leaky(hidden, hidden), nn.RNN(hidden, hidden, batch_first=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scripting is deprecated
        scripted = torch.jit.script(Loop(cell))
    passes = {
        "loop": back(Loop(cell), X, h),
        "scripted": back(scripted, X, h),
        "step compiled": back(Loop(torch.compile(cell)), X, h),
        "whole compiled": back(torch.compile(Loop(cell)), X, h),
        "nn.RNN": lambda: own(X, h[None])[0].sum().backward(),
    }
    return passes, {name: first(go) for name, go in passes.items()}


def run(seed: int, budget: int) -> dict[str, Any]:
    """By size and program: milliseconds of the processor of a pass (median), and seconds of the first passes."""
    found: dict[str, Any] = {}
    for hidden in SIZES:
        passes, starts = programs(hidden)
        took: dict[str, list[float]] = {name: [] for name in passes}
        for _ in range(budget):
            for name, go in passes.items():
                began = time.thread_time()
                go()
                took[name].append(time.thread_time() - began)
        found[str(hidden)] = {
            name: {"pass": 1000 * float(np.median(times)), "start": starts[name]} for name, times in took.items()
        }
    return found | {"started": probe(seed, budget)}


def probe(seed: int, budget: int) -> dict[str, Any]:
    """What no clock decides: how many operations a forward pass starts, of the loop and of PyTorch's layer."""
    X, h = torch.randn(BATCH, STEPS, 32), torch.zeros(BATCH, 32)
    own, counted = nn.RNN(32, 32, batch_first=True), {}
    for name, go in {"loop": lambda: Loop(Leaky(32, 32))(X, h), "nn.RNN": lambda: own(X, h[None])}.items():
        with Count() as count:
            go()
        counted[name] = count.started
    return counted
