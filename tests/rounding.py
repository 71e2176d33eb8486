"""Equal up to rounding: one bound for all tests, from the arithmetic, and a note of how far each came from it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from unrolled.lab.evidence import RECORDS, ROUNDINGS

# In single precision there is less room between rounding and a mistake; sums in these tests have few terms.
ROUNDINGS_32 = 1e4
# The same as relative deviations, where numbers are far from 1.
ROUNDED, ROUNDED_32 = ROUNDINGS * float(np.finfo(float).eps), ROUNDINGS_32 * float(np.finfo(np.float32).eps)
# The step of a central difference that loses least (equation eq-bptt-best-step of the book, for numbers of size 1).
BEST_STEP = float(np.finfo(float).eps) ** (1 / 3)
# A quotient divides the rounding error of its two values by the step.
QUOTIENT = 1 / BEST_STEP


def assert_rounded(found: Any, wanted: Any, condition: float = 1.0) -> None:
    """Equal up to 1e5·eps·condition (single precision: 1e4·eps), relative to the largest number where that is above 1.

    Args:
        condition: how many times the terms that were computed are larger than the result.

    Raises:
        AssertionError: the deviation is larger, no number, or a shape differs (one number goes with every shape).
    """
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape or not wanted.ndim, f"the shapes are {found.shape} and {wanted.shape}"
    single = np.float32 in (found.dtype, wanted.dtype)
    bound = float((ROUNDED_32 if single else ROUNDED) * condition * max(1.0, np.abs(wanted).max(initial=0)))
    gap = float(np.abs(found - wanted).max(initial=0))
    what = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    margin = bound / gap if gap else None
    RECORDS.append({"kind": "verify", "what": what, "holds": gap <= bound, "margin": margin, "rests": "rounding"})
    assert gap <= bound, f"the largest deviation is {gap:.1e}, above {bound:.1e}: {found} is not {wanted}"
