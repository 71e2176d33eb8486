"""The judge under a fresh key. It takes minutes, so half of the functions have a file: workers run whole files."""

from solutions import verify
from solutions.exercises.catalogue import contract_of
from solutions.judging.audit import audit
from solutions.kept import misconceptions_of

MISTAKES = 20
HALVES = list(verify.functions())[::2], list(verify.functions())[1::2]


def trouble(function: str) -> list[str]:
    """What the judge of a function does wrong: under another key when the code is another, the same until then."""
    contract = contract_of(function)
    return audit(contract, [verify.digest(contract)], misconceptions_of(contract), derived=MISTAKES).trouble()
