"""Compares what came back with what was expected, and says in words where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from unrolled.checking.adapters import IN_WORDS
from unrolled.checking.outcome import Outcome

# Wide enough for float32 arithmetic inside a right answer, hundreds of times finer than any misconception.
RTOL, ATOL = 1e-4, 2e-5
TINY = 1e-12
NUMBERS = "biuf"  # NumPy's kinds of real numbers


@dataclass(frozen=True)
class Deviation:
    """The first thing that is off. `summary` names no value; `detail` may quote the student's and the expected."""

    summary: str
    detail: str = ""


def first_deviation(
    outcome: Outcome,
    expected: Mapping[str, np.ndarray],
    *,
    names_of_all: tuple[str, ...],
    values: bool = True,
) -> Deviation | None:
    """The first deviation, in the order None, type, shape, dtype, NaN, values; None where all is right.

    With `values=False` only the structure is compared (type, shape, dtype).
    """
    if outcome.raised is not None:
        return Deviation(f"it raised {outcome.raised}", f"{outcome.raised}: {outcome.said}" if outcome.said else "")
    if outcome.shape_of_answer is not None:
        wanted = ", ".join(names_of_all)
        return Deviation(f"it returned {outcome.shape_of_answer}; it has to return {wanted}")
    for name, right in expected.items():
        deviation = _deviation_of_output(name, outcome.outputs[name], right, values)
        if deviation is not None:
            return _deviation_of_order(outcome.outputs, expected) or deviation
    if outcome.changed:
        which = " and ".join(f"`{name}`" for name in outcome.changed)
        return Deviation(
            f"the values are right, but the call wrote into its argument {which}",
            "whoever called it still needs those arrays: work on new ones",
        )
    return None


def same_outcome(one: Outcome, other: Outcome) -> bool:
    """Whether two calls came to the same: equal errors, equal structure, equal values within tolerance."""
    if (one.raised, one.shape_of_answer, one.changed) != (other.raised, other.shape_of_answer, other.changed):
        return False
    return all(_close(one.outputs[name], value) for name, value in other.outputs.items())


def same_words(one: Outcome, other: Outcome) -> bool:
    """Whether two calls that raised said the same."""
    return one.said == other.said


def same_shapes(one: Outcome, other: Outcome) -> bool:
    """Whether both calls returned outputs, of equal shapes."""
    if any(outcome.raised or outcome.shape_of_answer for outcome in (one, other)):
        return False
    return all(_shape(one.outputs[name]) == _shape(value) for name, value in other.outputs.items())


def misshapen(outcome: Outcome, expected: Mapping[str, np.ndarray]) -> bool:
    """Whether the outputs came back, but one of them in another shape than expected."""
    if outcome.raised or outcome.shape_of_answer:
        return False
    return any(_shape(outcome.outputs[name]) != right.shape for name, right in expected.items())


def _deviation_of_order(outputs: Mapping[str, Any], expected: Mapping[str, np.ndarray]) -> Deviation | None:
    # Every output is the expected one of another name.
    found = [next((name for name, right in expected.items() if _close(mine, right)), "") for mine in outputs.values()]
    if sorted(found) != sorted(expected) or found == list(expected):
        return None
    return Deviation(f"the right arrays in another order: {', '.join(found)}; it has to return {', '.join(expected)}")


def _deviation_of_output(name: str, mine: Any, right: np.ndarray, values: bool) -> Deviation | None:
    if isinstance(mine, list | tuple) or (isinstance(mine, np.ndarray) and mine.dtype == object):
        return Deviation(f"{name} cannot be read as one array of numbers (rows of unequal length?)")
    if not isinstance(mine, np.ndarray):
        return Deviation(f"{name} is of type {type(mine).__name__}, not an array")
    if mine.dtype.kind not in NUMBERS:
        return Deviation(f"{name} holds {mine.dtype}, not numbers")
    if mine.shape != right.shape:
        return Deviation(f"{name} has the wrong shape", f"yours {mine.shape}, expected {right.shape}")
    if np.issubdtype(right.dtype, np.floating) and not np.issubdtype(mine.dtype, np.floating):
        return Deviation(f"{name} holds {mine.dtype}, not floating-point numbers")
    if not values:
        return None
    if np.isnan(mine).any() and not np.isnan(right).any():
        return Deviation(f"{name} holds NaN (not a number)", f"{int(np.isnan(mine).sum())} of {mine.size} values")
    return _deviation_of_values(name, mine, right)


def _deviation_of_values(name: str, mine: np.ndarray, right: np.ndarray) -> Deviation | None:
    off = ~np.isclose(mine, right, rtol=RTOL, atol=ATOL, equal_nan=True)
    if not off.any():
        return None
    if name in IN_WORDS:
        summary, in_particular = IN_WORDS[name]
        return Deviation(summary, in_particular(mine))
    gap = np.where(off, np.abs(np.asarray(mine, dtype=float) - right), -1.0)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(gap)), off.shape))
    place = f"{name}[{', '.join(map(str, index))}]" if index else name
    count = f"{int(off.sum())} of {off.size} values are off; the worst is " if off.size > 1 else ""
    detail = f"{count}{place}: yours {_shown(mine[index])}, expected {_shown(right[index])}"
    return Deviation(f"{name} has the right shape but wrong values" if index else f"{name} is wrong", detail)


def _shown(value: Any) -> str:
    # What rounding leaves of a zero is a zero to the reader.
    return "0" if abs(value) < TINY else f"{value:.6g}"


def _shape(value: Any) -> tuple[int, ...] | None:
    return value.shape if isinstance(value, np.ndarray) else None


def _close(mine: Any, other: Any) -> bool:
    if not (isinstance(mine, np.ndarray) and isinstance(other, np.ndarray)):
        return False
    if mine.shape != other.shape or not {mine.dtype.kind, other.dtype.kind} <= set(NUMBERS):
        return False
    return bool(np.allclose(mine, other, rtol=RTOL, atol=ATOL, equal_nan=True))
