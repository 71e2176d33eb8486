"""What students get of each function, kept for a state of its code: to tell hundreds of mistakes apart takes seconds.

unrolled-canary-d3a96f1c8e05
"""

from __future__ import annotations

import inspect
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from solutions.judging import known
from solutions.judging.contract import DERIVED, OWN, Contract, Misconception
from solutions.judging.judging import empty_fixture
from solutions.judging.known import distinct, visible_cases
from solutions.judging.places import reading
from unrolled.checking.fixtures import Fixture, FixtureFileError, load, save
from unrolled.lab import provenance

FOLDER = provenance.ROOT / "_build/fixtures"
LIBRARIES = ("numpy", "scipy")


@cache
def digest(contract: Contract) -> str:
    """The hash of everything that decides about what students get of a contract: its code, how mistakes are told
    apart, the places in the book that hints name, the libraries.
    """
    places = sorted({reading(place) for place in (contract.read, *(wrong.read for wrong in contract.known()))})
    return provenance.digest(sources(contract), places, LIBRARIES)


def sources(contract: Contract) -> list[str]:
    """The code that decides about a contract: its module, and how mistakes are told apart."""
    # Where its first derivation stands, the whole contract does; its reference may stand elsewhere.
    module = sys.modules[contract.variants[0].function.__module__]
    return [inspect.getsource(module), inspect.getsource(known)]


@cache
def visible_fixture(contract: Contract) -> Fixture:
    """What students get of one function: inputs, right outputs, and a few numbers of each mistake."""
    path = FOLDER / f"{contract.name}-{digest(contract)}.npz"
    try:
        return load(path)[contract.name]
    except FixtureFileError:
        made = replace(
            empty_fixture(contract),
            cases=visible_cases(contract),
            suspects=tuple(suspect for _, suspect in distinct(contract)),
        )
        _keep(made, path)
        return made


def misconceptions_of(contract: Contract) -> list[Misconception]:
    """The mistakes of this function that are told apart: written in the contract, or made by families."""
    names = {suspect.name for suspect in visible_fixture(contract).suspects}
    return [wrong for wrong in contract.known() if wrong.origin in (OWN, DERIVED) and wrong.name in names]


def _keep(fixture: Fixture, path: Path) -> None:
    # Where nothing can be written, it is made again each time. Written aside first: others may read at the same time.
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            aside = Path(folder, "fixtures.npz")
            save({fixture.function: fixture}, aside)
            aside.replace(path)
        for former in set(path.parent.glob(f"{fixture.function}-*.npz")) - {path}:
            former.unlink(missing_ok=True)
    except OSError:
        return
