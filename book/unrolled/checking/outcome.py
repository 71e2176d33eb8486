"""What came back from one call of a function: its outputs, or what kept them from coming back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unrolled.checking.outputs import EXACT, NEAR, OPAQUE, Output

FLOATING_POINT = ("overflow", "underflow", "divide by zero", "invalid value")
MANY = 10


@dataclass(frozen=True)
class Outcome:
    """One call, seen from outside.

    raised: name of the exception's type, or None.
    said: the first line of the exception's text, or nothing.
    shape_of_answer: None where the number of outputs is right, else what came back ("nothing", "1 value" …).
    outputs: the outputs by name, without the opaque cache; empty where one of the above is set. What is near is an
        array; what is exact or a text is plain data: numbers, texts, lists of them.
    changed: names of the arguments that the call wrote into.
    error: the exception itself, for the message; not part of a stored outcome.
    """

    raised: str | None = None
    shape_of_answer: str | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    said: str = ""
    error: BaseException | None = field(default=None, compare=False, repr=False)


def call(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    outputs: tuple[Output, ...],
    *,
    forbid_overflow: bool = False,
    writes: bool = True,
) -> Outcome:
    """Call `function` with copies of `arguments` (by position) and say what came back.

    With `forbid_overflow`, an overflow or an invalid operation in NumPy raises FloatingPointError. A function that is
    known not to write into its arguments (`writes`) gets them themselves.
    """
    given = {name: _copy(value) for name, value in arguments.items()} if writes else arguments
    try:
        with np.errstate(**_floating_point(forbid_overflow)):
            answer = function(*given.values())
    except Exception as error:
        return Outcome(raised=_kind(error), said=_first_line(error), error=error)
    changed = tuple(name for name, value in given.items() if writes and not _identical(value, arguments[name]))
    problem = _shape_of_answer(answer, outputs)
    if problem is not None:
        return Outcome(shape_of_answer=problem, changed=changed)
    values = (answer,) if len(outputs) == 1 else answer
    named = {
        output.name: _as_array(value) if output.kind == NEAR else as_data(value)
        for output, value in zip(outputs, values, strict=True)
        if output.kind != OPAQUE
    }
    return Outcome(outputs=named, changed=changed)


def calls(
    function: Callable[..., Any], given: Sequence[tuple[Mapping[str, Any], bool]], outputs: tuple[Output, ...]
) -> list[Outcome]:
    """A `call` for each of these arguments and `forbid_overflow`; a function in another process is asked once for all.

    Such a function says beforehand which calls wrote into their arguments. Opaque outputs need not come from there.
    """
    elsewhere = getattr(type(function), "__unrolled_calls__", None)
    if elsewhere is None:
        return [call(function, arguments, outputs, forbid_overflow=forbid) for arguments, forbid in given]
    asked = [(tuple(arguments.values()), _floating_point(forbid)) for arguments, forbid in given]
    opaque = [place for place, output in enumerate(outputs) if output.kind == OPAQUE]
    answers = elsewhere(function, asked, opaque)
    return [
        call(answer, arguments, outputs, writes=writes)
        for (answer, writes), (arguments, _) in zip(answers, given, strict=True)
    ]


def _floating_point(forbid_overflow: bool) -> dict[str, Any]:
    action = "raise" if forbid_overflow else "ignore"
    return {"over": action, "invalid": action, "divide": action, "under": "ignore"}


def _kind(error: Exception) -> str:
    # NumPy raises one type for overflow, division by zero and invalid operations; its text tells which.
    if isinstance(error, FloatingPointError):
        which = str(error).split(" encountered")[0]
        if which in FLOATING_POINT:  # any other text is somebody's own
            return f"FloatingPointError ({which})"
    # NumPy has types of its own inside, such as _UFuncOutputCastingError; what they are one of is what a reader knows.
    return next(kind.__name__ for kind in type(error).__mro__ if not kind.__module__.startswith("numpy._core"))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else ""


def _copy(value: Any) -> Any:
    # A copy made with the memory layout kept, so that non-contiguous inputs stay non-contiguous.
    if isinstance(value, list):
        return [_copy(entry) for entry in value]
    if not isinstance(value, np.ndarray):
        return value
    if value.flags.c_contiguous or value.flags.f_contiguous:
        return value.copy(order="K")
    spread = np.repeat(value, 2, axis=-1)
    return spread[..., ::2]


def _identical(after: Any, before: Any) -> bool:
    if isinstance(before, np.ndarray):
        return after.shape == before.shape and np.array_equal(after, before, equal_nan=True)
    if isinstance(before, list):
        return len(after) == len(before) and all(map(_identical, after, before))
    return bool(after == before)


def _shape_of_answer(answer: Any, outputs: tuple[Output, ...]) -> str | None:
    if answer is None:
        return "nothing (None)"
    if len(outputs) == 1:
        # A tuple of numbers is as good as a list of them, but no array.
        return "a tuple" if isinstance(answer, tuple) and outputs[0].kind != EXACT else None
    if not isinstance(answer, tuple | list):
        return "1 value"
    if len(answer) != len(outputs):
        return f"{len(answer)} values" if len(answer) <= MANY else f"more than {MANY} values"
    if any(value is None for output, value in zip(outputs, answer, strict=True) if output.kind != OPAQUE):
        return "None among the values"
    return None


def _as_array(value: Any) -> Any:
    # Lists of arrays and plain numbers are as good as arrays; what cannot become one is kept for the message.
    if isinstance(value, np.ndarray):
        return np.array(value, copy=True)
    try:
        return np.asarray(value)
    except Exception:
        return value


def as_data(value: Any) -> Any:
    """A value as lists, numbers, texts and None; what is none of these, as it is, or within a list by its type."""
    try:
        data = _plain(value)
    except Exception:  # a list that holds itself, a tensor that is no array
        return f"<{type(value).__name__}>"
    return value if isinstance(data, _Stranger) else data


class _Stranger(str):
    """Stands for an object that is no data."""


def _plain(value: Any) -> Any:
    if hasattr(type(value), "__array__"):
        value = np.asarray(value).tolist()
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return _Stranger(f"<{type(value).__name__}>")
