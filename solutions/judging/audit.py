"""Measures the judge: right answers that it fails, mistakes and edits that it lets pass, mistakes that it misnames.

unrolled-canary-18e5c7f3b60d
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from solutions.judging.contract import INHERITED, OWN, Contract, Misconception, Variant
from solutions.judging.derivation import Function
from solutions.judging.drawing import generator
from solutions.judging.edits import random_edits
from solutions.judging.judging import judge_part
from solutions.judging.known import cases_of, suspect_of
from solutions.judging.limit import TooLongError, cpu_limit
from solutions.judging.parts import PROPERTY
from solutions.judging.rewriting import rewritten
from unrolled.checking.check import CheckFailed
from unrolled.checking.compare import first_deviation
from unrolled.checking.fixtures import Suspect
from unrolled.checking.outcome import call
from unrolled.checking.sights import same

KEYS_FOR_WRITTEN, KEYS_FOR_DERIVED = 10, 2  # under which mistakes are called by their names
KEYS_WITHOUT_NAMES = 5  # under which those of families lose points, whatever they are called; the others under all
EDITS = 60  # of the derivation, at random
EDIT_SECONDS = 2.0  # of processor time, all parts together; a right answer takes a fiftieth
WIDE = tuple(f"wide {number}" for number in range(8))  # keys under which what passed is compared with the reference


@dataclass
class Audit:
    """Counts for one contract, and by name what went wrong.

    misconceptions: those that are told apart; of them `derived` were made by families.
    unnamed: misconceptions that, under some key, no part calls by their own name or by that of one that is the same
    there; misnamed: those that some part calls by another's. Rules (the part `property`) have names of their own.
    edits: changes of the derivation at one place, at random; passed_edits keep full points, and yet give other answers
    than the reference.
    """

    function: str
    right_answers: int = 0
    right_judgements: int = 0
    failed_right_answers: list[str] = field(default_factory=list)
    misconceptions: int = 0
    derived: int = 0
    misconceptions_with_full_points: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    edits: int = 0
    passed_edits: list[str] = field(default_factory=list)

    def trouble(self) -> list[str]:
        """What a good judge must not do: each in a sentence that begins with the function's name."""
        found = {
            "fails a right answer": self.failed_right_answers,
            "gives full points to a mistake": self.misconceptions_with_full_points,
            "calls a mistake by another's name": self.misnamed,
            "gives full points to a wrong edit": self.passed_edits,
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


def keeps_all_points(contract: Contract, answer: Variant, key: str) -> bool:
    """Whether an answer loses no part under `key`."""
    try:
        for part in contract.part_names:
            judge_part(contract, answer.function, part, key, answer.forward or contract.forward, known=None)
    except CheckFailed:
        return False
    return True


def right_answers(contract: Contract) -> Iterator[Variant]:
    """The reference, the variants written by hand, and those made by transformation."""
    yield Variant("reference", contract.reference)
    yield from contract.variants
    yield from rewritten(contract)


def audit(contract: Contract, keys: Iterable[str], known: Sequence[Misconception], derived: int | None = None) -> Audit:
    """Judge every right answer and every mistake of a contract, and edits of its derivation.

    Args:
        keys: right answers and mistakes are judged under all of them, those of families under some, edits under the
            first.
        known: the mistakes that are told apart.
        derived: how many of those that families made are judged, spread over all; by default all.
    """
    keys = list(keys)
    own = [wrong for wrong in known if wrong.origin == OWN]
    made = [wrong for wrong in known if wrong.origin != OWN]
    answers = list(right_answers(contract))
    found = Audit(contract.name, right_answers=len(answers), misconceptions=len(known), derived=len(made))
    if derived is not None and len(made) > derived:
        made = [made[k * len(made) // derived] for k in range(derived)]
    # All under one key before the next, so that what is drawn and known under a key is computed once.
    for number, key in enumerate(keys):
        _audit_right_answers(contract, answers, key, found)
        _audit_mistakes(contract, own, key, found, named=number < KEYS_FOR_WRITTEN)
        if number < KEYS_WITHOUT_NAMES:
            _audit_mistakes(contract, made, key, found, named=number < KEYS_FOR_DERIVED)
    found.unnamed = sorted(set(found.unnamed))
    _audit_edits(contract, keys[0], found)
    return found


def _audit_right_answers(contract: Contract, answers: Sequence[Variant], key: str, found: Audit) -> None:
    for answer in answers:
        found.right_judgements += 1
        if lost := lost_parts(contract, answer, key):
            found.failed_right_answers.append(f"{answer.name}, key {key}: {', '.join(lost)}")


def _audit_mistakes(
    contract: Contract, mistakes: Sequence[Misconception], key: str, found: Audit, *, named: bool
) -> None:
    for wrong in mistakes:
        if named:
            _audit_names(contract, wrong, key, found)
        elif keeps_all_points(contract, wrong, key):
            found.misconceptions_with_full_points.append(f"{wrong.name}, key {key}")


def _audit_names(contract: Contract, wrong: Misconception, key: str, found: Audit) -> None:
    lost = lost_parts(contract, wrong, key)
    if not lost:
        found.misconceptions_with_full_points.append(f"{wrong.name}, key {key}")
    called = {part: name for part, name in lost.items() if part != PROPERTY}
    own = {part for part, name in called.items() if name is not None and _is(contract, wrong, name, part, key)}
    if not own and wrong.name not in lost.values():
        found.unnamed.append(wrong.name)
    found.misnamed += [
        f"{wrong.name}, {part}, key {key}: {name}"
        for part, name in called.items()
        if name is not None and part not in own
    ]


def _is(contract: Contract, wrong: Misconception, name: str, part: str, key: str) -> bool:
    # Whether a mistake is what it was called: by its name, or because that one is the same on any input of this part.
    if name == wrong.name:
        return True
    again = _again(contract, part, key)
    if name not in again:  # a fact that was found about the answer is true of it
        return True
    pairs = zip(again[wrong.name].sights, again[name].sights, strict=True)
    return all(same(one, other, changed=False) for one, other in pairs)


@lru_cache(maxsize=8)
def _again(contract: Contract, part: str, key: str) -> dict[str, Suspect]:
    # What is known, by its name, on other cases of a part.
    cases = cases_of(contract, (part,), generator(f"{key}, again", contract.name, part))
    own = (wrong for wrong in contract.known() if wrong.origin != INHERITED)
    return {wrong.name: suspect_of(contract, wrong, cases) for wrong in own}


def _audit_edits(contract: Contract, key: str, found: Audit) -> None:
    base = contract.variants[0]
    for edit in random_edits(contract.text.text, generator("edits", contract.name, "audit"), EDITS):
        found.edits += 1
        answer = Variant(edit.change, contract.text.rebuilt(edit.text), text=edit.text, forward=base.forward)
        try:
            with cpu_limit(EDIT_SECONDS):
                passed = keeps_all_points(contract, answer, key)
        except TooLongError:
            continue  # the grader's limit stops it, and it earns nothing
        if passed and _differs(contract, answer):
            found.passed_edits.append(edit.change)


def _differs(contract: Contract, answer: Variant) -> bool:
    # From the reference, which tests hold to PyTorch and finite differences, on many inputs.
    parts = [part.name for part in contract.parts]
    for key in WIDE:
        for case in cases_of(contract, parts, generator(key, contract.name, "wide")):
            outcome = call(contract.subject(answer), case.arguments, contract.outputs)
            if first_deviation(outcome, case.expected, contract.outputs) is not None:
                return True
    return False
