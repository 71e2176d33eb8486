"""Right answers made from right answers: transformations after which a program is another one and still right.

unrolled-canary-3e97d2a0b56c
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from solutions.contracts.contract import Contract, Function, Variant

Transformation = Callable[[Function], Function]


def rewritten(contract: Contract) -> Iterator[Variant]:
    """The contract's reference under every transformation that its outputs allow."""
    for transformation in (in_float32, column_major, as_lists, in_float64):
        forward = transformation(contract.forward) if contract.forward is not None else None
        yield Variant(transformation.__name__, transformation(contract.reference), forward=forward)


def in_float32(function: Function) -> Function:
    """Arithmetic in float32 whatever comes in."""

    def rounded(*arguments: Any) -> Any:
        return function(*(_cast(a, np.float32) for a in arguments))

    return rounded


def in_float64(function: Function) -> Function:
    """Arithmetic and answers in float64 whatever comes in."""

    def widened(*arguments: Any) -> Any:
        return function(*(_cast(a, np.float64) for a in arguments))

    return widened


def column_major(function: Function) -> Function:
    """Answers in memory that runs column by column."""

    def fortran(*arguments: Any) -> Any:
        return _map_answer(function(*arguments), lambda a: np.asfortranarray(a) if np.ndim(a) > 1 else a)

    return fortran


def as_lists(function: Function) -> Function:
    """Answers as nested lists of numbers, several of them in a list."""

    def listed(*arguments: Any) -> Any:
        answer = _map_answer(function(*arguments), lambda a: a.tolist() if isinstance(a, np.ndarray) else a)
        return list(answer) if isinstance(answer, tuple) else answer

    return listed


def _cast(value: Any, dtype: type) -> Any:
    return value.astype(dtype) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def _map_answer(answer: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(answer, tuple):
        return tuple(change(value) if isinstance(value, np.ndarray) else value for value in answer)
    return change(answer)
