"""Runs a function over a fixture's cases and finds the first failure and its likely cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unrolled.checking import findings
from unrolled.checking.compare import Counts, Deviation, first_deviation, forgiven, same_but_for_ones
from unrolled.checking.findings import Finding
from unrolled.checking.fixtures import Case, Fixture, Suspect
from unrolled.checking.outcome import Outcome, calls
from unrolled.checking.outputs import WORK
from unrolled.checking.sights import Form, Sight, right_form, same, same_shapes, sight

OVERFLOW = "FloatingPointError"
EVERYTHING = Counts()
BESIDE_OTHERS = Deviation("the values of one call alone are right, but not beside other calls")
Settle = Callable[[Sequence[Suspect]], Suspect | None]


@dataclass(frozen=True)
class Failure:
    """The first case that went wrong, how, and why.

    suspect: the known mistake that gives the same in every case, or what was found without one; None where neither is.
    besides: common faults that the answer has, too.
    """

    fixture: Fixture
    case: Case
    outcome: Outcome
    deviation: Deviation
    suspect: Suspect | None
    besides: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Run:
    """What a function made of the cases, which stand at these places of the fixture. `wrong`: in which it is off."""

    places: Sequence[int]
    cases: Sequence[Case]
    outcomes: Sequence[Outcome]
    sights: Sequence[Sight]
    right: Sequence[Form]
    wrong: Sequence[bool]


def diagnose(
    function: Callable[..., Any],
    fixture: Fixture,
    *,
    counts: Counts = EVERYTHING,
    independent: Callable[[Sequence[Case]], Finding | None] | None = None,
    places: Sequence[int] | None = None,
    elsewhere: Callable[[], Failure | None] | None = None,
    settle: Settle | None = None,
) -> Failure | None:
    """The first failure of `function` over cases of `fixture`, or None where every case is right.

    Args:
        counts: what counts.
        independent: looks for how the function depends on other calls; called where every case is right, and manners
            count.
        places: those of the cases that are looked at; by default all.
        elsewhere: a failure of the same function on other inputs, for which suspects are known; asked where a case is
            wrong. If it has a cause, it is that of this failure, too.
        settle: which of several suspects it is that come to the same in every case, or None where that cannot be told.
            Those of a file differ in some case: where all are looked at, it is the first, without being asked.
    """
    places = range(len(fixture.cases)) if places is None else places
    cases = [fixture.cases[place] for place in places]
    called = calls(function, [(case.arguments, case.forbid_overflow) for case in cases], fixture.outputs)
    outcomes, deviations = _seen(fixture, cases, called, replace(counts, work=False))
    if counts.work and not any(deviations) and any(output.kind == WORK for output in fixture.outputs):
        outcomes, deviations = _seen(fixture, cases, called, counts)  # how much work wrong values took tells nothing
    for case, outcome, deviation in zip(cases, outcomes, deviations, strict=True):
        if deviation is not None:
            failure = Failure(fixture, case, outcome, deviation, None)
            other = elsewhere() if elsewhere is not None and _is_written(outcome) else None
            if other is not None and other.suspect is not None:
                return replace(failure, suspect=other.suspect, besides=other.besides)
            run = _run(fixture, places, outcomes, [one is not None for one in deviations])
            suspect, besides = _cause(run, fixture, settle, counts)
            return replace(failure, suspect=suspect, besides=besides)
    finding = independent(cases) if independent is not None and counts.manners else None
    if finding is None:
        return None
    return Failure(fixture, cases[-1], outcomes[-1], BESIDE_OTHERS, _as_suspect(finding, fixture))


def _is_written(outcome: Outcome) -> bool:
    return outcome.raised != "NotImplementedError"


def _seen(
    fixture: Fixture, cases: Sequence[Case], called: Sequence[Outcome], counts: Counts
) -> tuple[list[Outcome], list[Deviation | None]]:
    outcomes = [forgiven(one, case.expected, counts) for case, one in zip(cases, called, strict=True)]
    return outcomes, [
        first_deviation(outcome, case.expected, fixture.outputs, values=counts.values)
        for case, outcome in zip(cases, outcomes, strict=True)
    ]


def _run(fixture: Fixture, places: Sequence[int], outcomes: Sequence[Outcome], wrong: Sequence[bool]) -> _Run:
    cases = [fixture.cases[place] for place in places]
    sights = [sight(o, case.expected, fixture.outputs) for o, case in zip(outcomes, cases, strict=True)]
    right = [right_form(case.expected, fixture.outputs) for case in cases]
    return _Run(places, cases, outcomes, sights, right, wrong)


def _cause(
    run: _Run, fixture: Fixture, settle: Settle | None, counts: Counts
) -> tuple[Suspect | None, tuple[str, ...]]:
    every, known = range(len(run.cases)), fixture.suspects
    if suspect := _same_mistake(run, known, every, settle, changed=counts.manners):
        return suspect, ()
    cause, besides = _behind_common_faults(run, known, fixture, settle)
    if cause is None:
        cause = _same_wrong_shapes(run, known)
    if cause is None and (finding := findings.find(run.cases, run.outcomes, run.wrong)):
        cause = _as_suspect(finding, fixture)
    return cause, besides if cause is not None else ()


def _same_mistake(
    run: _Run, known: Iterable[Suspect], cases: Iterable[int], settle: Settle | None, *, changed: bool = True
) -> Suspect | None:
    # What comes to the same in all of these cases, and is itself wrong in one in which the answer is. Where nothing but
    # an exception tells, the only one.
    wrong = [k for k in cases if run.wrong[k]]
    order = [*wrong, *(k for k in cases if not run.wrong[k])]
    # A ValueError has many causes. Where nothing tells more than the type of an exception, its words have to agree too.
    # Where all sizes are 1, a matrix is a number, and one mistake is as good as another.
    telling = [k for k in wrong if tells(run.cases[k], run.outcomes[k].raised)]
    found: list[Suspect] = []
    by_words: list[Suspect] = []
    for suspect in known:
        seen = suspect.sights
        order_seen = [(k, run.places[k]) for k in order if run.places[k] < len(seen)]
        words = not any(k in telling for k, _ in order_seen)
        if words and not suspect.by_form:
            continue
        if not all(same(run.sights[k], seen[place], words=words, changed=changed) for k, place in order_seen):
            continue
        if any(run.wrong[k] and not seen[place].is_right(run.right[k]) for k, place in order_seen):
            (by_words if words else found).append(suspect)
    if len(found or by_words) > 1 and settle is not None:
        return settle(found or by_words)
    if found:
        return found[0]
    return by_words[0] if len(by_words) == 1 else None


def tells(case: Case, raised: str | None) -> bool:
    """Whether a wrong answer to this case tells one mistake from another."""
    if raised is not None and not raised.startswith(OVERFLOW):
        return False
    sizes = [value.size for value in case.arguments.values() if isinstance(value, np.ndarray)]
    return not sizes or max(sizes) > 1


def _behind_common_faults(
    run: _Run, known: Sequence[Suspect], fixture: Fixture, settle: Settle | None
) -> tuple[Suspect | None, tuple[str, ...]]:
    # Writing into an argument, an overflow and a kept axis are set aside; they are said beside what is left.
    faults: list[Finding] = []
    if written := findings.overwritten(run.outcomes):
        faults.append(written)
    outcomes, kept = _without_kept_axes(run)
    if kept:
        faults.append(findings.axis_kept(kept))
    overflowing = [k for k in range(len(run.cases)) if run.wrong[k] and _overflows(run, k)]
    others = [k for k in range(len(run.cases)) if k not in overflowing]
    if overflowing:
        faults.append(findings.overflowing([run.cases[k].label for k in overflowing]))
    if not faults:
        return None, ()
    outcomes = [replace(outcome, changed=()) for outcome in outcomes]
    deviations = [
        first_deviation(outcome, case.expected, fixture.outputs)
        for outcome, case in zip(outcomes, run.cases, strict=True)
    ]
    left = _run(fixture, run.places, outcomes, [one is not None for one in deviations])
    if not any(left.wrong[k] for k in others):
        first, *more = faults
        return _as_suspect(first, fixture), tuple(fault.sentence for fault in more)
    suspect = _same_mistake(left, known, others, settle, changed=False)
    if suspect is None:
        finding = findings.find(
            [left.cases[k] for k in others], [left.outcomes[k] for k in others], [left.wrong[k] for k in others]
        )
        suspect = _as_suspect(finding, fixture) if finding else None
    if suspect is None:
        # Something else is wrong, too, and nobody knows what: the common faults are said all the same.
        first, *more = faults
        return _as_suspect(first, fixture), tuple(fault.sentence for fault in more)
    return suspect, tuple(fault.sentence for fault in faults)


def _overflows(run: _Run, k: int) -> bool:
    outcome, expected = run.outcomes[k], run.cases[k].expected
    if outcome.raised is not None:
        return outcome.raised.startswith(OVERFLOW)
    return any(
        isinstance(value, np.ndarray)
        and value.dtype.kind == "f"
        and not np.isfinite(value).all()
        and bool(np.isfinite(np.asarray(expected[name], dtype=float)).all())
        for name, value in outcome.outputs.items()
        if isinstance(expected.get(name), np.ndarray)
    )


def _without_kept_axes(run: _Run) -> tuple[list[Outcome], list[str]]:
    # Outputs that have the wrong shape in some case, and in each of these the right one but for axes of length 1.
    outcomes = list(run.outcomes)
    kept: list[str] = []
    if any(o.raised is not None and not o.raised.startswith(OVERFLOW) for o in run.outcomes):
        return outcomes, kept  # something else is wrong with the shapes
    for name in run.cases[0].expected if run.cases else ():
        wrong = [
            (k, outcome.outputs[name], np.shape(run.cases[k].expected[name]))
            for k, outcome in enumerate(run.outcomes)
            if name in outcome.outputs and _shape(outcome.outputs[name]) != _shape(run.cases[k].expected[name])
        ]
        if not wrong or not all(same_but_for_ones(value, shape) for _, value, shape in wrong):
            continue
        if any(value.size > 1 for _, value, _ in wrong):
            kept.append(name)
            for k, value, shape in wrong:
                outcomes[k] = replace(outcomes[k], outputs={**outcomes[k].outputs, name: value.reshape(shape)})
    return outcomes, kept


def _shape(value: object) -> tuple[int, ...] | None:
    # Lists may be of unequal lengths.
    return value.shape if isinstance(value, np.ndarray) else None


def _same_wrong_shapes(run: _Run, known: Iterable[Suspect]) -> Suspect | None:
    # A wrong axis shows in the shapes, even where another mistake makes the values wrong too.
    def misshapen(k: int) -> bool:
        form, right = run.sights[k].form, run.right[k]
        if form.raised or form.shape_of_answer:
            return False
        return [one.partition("!")[0] for one in form.outputs] != [one.partition("!")[0] for one in right.outputs]

    if not any(misshapen(k) for k in range(len(run.cases))):
        return None
    for suspect in known:
        pairs = [
            (mine, suspect.sights[place])
            for mine, place in zip(run.sights, run.places, strict=True)
            if place < len(suspect.sights)
        ]
        if (
            suspect.by_form
            and all(same_shapes(*pair) for pair in pairs)
            and any(misshapen(k) for k in range(len(pairs)))
        ):
            return suspect
    return None


def _as_suspect(finding: Finding, fixture: Fixture) -> Suspect:
    return Suspect(finding.name, finding.sentence, fixture.read, (), is_finding=True)
