"""Runs a function over a fixture's cases and finds the first failure and its likely cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from unrolled.checking.compare import Deviation, first_deviation, misshapen, same_outcome, same_shapes, same_words
from unrolled.checking.fixtures import Case, Fixture, Suspect
from unrolled.checking.outcome import Outcome, at_once, call


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
    function = at_once(function, [(case.arguments, case.forbid_overflow) for case in fixture.cases])
    outcomes = [
        call(function, case.arguments, fixture.outputs, forbid_overflow=case.forbid_overflow) for case in fixture.cases
    ]
    deviations = [
        first_deviation(outcome, case.expected, names_of_all=fixture.outputs, values=values)
        for case, outcome in zip(fixture.cases, outcomes, strict=True)
    ]
    for case, outcome, deviation in zip(fixture.cases, outcomes, deviations, strict=True):
        if deviation is not None:
            known = tuple(fixture.suspects if suspects is None else suspects())
            wrong = [one is not None for one in deviations]
            suspect = _same_mistake(outcomes, wrong, known) or _same_wrong_shapes(outcomes, known, fixture)
            return Failure(fixture, case, outcome, deviation, suspect)
    return None


def _same_mistake(outcomes: list[Outcome], wrong: list[bool], suspects: tuple[Suspect, ...]) -> Suspect | None:
    # A ValueError has many causes. Where nothing tells more than the type of an exception, its words have to agree too.
    telling = [
        off and (outcome.raised is None or isinstance(outcome.error, FloatingPointError))
        for off, outcome in zip(wrong, outcomes, strict=True)
    ]
    for suspect in suspects:
        if not all(map(same_outcome, outcomes, suspect.outcomes)):
            continue
        if any(telling[: len(suspect.outcomes)]) or all(map(same_words, outcomes, suspect.outcomes)):
            return suspect
    return None


def _same_wrong_shapes(outcomes: list[Outcome], suspects: tuple[Suspect, ...], fixture: Fixture) -> Suspect | None:
    # A wrong axis shows in the shapes, even where another mistake makes the values wrong too.
    for suspect in suspects:
        pairs = zip(suspect.outcomes, fixture.cases, strict=False)  # some suspects have the first cases only
        if any(misshapen(own, case.expected) for own, case in pairs) and all(
            map(same_shapes, outcomes, suspect.outcomes)
        ):
            return suspect
    return None
