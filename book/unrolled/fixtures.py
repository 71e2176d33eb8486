"""What a check knows about a function: cases with expected outputs, and what known mistakes would give.

A fixture holds results only; how they are computed is not in it. Stored as one `.npz`, read without pickle: a JSON
manifest, and all numbers of one type in one long array, in which each of the fixtures' arrays stands once.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from unrolled.outcome import Outcome


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
    adapter: which of `unrolled.adapters` makes the function one of the cases' arguments; empty where it is one already.
    """

    function: str
    outputs: tuple[str, ...]
    read: str
    cases: tuple[Case, ...]
    suspects: tuple[Suspect, ...] = field(default=())
    upstream: int = 0
    adapter: str = ""


class FixtureFileError(Exception):
    """The file of fixtures is missing or cannot be read; the message says what to do."""


def save(fixtures: Mapping[str, Fixture], path: Path) -> None:
    """Write the fixtures of one assignment to `path` (.npz)."""
    arrays = _Arrays()
    manifest = {name: _pack_fixture(fixture, arrays) for name, fixture in fixtures.items()}
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True).encode()
    np.savez_compressed(path, allow_pickle=False, manifest=np.frombuffer(text, dtype=np.uint8), **arrays.by_type())


def load(path: Path) -> dict[str, Fixture]:
    """Read what `save` wrote.

    Raises:
        FixtureFileError: no such file, or a damaged one.
    """
    if not path.is_file():
        raise FixtureFileError(
            f"{path.name} is not in the folder {path.parent.resolve().name!r}, where this notebook runs: "
            "keep the files of the assignment's zip together in one folder"
        )
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        manifest = json.loads(arrays.pop("manifest").tobytes())
        return {name: _unpack_fixture(entry, arrays) for name, entry in manifest.items()}
    except Exception as error:
        raise FixtureFileError(
            f"{path.name} cannot be read ({type(error).__name__}): unpack the assignment's zip again"
        ) from error


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


def _unpack(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
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


def _named(pairs: list[list[Any]], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
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
    }


def _unpack_outcome(entry: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Outcome:
    outputs = _named(entry["outputs"], arrays)
    return Outcome(entry["raised"], entry["shape_of_answer"], outputs, tuple(entry["changed"]))


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
        "suspects": [
            {
                "name": suspect.name,
                "hint": suspect.hint,
                "read": suspect.read,
                "outcomes": [_pack_outcome(outcome, arrays) for outcome in suspect.outcomes],
            }
            for suspect in fixture.suspects
        ],
    }


def _unpack_fixture(entry: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Fixture:
    cases = tuple(
        Case(
            label=case["label"],
            arguments=_named(case["arguments"], arrays),
            expected=_named(case["expected"], arrays),
            forbid_overflow=case["forbid_overflow"],
        )
        for case in entry["cases"]
    )
    suspects = tuple(
        Suspect(
            name=suspect["name"],
            hint=suspect["hint"],
            read=suspect["read"],
            outcomes=tuple(_unpack_outcome(outcome, arrays) for outcome in suspect["outcomes"]),
        )
        for suspect in entry["suspects"]
    )
    return Fixture(
        function=entry["function"],
        outputs=tuple(entry["outputs"]),
        read=entry["read"],
        cases=cases,
        suspects=suspects,
        upstream=entry["upstream"],
        adapter=entry["adapter"],
    )
