"""Cases of a contract, and what everything wrong that it knows comes to on them.

unrolled-canary-8d41f06be2c9
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import overload

import numpy as np

from solutions.judging.contract import FURTHER, OWN, Contract, Misconception
from solutions.judging.drawing import generator
from solutions.judging.places import reading
from unrolled.checking.diagnose import tells
from unrolled.checking.fixtures import Case, Suspect
from unrolled.checking.outcome import call
from unrolled.checking.sights import Form, Sight, right_form, same, sight

VISIBLE_KEY = "visible"
# Families that an exception in the step, or a shape, gives away.
BY_FORM = (
    "over-the-batch",
    "time-first",
    "not-reduced",
    "other-axis",
    "answer-missing",
    "start-among-them",
    "last-entry-alone",
)


def cases_of(contract: Contract, parts: Iterable[str], rng: np.random.Generator) -> tuple[Case, ...]:
    """Fresh inputs of these parts, with the reference's outputs.

    Raises:
        RuntimeError: the reference failed.
    """
    cases = []
    for part in parts:
        for given in contract.part(part).draw(rng):
            outcome = call(
                contract.subject(contract.reference),
                given.arguments,
                contract.outputs,
                forbid_overflow=given.forbid_overflow,
                writes=False,
            )
            if outcome.error is not None:
                what = f"the reference of {contract.name} failed in case {given.label!r}"
                raise RuntimeError(what) from outcome.error
            cases.append(Case(given.label, given.arguments, outcome.outputs, given.forbid_overflow, part))
    return tuple(cases)


def suspect_of(contract: Contract, wrong: Misconception, cases: Sequence[Case]) -> Suspect:
    """A mistake as the diagnosis needs it. It is put to a case when that is looked at: most are told apart by one."""
    # An exception, or a wrong shape, has many causes; of those that are written down, and of some families, it tells.
    family = wrong.name.rpartition(":")[2]
    by_form = wrong.origin in (OWN, FURTHER) or family.startswith(BY_FORM)
    return Suspect(wrong.name, wrong.hint, reading(wrong.read), _Sights(contract, wrong, cases), by_form=by_form)


class _Sights(Sequence[Sight]):
    """What a mistake comes to in each case."""

    def __init__(self, contract: Contract, wrong: Misconception, cases: Sequence[Case]) -> None:
        self._contract, self._wrong, self._cases = contract, wrong, cases
        self._seen: dict[int, Sight] = {}

    def __len__(self) -> int:
        return len(self._cases)

    @overload
    def __getitem__(self, place: int) -> Sight: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Sight]: ...
    def __getitem__(self, place: int | slice) -> Sight | Sequence[Sight]:
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        if place >= len(self):
            raise IndexError(place)
        if place not in self._seen:
            case, outputs = self._cases[place], self._contract.outputs
            subject = self._contract.subject(self._wrong)
            outcome = call(subject, case.arguments, outputs, forbid_overflow=case.forbid_overflow)
            self._seen[place] = sight(outcome, case.expected, outputs)
        return self._seen[place]


def visible_parts(contract: Contract) -> tuple[str, ...]:
    """The parts whose inputs students get: those with values."""
    return tuple(part.name for part in contract.parts if part.values)


@lru_cache(maxsize=4)
def visible_cases(contract: Contract) -> tuple[Case, ...]:
    """The inputs that students get."""
    return cases_of(contract, visible_parts(contract), generator(VISIBLE_KEY, contract.name, "all"))


def _telling_cases(contract: Contract) -> tuple[Case, ...]:
    # The visible ones without the rare, which come last.
    rng = np.random.default_rng(0)
    rare = sum(given.rare for part in visible_parts(contract) for given in contract.part(part).draw(rng))
    cases = visible_cases(contract)
    return cases[: len(cases) - rare]


@lru_cache(maxsize=4)
def distinct(contract: Contract) -> tuple[tuple[Misconception, Suspect], ...]:
    """Everything known that is wrong on the visible inputs, of those that come to the same the first.

    What is written in the contract stays in any case: a rule may notice what inputs do not show.
    """
    cases = _telling_cases(contract)
    right = [right_form(case.expected, contract.outputs) for case in cases]
    kept: list[tuple[Misconception, Suspect]] = []
    alike: dict[tuple[Form, ...], list[np.ndarray]] = {}  # what was kept, by its forms
    for wrong in contract.known():
        suspect = suspect_of(contract, wrong, cases)
        seen = list(suspect.sights)
        wrongs = [
            (case, one.form.raised)
            for case, one, form in zip(cases, seen, right, strict=True)
            if not one.is_right(form)
        ]
        telling = any(tells(*one) for one in wrongs)
        if not suspect.by_form and not telling:
            continue
        if wrong.origin != OWN and not wrongs:
            continue
        prints = np.stack([one.prints for one in seen])
        slack = np.stack([one.slack for one in seen if one.slack is not None])[..., None]  # made here, each has it
        # Where values tell, the words of an exception beside them do not count: see `diagnose`.
        forms = tuple(replace(one.form, said="") if telling else one.form for one in seen)
        others = alike.setdefault(forms, [])
        if wrong.origin == OWN or not any(np.all(np.abs(prints - other) <= slack) for other in others):
            others.append(prints)
            kept.append((wrong, suspect))
    return tuple(kept)


@lru_cache(maxsize=4)
def all_suspects(contract: Contract) -> tuple[Suspect, ...]:
    """Everything known, on the visible inputs, also what comes to the same there."""
    cases = _telling_cases(contract)
    return tuple(suspect_of(contract, wrong, cases) for wrong in contract.known())


def alike(suspects: Sequence[Suspect]) -> bool:
    """Whether suspects come to the same in every case."""
    first, *others = suspects
    return all(same(one, two) for other in others for one, two in zip(first.sights, other.sights, strict=True))
