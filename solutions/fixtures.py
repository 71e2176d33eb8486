"""Makes the visible fixtures of an assignment from its contracts.

unrolled-canary-b83c5e1a6d94
"""

from pathlib import Path

from solutions.exercises.catalogue import contracts_of, earlier_of
from solutions.kept import visible_fixture
from unrolled.checking.fixtures import save


def write_fixtures(assignment: str, path: Path) -> None:
    """Write the fixtures that students get (.npz): a key of their own, so that no hidden input is among them."""
    contracts = earlier_of(assignment) | contracts_of(assignment)
    save({name: visible_fixture(contract) for name, contract in contracts.items()}, path)
