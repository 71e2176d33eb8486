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


def is_drawn(function: str) -> bool:
    """Whether `make test` tries it: by its code, of whose state the record is, as another test sees to."""
    return int(verify.recorded(function).get("hash", "0"), 16) % ONE_IN == 0


HALVES = list(verify.functions())[::2], list(verify.functions())[1::2]
SUBJECTS = [
    [one if is_drawn(one) else pytest.param(one, marks=pytest.mark.full) for one in functions] for functions in HALVES
]


def trouble(function: str) -> list[str]:
    """What the judge of a function does wrong: under another key when the code is another, the same until then."""
    contract = contract_of(function)
    return audit(contract, [verify.digest(contract)], misconceptions_of(contract), derived=MISTAKES).trouble()
