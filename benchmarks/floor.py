"""What a cell's forward and backward pass cannot do without, against what this machine can do in the same run.

For T steps and a batch of B, a cell of k blocks has three products for each kernel: of the sums, of the gradient of
what the kernel multiplies, and of its own. That is 6 T B (D + H) k H operations. It has to move X, Hs, dHs and dX once,
what its forward pass keeps twice, and the kernels and the bias with their gradients once. The floor is the longer of
both at the machine's speed for a large product, in the faster of the two libraries, and for copying. It lacks what is
no product: tanh and σ, whose time a number is measured too, everything elementwise, and the calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

BLOCKS = {"rnn": 1, "lstm": 4, "gru_after": 3}
# Numbers that a forward pass keeps for each state, and values of tanh or σ that it takes for each.
KEPT = {"rnn": 1, "lstm": 6, "gru_after": 5}
SQUASHED = {"rnn": 1, "lstm": 5, "gru_after": 3}
LARGE, NUMBERS, IN_CACHE = 1024, 2**25, 2**14
TRIES = 5


@dataclass(frozen=True)
class Size:
    """Sizes of one measurement."""

    batch: int
    steps: int
    inputs: int
    hidden: int


def operations(cell: str, size: Size) -> int:
    """Multiplications and additions of all products, forward and backward."""
    B, T, D, H = size.batch, size.steps, size.inputs, size.hidden
    return 6 * T * B * (D + H) * BLOCKS[cell] * H


def bytes_moved(cell: str, size: Size) -> int:
    """Bytes of float32 that have to be read or written."""
    B, T, D, H = size.batch, size.steps, size.inputs, size.hidden
    return 4 * (2 * T * B * (D + H) + 2 * T * B * KEPT[cell] * H + 2 * (D + H + 1) * BLOCKS[cell] * H)


def squashed(cell: str, size: Size) -> int:
    """Values of tanh and σ in a forward pass."""
    return size.steps * size.batch * SQUASHED[cell] * size.hidden


def machine() -> dict[str, float]:
    """Operations a second in a large product, bytes a second in a copy, seconds for a tanh, in one thread."""
    a = np.random.default_rng(0).standard_normal((LARGE, LARGE), dtype=np.float32)
    product = np.empty_like(a)
    a_torch, product_torch = torch.from_numpy(a), torch.from_numpy(product)
    source, target = np.ones(NUMBERS, np.float32), np.empty(NUMBERS, np.float32)
    few, out = a.ravel()[:IN_CACHE], np.empty(IN_CACHE, np.float32)
    few_torch, out_torch = torch.from_numpy(few), torch.from_numpy(out)
    return {
        "numpy_operations": 2 * LARGE**3 / fastest(lambda: np.matmul(a, a, out=product)),
        "torch_operations": 2 * LARGE**3 / fastest(lambda: torch.mm(a_torch, a_torch, out=product_torch)),
        "bytes": 2 * source.nbytes / fastest(lambda: np.copyto(target, source)),
        "numpy_tanh": fastest(lambda: np.tanh(few, out=out), calls=100) / IN_CACHE,
        "torch_tanh": fastest(lambda: torch.tanh(few_torch, out=out_torch), calls=100) / IN_CACHE,
    }


def floor(cell: str, size: Size, speeds: dict[str, float]) -> dict[str, float]:
    """The floor in milliseconds, and of what; what the squashing functions would add in NumPy and in PyTorch."""
    fastest_product = max(speeds["numpy_operations"], speeds["torch_operations"])
    terms = {
        "operations_ms": 1e3 * operations(cell, size) / fastest_product,
        "bytes_ms": 1e3 * bytes_moved(cell, size) / speeds["bytes"],
    }
    values = 1e3 * squashed(cell, size)
    more = {f"{name}_squashing_ms": values * speeds[f"{name}_tanh"] for name in ("numpy", "torch")}
    return {"floor_ms": max(terms.values()), **terms, **more}


def products(cell: str, size: Size) -> dict[str, Callable[[], Any]]:
    """The same products alone, in each library: those that wait for a state step by step, the others whole."""
    B, T, D, H = size.batch, size.steps, size.inputs, size.hidden
    rows, wide = T * B, BLOCKS[cell] * H
    shapes = {"W": (D, wide), "U": (H, wide), "W_T": (wide, D), "U_T": (wide, H), "X": (rows, D), "H": (rows, H)}
    rng = np.random.default_rng(0)
    a = {name: rng.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()}
    sums = rng.standard_normal((rows, wide), dtype=np.float32)

    def all_with(product: Callable[..., Any], a: dict[str, Any], sums: Any) -> Callable[[], Any]:
        def compute() -> None:
            product(a["X"], a["W"])
            for _ in range(T):
                product(a["H"][:B], a["U"])
            for _ in range(T):
                product(sums[:B], a["U_T"])
            product(sums, a["W_T"])
            product(a["X"].T, sums)
            product(a["H"].T, sums)

        return compute

    in_torch = {name: torch.from_numpy(array) for name, array in a.items()}
    return {"numpy": all_with(np.matmul, a, sums), "torch": all_with(torch.mm, in_torch, torch.from_numpy(sums))}


def fastest(function: Callable[[], Any], calls: int = 1) -> float:
    """Processor time of one call: the least of a few tries."""
    function()
    tries = []
    for _ in range(TRIES):
        start = time.process_time()
        for _ in range(calls):
            function()
        tries.append((time.process_time() - start) / calls)
    return min(tries)
