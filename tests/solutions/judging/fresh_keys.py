"""The judge under a fresh key. It takes minutes, so half of the functions have a file: workers run whole files.

What 100 keys found is on record for every function, and a test asks whether the record is of today's code. In `make
test` a third of them are tried once more, on the machine that it runs on: which ones changes with their code.
"""

import pytest

from solutions import verify
from solutions.exercises.catalogue import contract_of
from solutions.judging.audit import audit
from solutions.kept import misconceptions_of

MISTAKES = 20
ONE_IN = 3


def _subject(function: str) -> object:
    is_drawn = int(verify.recorded(function).get("hash", "0"), 16) % ONE_IN == 0  # of its code, as another test sees to
    return function if is_drawn else pytest.param(function, marks=pytest.mark.full)


SUBJECTS = [_subject(function) for function in verify.functions()]
HALVES = SUBJECTS[::2], SUBJECTS[1::2]


def trouble(function: str) -> list[str]:
    """What the judge of a function does wrong: under another key when the code is another, the same until then."""
    contract = contract_of(function)
    return audit(contract, [verify.digest(contract)], misconceptions_of(contract), derived=MISTAKES).trouble()
