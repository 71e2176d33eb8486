"""Writes one executed submission into nbgrader's gradebook and autograded/; one writer, safe to repeat."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import CheckCellMetadata, Execute

from autograde import library
from autograde.course import Course
from autograde.errors import CourseError


@dataclass(frozen=True)
class Record:
    """What is known of one submission beside its grades.

    fingerprint: of everything that decides its result; equal means that there is nothing to do.
    status: "graded", or "failed" where no result could be recorded.
    reason: why it failed.
    remarks: what intake repaired or ignored.
    readable: False where the submitted file was no notebook.
    """

    fingerprint: str
    status: str = "graded"
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    readable: bool = True


def fingerprint(*parts: bytes) -> str:
    """A hash over byte strings that keeps them apart."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def load_record(course: Course, slug: str, student: str) -> Record | None:
    """The record of a submission, or None where there is none that can be read."""
    try:
        return Record(**json.loads(course.record_file(slug, student).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def save_record(course: Course, slug: str, student: str, record: Record) -> None:
    """Write a record so that a crash leaves the former one or the new one, never half of one."""
    path = course.record_file(slug, student)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(asdict(record), indent=1, ensure_ascii=False), "utf-8")
    beside.replace(path)


def record(
    course: Course,
    slug: str,
    student: str,
    *,
    rebuilt: NotebookNode,
    executed: NotebookNode,
    timestamp: str | None,
) -> None:
    """Hand an executed notebook to nbgrader's own sanitising and scoring.

    Args:
        rebuilt: the submission as it went into the run; sanitised by nbgrader before scoring.
        executed: the same cells with their outputs.
        timestamp: text of the submission's timestamp.txt, for late penalties.

    Raises:
        CourseError: the gradebook holds another version of the assignment.
    """
    folder = course.intake / student / slug
    _write_intake(folder, slug, rebuilt, timestamp)
    config = copy.deepcopy(course.config)
    config.CourseDirectory.submitted_directory = os.path.relpath(course.intake, course.root)

    def hand_back(notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        return with_outputs(notebook, executed), resources

    stock = Autograde(config=config).autograde_preprocessors
    # Sanitising has checked the metadata just before; a second time takes as long as all the rest.
    steps = [hand_back if step is Execute else step for step in stock if step is not CheckCellMetadata]
    library.convert(
        Autograde,
        root=course.root,
        config=config,
        slug=slug,
        student=student,
        autograde_preprocessors=steps,
    )


def with_outputs(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """The notebook with the outputs of its executed copy. Raises CourseError unless their cells are the same."""
    same = [cell.source for cell in notebook.cells] == [cell.source for cell in executed.cells]
    if not same:
        raise CourseError(
            "The gradebook holds another version of the assignment than source/.",
            "Run `autograde release` and grade again.",
        )
    for cell, done in zip(notebook.cells, executed.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
    return notebook


def _write_intake(folder: Path, slug: str, rebuilt: NotebookNode, timestamp: str | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    nbformat.write(rebuilt, folder / f"{slug}.ipynb")
    if timestamp is not None:
        (folder / "timestamp.txt").write_text(timestamp, "utf-8")
