"""What else one would take for an LSTM: loops from scratch, PyTorch's cell step by step, compiled, and JAX's scan.

None is a dependency of more than this comparison: what the machine lacks is left out, and the output says why.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch

from benchmarks.from_scratch import gates_apart, gates_together

Call = Callable[[], np.ndarray]  # forward and backward; dX
TORCH_COMPILE, JAX_SCAN = "torch.compile", "JAX scan"  # each compiles at its first call, for this size alone


def missing() -> dict[str, str]:
    """The ways that this machine lacks, and why."""
    why = {}
    if not any(shutil.which(name) for name in ("c++", "g++", "clang++")):
        why[TORCH_COMPILE] = "no C++ compiler"
    if find_spec("jax") is None:
        why[JAX_SCAN] = "the package jax is not installed"
    return why


def alternatives(
    X: np.ndarray,
    state: tuple[np.ndarray, ...],
    parameters: tuple[np.ndarray, ...],
    dHs: np.ndarray,
    compiled: bool,
) -> dict[str, Call]:
    """Each way's forward and backward pass on the same numbers; torch.compile, which begins slowly, on request."""
    (h, c), (W, U, b) = state, parameters
    absent = missing()
    ways: dict[str, Call] = {
        "NumPy, gates apart": lambda: gates_apart(X, h, c, W, U, b, dHs)[1],
        "NumPy, gates together": lambda: gates_together(X, h, c, W, U, b, dHs)[1],
        "PyTorch, step by step": in_steps(X, state, parameters, dHs),
    }
    if compiled and TORCH_COMPILE not in absent:
        ways[TORCH_COMPILE] = in_steps(X, state, parameters, dHs, compiled=True)
    if JAX_SCAN not in absent:
        ways[JAX_SCAN] = in_jax(X, state, parameters, dHs)
    return ways


def in_steps(
    X: np.ndarray,
    state: tuple[np.ndarray, ...],
    parameters: tuple[np.ndarray, ...],
    dHs: np.ndarray,
    compiled: bool = False,
) -> Call:
    """torch.nn.LSTMCell in a loop; the cell compiled, on request: the loop would be compiled step after step."""
    W, U, b = parameters
    cell = torch.nn.LSTMCell(len(W), len(U))
    with torch.no_grad():
        for name, value in {"weight_ih": W.T, "weight_hh": U.T, "bias_ih": b, "bias_hh": np.zeros_like(b)}.items():
            getattr(cell, name).copy_(torch.from_numpy(value))
    step = torch.compile(cell, dynamic=False) if compiled else cell
    inputs, gradient = torch.from_numpy(X).requires_grad_(), torch.from_numpy(dHs)
    begin = tuple(torch.from_numpy(s).requires_grad_() for s in state)

    def both() -> np.ndarray:
        cell.zero_grad()
        inputs.grad = None
        now, outputs = begin, []
        for x in inputs.unbind(1):
            now = step(x, now)
            outputs.append(now[0])
        torch.stack(outputs, 1).backward(gradient)
        assert inputs.grad is not None
        return inputs.grad.numpy()

    return both


def in_jax(X: np.ndarray, state: tuple[np.ndarray, ...], parameters: tuple[np.ndarray, ...], dHs: np.ndarray) -> Call:
    """jax.lax.scan over the steps, compiled, with its gradients for everything."""
    import jax

    def loss(X: Any, state: Any, parameters: Any, dHs: Any) -> Any:
        W, U, b = parameters

        def step(before: Any, x: Any) -> Any:
            h, c = before
            i, f, g, o = jax.numpy.split(x @ W + h @ U + b, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jax.numpy.tanh(g)
            h = jax.nn.sigmoid(o) * jax.numpy.tanh(c)
            return (h, c), h

        _, Hs = jax.lax.scan(step, state, X.swapaxes(0, 1))
        return (Hs.swapaxes(0, 1) * dHs).sum()

    gradient = jax.jit(jax.grad(loss, argnums=(0, 1, 2)))
    return lambda: np.asarray(jax.block_until_ready(gradient(X, state, parameters, dHs))[0])
