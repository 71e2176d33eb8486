"""Runs a function over a fixture's cases and finds the first failure and its likely cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from unrolled.compare import Deviation, first_deviation, misshapen, same_outcome, same_shapes
from unrolled.fixtures import Case, Fixture, Suspect
from unrolled.outcome import Outcome, call


@dataclass(frozen=True)
class Failure:
    """The first case that went wrong, how, and which known mistake gives the same in every case (if one does)."""

    fixture: Fixture
    case: Case
    outcome: Outcome
    deviation: Deviation
    suspect: Suspect | None


def diagnose(
    function: Callable[..., Any],
    fixture: Fixture,
    *,
    values: bool = True,
    suspects: Callable[[], Iterable[Suspect]] | None = None,
) -> Failure | None:
    """The first failure of `function` over the cases of `fixture`, or None where every case is right.

    Args:
        values: False where only the structure of the outputs counts (type, shape, dtype).
        suspects: makes the suspects after a failure, where the fixture does not hold them.
    """
    outcomes = [
        call(function, case.arguments, fixture.outputs, forbid_overflow=case.forbid_overflow) for case in fixture.cases
    ]
    for case, outcome in zip(fixture.cases, outcomes, strict=True):
        deviation = first_deviation(outcome, case.expected, names_of_all=fixture.outputs, values=values)
        if deviation is not None:
            known = fixture.suspects if suspects is None else suspects()
            return Failure(fixture, case, outcome, deviation, _likely_suspect(outcomes, tuple(known), fixture))
    return None


def _likely_suspect(outcomes: list[Outcome], suspects: tuple[Suspect, ...], fixture: Fixture) -> Suspect | None:
    for suspect in suspects:
        if all(map(same_outcome, outcomes, suspect.outcomes)):
            return suspect
    # A wrong axis shows in the shapes, even where another mistake makes the values wrong too.
    if any(misshapen(outcome, case.expected) for outcome, case in zip(outcomes, fixture.cases, strict=True)):
        for suspect in suspects:
            if all(map(same_shapes, outcomes, suspect.outcomes)):
                return suspect
    return None
