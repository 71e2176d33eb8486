"""What a call came to, in few numbers: enough to tell whether two wrong answers are wrong in the same way.

Each output leaves two numbers: projections of its deviation from the right one onto fixed random directions. Arrays
that differ have other projections, but for chance; thousands of wrong answers so take little room, and none can be
read. Of exact answers and texts they are a digest.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from unrolled.checking.outcome import Outcome, as_data
from unrolled.checking.outputs import COUNTED, NEAR, OPAQUE, WORK, Output, over

PRINTS = 2  # projections of an output
NUMBERS = "biuf"  # NumPy's kinds of real numbers
LARGEST = 1e30  # what is beyond it counts as it; single precision holds it
KEPT_BITS = np.uint32(0xFFFFFFF8)  # of a print that is stored in single precision; zeros take no room
STORED = 2.0**-19  # twice what that leaves out of a number
SLACK = 6.0  # times the length of the rounding errors: a projection is hardly ever as far off


@dataclass(frozen=True)
class Form:
    """What two calls have to share exactly.

    outputs: what each output is, in words of our own: its shape and how many entries are not finite, or its type.
    """

    raised: str | None
    said: str
    shape_of_answer: str | None
    changed: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Sight:
    """One call as it is compared: its form, and PRINTS numbers for each output but opaque ones, (outputs, PRINTS).

    slack: how far the prints of the same answer may be off, by output; None where a stored one was read.
    """

    form: Form
    prints: np.ndarray
    slack: np.ndarray | None = field(default=None, compare=False)

    def is_right(self, right: Form) -> bool:
        """Whether this is what the right answer looks like."""
        return self.form == right and not self.prints.any()


def sight(outcome: Outcome, expected: Mapping[str, Any], outputs: Sequence[Output]) -> Sight:
    """What a call came to, seen beside what it should have come to."""
    seen = [one for one in outputs if one.kind != OPAQUE]
    prints, slack = np.zeros((len(seen), PRINTS)), np.zeros(len(seen))
    forms = []
    for k, output in enumerate(seen):
        if output.name not in outcome.outputs:
            continue
        described, prints[k], slack[k] = _seen(outcome.outputs[output.name], expected[output.name], output)
        forms.append(described)
    form = Form(outcome.raised, outcome.said, outcome.shape_of_answer, outcome.changed, tuple(forms))
    return Sight(form, np.clip(prints, -LARGEST, LARGEST), slack)


def stored(prints: np.ndarray) -> np.ndarray:
    """Prints as a file keeps them: enough of each to tell mistakes apart."""
    return (prints.astype(np.float32).view(np.uint32) & KEPT_BITS).view(np.float32)


def right_form(expected: Mapping[str, Any], outputs: Sequence[Output]) -> Form:
    """The form of the right answer."""
    return sight(Outcome(outputs=expected), expected, outputs).form


def same(mine: Sight, other: Sight, *, words: bool = False, changed: bool = True) -> bool:
    """Whether two calls came to the same. Rounding is forgiven where `mine` was made here, and not read.

    words: whether exceptions have to say the same, too.
    changed: whether the same arguments have to be written into.
    """
    one, two = mine.form, other.form
    if (one.raised, one.shape_of_answer, one.outputs) != (two.raised, two.shape_of_answer, two.outputs):
        return False
    if (changed and one.changed != two.changed) or (words and one.said != two.said):
        return False
    rounding = 0.0 if mine.slack is None else mine.slack[:, None]
    slack = rounding + STORED * np.abs(mine.prints)
    return bool(np.all(np.abs(mine.prints - other.prints) <= slack))


def same_shapes(mine: Sight, other: Sight) -> bool:
    """Whether both calls returned outputs, of equal shapes."""
    if any(one.form.raised or one.form.shape_of_answer for one in (mine, other)):
        return False
    shapes = [[form.partition("!")[0] for form in one.form.outputs] for one in (mine, other)]
    return shapes[0] == shapes[1]


def _seen(value: Any, right: Any, output: Output) -> tuple[str, np.ndarray, float]:
    nothing = np.zeros(PRINTS)
    if output.kind == WORK:
        return WORK, _of_work(value), 0.0
    if output.kind != NEAR:
        mine, right = as_data(value), as_data(right)
        is_data = mine is None or isinstance(mine, str | int | float | list)
        return type(mine).__name__, _digest(mine) if is_data and mine != right else nothing, 0.0
    if not isinstance(value, np.ndarray) or value.dtype.kind not in NUMBERS:
        return f"{type(value).__name__} {getattr(value, 'dtype', '')}", nothing, 0.0
    numbers = value.astype(np.float64).ravel()
    finite = np.isfinite(numbers)
    numbers = np.clip(np.where(finite, numbers, 0.0), -LARGEST, LARGEST)
    broken = int((~finite).sum())
    form = f"{value.shape}!{broken}" if broken else f"{value.shape}"
    right = np.asarray(right, dtype=np.float64)
    unit = max(float(np.abs(right[np.isfinite(right)]).max(initial=0.0)), 1e-3)
    deviation = numbers - np.where(finite, right.ravel(), 0.0) if value.shape == right.shape else numbers
    # What is right within rounding leaves no print.
    bound = output.atol + output.rtol * np.abs(numbers)
    if value.shape == right.shape and np.all(np.abs(deviation) <= bound):
        return form, nothing, SLACK * float(np.linalg.norm(bound)) / unit
    prints = _directions(output.name, numbers.size) @ deviation / unit
    return form, prints, SLACK * float(np.linalg.norm(bound)) / unit


def _of_work(counts: list[int]) -> np.ndarray:
    # What is too much, and of matrix products how many: of calls and bytes, each way to write a program has others.
    found = over(counts)
    if not found:
        return np.zeros(PRINTS)
    what, used, _ = found[0]
    place = COUNTED.index(what)
    return np.array([1.0 + place, 0.0 if place else used])


def _digest(value: Any) -> np.ndarray:
    # Two halves, which single precision holds; never both zero.
    halves = divmod(zlib.crc32(repr(value).encode("utf-8", "backslashreplace")), 2**16)
    return np.array(halves) + 1.0


@lru_cache(maxsize=4096)
def _directions(name: str, size: int) -> np.ndarray:
    # From the generator's bits, which stay the same from one NumPy to the next, as those of a distribution need not.
    bits = np.random.PCG64(zlib.crc32(f"{name} {size}".encode())).random_raw(PRINTS * size)
    return (bits >> np.uint64(11)).reshape(PRINTS, size) * 2.0**-52 - 1
