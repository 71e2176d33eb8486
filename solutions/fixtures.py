"""Makes the visible fixtures of an assignment from its contracts.

unrolled-canary-b83c5e1a6d94
"""

from dataclasses import replace
from pathlib import Path

from solutions.exercises.catalogue import contracts_of, earlier_of
from solutions.judging.contract import Contract
from solutions.judging.judging import empty_fixture
from solutions.judging.known import distinct, visible_cases
from unrolled.checking.fixtures import Fixture, save


def write_fixtures(assignment: str, path: Path) -> None:
    """Write the fixtures that students get (.npz): a key of their own, so that no hidden input is among them."""
    contracts = earlier_of(assignment) | contracts_of(assignment)
    save({name: visible_fixture(contract) for name, contract in contracts.items()}, path)


def visible_fixture(contract: Contract) -> Fixture:
    """What students get of one function: inputs, right outputs, and a few numbers of each mistake."""
    suspects = tuple(suspect for _, suspect in distinct(contract))
    return replace(empty_fixture(contract), cases=visible_cases(contract), suspects=suspects)
