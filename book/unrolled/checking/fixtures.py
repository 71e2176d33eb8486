"""What a check knows about a function: cases with expected outputs, and what known mistakes would give.

A fixture holds results only; how they are computed is not in it. Stored as one `.npz`, read without pickle: a JSON
manifest of the cases, another of the suspects, and all numbers of one type in one long array, in which each of the
fixtures' arrays stands once.
"""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from unrolled.checking.outcome import Outcome

MANIFEST, SUSPECTS = "manifest", "suspects"  # what the file holds besides arrays of numbers


@dataclass(frozen=True)
class Case:
    """One call: a label that describes it, the arguments by name, the expected outputs by name."""

    label: str
    arguments: Mapping[str, Any]
    expected: Mapping[str, np.ndarray]
    forbid_overflow: bool = False


@dataclass(frozen=True)
class Suspect:
    """A known mistake: its name, the sentence that names it, where to read, and what it gives in each case."""

    name: str
    hint: str
    read: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Fixture:
    """All that is known about one function.

    upstream: how many of the arguments go to the function itself, the rest going to the forward function whose cache it
    reads; 0 for a function that takes all of them.
    adapter: which of `checking.adapters` makes the function one of the cases' arguments; empty where it is one already.
    """

    function: str
    outputs: tuple[str, ...]
    read: str
    cases: tuple[Case, ...]
    suspects: Sequence[Suspect] = field(default=())
    upstream: int = 0
    adapter: str = ""


class FixtureFileError(Exception):
    """The file of fixtures is missing or cannot be read; the message says what to do."""


def save(fixtures: Mapping[str, Fixture], path: Path) -> None:
    """Write the fixtures of one assignment to `path` (.npz)."""
    arrays = _Arrays()
    manifests = {
        MANIFEST: {name: _pack_fixture(fixture, arrays) for name, fixture in fixtures.items()},
        SUSPECTS: {
            name: [_pack_suspect(one, arrays) for one in fixture.suspects] for name, fixture in fixtures.items()
        },
    }
    texts = {
        name: _as_array(json.dumps(entry, ensure_ascii=False, sort_keys=True)) for name, entry in manifests.items()
    }
    np.savez_compressed(path, allow_pickle=False, **texts, **arrays.by_type())


def load(path: Path) -> dict[str, Fixture]:
    """Read what `save` wrote. Suspects are read when they are looked at: a right answer needs none of them.

    Raises:
        FixtureFileError: no such file, or a damaged one.
    """
    if not path.is_file():
        raise FixtureFileError(
            f"{path.name} is not in the folder {path.parent.resolve().name!r}, where this notebook runs: "
            "keep the files of the assignment's zip together in one folder"
        )
    stored = _Stored(path)
    return {name: _unpack_fixture(name, entry, stored) for name, entry in stored.json(MANIFEST).items()}


class _Stored:
    """The arrays of a file, each read when it is first asked for. Raises FixtureFileError."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._read: dict[str, np.ndarray] = {}
        with self._explained():
            self._file = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._read:
            with self._explained():
                self._read[name] = self._file[name]
        return self._read[name]

    def json(self, name: str) -> Any:
        with self._explained():
            return json.loads(self[name].tobytes())

    @cached_property
    def suspects(self) -> Mapping[str, list[dict[str, Any]]]:
        return self.json(SUSPECTS)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise FixtureFileError(
                f"{self._name} cannot be read ({type(error).__name__}): unpack the assignment's zip again"
            ) from error


def _as_array(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


class _Arrays:
    """Arrays to store: those of one type one after the other, equal ones once."""

    def __init__(self) -> None:
        self._stored: dict[str, list[np.ndarray]] = {}
        self._places: dict[tuple[str, tuple[int, ...], bytes], dict[str, Any]] = {}
        self._lengths: Counter[str] = Counter()

    def place(self, array: np.ndarray) -> dict[str, Any]:
        """Where `array` is stored: its type, the first of its numbers, its shape."""
        kind = array.dtype.name
        key = (kind, array.shape, array.tobytes())
        if key not in self._places:
            self._places[key] = {"array": kind, "start": self._lengths[kind], "shape": list(array.shape)}
            self._stored.setdefault(kind, []).append(array.ravel())
            self._lengths[kind] += array.size
        return self._places[key]

    def by_type(self) -> dict[str, np.ndarray]:
        """One long array for each type of number."""
        return {kind: np.concatenate(stored) for kind, stored in self._stored.items()}


def _pack(value: Any, arrays: _Arrays) -> Any:
    if isinstance(value, np.ndarray):
        contiguous = bool(value.flags.c_contiguous or value.ndim == 0)
        return arrays.place(value) if contiguous else arrays.place(value) | {"strided": True}
    if isinstance(value, np.generic):
        return _pack(np.asarray(value), arrays)
    return value


def _unpack(value: Any, arrays: _Stored) -> Any:
    if isinstance(value, dict):
        start, shape = value["start"], value["shape"]
        stored = arrays[value["array"]][start : start + math.prod(shape)].reshape(shape)
        return strided(stored) if value.get("strided") else stored
    return value


def strided(array: np.ndarray) -> np.ndarray:
    """The same values in memory that is not contiguous."""
    return np.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array


def _pairs(values: Mapping[str, Any], arrays: _Arrays) -> list[list[Any]]:
    # Pairs, because the manifest's keys are sorted and the order of arguments must survive.
    return [[name, _pack(value, arrays)] for name, value in values.items()]


def _named(pairs: list[list[Any]], arrays: _Stored) -> dict[str, Any]:
    return {name: _unpack(value, arrays) for name, value in pairs}


def _in_single_precision(value: Any) -> Any:
    # Half the space, and far finer than the tolerance of a comparison with a suspect. What is finite stays so.
    if not isinstance(value, np.ndarray) or value.dtype != np.float64:
        return value
    with np.errstate(over="ignore"):
        rounded = value.astype(np.float32)
    return rounded if np.array_equal(np.isfinite(rounded), np.isfinite(value)) else value


def _pack_outcome(outcome: Outcome, arrays: _Arrays) -> dict[str, Any]:
    outputs = {name: _in_single_precision(value) for name, value in outcome.outputs.items()}
    return {
        "raised": outcome.raised,
        "shape_of_answer": outcome.shape_of_answer,
        "outputs": _pairs(outputs, arrays),
        "changed": list(outcome.changed),
        "said": outcome.said,
    }


def _unpack_outcome(entry: Mapping[str, Any], arrays: _Stored) -> Outcome:
    outputs = _named(entry["outputs"], arrays)
    return Outcome(entry["raised"], entry["shape_of_answer"], outputs, tuple(entry["changed"]), entry["said"])


class _StoredSuspects(Sequence[Suspect]):
    """The suspects of one function, in a file."""

    def __init__(self, function: str, stored: _Stored) -> None:
        self._function, self._stored = function, stored

    def __len__(self) -> int:
        return len(self._stored.suspects[self._function])

    def __getitem__(self, place: Any) -> Any:
        found = self._stored.suspects[self._function][place]
        if isinstance(place, slice):
            return [self._unpacked(entry) for entry in found]
        return self._unpacked(found)

    def _unpacked(self, entry: Mapping[str, Any]) -> Suspect:
        outcomes = tuple(_unpack_outcome(outcome, self._stored) for outcome in entry["outcomes"])
        return Suspect(entry["name"], entry["hint"], entry["read"], outcomes)


def _pack_fixture(fixture: Fixture, arrays: _Arrays) -> dict[str, Any]:
    return {
        "function": fixture.function,
        "outputs": list(fixture.outputs),
        "read": fixture.read,
        "upstream": fixture.upstream,
        "adapter": fixture.adapter,
        "cases": [
            {
                "label": case.label,
                "arguments": _pairs(case.arguments, arrays),
                "expected": _pairs(case.expected, arrays),
                "forbid_overflow": case.forbid_overflow,
            }
            for case in fixture.cases
        ],
    }


def _pack_suspect(suspect: Suspect, arrays: _Arrays) -> dict[str, Any]:
    return {
        "name": suspect.name,
        "hint": suspect.hint,
        "read": suspect.read,
        "outcomes": [_pack_outcome(outcome, arrays) for outcome in suspect.outcomes],
    }


def _unpack_fixture(name: str, entry: Mapping[str, Any], arrays: _Stored) -> Fixture:
    cases = tuple(
        Case(
            label=case["label"],
            arguments=_named(case["arguments"], arrays),
            expected=_named(case["expected"], arrays),
            forbid_overflow=case["forbid_overflow"],
        )
        for case in entry["cases"]
    )
    return Fixture(
        function=entry["function"],
        outputs=tuple(entry["outputs"]),
        read=entry["read"],
        cases=cases,
        suspects=_StoredSuspects(name, arrays),
        upstream=entry["upstream"],
        adapter=entry["adapter"],
    )
