"""The judge under a few fresh keys. It takes minutes, so half of the functions have a file: workers run whole files."""

from solutions import verify
from solutions.exercises.catalogue import contract_of
from solutions.judging.audit import audit
from solutions.kept import misconceptions_of

KEYS, MISTAKES = 2, 40
HALVES = list(verify.functions())[::2], list(verify.functions())[1::2]


def trouble(function: str) -> list[str]:
    """What the judge of a function does wrong: under other keys whenever the code is other, and the same until then."""
    contract = contract_of(function)
    keys = [f"{verify.digest(contract)} {number}" for number in range(KEYS)]
    return audit(contract, keys, misconceptions_of(contract), derived=MISTAKES).trouble()
