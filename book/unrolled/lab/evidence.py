"""Two words for two kinds of evidence on a page.

`verify` confirms a derivation: it must hold on every machine and stops the page where it does not. `claim` states what
a training run or a draw showed: where it does not hold, the page is built and its sentence is marked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unrolled.lab.page import difference, interval, note, paired_difference

# The rounding error of a sum of n products is below n·eps times the sum of their sizes (Higham, Accuracy and Stability
# of Numerical Algorithms, section 3.1). Pages add up at most some hundreds, so this leaves a hundredfold and more.
ROUNDINGS = 1e5

LARGEST_MARGIN = 1e6  # stands for an infinite one, which JSON does not know

CHECKED = re.compile(r"(?P<value>[-\d.e+]+|nan|inf)(?: (?P<sign>[≤≥]|within) [-\d.e+]+)?  (?P<what>.+)")

Records = list[dict[str, Any]]
RECORDS: Records = []  # what this run verified and claimed, for `make portable`
Judgement = tuple[bool, float]  # whether it holds, and its margin: above 1 where it does


@dataclass(frozen=True)
class Checked:
    """One line that `verify` printed: what was confirmed, and by how much it was missed.

    deviation: None where a bound or an approximation was confirmed.
    """

    what: str
    deviation: float | None


def read_checked(line: str) -> Checked | None:
    """Read a line that `verify` printed; None if it is another one."""
    if not (found := CHECKED.fullmatch(line.rstrip())):
        return None
    return Checked(found["what"], None if found["sign"] else float(found["value"]))


def verify(
    what: str,
    left: Any,
    right: Any = None,
    *,
    condition: float = 1.0,
    within: float | None = None,
    at_most: Any = None,
    at_least: Any = None,
) -> None:
    """Confirm a derivation, and print by how much it is missed.

    Numbers and arrays of floats may differ by 1e5·eps (of the coarser of both dtypes), relative to the largest entry of
    `right` (to 1 where that is all zeros); whole numbers, words and truth values not at all.

    Args:
        what: what is confirmed; `eq-…` in it becomes the equation's number on the page.
        left: array, tensor, number, or a sequence of numbers.
        right: what `left` must equal; of the same shape, unless it is one number.
        condition: how many times the terms that were computed are larger than the result.
        within: the largest difference, where `left` approximates `right`: it comes from the term left out. 0: none.
        at_most: instead of `right`: an upper bound of every entry of `left`.
        at_least: instead of `right`: a lower bound.

    Raises:
        AssertionError: it does not hold, or a shape differs. This stops the build of the page.
    """
    if at_most is not None or at_least is not None:
        _verify_bound(what, left, at_most, at_least)
        return
    found, wanted = _array(left), _array(right)
    if wanted.ndim and found.shape != wanted.shape:
        raise AssertionError(f"{what}: the shapes are {found.shape} and {wanted.shape}")
    if found.dtype.kind not in "fciub":  # words
        assert (found == wanted).all(), f"{what}: {found} is not {wanted}"
        gap, bound = 0.0, 0.0
    else:
        gap = float(np.abs(found - wanted).max()) if found.dtype.kind != "b" else float((found != wanted).any())
        bound = _rounding(found, wanted, condition) if within is None else within
    rests = "exact" if bound == 0 else "rounding" if within is None else "approximation"
    _keep("verify", what, gap <= bound, bound / gap if gap else None, rests=rests, value=gap, bound=bound)
    print(f"{gap:.1e}{f' within {bound:.1e}' if rests == 'approximation' else ''}  {what}")
    assert gap <= bound, f"{what}: the largest deviation is {gap:.1e}, above {bound:.1e}"


def _verify_bound(what: str, left: Any, at_most: Any, at_least: Any) -> None:
    found = _array(left).astype(float)
    sign = 1.0 if at_least is None else -1.0
    bound = _array(at_most if at_least is None else at_least).astype(float)
    if bound.ndim and bound.shape != found.shape:
        raise AssertionError(f"{what}: the shapes are {found.shape} and {bound.shape}")
    room = sign * (bound - found)
    worst = int(np.argmin(room))
    value, limit = float(found.flat[worst]), float(np.broadcast_to(bound, found.shape).flat[worst])
    slack = ROUNDINGS * np.finfo(float).eps * max(abs(limit), abs(value))
    holds = bool(room.flat[worst] >= -slack)  # not so where it is no number
    _keep("verify", what, holds, None, rests="bound", value=value, bound=limit)
    print(f"{value:.1e} {'≤' if sign > 0 else '≥'} {limit:.1e}  {what}")
    assert holds, f"{what}: {value:.3e} is {'above' if sign > 0 else 'below'} {limit:.3e}"


def claim(what: str, holds: bool, margin: float) -> bool:
    """State what this run showed; the page's {claim}`name` marks the sentence where another run shows otherwise.

    Args:
        what: "name: the claim in words"; the name is unique on the page.
        holds: whether it holds here.
        margin: how many times the distance needed there is: 1 at the edge. `above`, `below`, `ahead`, `near` and
            `together` return both: `claim("…", *below(errors, 0.1))`.

    Returns: `holds`, to choose words by. Nothing is printed of a claim that holds; `make portable` lists all margins.
    """
    name, _, words = what.partition(": ")
    assert words, f"a claim needs a name: “name: {what}”"
    holds, margin = bool(holds), min(float(margin), LARGEST_MARGIN)
    note(**{f"claim-{name}": {"what": words, "holds": holds, "margin": round(margin, 2)}})
    _keep("claim", what, holds, margin, rests="outcome")
    if not holds:
        print(f"DID NOT HOLD HERE (margin {margin:.1f})  {words}")
    return holds


def above(values: Any, bound: float) -> Judgement:
    """Judge whether `values` lie above `bound`.

    Several runs: by their mean; the margin is its distance from the bound in half 95 % intervals. One number: how many
    times it is as large as the bound; both are positive.
    """
    if np.ndim(values):
        mean, half = interval(np.asarray(values, dtype=float).ravel())
        return _judge(mean - bound, half)
    return _judge(float(values), bound)


def below(values: Any, bound: float) -> Judgement:
    """Judge whether `values` lie below `bound`; as `above`."""
    if np.ndim(values):
        mean, half = interval(np.asarray(values, dtype=float).ravel())
        return _judge(bound - mean, half)
    return _judge(bound, float(values))


def ahead(left: Sequence[float] | np.ndarray, right: Sequence[float] | np.ndarray, paired: bool = False) -> Judgement:
    """Judge whether the mean of `left` lies above that of `right`; the margin is the gap in half 95 % intervals.

    `paired`: the runs share their seeds one by one (and with them more than the number).
    """
    return _judge(*(paired_difference if paired else difference)(np.asarray(left), np.asarray(right)))


def near(value: float, target: float, tolerance: float) -> Judgement:
    """Judge whether one number lies within `tolerance` of `target`."""
    return _judge(tolerance, abs(float(value) - target))


def together(*judgements: Judgement) -> Judgement:
    """Judge several things as one: it holds where all hold, and has the smallest margin."""
    return all(holds for holds, _ in judgements), min(margin for _, margin in judgements)


def _judge(distance: float, needed: float) -> Judgement:
    if needed <= 0:  # nothing is needed: runs without any spread, or an exact hit
        return distance > 0, float("inf") if distance > 0 else 0.0
    return bool(distance > needed), float(distance / needed)


def _keep(kind: str, what: str, holds: bool, margin: float | None, **more: Any) -> None:
    RECORDS.append({"kind": kind, "what": what, "holds": bool(holds), "margin": margin, **more})


def _rounding(found: np.ndarray, wanted: np.ndarray, condition: float) -> float:
    inexact = [array.dtype for array in (found, wanted) if array.dtype.kind in "fc" and array.dtype != object]
    if not inexact:
        return 0.0
    eps = max(float(np.finfo(dtype).eps) for dtype in inexact)
    size = float(np.abs(wanted).max()) or 1.0
    return ROUNDINGS * eps * condition * size


def _array(values: Any) -> np.ndarray:
    if isinstance(values, (list, tuple)):  # tensors in it, or numbers
        return np.array([_array(value) for value in values])
    detached = values.detach() if hasattr(values, "detach") else values
    return np.asarray(detached)
