"""Measures RNN, LSTM and GRU against PyTorch in one thread, how far both are from the floor, and what memory they take.

Both sides get the same float32 numbers, and gradients for the inputs, the initial states and all parameters. They take
turns, and a run's ratio is the median over its turns: what else the machine does hits both alike. Several runs, one
after the other over all sizes, give the spread. Time is this process' processor time. `__main__` says what instructions
both sides may use. Ours are the fast forms; forward and backward, the plain ones that they equal are timed too, and for
the LSTM what one would take instead (alternatives.py).

PyTorch's LSTM is one call of oneDNN for all steps: its kernels are packed once, and a step's elementwise work is one
compiled loop. Its RNN and GRU are loops of single operations, which at a batch of one cost more than the arithmetic.

Memory of a backward pass, in numbers, besides the cache of the forward pass, for T steps and a batch of B, of which S
steps are worked on at a time; the last term of each is kernels, their transposes and gradients; where U is cut into
slices (solutions/reference/products.py), that takes 4 H² (lstm) or 3 H² (gru) more:

    rnn    T B (H + max(D, H)) + H (D + 2H)          da, and then the states that the steps started from or dX
    lstm   T B D + S B 11H + 16 H (D + H)            dX; slopes, room for them, da
    gru    T B D + S B 10H + 13 H (D + H)            the same

The caches hold T B H (rnn), T B (D + 1 + 6H) (lstm) and T B (D + 1 + 5H) (gru) numbers besides the arguments.
"""

from __future__ import annotations

import platform
import statistics
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from benchmarks.alternatives import JAX_SCAN, TORCH_COMPILE, alternatives, missing
from benchmarks.floor import Size, fastest, floor, machine, products
from benchmarks.machine import about
from benchmarks.spread import Spread, spread
from benchmarks.spread import told as spread_told
from solutions.reference.fast_gru import fast_gru_backward_after, fast_gru_forward_after
from solutions.reference.fast_lstm import fast_lstm_backward, fast_lstm_forward, steps_at_once
from solutions.reference.gru import gru_backward_after, gru_forward_after
from solutions.reference.lstm import lstm_backward, lstm_forward
from solutions.reference.products import slice_width
from solutions.reference.rnn import rnn_backward, rnn_forward
from unrolled.layouts import to_torch

# Forward, backward, blocks and states of each cell.
CELLS: dict[str, tuple[Callable[..., Any], Callable[..., Any], int, int]] = {
    "rnn": (rnn_forward, rnn_backward, 1, 1),
    "lstm": (fast_lstm_forward, fast_lstm_backward, 4, 2),
    "gru_after": (fast_gru_forward_after, fast_gru_backward_after, 3, 1),
}
# The plain forms of those that have a fast one.
PLAIN_FORMS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "lstm": (lstm_forward, lstm_backward),
    "gru_after": (gru_forward_after, gru_backward_after),
}
RUNS, TURNS, WARM_UP = 5, 7, 1
OURS, PLAIN, PYTORCH = "ours", "ours, plain form", "PyTorch"
FORWARD, BOTH = "forward", "forward + backward"
GRID = (
    Size(1, 100, 64, 64),
    Size(16, 50, 32, 64),
    Size(64, 100, 128, 128),
    Size(32, 50, 256, 256),
    Size(128, 20, 64, 256),
)
COMPILED = GRID[1:3]  # the sizes that torch.compile is tried at
Sides = dict[str, Callable[[], np.ndarray]]


@dataclass(frozen=True)
class Timing:
    """One side's milliseconds and its time as a multiple of PyTorch's, each a run's median, over all runs."""

    cell: str
    mode: str
    size: Size
    side: str
    milliseconds: Spread
    ratio: Spread


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
        self.name, self.size = name, size
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
        return self._both(self.forward, self.backward)

    def plain_both(self) -> np.ndarray:
        return self._both(*PLAIN_FORMS[self.name])

    def torch_forward(self) -> np.ndarray:
        with torch.no_grad():
            return self.module(self.X_torch, self.begin)[0].numpy()

    def torch_both(self) -> np.ndarray:
        self.module.zero_grad()
        self.X_torch.grad = None
        self.module(self.X_torch, self.begin)[0].backward(self.dHs_torch)
        assert self.X_torch.grad is not None
        return self.X_torch.grad.numpy()

    def _both(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> np.ndarray:
        *_, cache = forward(self.X, *self.state, *self.parameters)
        dX: np.ndarray = backward(self.dHs, *self.dlast, cache)[0]
        return dX

    def backward_memory(self) -> int:
        *_, cache = self.forward(self.X, *self.state, *self.parameters)
        self.backward(self.dHs, *self.dlast, cache)  # what is loaded and kept once is not counted
        tracemalloc.start()
        self.backward(self.dHs, *self.dlast, cache)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    def modes(self) -> dict[str, Sides]:
        """Who takes turns with whom."""
        both: Sides = {OURS: self.ours_both, PYTORCH: self.torch_both}
        return {FORWARD: {OURS: self.ours_forward, PYTORCH: self.torch_forward}, BOTH: both}

    def others(self) -> Sides:
        """Other ways to compute the same as `ours_both`, PyTorch's among them; none where ours has one form."""
        if self.name not in PLAIN_FORMS:
            return {}
        sides: Sides = {PYTORCH: self.torch_both, PLAIN: self.plain_both}
        if self.name == "lstm":
            sides |= alternatives(self.X, self.state, self.parameters, self.dHs, self.size in COMPILED)
        return sides


def expected_memory(name: str, size: Size) -> int:
    """The formula of this module in bytes of float32."""
    B, T, D, H = size.batch, size.steps, size.inputs, size.hidden
    S = steps_at_once(T, B)
    slices = CELLS[name][2] * H * H if B > 1 and slice_width(B, H, H) < H else 0
    numbers = {
        "rnn": T * B * (H + max(D, H)) + H * (D + 2 * H),
        "lstm": T * B * D + S * B * 11 * H + 16 * H * (D + H) + slices,
        "gru_after": T * B * D + S * B * 10 * H + 13 * H * (D + H) + slices,
    }
    return 4 * numbers[name]


def seconds(function: Callable[[], Any]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    function()
    return time.process_time() - start


def first_call(side: Callable[[], Any]) -> float:
    """Seconds until the first answer: by the clock, since compilers may run as processes of their own."""
    start = time.perf_counter()
    side()
    return time.perf_counter() - start


def check(sides: Sides) -> None:
    """All sides compute the same.

    Raises:
        AssertionError: one does not.
    """
    wanted = sides[PYTORCH]()
    for name, side in sides.items():
        np.testing.assert_allclose(side(), wanted, atol=2e-4, err_msg=name)


def one_run(sides: Sides, turns: int) -> dict[str, tuple[float, float]]:
    """Each side's median seconds, and the median over the turns of its time as a multiple of PyTorch's."""
    taken = [{name: seconds(side) for name, side in sides.items()} for _ in range(WARM_UP + turns)][WARM_UP:]
    return {
        name: (
            statistics.median(turn[name] for turn in taken),
            statistics.median(turn[name] / turn[PYTORCH] for turn in taken),
        )
        for name in sides
    }


def measure(grid: tuple[Size, ...] = GRID, runs: int = RUNS, turns: int = TURNS) -> dict[str, Any]:
    """All timings, floors and memories with what they were measured on, as plain data."""
    torch.set_num_threads(1)
    contests = [Contest(name, size) for size in grid for name in CELLS]
    games = [(one, mode, sides, turns) for one in contests for mode, sides in one.modes().items()]
    games += [(one, BOTH, others, max(1, turns // 3)) for one in contests if (others := one.others())]
    begun = [
        {"size": asdict(one.size), "side": name, "seconds": first_call(sides[name])}
        for one, _, sides, _ in games
        for name in (TORCH_COMPILE, JAX_SCAN)
        if name in sides
    ]
    for _, _, sides, _ in games:
        check(sides)
    results: dict[tuple[str, str, Size, str], list[tuple[float, float]]] = defaultdict(list)
    for _ in range(runs):
        for one, mode, sides, some in games:
            for side, found in one_run(sides, some).items():
                if OURS in sides or side != PYTORCH:
                    results[one.name, mode, one.size, side].append(found)
    timings = [
        Timing(*key, spread(1e3 * s for s, _ in found), spread(ratio for _, ratio in found))
        for key, found in results.items()
    ]
    speeds = machine()
    floors = [
        {"cell": one.name, "size": asdict(one.size), **floor(one.name, one.size, speeds), **_products_alone(one)}
        for one in contests
    ]
    memories = [Memory(c.name, c.size, expected_memory(c.name, c.size), c.backward_memory()) for c in contests]
    return {
        "machine": {**about(), "threads": 1, "torch": torch.backends.cpu.get_cpu_capability(), **speeds},
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__},
        "runs": runs,
        "turns": turns,
        "absent": missing(),
        "first_calls": begun,
        "timings": [asdict(t) for t in timings],
        "floors": floors,
        "memories": [asdict(m) for m in memories],
    }


def _products_alone(contest: Contest) -> dict[str, float]:
    both = products(contest.name, contest.size)
    return {f"{library}_products_ms": 1e3 * fastest(compute) for library, compute in both.items()}


def told(measured: dict[str, Any]) -> str:
    """What was measured, in words: ratios with their spread over the runs, then how far from the floor, then memory."""
    machine = measured["machine"]
    lines = [
        f"one thread; a large product {machine['numpy_operations'] / 1e9:.0f} (NumPy) and "
        f"{machine['torch_operations'] / 1e9:.0f} (PyTorch) billion operations a second, copying "
        f"{machine['bytes'] / 1e9:.0f} GB/s, a tanh {1e9 * machine['numpy_tanh']:.2f} and "
        f"{1e9 * machine['torch_tanh']:.2f} ns",
        f"time as a multiple of PyTorch's, median of {measured['runs']} runs (least to most):",
    ]
    times = {}
    for one in measured["timings"]:
        times[one["cell"], sizes(one), one["mode"], one["side"]] = one["milliseconds"]["median"]
        if one["side"] != PYTORCH:
            ratio = spread_told(one["ratio"], digits=2)
            lines.append(f"  {one['cell']:10} {one['mode']:19} {sizes(one):18} {one['side']:22} {ratio}")
    lines += [f"  {name}: not here, {why}" for name, why in measured["absent"].items()]
    lines += [
        f"  {one['side']} at {sizes(one)}: compiled anew for this size, first call {one['seconds']:.1f} s"
        for one in measured["first_calls"]
    ]
    lines.append(f"  {TORCH_COMPILE} is tried at {len(COMPILED)} of {len(GRID)} sizes, since it compiles so long")
    lines.append(
        "forward + backward in ms and as a multiple of the floor (benchmarks/floor.py), and its products alone:"
    )
    for one in measured["floors"]:
        floor_ms = one["floor_ms"]
        ours, theirs = (times[one["cell"], sizes(one), BOTH, side] for side in (OURS, PYTORCH))
        lines.append(
            f"  {one['cell']:10} {sizes(one):18} floor {floor_ms:7.3f}: ours {ours:7.3f} ({ours / floor_ms:5.2f}; "
            f"products {one['numpy_products_ms']:7.3f}), PyTorch {theirs:7.3f} ({theirs / floor_ms:5.2f}; products "
            f"{one['torch_products_ms']:7.3f}); tanh and σ {one['numpy_squashing_ms']:.2f}, "
            f"{one['torch_squashing_ms']:.2f}"
        )
    for memory in measured["memories"]:
        lines.append(
            f"  {memory['cell']:10} {sizes(memory):18} backward pass, peak memory "
            f"{memory['measured'] / 2**20:6.1f} MiB, formula {memory['formula'] / 2**20:6.1f} MiB"
        )
    return "\n".join(lines)


def sizes(entry: dict[str, Any]) -> str:
    """B, T, D, H of one measurement."""
    return "{batch}, {steps}, {inputs}, {hidden}".format(**entry["size"])
