"""Compares what came back with what was expected, and says in words where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unrolled.checking.outcome import Outcome
from unrolled.checking.outputs import EXACT, NEAR, OPAQUE, TEXT, WORK, Output, over
from unrolled.checking.probes import IN_WORDS
from unrolled.checking.sights import NUMBERS

TINY = 1e-12


@dataclass(frozen=True)
class Counts:
    """What counts beside the number of outputs, their types and lengths.

    values: the numbers. axes: axes of length 1 that are too many or missing. manners: that the function leaves its
    arguments alone, returns arrays of its own, and depends on no earlier call. work: how much work was counted.
    """

    values: bool = True
    axes: bool = True
    manners: bool = True
    work: bool = True


@dataclass(frozen=True)
class Deviation:
    """The first thing that is off. `summary` names no value; `detail` may quote the student's and the expected."""

    summary: str
    detail: str = ""


def forgiven(outcome: Outcome, expected: Mapping[str, Any], counts: Counts) -> Outcome:
    """The outcome without the faults that do not count."""
    if not counts.axes:
        outcome = replace(
            outcome,
            outputs={name: _fitted(value, expected[name]) for name, value in outcome.outputs.items()},
        )
    if not counts.work and WORK in outcome.outputs:
        outcome = replace(outcome, outputs={**outcome.outputs, WORK: expected[WORK]})
    return outcome if counts.manners else replace(outcome, changed=())


def same_but_for_ones(value: object, shape: tuple[int, ...]) -> bool:
    """Whether `value` is an array of numbers of this shape, if axes of length 1 do not count."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in NUMBERS:
        return False
    return [n for n in value.shape if n != 1] == [n for n in shape if n != 1]


def _fitted(value: Any, right: Any) -> Any:
    fits = isinstance(right, np.ndarray) and same_but_for_ones(value, right.shape)
    return value.reshape(right.shape) if fits else value


def first_deviation(
    outcome: Outcome,
    expected: Mapping[str, Any],
    outputs: Sequence[Output],
    *,
    values: bool = True,
) -> Deviation | None:
    """The first deviation, in the order None, type, shape, dtype, NaN, values; None where all is right.

    With `values=False` only the structure is compared (type, shape, dtype).
    """
    if outcome.raised is not None:
        return Deviation(f"it raised {outcome.raised}", f"{outcome.raised}: {outcome.said}" if outcome.said else "")
    if outcome.shape_of_answer is not None:
        wanted = ", ".join(output.name for output in outputs if output.kind != WORK)
        return Deviation(f"it returned {outcome.shape_of_answer}; it has to return {wanted}")
    seen = [output for output in outputs if output.kind != OPAQUE]
    for output in seen:
        deviation = _deviation_of_output(output, outcome.outputs[output.name], expected[output.name], values)
        if deviation is not None:
            return _deviation_of_order(outcome.outputs, expected, seen) or deviation
    if outcome.changed:
        which = " and ".join(f"`{name}`" for name in outcome.changed)
        return Deviation(
            f"the values are right, but the call wrote into its argument {which}",
            "whoever called it still needs those arrays: work on new ones",
        )
    return None


def _deviation_of_order(
    mine: Mapping[str, Any], expected: Mapping[str, Any], outputs: Sequence[Output]
) -> Deviation | None:
    # Every output is the expected one of another name.
    outputs = [output for output in outputs if output.kind != WORK]
    expected = {output.name: expected[output.name] for output in outputs}
    found = [
        next((one.name for one in outputs if _close(mine[output.name], expected[one.name], one)), "")
        for output in outputs
    ]
    if sorted(found) != sorted(expected) or found == list(expected):
        return None
    return Deviation(f"the right arrays in another order: {', '.join(found)}; it has to return {', '.join(expected)}")


def _deviation_of_output(output: Output, mine: Any, right: Any, values: bool) -> Deviation | None:
    name = output.name
    if output.kind == WORK:
        return _deviation_of_work(mine) if values else None
    if output.kind == TEXT:
        return _deviation_of_text(name, mine, right, values)
    if output.kind == EXACT:
        return _deviation_of_data(name, mine, right, values)
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
    if not values or _surely_close(output, mine, right):
        return None
    if np.isnan(mine).any() and not np.isnan(right).any():
        return Deviation(f"{name} holds NaN (not a number)", f"{int(np.isnan(mine).sum())} of {mine.size} values")
    return _deviation_of_values(output, mine, right)


def _surely_close(output: Output, mine: np.ndarray, right: np.ndarray) -> bool:
    # Where nothing is at the bound, infinite or not a number: most answers are right, and this takes a fifth.
    if mine.dtype.kind != "f" or right.dtype.kind != "f":
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        return bool((np.abs(mine - right) < output.atol + output.rtol * np.abs(right)).all())


def _deviation_of_work(counts: list[int]) -> Deviation | None:
    found = over(counts)
    if not found:
        return None
    detail = ", ".join(f"{used:,} {what} where {allowed:,} are allowed" for what, used, allowed in found)
    return Deviation(f"the values are right, but it takes too many {found[0][0]}", f"in {counts[0]} steps {detail}")


def _deviation_of_text(name: str, mine: Any, right: str, values: bool) -> Deviation | None:
    if not isinstance(mine, str):
        return Deviation(f"{name} is of type {type(mine).__name__}, not text")
    if not values or mine == right:
        return None
    return Deviation(f"{name} is another text", f"yours {mine!r:.80}, expected {right!r:.80}")


def _deviation_of_data(name: str, mine: Any, right: Any, values: bool) -> Deviation | None:
    # Numbers, texts, and lists of them, which may be of unequal lengths.
    if type(mine) is not type(right):
        return Deviation(f"{name} is of type {type(mine).__name__}, not {type(right).__name__}")
    if isinstance(right, list) and len(mine) != len(right):
        return Deviation(f"{name} has the wrong length", f"yours {len(mine)}, expected {len(right)}")
    if not values or mine == right:
        return None
    if not isinstance(right, list):
        return Deviation(f"{name} is wrong", f"yours {mine!r:.80}, expected {right!r:.80}")
    k = next(k for k, entry in enumerate(right) if mine[k] != entry)
    return Deviation(f"{name} is wrong", f"{name}[{k}]: yours {mine[k]!r:.80}, expected {right[k]!r:.80}")


def _deviation_of_values(output: Output, mine: np.ndarray, right: np.ndarray) -> Deviation | None:
    name = output.name
    off = ~np.isclose(mine, right, rtol=output.rtol, atol=output.atol, equal_nan=True)
    if not off.any():
        return None
    if output.words:
        summary, in_particular = IN_WORDS[output.words]
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


def _close(mine: Any, other: Any, output: Output) -> bool:
    if output.kind != NEAR:
        return type(mine) is type(other) and bool(mine == other)
    if not (isinstance(mine, np.ndarray) and isinstance(other, np.ndarray)):
        return False
    if mine.shape != other.shape or not {mine.dtype.kind, other.dtype.kind} <= set(NUMBERS):
        return False
    return bool(np.allclose(mine, other, rtol=output.rtol, atol=output.atol, equal_nan=True))
