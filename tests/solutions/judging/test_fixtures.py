"""The visible fixtures: right answers pass, mistakes are called by their names, and the file is small."""

import gc
import time
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from solutions import kept
from solutions.exercises.catalogue import ASSIGNMENTS, contracts_of, earlier_of
from solutions.fixtures import write_fixtures
from solutions.judging import places
from solutions.judging.contract import DERIVED, FURTHER, Contract, Misconception
from solutions.kept import misconceptions_of
from tests.solutions.exercises.attempts import RIGHT, UNNAMED, called
from unrolled.checking.fixtures import load

LARGEST = 1_000_000  # bytes: a file that every student downloads
SOME = 40


@pytest.fixture(scope="module", params=ASSIGNMENTS)
def assignment(request, tmp_path_factory):
    """The contracts that an assignment brings, and the file of its fixtures."""
    path = tmp_path_factory.mktemp(request.param) / "fixtures.npz"
    write_fixtures(request.param, path)
    assert list(load(path)) == sorted(earlier_of(request.param) | contracts_of(request.param))
    return contracts_of(request.param), path


def verdict(contract, fixture, answer) -> str:
    """What the visible check calls an answer."""
    return called(fixture, answer.function, answer.forward or contract.forward)


def test_the_file_is_small(assignment):
    _, path = assignment
    assert path.stat().st_size < LARGEST


def test_right_answers_pass(assignment):
    contracts, path = assignment
    fixtures = load(path)
    for name, contract in contracts.items():
        for right in contract.variants:
            assert verdict(contract, fixtures[name], right) == RIGHT, (name, right.name)


@pytest.mark.parametrize("every", [pytest.param(True, marks=pytest.mark.full), False], ids=["all", "some"])
def test_mistakes_are_called_by_their_names(assignment, every):
    contracts, path = assignment
    fixtures = load(path)
    given = {
        (name, wrong.name): verdict(contract, fixtures[name], wrong)
        for name, contract in contracts.items()
        for wrong in (known_of(contract) if every else chosen(known_of(contract)))
    }
    # What only a rule of the judge notices passes here; what is nothing but an exception may get no name.
    assert {key: name for key, name in given.items() if name not in (key[1], RIGHT, UNNAMED)} == {}
    assert np.mean([name == key[1] for key, name in given.items()]) >= 0.95


def known_of(contract: Contract) -> list[Misconception]:
    return [*misconceptions_of(contract), *(wrong for wrong in contract.known() if wrong.origin == FURTHER)]


def chosen(known: list[Misconception]) -> list[Misconception]:
    """All that are written in a contract, and of the derived ones some from all families."""
    derived = [wrong for wrong in known if wrong.origin == DERIVED]
    return [wrong for wrong in known if wrong.origin != DERIVED] + derived[:: max(1, len(derived) // SOME)]


def test_a_wrong_answer_is_diagnosed_at_once(assignment):
    contracts, path = assignment
    fixtures = load(path)
    for name, contract in contracts.items():
        work = partial(verdict, contract, fixtures[name], misconceptions_of(contract)[-1])
        assert seconds_of(work) < 0.5, name


def seconds_of(work: Callable[[], object]) -> float:
    """Processor seconds of work, without sweeps of the garbage collector through the heap of all other tests."""
    gc.disable()
    try:
        started = time.process_time()
        work()
        return time.process_time() - started
    finally:
        gc.enable()


def test_the_books_address_is_in_all_that_students_get_and_decides_about_no_result(tmp_path, monkeypatch):
    contract = next(iter(contracts_of(ASSIGNMENTS[0]).values()))
    before = kept.digest.__wrapped__(contract)
    settings = places._yaml("_config.yml")
    monkeypatch.setitem(settings, "html", {**settings.get("html", {}), "baseurl": "https://book.example/course"})
    assert kept.digest.__wrapped__(contract) == before
    write_fixtures(ASSIGNMENTS[0], tmp_path / "fixtures.npz")
    found = load(tmp_path / "fixtures.npz")
    read = [one.read for fixture in found.values() for one in (fixture, *fixture.suspects)]
    assert all(": https://book.example/course/book/" in place for place in read if ".html#" in place)
    assert sum(".html#" in place for place in read) > 10


def test_what_mistakes_warn_of_is_not_said_to_whoever_makes_a_release(tmp_path, monkeypatch, recwarn):
    def warning(contract):
        warnings.warn("Mean of empty slice", RuntimeWarning, stacklevel=1)
        return kept.visible_fixture(contract)

    monkeypatch.setattr("solutions.fixtures.visible_fixture", warning)
    write_fixtures(ASSIGNMENTS[0], tmp_path / "fixtures.npz")
    assert not recwarn.list
