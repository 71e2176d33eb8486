"""The judge that `unrolled.check(..., hidden=...)` finds by its entry point: any exercise, by its name.

unrolled-canary-6c0d4f27e9b1
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from solutions.exercises.catalogue import ASSIGNMENTS, contract_of, contracts_of, packages_of
from solutions.judging.contract import Contract
from solutions.judging.derivation import Function
from solutions.judging.judging import KEY_VARIABLE, empty_fixture, judge_part, submission_key, visible
from unrolled.checking.check import FIXTURES
from unrolled.checking.fixtures import Fixture, FixtureFileError, load

__all__ = ["KEY_VARIABLE", "judge", "load_for"]

LOADED: dict[str, Contract] = {}  # by the function's name, of those that `load_for` has loaded


def judge(function: Function, name: str, part: str, key: str | None = None, *, forward: Function | None = None) -> None:
    """Check one part of an exercise on inputs that nobody has seen.

    Args:
        function: the student's function, or whatever stands under its name.
        name: the exercise.
        part: shapes, values (gradient for a backward function), edges or property.
        forward: for a backward function: the student's function that makes its cache.
        key: any text; the same key gives the same inputs. Default: the submission's.

    Raises:
        CheckFailed: with a message that names the likely mistake and discloses no input and no value.
        KeyError: no such exercise or part.
    """
    key = submission_key() if key is None else key

    def known(contract: Contract) -> Fixture:
        # What is too large is no mistake that is known, and takes its time to come.
        if getattr(function, "__unrolled_too_large__", False):
            return empty_fixture(contract)
        return _known(contract)

    judge_part(LOADED.get(name) or contract_of(name), function, part, key, forward, known=known)


def _known(contract: Contract) -> Fixture:
    # The assignment's own fixtures hold what every known mistake comes to; to compute it takes seconds.
    return _beside(FIXTURES.resolve()).get(contract.name) or visible(contract)


@cache
def _beside(path: Path) -> dict[str, Fixture]:
    try:
        return load(path)
    except FixtureFileError:
        return {}


def load_for(functions: Iterable[str]) -> None:
    """Load what judging these functions needs, for a process that many others come from.

    These are the contracts of the assignments that ask for them, and every place in the book that one refers to.
    Functions for which nobody asks are left out, and so are assignments whose packages this process has not imported:
    NumPy's functions need no framework.
    """
    for name in functions:
        for assignment in _assignments() if name not in LOADED else ():
            contracts = contracts_of(assignment)
            if name in contracts:
                for contract in contracts.values():
                    empty_fixture(contract)
                    LOADED.setdefault(contract.name, contract)
                break


def _assignments() -> Iterator[str]:
    for assignment in ASSIGNMENTS:
        if all(package in sys.modules for package in packages_of(assignment)):
            yield assignment
