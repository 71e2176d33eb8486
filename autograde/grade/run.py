"""THE SEAM: a notebook in, the executed notebook out. Nothing else of the pipeline knows how cells are run.

Student code runs in a sandbox; the graded tests run outside it, in a judge that sees data only (see `runner`). It fails
closed: a graded test without a verdict carries an error, which earns nothing.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograde.course.cells import grade_id, is_test
from autograde.course.confinement import Confinement
from autograde.course.policy import Policy, is_students, policy_of
from autograde.course.settings import SECONDS_PER_CELL
from autograde.grade.kinds import judged_in, kinds_for
from autograde.runner import places
from autograde.runner.failures import KERNEL_DIED, MACHINE_BUSY, NO_ANSWER, NOT_RUN, TIME_LIMIT
from autograde.runner.frames import Channel, Deadline, WireError
from autograde.runner.notebook import STUDENT, TEST, TRUSTED
from autograde.runner.warm import Child, Kind, ParentDiedError, parent
from autograde.sandbox.limits import PATIENCE, Limits

__all__ = [
    "KERNEL_DIED",
    "MACHINE_BUSY",
    "NOT_RUN",
    "NO_ANSWER",
    "TIME_LIMIT",
    "RunFailedError",
    "run_notebook",
]

ATTEMPTS = 2
SECONDS_FOR_TESTS = 60.0  # of the clock that the judge may take for itself, beyond the notebook's own


class RunFailedError(Exception):
    """The judge, not the submission, failed. Nothing is known of the submission."""


def run_notebook(
    notebook: NotebookNode,
    *,
    key: str,
    files: Mapping[str, bytes],
    timeout: float = SECONDS_PER_CELL,
    limits: Limits | None = None,
    confinement: Confinement = Confinement.SANDBOX,
    private: tuple[str, ...] = (),
) -> NotebookNode:
    """Run every code cell, in order, and return a copy with the outputs, which shares the argument's metadata.

    Args:
        notebook: nbformat 4, with nbgrader's metadata, and the assignment's policy in its own.
        key: from which the hidden checks draw their inputs.
        files: what lies beside the notebook, by name.
        timeout: seconds of processor time that a cell may take; see `Limits`.
        limits: what else it may use; their cell_seconds give way to `timeout`.
        confinement: how the student's code is kept apart.
        private: folders that student code may not see, wherever they lie.

    What student code does costs its own cells and never raises: a cell over its time is interrupted; after the end of
    Python, a new one takes over with what ran before. May be called from several threads.

    Raises:
        CourseError: this machine cannot run notebooks, or has no sandbox.
        RunFailedError: the judge failed, twice.
    """
    limits = replace(limits or Limits(), cell_seconds=float(timeout))
    policy = policy_of(notebook)
    kinds = kinds_for(policy, notebook.cells, confinement, private)
    for attempt in range(ATTEMPTS):
        try:
            outputs = _outputs(notebook, kinds, policy, limits, key=key, files=files)
            break
        except (ParentDiedError, WireError, OSError) as error:
            if attempt == ATTEMPTS - 1:
                raise RunFailedError(f"the judge failed ({error})") from error
    return _executed(notebook, outputs)


def _executed(notebook: NotebookNode, outputs: list[dict[str, Any]]) -> NotebookNode:
    # Not a deep copy, which costs more than recording the outputs: the metadata are the argument's own.
    cells = [NotebookNode(cell) for cell in notebook.cells]
    for cell, done in zip((cell for cell in cells if cell.cell_type == "code"), outputs, strict=True):
        cell.outputs = [NotebookNode(output) for output in done["outputs"]]
        cell.execution_count = done["count"]
    return NotebookNode({**notebook, "cells": cells})


def _outputs(
    notebook: NotebookNode,
    kinds: tuple[Kind, Kind],
    policy: Policy,
    limits: Limits,
    *,
    key: str,
    files: Mapping[str, bytes],
) -> list[dict[str, Any]]:
    students, judges = kinds
    cells = [
        {"kind": _kind(cell), "name": grade_id(cell), "source": cell.source}
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    with ExitStack() as ending:
        folder = ending.enter_context(places.place())  # the judge's own
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        running = ending.enter_context(ExitStack())  # the student's process and what is its own
        child = _student(students, limits, running)
        ours, judge_wire = socket.socketpair()
        ending.callback(ours.close)
        judge = parent(judges).fork([judge_wire, child.wire], limits, needed=judged_in(notebook.cells))
        ending.callback(judge.kill)
        channel = Channel(ours)
        request = {"key": key, "folder": folder, "forbidden": list(policy.forbidden), "student": child.number}
        channel.send(request, [json.dumps(cells).encode()])
        deadline = Deadline(PATIENCE * limits.notebook_seconds + SECONDS_FOR_TESTS)
        while True:
            message, blob = channel.receive(deadline=deadline)
            if "done" in message:
                child.end()  # while the judge ends of itself
                found: list[dict[str, Any]] = json.loads(blob)
                return found
            running.close()
            child = _student(students, limits, running)
            socket.send_fds(ours, [str(child.number).encode()], [child.wire.fileno()])
            child.wire.close()


def _student(kind: Kind, limits: Limits, running: ExitStack) -> Child:
    # A new process; `running` ends it and what belongs to it.
    if kind.confinement is Confinement.SANDBOX:
        child = parent(kind).fork([], limits)
        running.callback(child.kill)
        return child
    folder = running.enter_context(places.place())
    child = parent(kind).fork([], limits, folder)
    running.callback(child.kill)
    if kind.confinement is Confinement.CONTAINER:
        running.enter_context(places.watched(folder, child, limits))
    return child


def _kind(cell: NotebookNode) -> str:
    if is_test(cell):
        return TEST
    return STUDENT if is_students(cell) else TRUSTED
