"""One shape for every cell, so that stacks, both directions and truncated training are written once.

unrolled-canary-c6ca7da99498
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.reference.gru import gru_backward, gru_backward_after, gru_forward, gru_forward_after
from solutions.reference.lstm import lstm_backward, lstm_forward
from solutions.reference.numerics import Array
from solutions.reference.rnn import rnn_backward, rnn_forward
from solutions.reference.sequence import Step, StepBackward, unroll, unroll_backward

State = tuple[Float[Array, "B H"], ...]  # (h,) or (h, c): the first component is the output
Parameters = tuple[Array, ...]


@dataclass(frozen=True)
class Cell:
    """A cell over a sequence, with its states and its parameters each in one tuple.

    forward(X, state, parameters, lengths) gives (Hs, last state, cache);
    backward(dHs, gradient of the last state, cache) gives (dX, gradient of the first state, of the parameters).
    """

    forward: Callable[[Array, State, Parameters, Int[Array, "B"] | None], tuple[Array, State, Any]]
    backward: Callable[[Array, State, Any], tuple[Array, State, Parameters]]


def of_step(step: Step, step_backward: StepBackward) -> Cell:
    """The cell whose one step and its backward pass are given."""
    return Cell(partial(unroll, step), partial(unroll_backward, step_backward))


def _of_sequence(forward: Callable[..., Any], backward: Callable[..., Any]) -> Cell:
    # From the functions of the course: (X, *state, *parameters) -> Hs, [c_last,] cache.
    def run(
        X: Float[Array, "B T D"],
        state: Sequence[Array],
        parameters: Sequence[Array],
        lengths: Int[Array, "B"] | None = None,
    ) -> tuple[Array, State, Any]:
        Hs, *rest, cache = forward(X, *state, *parameters, lengths=lengths)
        return Hs, (Hs[:, -1], *rest), cache

    def run_backward(dHs: Float[Array, "B T H"], dlast: Sequence[Array], cache: Any) -> tuple[Array, State, Parameters]:
        dHs = dHs.copy()
        dHs[:, -1] += dlast[0]  # the last output is the last state, also of a sequence that has ended before
        dX, *rest = backward(dHs, *dlast[1:], cache)
        return dX, tuple(rest[: len(dlast)]), tuple(rest[len(dlast) :])

    return Cell(run, run_backward)


RNN = _of_sequence(rnn_forward, rnn_backward)
RELU_RNN = _of_sequence(partial(rnn_forward, activation="relu"), rnn_backward)
LSTM = _of_sequence(lstm_forward, lstm_backward)
GRU = _of_sequence(gru_forward, gru_backward)
GRU_AFTER = _of_sequence(gru_forward_after, gru_backward_after)


def zeros_like(state: Sequence[Array]) -> State:
    """A gradient of nothing for `state`: no loss looks at the last state itself."""
    return tuple(np.zeros_like(s) for s in state)
