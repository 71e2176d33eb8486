"""What fusing, `torch.compile`, int8 weights and a second thread do to the time of an LSTM in PyTorch.

Read by the page `making-it-fast`. All but the threads is processor time of one thread; the threads are seconds of the
clock, the least of many tries. Times belong to the machine and to the libraries; both stand in the record. One run is a
fresh start of all programs; within a run they take turns.
"""

from __future__ import annotations

import io
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

SEEDS = range(1, 6)
BUDGET = 11  # turns of one comparison
PROBE = 1
TOLERANCE = 0.0
LIBRARIES = ("numpy", "torch")

Pass = Callable[[], Any]
LOOPS = ((32, 1), (32, 64), (256, 1), (256, 64))  # H and B of the loops, T below
INT8 = ((128, 1), (512, 1), (512, 64), (1024, 1))
STEPS, COMPILED_STEPS, INT8_STEPS = 50, 20, 20
THREADED = {"small LSTM": (64, 1), "large LSTM": (128, 64)}


class Loop(torch.nn.Module):
    """An LSTM as a loop of Python over PyTorch's operations, with the weights of a layer."""

    def __init__(self, layer: torch.nn.LSTM) -> None:
        super().__init__()
        self.W, self.U = (torch.nn.Parameter(w.detach().T.clone()) for w in (layer.weight_ih_l0, layer.weight_hh_l0))
        self.b = torch.nn.Parameter((layer.bias_ih_l0 + layer.bias_hh_l0).detach())

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        h = c = X.new_zeros(X.shape[1], len(self.U))
        states = []
        for x in X.unbind(0):
            i, f, g, o = (x @ self.W + h @ self.U + self.b).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            states.append(h)
        return torch.stack(states)


def not_fused() -> Any:
    """PyTorch without oneDNN, whose LSTM is one operation."""
    return torch.backends.mkldnn.flags(enabled=False, allow_tf32=None)


def in_turns(passes: dict[str, Pass], repeats: int, clock: Callable[[], float] = time.thread_time) -> dict[str, Any]:
    """Milliseconds of each pass, one number a turn; they take turns, after one turn to warm up."""
    took: dict[str, list[float]] = {name: [] for name in passes}
    for turn in range(repeats + 1):
        for name, go in passes.items():
            began = clock()
            go()
            if turn:
                took[name].append(1000 * (clock() - began))
    return took


def medians(passes: dict[str, Pass], repeats: int) -> dict[str, float]:
    """Median of the processor time of each pass, in milliseconds."""
    return {name: float(np.median(times)) for name, times in in_turns(passes, repeats).items()}


def pass_of(net: torch.nn.Module, X: torch.Tensor, fused: bool = True) -> Pass:
    """Forward and back."""

    def go() -> None:
        found = net(X)
        (found[0] if isinstance(found, tuple) else found).sum().backward()

    def go_plainly() -> None:
        with not_fused():
            go()

    return go if fused else go_plainly


def loops(repeats: int) -> dict[str, Any]:
    """The loop, and PyTorch's layer with and without its fused operation."""
    found: dict[str, Any] = {}
    for H, B in LOOPS:
        layer, X = torch.nn.LSTM(H, H), torch.randn(STEPS, B, H)
        passes = {
            "loop": pass_of(Loop(layer), X),
            "layer, not fused": pass_of(layer, X, fused=False),
            "layer": pass_of(layer, X),
        }
        found.setdefault(H, {})[B] = medians(passes, repeats)
    return found


def spent() -> float:
    """Processor time of this process and of the compilers that it started."""
    return sum(os.times()[:4])


def compiled(repeats: int) -> dict[str, Any]:
    """`torch.compile` of the loop: seconds of the processor until its first result, and what a pass takes then."""
    import torch._inductor.config as settings

    settings.compile_threads, settings.force_disable_caches = 1, True
    torch._dynamo.reset()
    layer, X = torch.nn.LSTM(64, 64), torch.randn(COMPILED_STEPS, 16, 64)
    loop = Loop(layer)
    fast = torch.compile(loop)
    began = spent()
    fast(X).sum().backward()
    seconds, gradient = spent() - began, loop.U.grad.clone()
    loop.zero_grad()
    loop(X).sum().backward()
    off = float((gradient - loop.U.grad).abs().max() / loop.U.grad.abs().max())
    passes = {"loop": pass_of(loop, X), "compiled": pass_of(fast, X), "layer": pass_of(layer, X)}
    return {"seconds": seconds, "off": off, **medians(passes, 4 * repeats)}


def int8(repeats: int) -> dict[str, Any]:
    """The layer's forward pass with weights of four bytes and of one."""
    found: dict[str, Any] = {}
    for H, B in INT8:
        layer, small = pair(H)
        X = torch.randn(INT8_STEPS, B, H)
        with torch.no_grad():

            def plainly(layer: torch.nn.LSTM = layer, X: torch.Tensor = X) -> None:
                with not_fused():
                    layer(X)

            passes: dict[str, Pass] = {
                "float32": lambda layer=layer, X=X: layer(X),
                "float32, not fused": plainly,
                "int8": lambda small=small, X=X: small(X),
            }
            found.setdefault(H, {})[B] = medians(passes, repeats)
    return found


def pair(H: int) -> tuple[torch.nn.LSTM, torch.nn.Module]:
    """A layer, and the same with int8 weights."""
    layer = torch.nn.LSTM(H, H)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this way of doing it is deprecated
        net = torch.ao.quantization.quantize_dynamic(torch.nn.Sequential(layer), {torch.nn.LSTM}, dtype=torch.qint8)
    return layer, net[0]


def threads(repeats: int) -> dict[str, Any]:
    """Least milliseconds of the clock with one thread and with two."""
    A = torch.randn(768, 768)
    passes: dict[str, Pass] = {"product": lambda: A @ A}
    for name, (H, B) in THREADED.items():
        passes[name] = pass_of(torch.nn.LSTM(H, H), torch.randn(STEPS, B, H))
    found: dict[str, Any] = {name: {1: [], 2: []} for name in passes}
    try:
        for _ in range(repeats):
            for count in (1, 2):
                torch.set_num_threads(count)
                for name, times in in_turns(passes, 1, time.perf_counter).items():
                    found[name][count] += times
    finally:
        torch.set_num_threads(1)
    return {name: {count: min(times) for count, times in of.items()} for name, of in found.items()}


def run(seed: int, budget: int) -> dict[str, Any]:
    """Milliseconds of a pass, by what is compared, size and program."""
    torch.manual_seed(seed)
    return {
        "loops": loops(budget),
        "compile": compiled(budget),
        "int8": int8(budget),
        "threads": threads(budget),
    }


def probe(seed: int, budget: int) -> dict[str, Any]:
    """What no clock decides: the operations of a pass, and the bytes of a layer's weights on disk."""
    torch.manual_seed(seed)
    counted: dict[str, Any] = {}
    for H, B in LOOPS:
        layer, X = torch.nn.LSTM(H, H), torch.randn(STEPS, B, H)
        with FlopCounterMode(display=False) as counter:
            pass_of(Loop(layer), X)()
        counted[f"{H}, {B}"] = counter.get_total_flops()
    for H in (128, 512):
        for name, net in zip(("float32", "int8"), pair(H), strict=True):
            file = io.BytesIO()
            torch.save(net.state_dict(), file)
            counted[f"{name}, {H}"] = round(file.tell() / 1000)
    return counted
