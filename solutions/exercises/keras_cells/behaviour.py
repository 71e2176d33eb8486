"""The questions of `keras-cells` that no contract judges: cells made again from their configuration, and a trained net.

unrolled-canary-5d92c8f1b04a
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from solutions.judging.judging import fresh
from solutions.judging.training import Weights, sign_at_the_end, turned
from solutions.judging.weights import failed
from solutions.reference.gru import gru_step
from solutions.reference.numerics import Array
from solutions.reference.rnn import readout
from unrolled.data import tasks

LEAST = 0.9
LARGE = 10  # weights of a net that learned stay below 5


def judge_config(cell: Callable[..., Any], name: str, further: tuple[str, ...] = ()) -> None:
    """Is a cell that is made from another one's configuration the same cell?

    Args:
        cell: the student's class.
        name: what it is called.
        further: weights that it has behind W, U and b; each is of shape (units,).

    Raises:
        CheckFailed: with the step that failed.
    """
    rng = fresh(name, "config")
    units, inputs = int(rng.integers(3, 7)), int(rng.integers(2, 7))
    shapes = [(inputs, 3 * units), (units, 3 * units), (3 * units,), *[(units,) for _ in further]]
    cause = "it is called with the units and a name, which **kwargs takes."
    made = _try(name, "the constructor", lambda: cell(units, name="mine"), cause)
    config = _try(name, "get_config", made.get_config, "It begins with super().get_config().")
    if not isinstance(config, dict):
        raise failed(name, "get_config has to return a dict.", part="config")
    if config.get("units") != units:
        raise failed(name, "get_config has to hold the units, under the name of the argument, units.", part="config")
    if config.get("name") != "mine":
        cause = "begin with super().get_config(), and hand **kwargs on to super().__init__."
        raise failed(name, "the name that the layer was given is lost.", cause, part="config")
    cause = "the keys of get_config are the names of the constructor's arguments, no others."
    twin = _try(name, "the constructor, called with what get_config returns,", lambda: cell(**config), cause)
    _try(name, "build", lambda: twin.build((None, inputs)), "build gets the shape of the inputs, (B, D).")
    found = [tuple(np.shape(one)) for one in twin.get_weights()]
    if sorted(found) != sorted(shapes):
        raise failed(name, "the cell made from the configuration has weights of other shapes.", part="config")
    print(f"✓ {name}: made again from its configuration.")


def _try(name: str, what: str, call: Callable[[], Any], cause: str) -> Any:
    try:
        return call()
    except NotImplementedError:
        raise
    except Exception as error:
        raise failed(name, f"{what} stopped with {type(error).__name__}.", cause, part="config") from None


def padded_sign(rng: np.random.Generator, batch: int, steps: int) -> tuple[Float[Array, "B T 2"], Array]:
    """The marked sign in sequences of unequal lengths: from half of the steps on, a sequence may be over, and is 0."""
    X, y = tasks.marked_sign(rng, batch, steps)
    lengths = rng.integers(steps // 2 + 1, steps + 1, batch)
    return np.where(np.arange(steps)[None, :, None] < lengths[:, None, None], X, 0.0), y


def _outputs(X: Float[Array, "B T D"], weights: Weights) -> Float[Array, "B T 1"]:
    # The cell with the reset before the product; a step of zeros is padding, and keeps the state.
    W, U, b, Wy, by = weights
    h = np.zeros((len(X), len(U)))
    states = []
    for t in range(X.shape[1]):
        h = np.where(np.any(X[:, t] != 0, axis=1)[:, None], gru_step(X[:, t], h, W, U, b)[0], h)
        states.append(h)
    return readout(np.stack(states, axis=1), Wy, by)


def _cause(share: float, weights: Weights) -> str:
    if max(float(np.abs(array).max()) for array in weights) > LARGE:
        return "the weights ran away: a number among them is beyond 10. Clip the gradients, or take a smaller rate."
    if share < 1 - LEAST:
        return "the sign of the update is wrong: take each gradient from its weights."
    if share < 0.6:
        return (
            "the net does not remember the marked step. Does the update gate's bias, the first H entries of b, start "
            "at 2, so that z is near 1? Does the net get the mask? Does keras_update pass its check?"
        )
    return "some nets learn too slowly: train longer. And do net and loss get the mask?"


PADDED_SIGN = sign_at_the_end(
    draw=turned(padded_sign), bound=LEAST, cause=_cause, outputs=_outputs, blocks=3, key="keras-{part}-{net}"
)
judge_padded_sign = PADDED_SIGN.judge
