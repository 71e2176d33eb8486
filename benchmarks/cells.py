"""Measures RNN, LSTM and GRU against PyTorch in one thread, and the memory that their backward passes take.

Both sides get the same float32 numbers, and gradients for the inputs, the initial states and all parameters. They take
turns, and the ratio is the median over the turns: what else the machine does hits both alike. Time is this process'
processor time. Neither side is held to older instructions than the processor has (`PINS` in __main__.py).

Memory of a backward pass, in numbers, besides the cache of the forward pass, for T steps and a batch of B; the last
term of each is kernels, their transposes and gradients:

    rnn    T B (H + max(D, H)) + H (D + 2H)       da, and then the states that the steps started from or dX
    lstm   T B D + S B 4H + 12 H (D + H)          dX, and da of S steps at a time
    gru    T B (6H + 2D) + 3H (D + 2H)            da on the input's and on the state's side, dX, X with time first

The caches hold T B H (rnn), T B (D + 1 + 6H) (lstm) and T B 5H (gru) numbers besides the arguments.
"""

from __future__ import annotations

import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from solutions.reference.gru import gru_backward_after, gru_forward_after
from solutions.reference.lstm import STEPS_AT_ONCE, lstm_backward, lstm_forward
from solutions.reference.rnn import rnn_backward, rnn_forward
from unrolled.layouts import to_torch

# Forward, backward, blocks and states of each cell.
CELLS: dict[str, tuple[Callable[..., Any], Callable[..., Any], int, int]] = {
    "rnn": (rnn_forward, rnn_backward, 1, 1),
    "lstm": (lstm_forward, lstm_backward, 4, 2),
    "gru_after": (gru_forward_after, gru_backward_after, 3, 1),
}
TURNS, WARM_UP = 11, 2


@dataclass(frozen=True)
class Size:
    """Sizes of one measurement."""

    batch: int
    steps: int
    inputs: int
    hidden: int


GRID = (
    Size(1, 100, 64, 64),
    Size(16, 50, 32, 64),
    Size(64, 100, 128, 128),
    Size(32, 50, 256, 256),
    Size(128, 20, 64, 256),
)


@dataclass(frozen=True)
class Timing:
    """Medians in milliseconds, and the median of the ratios ours / PyTorch's."""

    cell: str
    mode: str
    size: Size
    ours_ms: float
    torch_ms: float
    ratio: float


@dataclass(frozen=True)
class Memory:
    """Peak bytes of a backward pass beyond the cache: by the formula and as tracemalloc saw it."""

    cell: str
    size: Size
    formula: int
    measured: int


class Contest:
    """One cell of one size, ours and PyTorch's, with the same weights and inputs."""

    def __init__(self, name: str, size: Size) -> None:
        self.forward, self.backward, blocks, states = CELLS[name]
        rng = np.random.default_rng(0)

        def normal(*shape: int) -> np.ndarray:
            return rng.standard_normal(shape).astype(np.float32)

        D, H, scale = size.inputs, size.hidden, np.float32(size.hidden**-0.5)
        W, U, b = scale * normal(D, blocks * H), scale * normal(H, blocks * H), normal(blocks * H)
        self.parameters = (W, U, b, normal(H)) if name == "gru_after" else (W, U, b)
        self.X, self.dHs = normal(size.batch, size.steps, D), normal(size.batch, size.steps, H)
        self.state = tuple(normal(size.batch, H) for _ in range(states))
        self.dlast = tuple(np.zeros_like(s) for s in self.state[1:])
        self.module = getattr(torch.nn, name[:4].rstrip("_").upper())(D, H, batch_first=True)
        weights = to_torch(name, [[self.parameters]])
        self.module.load_state_dict({key: torch.from_numpy(value) for key, value in weights.items()})
        self.X_torch = torch.from_numpy(self.X).requires_grad_()
        begin = tuple(torch.from_numpy(s)[None].requires_grad_() for s in self.state)
        self.begin = begin if states > 1 else begin[0]
        self.dHs_torch = torch.from_numpy(self.dHs)

    def ours_forward(self) -> np.ndarray:
        return self.forward(self.X, *self.state, *self.parameters)[0]

    def ours_both(self) -> np.ndarray:
        *_, cache = self.forward(self.X, *self.state, *self.parameters)
        return self.backward(self.dHs, *self.dlast, cache)[0]

    def torch_forward(self) -> np.ndarray:
        with torch.no_grad():
            return self.module(self.X_torch, self.begin)[0].numpy()

    def torch_both(self) -> np.ndarray:
        self.module.zero_grad()
        self.X_torch.grad = None
        self.module(self.X_torch, self.begin)[0].backward(self.dHs_torch)
        return self.X_torch.grad.numpy()

    def backward_memory(self) -> int:
        *_, cache = self.forward(self.X, *self.state, *self.parameters)
        tracemalloc.start()
        self.backward(self.dHs, *self.dlast, cache)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak


def expected_memory(name: str, size: Size) -> int:
    """The formula of this module in bytes of float32."""
    B, T, D, H = size.batch, size.steps, size.inputs, size.hidden
    numbers = {
        "rnn": T * B * (H + max(D, H)) + H * (D + 2 * H),
        "lstm": T * B * D + STEPS_AT_ONCE * B * 4 * H + 12 * H * (D + H),
        "gru_after": T * B * (6 * H + 2 * D) + 3 * H * (D + 2 * H),
    }
    return 4 * numbers[name]


def seconds(function: Callable[[], Any]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def timing(name: str, mode: str, size: Size, ours: Callable[[], Any], theirs: Callable[[], Any]) -> Timing:
    """Ours and PyTorch's in turns.

    Raises:
        AssertionError: the two do not compute the same.
    """
    np.testing.assert_allclose(ours(), theirs(), atol=2e-4)
    turns = [(seconds(ours), seconds(theirs)) for _ in range(WARM_UP + TURNS)][WARM_UP:]
    mine, other = ([1e3 * t for t in side] for side in zip(*turns, strict=True))
    ratio = statistics.median(a / b for a, b in turns)
    return Timing(name, mode, size, statistics.median(mine), statistics.median(other), ratio)


def measure() -> dict[str, Any]:
    """All timings and memories with what they were measured on, as plain data."""
    torch.set_num_threads(1)
    timings, memories = [], []
    for size in GRID:
        for name in CELLS:
            contest = Contest(name, size)
            pairs = {
                "forward": (contest.ours_forward, contest.torch_forward),
                "forward + backward": (contest.ours_both, contest.torch_both),
            }
            for mode, (ours, theirs) in pairs.items():
                timings.append(timing(name, mode, size, ours, theirs))
                print(f"{name:10} {mode:19} {size}  ratio {timings[-1].ratio:.2f}", flush=True)
            memories.append(Memory(name, size, expected_memory(name, size), contest.backward_memory()))
    return {
        "machine": {"processor": processor(), "system": platform.platform(), "threads": 1},
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__},
        "turns": TURNS,
        "timings": [asdict(t) for t in timings],
        "memories": [asdict(m) for m in memories],
    }


def processor() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
