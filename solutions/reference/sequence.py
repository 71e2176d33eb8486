"""Runs any cell over a sequence, forwards and backwards, given its step and its step's backward pass.

unrolled-canary-71fa0c5be893
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from solutions.reference.numerics import Array

Step = Callable[..., tuple[Any, ...]]  # (x, *state, *parameters) -> (*new state, cache)
StepBackward = Callable[..., tuple[Array, ...]]  # (*d new state, cache) -> (dx, *d state, *d parameters)


@dataclass(frozen=True)
class Trace:
    """What a backward pass needs of a forward pass: each step's cache and which sequences were alive in it."""

    caches: list[Any]
    alive: Bool[Array, "T B 1"] | None


def alive_steps(lengths: Int[Array, "B"] | None, batch: int, steps: int) -> Bool[Array, "T B 1"] | None:
    """True where step t belongs to sequence b; None where every sequence has all steps.

    Raises:
        ValueError: a length outside 0…T, or not one length per sequence.
    """
    if lengths is None:
        return None
    lengths = np.asarray(lengths)
    if lengths.shape != (batch,):
        raise ValueError(f"lengths has shape {lengths.shape}; it needs one length per sequence, ({batch},)")
    if lengths.min() < 0 or lengths.max() > steps:
        raise ValueError(f"lengths must lie between 0 and {steps}, the number of steps")
    return (np.arange(steps)[:, None] < lengths)[..., None]


def unroll(
    step: Step,
    X: Float[Array, "B T D"],
    state: Sequence[Float[Array, "B H"]],
    parameters: Sequence[Array],
    lengths: Int[Array, "B"] | None = None,
) -> tuple[Float[Array, "B T H"], tuple[Float[Array, "B H"], ...], Trace]:
    """s_t = step(x_t, s_{t−1}; θ) for t = 1…T, with the same parameters θ at every step (eq-unrolled).

    A sequence that has ended keeps its state, so that the last state of each is the state after its own last step.

    Returns:
        Hs: the first component of every state; the last state; the trace.
    """
    batch, steps, _ = X.shape
    alive, state, caches, outputs = alive_steps(lengths, batch, steps), tuple(state), [], []
    for t in range(steps):
        *new, cache = step(X[:, t], *state, *parameters)
        state = tuple(new) if alive is None else _where(alive[t], new, state)
        outputs.append(state[0])
        caches.append(cache)
    Hs = np.stack(outputs, axis=1) if steps else np.empty((batch, 0, state[0].shape[1]), X.dtype)
    return Hs, state, Trace(caches, alive)


def unroll_backward(
    step_backward: StepBackward,
    dHs: Float[Array, "B T H"],
    dstate: Sequence[Float[Array, "B H"]],
    trace: Trace,
) -> tuple[Float[Array, "B T D"], tuple[Float[Array, "B H"], ...], tuple[Array, ...]]:
    """Backpropagation through time (Werbos 1990): from the gradients of all outputs and of the last state.

    The gradient of a state is what its own output sends plus what the next step sends; the gradient of a parameter is
    the sum over the steps.

    Returns:
        dX; the gradients of the initial state; the gradients of the parameters.
    """
    dstate, dX, dparameters = tuple(dstate), [], None
    for t in reversed(range(dHs.shape[1])):
        dstate = (dstate[0] + dHs[:, t], *dstate[1:])
        nothing = tuple(np.zeros_like(d) for d in dstate)
        through = dstate if trace.alive is None else _where(trace.alive[t], dstate, nothing)
        around = nothing if trace.alive is None else _where(trace.alive[t], nothing, dstate)
        dx, *rest = step_backward(*through, trace.caches[t])
        dprevious, dstep = rest[: len(dstate)], rest[len(dstate) :]
        dstate = tuple(d + a for d, a in zip(dprevious, around, strict=True))
        dX.append(dx)
        dparameters = dstep if dparameters is None else [a + d for a, d in zip(dparameters, dstep, strict=True)]
    if dparameters is None:
        raise ValueError("a sequence without steps has no parameter gradients")
    return np.stack(dX[::-1], axis=1), dstate, tuple(dparameters)


def _where(alive: Array, new: Sequence[Array], old: Sequence[Array]) -> tuple[Array, ...]:
    return tuple(np.where(alive, n, o) for n, o in zip(new, old, strict=True))


def previous_states(h0: Float[Array, "B H"], Hs: Float[Array, "B T H"]) -> Float[Array, "B T H"]:
    """h_0 … h_{T−1}: the state that every step started from."""
    return np.concatenate([h0[:, None], Hs[:, :-1]], axis=1)


def summed_product(A: Float[Array, "B T M"], dB: Float[Array, "B T N"]) -> Float[Array, "M N"]:
    """Σ over batch and steps of aᵀ db: the gradient of a kernel used at every step, as one product.

    Either axis may come first, the same in both.
    """
    return A.reshape(-1, A.shape[-1]).T @ dB.reshape(-1, dB.shape[-1])
