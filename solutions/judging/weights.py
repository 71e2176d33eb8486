"""The weights that a student's function returns, checked before the judge runs its own forward pass with them.

unrolled-canary-94be3f6017ad
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solutions.reference.numerics import Array
from unrolled.checking.check import CheckFailed
from unrolled.checking.messages import LIKELY_CAUSE, Message

CELL = ("W", "U", "b")
HEAD = ("Wy", "by")


def weights_of(
    answer: Any,
    function: str,
    *,
    inputs: int,
    most: int,
    part: str,
    blocks: int = 1,
    head: bool = True,
    outputs: int = 1,
) -> tuple[Array, ...]:
    """W, U, b, and Wy, by of a head, as arrays of float64.

    Args:
        answer: what `function` returned.
        most: units that the net may have.
        blocks: stacked in W, U and b: 1 for the plain cell, 3 for a GRU, 4 for an LSTM.
        head: False where the answer is a cell alone.
        outputs: those of the head.

    Raises:
        CheckFailed: with what came back instead.
    """
    names = CELL + HEAD if head else CELL

    def refuse(what: str) -> CheckFailed:
        return failed(function, f"{function} has to return {', '.join(names)}, in this order; {what}.", part=part)

    if not isinstance(answer, tuple | list) or len(answer) != len(names):
        raise refuse("it returned something else")
    try:
        made = tuple(np.asarray(array, dtype=np.float64) for array in answer)
    except (TypeError, ValueError):
        raise refuse("one of them is no array of numbers") from None
    hidden = made[1].shape[0] if made[1].ndim else 0
    if not 1 <= hidden <= most:
        raise refuse(f"the net has to have 1 to {most} units")
    wide = blocks * hidden
    shapes = ((inputs, wide), (hidden, wide), (wide,), (hidden, outputs), (outputs,))
    # A bias of one row adds alike; that its axis was kept costs points elsewhere.
    made = tuple(
        array.reshape(shape) if array.shape == (1, *shape) else array
        for array, shape in zip(made, shapes[: len(names)], strict=True)
    )
    for name, array, shape in zip(names, made, shapes[: len(names)], strict=True):
        if array.shape != shape:
            # No shape of the answer's: they could be made to tell what the function was given.
            raise refuse(f"{name} does not fit. For H units the shapes are {_shapes(names, inputs, blocks, outputs)}")
        if not np.isfinite(array).all():
            raise failed(
                function,
                f"{name} holds numbers that are not finite: the training ran away.",
                "a gradient exploded, or the rate is too large. Scale all gradients down before each update.",
                part=part,
            )
    return made


def _shapes(names: tuple[str, ...], inputs: int, blocks: int, outputs: int) -> str:
    wide = "H" if blocks == 1 else f"{blocks}H"
    shapes = (f"({inputs}, {wide})", f"(H, {wide})", f"({wide},)", f"(H, {outputs})", f"({outputs},)")
    return ", ".join(f"{name} {shape}" for name, shape in zip(names, shapes, strict=False))


def failed(function: str, what: str, cause: str = "", *, part: str) -> CheckFailed:
    """The failure of a question in which a net has to solve a task: what is wrong, and its likely cause."""
    return CheckFailed(Message(function, part, (("", f"✗ {what}"), (LIKELY_CAUSE, cause))))
