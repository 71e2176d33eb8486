"""Draws fresh inputs from a key and decides whether a function earns a part's points.

unrolled-canary-46be0d8f9a17
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from solutions.judging.contract import Contract, Rule
from solutions.judging.derivation import Function
from solutions.judging.drawing import generator
from solutions.judging.known import alike, all_suspects, cases_of, visible_cases
from solutions.judging.parts import PROPERTY
from solutions.judging.places import reading
from solutions.judging.structure import WrongStructureError, structured
from unrolled.checking.check import CheckFailed, failed, independent, subject
from unrolled.checking.compare import Counts
from unrolled.checking.diagnose import Failure, diagnose
from unrolled.checking.fixtures import Case, Fixture
from unrolled.checking.messages import NOT_WRITTEN, READ, Message

KEY_VARIABLE = "UNROLLED_KEY"  # set per submission by the grader
PLAIN_KEY = "plain-nbgrader"
Known = Callable[[Contract], Fixture]


def visible(contract: Contract) -> Fixture:
    """What is known of a function on the inputs that students get. Each mistake is put to a case when looked at."""
    return replace(empty_fixture(contract), cases=visible_cases(contract), suspects=all_suspects(contract))


def judge_part(
    contract: Contract,
    function: Function,
    part: str,
    key: str,
    forward: Function | None = None,
    *,
    known: Known | None = visible,
) -> None:
    """Check one part of an exercise on inputs that nobody has seen.

    Args:
        function: the student's function, or whatever stands under its name.
        part: one of the contract's.
        key: any text; the same key gives the same inputs.
        forward: for a backward function: the student's function that makes its cache.
        known: gives what is known of the function on inputs that are no secret. By these a mistake is called by its
            name; asked where there is one. With None, no known mistake is.

    Raises:
        CheckFailed: with a message that names the likely mistake and discloses no input and no value.
        KeyError: no such part.
    """
    if part not in contract.part_names:
        raise KeyError(f"{contract.name} has no part {part!r}; it has {', '.join(contract.part_names)}")
    if part == PROPERTY:
        rng = generator(key, contract.name, part)
        whole = subject(function, forward, empty_fixture(contract), part=part)
        # Rules compare numbers; an answer without any, or of other shapes, would satisfy many of them.
        whole = structured(whole, contract.subject(contract.reference), contract.outputs)
        _judge_rules(contract, (whole, rng) if contract.forward is None else (whole, rng, forward))
        return
    fixture = replace(empty_fixture(contract), cases=_fresh_cases(contract, part, key))
    counts = contract.counts(part)

    def elsewhere() -> Failure | None:
        seen = known(contract) if known is not None else fixture
        return _on_known_inputs(subject(function, forward, seen, part=part), seen, part, counts)

    failure = diagnose(
        subject(function, forward, fixture, part=part),
        fixture,
        counts=counts,
        independent=independent(function, forward, fixture),
        elsewhere=elsewhere if known is not None else None,
    )
    if failure is not None:
        raise failed(failure, part=part, disclose=False)


def _on_known_inputs(function: Function, seen: Fixture, part: str, counts: Counts) -> Failure | None:
    # As `check` does it: what every known mistake gives there was computed before. None where no mistake gets a name.
    whole = diagnose(function, seen, counts=counts)
    if whole is None or (_is_named(whole) and not whole.besides):
        return whole
    places = seen.places_of(part)
    if places[0] == 0:  # the values, which tell mistakes apart even where edges show another one; those saturate
        alone = diagnose(
            function, seen, counts=counts, places=places, settle=lambda found: found[0] if alike(found) else None
        )
        if alone is not None and _is_named(alone):
            return alone
    return whole if _is_named(whole) else None


def _is_named(failure: Failure) -> bool:
    return failure.suspect is not None and not failure.suspect.is_finding


def submission_key() -> str:
    """The key of the submission that is judged: the grader's, and one for all under plain nbgrader."""
    return os.environ.get(KEY_VARIABLE, PLAIN_KEY)


def fresh(name: str, part: str = "behaviour") -> np.random.Generator:
    """The random numbers of one part of one exercise for this submission."""
    return generator(submission_key(), name, part)


def empty_fixture(contract: Contract) -> Fixture:
    """What does not depend on inputs."""
    return Fixture(contract.name, contract.outputs, reading(contract.read), cases=(), probe=contract.probe)


# Kept for the next answer under the same key, of which the audit judges thousands; few, so that memory stays flat.
@lru_cache(maxsize=8)
def _fresh_cases(contract: Contract, part: str, key: str) -> tuple[Case, ...]:
    return cases_of(contract, (part,), generator(key, contract.name, part))


def _judge_rules(contract: Contract, arguments: tuple) -> None:
    for rule in contract.rules:
        try:
            violated = rule.violated(*arguments)
        except Exception as error:
            written = not isinstance(error, NotImplementedError)
            state = _state(error) if written else "it is not written yet"
            what = f"{contract.name}: {state}, so that this could not be tested: {rule.statement}"
            raise _broken(contract, rule, what, None if written else NOT_WRITTEN) from None
        if violated:
            raise _broken(contract, rule, f"{contract.name} breaks a rule: {rule.statement}", rule.name)


def _broken(contract: Contract, rule: Rule, what: str, misconception: str | None) -> CheckFailed:
    rows = (("", f"✗ {what}"), (READ, reading(rule.read)))
    return CheckFailed(Message(contract.name, PROPERTY, rows, misconception))


def _state(error: Exception) -> str:
    return str(error) if isinstance(error, WrongStructureError) else f"it raised {type(error).__name__}"
