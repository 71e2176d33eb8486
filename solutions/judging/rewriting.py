"""Right answers made from right answers: transformations after which a program is another one and still right.

unrolled-canary-3e97d2a0b56c
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from solutions.judging.contract import Contract, Variant
from solutions.judging.derivation import Function
from solutions.judging.rights import rights
from unrolled.checking.outcome import call

Transformation = Callable[[Function], Function]


def rewritten(contract: Contract) -> Iterator[Variant]:
    """The derivation in other styles, and the reference under every transformation that makes it another program.

    Sizes alone have no other precision, a single number no other layout.
    """
    yield from _in_other_styles(contract)
    arguments = next(contract.parts[0].draw(np.random.default_rng(0))).arguments
    outputs = call(contract.subject(contract.reference), arguments, contract.outputs).outputs.values()
    axes = max((value.ndim for value in outputs if isinstance(value, np.ndarray)), default=0)
    transformations: list[Transformation] = []
    if any(isinstance(value, np.ndarray) for value in arguments.values()):
        transformations += [in_float32, in_float64]
    if axes > 0:
        transformations += [as_lists]
    if axes > 1:
        transformations += [column_major]
    for transformation in transformations:
        forward = transformation(contract.forward) if contract.forward is not None else None
        yield Variant(transformation.__name__, transformation(contract.reference), forward=forward)


def _in_other_styles(contract: Contract) -> Iterator[Variant]:
    if not contract._derivations:
        return
    base, text = contract.variants[0], contract.text
    for rewrite in rights(text):
        made = text.rebuilt(text.text_of(rewrite))
        yield Variant(rewrite.family, made, text=made.text, forward=base.forward)


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
    if isinstance(value, list):
        return [_cast(entry, dtype) for entry in value]
    return value.astype(dtype) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def _map_answer(answer: Any, change: Callable[[Any], Any]) -> Any:
    # Gradients may stand in a list within the answer; a cache, which is a tuple, stays as it is.
    if isinstance(answer, tuple):
        return tuple(_map_answer(value, change) if isinstance(value, np.ndarray | list) else value for value in answer)
    if isinstance(answer, list):
        return [change(value) for value in answer]
    return change(answer)
