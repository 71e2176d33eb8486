"""The visible fixtures: right answers pass, mistakes are called by their names, and the file is small."""

import numpy as np
import pytest

from solutions.exercises.catalogue import ASSIGNMENTS, contracts_of, earlier_of
from solutions.fixtures import write_fixtures
from unrolled.checking.check import subject
from unrolled.checking.diagnose import diagnose
from unrolled.checking.fixtures import load

LARGEST = 1_000_000  # bytes: a file that every student downloads


@pytest.fixture(scope="module", params=ASSIGNMENTS)
def assignment(request, tmp_path_factory):
    """The contracts of an assignment, and the file of its fixtures."""
    path = tmp_path_factory.mktemp(request.param) / "fixtures.npz"
    write_fixtures(request.param, path)
    return earlier_of(request.param) | contracts_of(request.param), path


def verdict(contract, fixture, answer) -> str | None:
    """What the visible check calls an answer: a misconception, `unnamed`, or None where it is right."""
    own = answer.forward or contract.forward
    failure = diagnose(subject(answer.function, own, fixture, part="visible"), fixture)
    if failure is None:
        return None
    return failure.suspect.name if failure.suspect is not None else "unnamed"


def test_the_file_is_small(assignment):
    _, path = assignment
    assert path.stat().st_size < LARGEST


def test_right_answers_pass(assignment):
    contracts, path = assignment
    fixtures = load(path)
    assert list(fixtures) == sorted(contracts)
    for name, contract in contracts.items():
        for right in contract.variants:
            assert verdict(contract, fixtures[name], right) is None, (name, right.name)


def test_mistakes_are_called_by_their_names(assignment):
    contracts, path = assignment
    fixtures = load(path)
    given = {
        (name, wrong.name): verdict(contract, fixtures[name], wrong)
        for name, contract in contracts.items()
        for wrong in contract.misconceptions
    }
    # What only a rule of the judge notices passes here; nothing is called by the name of another.
    assert {key: called for key, called in given.items() if called not in (key[1], None)} == {}
    assert np.mean([called == key[1] for key, called in given.items()]) >= 0.95
