"""Answers with the structure that the reference's have, so that rules about numbers get numbers to judge.

unrolled-canary-b3c17f20d6a4
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from solutions.judging.derivation import Function
from unrolled.checking.compare import same_but_for_ones
from unrolled.checking.outcome import as_data
from unrolled.checking.outputs import EXACT, NEAR, OPAQUE, Output

REAL_NUMBERS = "iuf"  # NumPy's kinds


class WrongStructureError(Exception):
    """An answer of another structure than the reference's. The text says how, without a number of the inputs."""


def structured(function: Function, reference: Function, outputs: tuple[Output, ...]) -> Function:
    """`function` as one that gets copies of its arguments and gives copies of its outputs, as arrays or plain data.

    Args:
        reference: gives, for the same arguments, answers of the right structure.
        outputs: the contract's; `cache`, where there is one, is the last and stays as it is.

    Raises:
        WrongStructureError: when called, where the number of outputs, a shape or a type is wrong, or a number is not
            finite.
    """

    def called(*arguments: Any) -> Any:
        right = reference(*copy.deepcopy(arguments))
        answer = function(*copy.deepcopy(arguments))
        if len(outputs) == 1:
            if isinstance(answer, tuple) and outputs[0].kind != EXACT:
                raise WrongStructureError("it returned a tuple, not one array")
            return _like(right, answer, outputs[0], "its answer")
        if not isinstance(answer, tuple | list) or len(answer) != len(right):
            raise WrongStructureError("it returned another number of outputs than it has to")
        named = len(right) - sum(output.kind == OPAQUE for output in outputs)
        arrays = [
            _like(right[k], answer[k], outputs[min(k, len(outputs) - 1)], f"output {k + 1}") for k in range(named)
        ]
        return (*arrays, *answer[named:])

    return called


def _like(right: Any, value: Any, output: Output, name: str) -> Any:
    if output.kind == NEAR:
        return _array(value, np.shape(right), name)
    data = as_data(value)
    if type(data) is not type(as_data(right)):
        raise WrongStructureError(f"{name} is of another type than it has to be")
    return data


def _array(value: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    if value is None:
        raise WrongStructureError(f"{name} is None")
    array = np.array(value)
    if array.shape != shape and not same_but_for_ones(array, shape):  # an axis of length 1 costs points elsewhere
        raise WrongStructureError(f"{name} has the wrong shape")
    array = array.reshape(shape)
    if array.dtype.kind not in REAL_NUMBERS:
        raise WrongStructureError(f"{name} does not hold real numbers")
    if not np.isfinite(array).all():
        raise WrongStructureError(f"{name} holds NaN or infinity")
    return array
