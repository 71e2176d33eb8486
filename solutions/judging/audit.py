"""Measures the judge: right answers that it fails, known mistakes and mutants that it lets pass or misnames.

unrolled-canary-18e5c7f3b60d
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from solutions.judging.contract import Contract, Variant
from solutions.judging.derivation import Function
from solutions.judging.judging import judge_part
from solutions.judging.known import misconceptions_of
from solutions.judging.mutants import mutants
from solutions.judging.rewriting import rewritten
from unrolled.checking.check import CheckFailed

KEYS_FOR_MISCONCEPTIONS = 10


@dataclass
class Audit:
    """Counts for one contract, and by name what went wrong.

    unnamed: misconceptions that, under some key, no part calls by their own name; misnamed: those that some part calls
    by another. Rules (the part `property`) have names of their own.
    surviving_mutants: those that keep full points, the equivalent ones among them.
    """

    function: str
    right_answers: int = 0
    right_judgements: int = 0
    failed_right_answers: list[str] = field(default_factory=list)
    misconceptions: int = 0
    misconceptions_with_full_points: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    mutants: int = 0
    surviving_mutants: list[str] = field(default_factory=list)

    def trouble(self, equivalent: Collection[str]) -> list[str]:
        """What a good judge must not do: each in a sentence that begins with the function's name.

        Args:
            equivalent: mutants that give the same answers as the reference.
        """
        survivors = [mutant for mutant in self.surviving_mutants if mutant not in equivalent]
        found = {
            "fails a right answer": self.failed_right_answers,
            "gives full points to a mistake": self.misconceptions_with_full_points,
            "calls a mistake by another's name": self.misnamed,
            "gives full points to a mutant": survivors,
        }
        return [f"{self.function} {what}: {one}" for what, names in found.items() for one in names]


def lost_parts(contract: Contract, answer: Variant | Function, key: str) -> dict[str, str | None]:
    """The parts that an answer loses under `key`, each with the misconception it was called."""
    function = answer.function if isinstance(answer, Variant) else answer
    own = answer.forward if isinstance(answer, Variant) else None
    lost: dict[str, str | None] = {}
    for part in contract.part_names:
        try:
            judge_part(contract, function, part, key, own or contract.forward)
        except CheckFailed as failure:
            lost[part] = failure.message.misconception
    return lost


def right_answers(contract: Contract) -> Iterator[Variant]:
    """The reference, the variants written by hand, and those made by transformation."""
    yield Variant("reference", contract.reference)
    yield from contract.variants
    yield from rewritten(contract)


def audit(contract: Contract, keys: Iterable[str]) -> Audit:
    """Judge every right answer, misconception and mutant of a contract.

    Args:
        keys: right answers are judged under all of them, misconceptions under some, mutants under the first.
    """
    keys = list(keys)
    found = Audit(contract.name)
    answers = list(right_answers(contract))
    found.right_answers = len(answers)
    for key in keys:
        for answer in answers:
            found.right_judgements += 1
            if lost := lost_parts(contract, answer, key):
                found.failed_right_answers.append(f"{answer.name}, key {key}: {', '.join(lost)}")
    known = misconceptions_of(contract)
    found.misconceptions = len(known)
    unnamed = set()
    for key in keys[:KEYS_FOR_MISCONCEPTIONS]:
        for wrong in known:
            lost = lost_parts(contract, wrong, key)
            if not lost:
                found.misconceptions_with_full_points.append(f"{wrong.name}, key {key}")
            if wrong.name not in lost.values():
                unnamed.add(wrong.name)
            if {name for part, name in lost.items() if part != "property"} - {wrong.name}:
                found.misnamed.append(f"{wrong.name}, key {key}")
    found.unnamed = sorted(unnamed)
    for mutant in mutants(contract.reference, lambda: lost_parts(contract, contract.reference, keys[0])):
        found.mutants += 1
        if not lost_parts(contract, mutant.function, keys[0]):
            found.surviving_mutants.append(mutant.change)
    return found
