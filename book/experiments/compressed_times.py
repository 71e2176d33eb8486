"""What an LSTM's step takes: dense, with zeros, as sparse rows, as factors, with fewer units; sparse products by size.

Read by the page `compression`. Processor time of one thread; programs take turns. A clock does not ask what the weights
are, so nothing is trained. Times belong to the machine: record them while little else runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch import nn

from experiments.compressed import RANKS, STUDENTS, UNITS, ZEROS, Net, cut, dynamic, factors

SEEDS = range(1, 6)
BUDGET = 20  # turns
PROBE = 1
TOLERANCE = 1e-3
LIBRARIES = ("numpy", "scipy", "torch")

SYMBOLS = 70
DENSITIES = (0.5, 0.3, 0.2, 0.1, 0.05, 0.02)
PRODUCTS = ((512, 176), (2048, 640), (4096, 1280))


def in_turns(programs: dict[str, Callable[[], Any]], turns: int, calls: int) -> dict[str, np.ndarray]:
    """Microseconds of each call of each program; they take turns, after one to warm up."""
    took: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(turns + 1):
        for name, go in programs.items():
            for _ in range(calls):
                began = time.thread_time_ns()
                go()
                if turn:
                    took[name].append((time.thread_time_ns() - began) / 1000)
    return {name: np.array(times) for name, times in took.items()}


def quantiles(times: np.ndarray) -> list[float]:
    return [float(one) for one in np.quantile(times, [0.1, 0.5, 0.9, 0.99])]


def stepper(net: Net, kind: str, share: float = RANKS[-1]) -> Callable[[], np.ndarray]:
    """One step of one sequence in NumPy, which returns its state; the state lives on from call to call."""
    p = {name: one.detach().numpy() for name, one in net.named_parameters()}
    H = p["head.weight"].shape[1]
    joint = np.ascontiguousarray(np.concatenate([p["lstm.weight_ih_l0"], p["lstm.weight_hh_l0"]], 1))
    bias = p["lstm.bias_ih_l0"] + p["lstm.bias_hh_l0"]

    def product(matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        if kind == "csr":
            rows = sparse.csr_array(matrix)
            return lambda v: rows @ v
        if kind == "factors":
            left, right = (one.contiguous().numpy() for one in factors(torch.tensor(matrix), share))
            return lambda v: left @ (right @ v)
        return lambda v: matrix @ v

    gates, head = product(joint), product(p["head.weight"])
    state = [0, np.zeros(H, np.float32), np.zeros(H, np.float32)]

    def step() -> np.ndarray:
        number, h, c = state
        a = gates(np.concatenate([p["embedding.weight"][number], h])) + bias
        open_ = 1 / (1 + np.exp(-a))
        c = open_[H : 2 * H] * c + open_[:H] * np.tanh(a[2 * H : 3 * H])
        h = open_[3 * H :] * np.tanh(c)
        state[:] = int((head(h) + p["head.bias"]).argmax()), h, c
        return h

    return step


def torch_stepper(net: nn.Module) -> Callable[[], None]:
    """The same through PyTorch's modules."""
    state: list[Any] = [torch.zeros(1, 1, dtype=torch.long), None]

    @torch.no_grad()
    def step() -> None:
        logits, state[1] = net(state[0], state[1])
        state[0] = logits.argmax(2)

    return step


def sweep(turns: int, rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Time of a sparse product with a vector, in times of the dense one, by size and density."""
    found: dict[str, dict[str, float]] = {}
    for m, n in PRODUCTS:
        matrix, v = (rng.normal(size=shape).astype(np.float32) for shape in ((m, n), n))
        programs: dict[str, Callable[[], Any]] = {
            "dense": partial(np.matmul, matrix, v),
            "copy": partial(np.matmul, matrix.copy(), v),
        }
        for density in DENSITIES:
            thin = np.where(rng.random((m, n)) < density, matrix, 0)
            rows = sparse.csr_array(thin)
            programs[str(density)] = partial(rows.dot, v)
            if density == min(DENSITIES):
                programs["masked"] = partial(np.matmul, thin, v)
        took = {name: float(np.median(times)) for name, times in in_turns(programs, turns, 10).items()}
        found[f"{m} × {n}"] = {name: one / took["dense"] for name, one in took.items()} | {"dense": took["dense"]}
    return found


def run(seed: int, budget: int) -> dict[str, Any]:
    """Quantiles (10, 50, 90, 99 %) of a step's time in microseconds, and the products."""
    torch.manual_seed(seed)
    net = Net(SYMBOLS, UNITS).requires_grad_(False)
    steps: dict[str, Callable[[], Any]] = {"float32": stepper(net, "dense")}
    for zeros in ZEROS:
        thin = cut(net, zeros)
        steps[f"pruned {zeros}"] = stepper(thin, "csr")
        steps[f"pruned {zeros}, dense"] = stepper(thin, "dense")
    steps[f"SVD {RANKS[-1]}"] = stepper(net, "factors", RANKS[-1])
    for units in STUDENTS:
        steps[f"units {units}"] = stepper(Net(SYMBOLS, units).requires_grad_(False), "dense")
    steps["PyTorch"], steps["PyTorch's int8"] = torch_stepper(net), torch_stepper(dynamic(net))
    return {
        "time": {name: quantiles(times) for name, times in in_turns(steps, budget, 50).items()},
        "sweep": sweep(budget, np.random.default_rng(seed)),
    }


def probe(seed: int, budget: int) -> dict[str, float]:
    """States after some steps, which do not depend on a clock."""
    torch.manual_seed(seed)
    net = cut(Net(SYMBOLS, UNITS).requires_grad_(False), ZEROS[0])
    found = {}
    for kind in ("dense", "csr"):
        step = stepper(net, kind)
        for _ in range(5 * budget):
            h = step()
        found[kind] = float(np.abs(h).mean())
    return found
