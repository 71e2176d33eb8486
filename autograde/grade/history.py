"""What is known of a submission beside its grades: how it was graded, what was repaired, how its points changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograde.course.confinement import Confinement
from autograde.course.folder import Course, write_whole
from autograde.grade.outcomes import CellResult

LATE = "late penalty"  # stands among the points of the cells; no cell is called so, as ids have no spaces
MOST_CHANGES = 3  # of one submission, in one line
INTERRUPTED = "grading it was interrupted; run the same command again"


@dataclass(frozen=True)
class Change:
    """Points of one cell that another grading changed.

    when: the time of that grading, UTC, ISO 8601.
    new_file: whether the student had handed in another file in between.
    """

    student: str
    cell: str
    before: float
    after: float
    when: str
    new_file: bool


def changes_text(changes: Sequence[Change]) -> str:
    """The changes of one submission in a few words: each, or of many cells their sum."""
    how = " (another file)" if any(change.new_file for change in changes) else ""
    if len(changes) > MOST_CHANGES:
        before, after = (sum(getattr(change, when) for change in changes) for when in ("before", "after"))
        return f"{len(changes)} cells, {before:g} -> {after:g}{how}"
    return "; ".join(f"{change.cell}, {change.before:g} -> {change.after:g}" for change in changes) + how


@dataclass(frozen=True)
class Record:
    """What is known of one submission beside its grades.

    fingerprint: of everything that decides its result; equal means that there is nothing to do.
    status: "graded", or "failed" where no result could be recorded; the gradebook then holds the former one, if any.
    reason: why it failed.
    remarks: what intake repaired or ignored.
    readable: False where the submitted file was no notebook.
    confinement: how the student's code was kept apart.
    content: a hash of the graded file.
    points: what its tests gave, by cell, and what the late penalty took, as LATE.
    read: a hash of each answer's text, and of the code behind each test, as it was when a person gave its points.
    notebook: the mark of the graded notebook of which `cells` and `pieces` tell; of another file they say nothing.
    cells: what came out of each graded cell.
    pieces: of its code, for who is alike.
    changes: how the points changed from one grading to the next, oldest first.
    """

    fingerprint: str
    status: str = "graded"
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    readable: bool = True
    confinement: Confinement = Confinement.SANDBOX
    content: str = ""
    points: dict[str, float] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    notebook: str = ""
    cells: list[CellResult] = field(default_factory=list)
    pieces: str = ""
    changes: list[Change] = field(default_factory=list)


def fingerprint(*parts: bytes) -> str:
    """A hash over byte strings that keeps them apart."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def mark_of(notebook: Path) -> str:
    """By which a file is known to be the same; empty where there is none. A copy of it has another."""
    try:
        found = notebook.stat()
    except OSError:
        return ""
    return f"{found.st_size}-{found.st_mtime_ns}"


def load_record(course: Course, slug: str, student: str) -> Record | None:
    """The record of a submission, or None where there is none that can be read."""
    return _read(course.record_file(slug, student))


def _read(path: Path) -> Record | None:
    try:
        found = json.loads(path.read_text("utf-8"))
        if found.pop("unsafe", False):  # what former versions wrote
            found["confinement"] = Confinement.NONE
        found["confinement"] = Confinement(found.get("confinement", Confinement.SANDBOX))
        changes = [Change(**change) for change in found.get("changes", [])]
        return Record(**found | {"changes": changes, "cells": [_cell(*one) for one in found.get("cells", [])]})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=10_000)
def _cell(*fields: Any) -> CellResult:
    # One object for what a whole class has right.
    return CellResult(*fields)


def save_record(course: Course, slug: str, student: str, record: Record) -> None:
    """Write a record; a crash leaves the former one or the new one."""
    told = {**vars(record), "cells": [[*vars(cell).values()] for cell in record.cells]}
    told["changes"] = [vars(change) for change in record.changes]
    write_whole(course.record_file(slug, student), json.dumps(told, ensure_ascii=False))


def save_failure(course: Course, slug: str, student: str, reason: str) -> None:
    """Say in a submission's record that it could not be graded; what is known of its former grading stays."""
    former = load_record(course, slug, student) or Record("")
    save_record(course, slug, student, replace(former, fingerprint="", status="failed", reason=reason))


def following(former: Record | None, new: Record, student: str) -> Record:
    """The new record with the former's changes and those between the two."""
    if former is None:
        return new
    when = datetime.now(UTC).isoformat(timespec="seconds")
    other = former.content != new.content
    found = [
        Change(student, cell, former.points[cell], after, when, other)
        for cell, after in new.points.items()
        if former.points.get(cell, after) != after
    ]
    return replace(new, changes=former.changes + found)
