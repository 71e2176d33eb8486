"""What a check knows about a function: cases with expected outputs, and what known mistakes would give.

A fixture holds results only; how they are computed is not in it. Stored as one `.npz` of plain arrays and a
JSON manifest, read without pickle.
"""

from __future__ import annotations

import json
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
    arrays: dict[str, np.ndarray] = {}
    manifest = {name: _pack_fixture(fixture, arrays) for name, fixture in fixtures.items()}
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True).encode()
    arrays["manifest"] = np.frombuffer(text, dtype=np.uint8)
    np.savez_compressed(path, allow_pickle=False, **arrays)


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


def _pack(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        key = f"a{len(arrays)}"
        arrays[key] = np.ascontiguousarray(value) if value.ndim else value
        contiguous = bool(value.flags.c_contiguous or value.ndim == 0)
        return {"array": key} if contiguous else {"array": key, "strided": True}
    if isinstance(value, np.generic):
        return _pack(np.asarray(value), arrays)
    return value


def _unpack(value: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(value, dict):
        stored = arrays[value["array"]]
        return strided(stored) if value.get("strided") else stored
    return value


def strided(array: np.ndarray) -> np.ndarray:
    """The same values in memory that is not contiguous."""
    return np.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array


def _pairs(values: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> list[list[Any]]:
    # Pairs, because the manifest's keys are sorted and the order of arguments must survive.
    return [[name, _pack(value, arrays)] for name, value in values.items()]


def _named(pairs: list[list[Any]], arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    return {name: _unpack(value, arrays) for name, value in pairs}


def _pack_outcome(outcome: Outcome, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    return {
        "raised": outcome.raised,
        "shape_of_answer": outcome.shape_of_answer,
        "outputs": _pairs(outcome.outputs, arrays),
        "changed": list(outcome.changed),
    }


def _unpack_outcome(entry: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Outcome:
    outputs = _named(entry["outputs"], arrays)
    return Outcome(entry["raised"], entry["shape_of_answer"], outputs, tuple(entry["changed"]))


def _pack_fixture(fixture: Fixture, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
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
