"""Makes the visible fixtures of an assignment from its contracts.

unrolled-canary-b83c5e1a6d94
"""

import warnings
from dataclasses import replace
from pathlib import Path

from solutions.exercises.catalogue import contracts_of, earlier_of
from solutions.judging.places import addressed
from solutions.kept import visible_fixture
from unrolled.checking.fixtures import Fixture, save


def write_fixtures(assignment: str, path: Path) -> None:
    """Write the fixtures that students get (.npz): a key of their own, so that no hidden input is among them.

    Where to read begins with the book's address, if it has one. An assignment without contracts, whose tests are plain
    assertions, has no fixtures.
    """
    try:
        contracts = earlier_of(assignment) | contracts_of(assignment)
    except KeyError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mistakes average over nothing, and index numbers: that is what they are
        fixtures = {name: _addressed(visible_fixture(contract)) for name, contract in contracts.items()}
    save(fixtures, path)


def _addressed(fixture: Fixture) -> Fixture:
    suspects = tuple(replace(suspect, read=addressed(suspect.read)) for suspect in fixture.suspects)
    return replace(fixture, read=addressed(fixture.read), suspects=suspects)
