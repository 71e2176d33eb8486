"""What grading adds to a notebook's own work, one notebook of right answers at a time, in time and processor time."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode

from autograde.course.folder import Course
from autograde.grade.assignment import Assignment, load_assignment
from autograde.grade.grade import grade
from autograde.runner.warm import stop_all
from benchmarks import classroom
from benchmarks.notebooks import NOTHING, STUDENTS, WHOLE, in_parts, right_notebook, run_once
from benchmarks.spread import spread
from benchmarks.spread import told as spread_told
from benchmarks.work import PROCESSOR, counted

REPEATS = 15
ROUNDS = 5  # of as many notebooks
OWN, GRADED = "own", "graded into a gradebook"
PARTS = "two forks, sandbox, end", "running the student's cells", "the tests, over the wire"

# The course's own answers need no sandbox. The first round, which loads, does not count.
PROGRAM = """
import contextlib, io, json, sys, time
cells, found = json.load(sys.stdin), []
for _ in range(int(sys.argv[1]) + 1):
    names, begun, used = {}, time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells: exec(cell, names)
    found.append([time.perf_counter() - begun, time.process_time() - used])
print(json.dumps(found[1:]))
"""


class Taken(NamedTuple):
    """What something took, in seconds: of the clock, and of all processors together."""

    time: float
    work: float


def measure(course: Course, slug: str, repeats: int = REPEATS) -> dict[str, Any]:
    """Seconds of one notebook in time and in work, their spread, and the parts of its overhead, which add up."""
    assignment = load_assignment(course, slug)
    parts = in_parts(right_notebook(course, assignment))
    try:
        found = _runs(assignment, parts, repeats)
        found[GRADED] = _graded(course, slug, repeats)
    finally:
        stop_all()
    found[OWN] = _own(parts[STUDENTS], assignment.files, repeats)
    return {
        name: {
            "measured": {of: spread(getattr(taken, name) for taken in every) for of, every in found.items()},
            **_overhead(
                {of: statistics.median(getattr(taken, name) for taken in every) for of, every in found.items()}
            ),
        }
        for name in Taken._fields
    }


def _overhead(medians: dict[str, float]) -> dict[str, Any]:
    forks, cells = medians[NOTHING], medians[STUDENTS] - medians[NOTHING] - medians[OWN]
    parts = dict(zip(PARTS, (forks, cells, medians[WHOLE] - medians[STUDENTS]), strict=True))
    return {"overhead": medians[WHOLE] - medians[OWN], "of it": parts}


def _runs(assignment: Assignment, parts: dict[str, NotebookNode], repeats: int) -> dict[str, list[Taken]]:
    # The parts in turn, so that what the machine does meanwhile meets all of them.
    found: dict[str, list[Taken]] = {name: [] for name in parts}
    for notebook in parts.values():
        run_once(assignment, notebook)
    for _ in range(repeats):
        for name, notebook in parts.items():
            found[name].append(_taken(lambda notebook=notebook: run_once(assignment, notebook)))  # type: ignore[misc]
    return found


def _graded(course: Course, slug: str, repeats: int) -> list[Taken]:
    # With intake and recorder, which work on one notebook while another runs.
    copied = classroom.all_right(course, slug, repeats)
    found = [_taken(lambda: grade(copied, slug, workers=1, force=True)) for _ in range(ROUNDS + 1)]
    return [Taken(taken.time / repeats, taken.work / repeats) for taken in found[1:]]


def _taken(action: Callable[[], object]) -> Taken:
    with counted() as counts:
        begun = time.perf_counter()
        action()
        ended = time.perf_counter()
    return Taken(ended - begun, sum(of_kind[PROCESSOR] for of_kind in counts.values()) / 1e6)


def _own(notebook: NotebookNode, files: dict[str, bytes], repeats: int) -> list[Taken]:
    cells = json.dumps([cell.source for cell in notebook.cells])
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(repeats)],
            input=cells,
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    return [Taken(*taken) for taken in json.loads(done.stdout)]


def told(slug: str, measured: dict[str, Any]) -> str:
    """What was measured, in words."""
    lines = []
    for name, of_it in measured.items():
        parts = ", ".join(f"{part} {1e3 * seconds:.0f}" for part, seconds in of_it["of it"].items())
        whole = spread_told(of_it["measured"][WHOLE], scale=1e3, digits=0)
        lines.append(
            f"one notebook of {slug}, ms of {name}: overhead {1e3 * of_it['overhead']:.0f} ({parts}); whole {whole}, "
            f"its own code {1e3 * of_it['measured'][OWN]['median']:.0f}"
        )
    return "\n".join(lines)
