"""Makes the visible fixtures of an assignment from its contracts.

unrolled-canary-b83c5e1a6d94
"""

from dataclasses import replace
from pathlib import Path

from solutions.exercises.catalogue import contracts_of, earlier_of
from solutions.judging.contract import Contract
from solutions.judging.judging import VISIBLE_KEY, fixture_for, generator
from unrolled.checking.fixtures import Fixture, Suspect, save

# Of a function that students bring along and that was checked in full before; and that tell its mistakes apart where
# they show in another function.
CASES_OF_EARLIER = 3


def write_fixtures(assignment: str, path: Path) -> None:
    """Write the fixtures that students get (.npz): a key of their own, so that no hidden input is among them."""
    earlier = {name: _beginning(_visible(contract)) for name, contract in earlier_of(assignment).items()}
    own = {name: _visible(contract) for name, contract in contracts_of(assignment).items()}
    save(earlier | own, path)


def _visible(contract: Contract) -> Fixture:
    parts = tuple(part for part in contract.parts if part in ("values", "gradient", "edges"))
    fixture = fixture_for(contract, parts, generator(VISIBLE_KEY, contract.name, "all"))
    inherited = {wrong.name for wrong in contract.inherited}
    return replace(fixture, suspects=tuple(_short(one) if one.name in inherited else one for one in fixture.suspects))


def _beginning(fixture: Fixture) -> Fixture:
    return replace(fixture, cases=fixture.cases[:CASES_OF_EARLIER], suspects=tuple(map(_short, fixture.suspects)))


def _short(suspect: Suspect) -> Suspect:
    return replace(suspect, outcomes=suspect.outcomes[:CASES_OF_EARLIER])
