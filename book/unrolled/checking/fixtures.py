"""What a check knows about a function: cases with expected outputs, and what known mistakes would give.

A fixture holds results only; how they are computed is not in it. Stored as one `.npz`, read without pickle: a JSON
manifest of the cases, another of the suspects, and all numbers of one type in one long array, in which each of the
fixtures' arrays stands once. Of what a suspect gives, a few numbers a case are kept (see `sights`).
"""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np

from unrolled.checking.outputs import OPAQUE, Output
from unrolled.checking.probes import Probe
from unrolled.checking.sights import PRINTS, Form, Sight, stored

MANIFEST, SUSPECTS = "manifest", "suspects"  # what the file holds besides arrays of numbers


@dataclass(frozen=True)
class Case:
    """One call: a label that describes it, the arguments by name, the expected outputs by name.

    part: what earns points at grading that has such inputs.
    """

    label: str
    arguments: Mapping[str, Any]
    expected: Mapping[str, Any]
    forbid_overflow: bool = False
    part: str = ""


@dataclass(frozen=True)
class Suspect:
    """A known mistake: its name, the sentence that names it, where to read, and what it comes to in the first cases.

    is_finding: whether it is no known mistake but a fact that was found about an answer.
    by_form: whether the words of an exception, or a wrong shape, tell this mistake where nothing else does.
    """

    name: str
    hint: str
    read: str
    sights: Sequence[Sight]
    is_finding: bool = False
    by_form: bool = True


@dataclass(frozen=True)
class Fixture:
    """All that is known about one function.

    probe: makes of the function, or of it and the forward function whose cache it reads, one of the cases' arguments.
    """

    function: str
    outputs: tuple[Output, ...]
    read: str
    cases: tuple[Case, ...]
    suspects: Sequence[Suspect] = field(default=())
    probe: Probe = Probe()  # noqa: RUF009  # it is frozen

    def places_of(self, part: str) -> list[int]:
        """Where the cases of a part stand; of one that has none, those of the first part."""
        parts = [case.part for case in self.cases]
        wanted = part if part in parts else parts[0]
        return [place for place, one in enumerate(parts) if one == wanted]


class FixtureFileError(Exception):
    """The file of fixtures is missing or cannot be read; the message says what to do."""


def save(fixtures: Mapping[str, Fixture], path: Path) -> None:
    """Write the fixtures of one assignment to `path` (.npz)."""
    arrays = _Arrays()
    manifests = {
        MANIFEST: {name: _pack_fixture(fixture, arrays) for name, fixture in fixtures.items()},
        SUSPECTS: {name: _pack_suspects(fixture, arrays) for name, fixture in fixtures.items()},
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
    manifest = stored.json(MANIFEST)
    try:
        return {name: _unpack_fixture(name, entry, stored) for name, entry in manifest.items()}
    except (KeyError, TypeError) as error:
        raise FixtureFileError(
            f"{path.name} was made for another version of unrolled: take both from one zip of the assignment"
        ) from error


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
    def suspects(self) -> Mapping[str, dict[str, Any]]:
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
        if value.flags.c_contiguous or value.ndim == 0:
            return arrays.place(value)
        return arrays.place(value) | {"layout": FORTRAN if value.flags.f_contiguous else STRIDED}
    if isinstance(value, list | tuple):
        return [_pack(entry, arrays) for entry in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, np.generic):
        return _pack(np.asarray(value), arrays)
    return value


def _unpack(value: Any, arrays: _Stored) -> Any:
    if isinstance(value, dict):
        start, shape = value["start"], value["shape"]
        stored = arrays[value["array"]][start : start + math.prod(shape)].reshape(shape)
        return LAYOUTS[value["layout"]](stored) if "layout" in value else stored
    if isinstance(value, list):
        return [_unpack(entry, arrays) for entry in value]
    return value


def strided(array: np.ndarray) -> np.ndarray:
    """The same values in memory that is not contiguous."""
    return np.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array


FORTRAN, STRIDED = "fortran", "strided"  # layouts in memory other than C's
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {FORTRAN: np.asfortranarray, STRIDED: strided}


def _pairs(values: Mapping[str, Any], arrays: _Arrays) -> list[list[Any]]:
    # Pairs, because the manifest's keys are sorted and the order of arguments must survive.
    return [[name, _pack(value, arrays)] for name, value in values.items()]


def _named(pairs: list[list[Any]], arrays: _Stored) -> dict[str, Any]:
    return {name: _unpack(value, arrays) for name, value in pairs}


class _StoredSuspects(Sequence[Suspect]):
    """The suspects of one function, in a file."""

    def __init__(self, function: str, stored: _Stored) -> None:
        self._function, self._stored = function, stored

    @cached_property
    def _all(self) -> list[Suspect]:
        entry = self._stored.suspects[self._function]
        forms = [
            Form(raised, said, shape_of_answer, tuple(changed), tuple(outputs))
            for raised, said, shape_of_answer, changed, outputs in entry["forms"]
        ]
        prints = _unpack(entry["prints"], self._stored).astype(np.float64)
        places = _unpack(entry["places"], self._stored)
        return [
            Suspect(
                name,
                hint,
                entry["reads"][read],
                [Sight(forms[f], p) for f, p in zip(row, seen, strict=True)],
                by_form=by_form,
            )
            for (name, hint, read, by_form), row, seen in zip(entry["known"], places, prints, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._stored.suspects[self._function]["known"])

    @overload
    def __getitem__(self, place: int) -> Suspect: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Suspect]: ...
    def __getitem__(self, place: int | slice) -> Suspect | Sequence[Suspect]:
        return self._all[place]


def _pack_suspects(fixture: Fixture, arrays: _Arrays) -> dict[str, Any]:
    # Forms and places to read are few, and stand once.
    forms: dict[Form, int] = {}
    reads: dict[str, int] = {}
    known, places = [], []
    for one in fixture.suspects:
        known.append([one.name, one.hint, reads.setdefault(one.read, len(reads)), one.by_form])
        places.append([forms.setdefault(seen.form, len(forms)) for seen in one.sights])
    prints = [[seen.prints for seen in one.sights] for one in fixture.suspects]
    width = (len(known), len(fixture.suspects[0].sights) if known else 0)  # all are seen in as many cases
    seen = sum(output.kind != OPAQUE for output in fixture.outputs)
    return {
        "known": known,
        "reads": list(reads),
        "forms": [astuple(form) for form in forms],
        "places": _pack(np.asarray(places, dtype=np.int16).reshape(width), arrays),
        "prints": _pack(stored(np.asarray(prints, dtype=np.float64).reshape(*width, seen, PRINTS)), arrays),
    }


def _pack_fixture(fixture: Fixture, arrays: _Arrays) -> dict[str, Any]:
    return {
        "function": fixture.function,
        "outputs": [asdict(output) for output in fixture.outputs],
        "read": fixture.read,
        "probe": asdict(fixture.probe),
        "cases": [
            {
                "label": case.label,
                "arguments": _pairs(case.arguments, arrays),
                "expected": _pairs(case.expected, arrays),
                "forbid_overflow": case.forbid_overflow,
                "part": case.part,
            }
            for case in fixture.cases
        ],
    }


def _unpack_fixture(name: str, entry: Mapping[str, Any], arrays: _Stored) -> Fixture:
    cases = tuple(
        Case(
            label=case["label"],
            arguments=_named(case["arguments"], arrays),
            expected=_named(case["expected"], arrays),
            forbid_overflow=case["forbid_overflow"],
            part=case.get("part", ""),  # files of before have none
        )
        for case in entry["cases"]
    )
    return Fixture(
        function=entry["function"],
        outputs=tuple(Output(**output) for output in entry["outputs"]),
        read=entry["read"],
        cases=cases,
        suspects=_StoredSuspects(name, arrays),
        probe=Probe(**entry["probe"]),
    )
