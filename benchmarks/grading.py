"""Grading a class with our runner, sandbox and judge on, against stock `nbgrader autograde` on the same files.

A student hands in a NumPy notebook (numpy-cell.md) and a PyTorch notebook (torch-cell.md), which train nothing: right
ones in several styles, wrong ones in several ways. Everything in one run on one machine; stock grading takes so long
that it is measured on two small classes, from which its start-up and its time a student follow.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograde.course import gradebook
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.demo import fill, reference_answers
from autograde.grade import run
from autograde.grade.assignment import load_assignment
from autograde.grade.grade import grade
from autograde.release.release import release
from autograde.runner.warm import stop_all
from solutions.exercises.catalogue import contracts_of, source_of
from solutions.fixtures import write_fixtures
from solutions.kept import misconceptions_of

NUMPY, TORCH = "numpy-cell", "torch-cell"
ASSIGNMENT = "rnn-cell"  # whose functions the NumPy notebook asks for
STOCK_CLASSES = (1, 8)
ITS_OWN = "--Autograde.exporter_class=nbconvert.exporters.NotebookExporter"  # else our settings' grades as we do
REPEATS = 15
TORCH_WRONG = "def step(x, h, W, U, b):\n    return torch.tanh(x @ W + h @ U)"


def measure(students: int = 100) -> dict[str, Any]:
    """Times in seconds, their ratio, and where the time of one notebook goes."""
    gradebook.prepare()
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as scratch:
        course = _class(Path(scratch), students)
        ours = _ours(course)
        throughput = _steady(course)
        stock = _stock(course, students)
        overheads = {slug: _overhead(course, slug) for slug in (NUMPY, TORCH)}
    return {
        "students": students,
        "notebooks": 2 * students,
        "cores": os.cpu_count(),
        "ours_with_start_up": ours,
        "ours_without_start_up": throughput,
        "stock_scaled_from_classes_of": STOCK_CLASSES,
        **stock,
        "times_stock_with_start_up": stock["stock"] / ours,
        "times_stock_without_start_up": stock["stock_without_start_up"] / throughput,
        "one_notebook": overheads,
    }


def told(measured: dict[str, Any]) -> str:
    """What was measured, in words."""
    lines = [
        f"class of {measured['students']}, two notebooks each: {measured['ours_with_start_up']:.1f} s, stock nbgrader "
        f"{measured['stock']:.0f} s (scaled): {measured['times_stock_with_start_up']:.0f} times as fast"
    ]
    for slug, parts in measured["one_notebook"].items():
        inside = ", ".join(f"{name} {1e3 * seconds:.0f} ms" for name, seconds in parts.items())
        lines.append(f"one notebook of {slug}: {inside}")
    return "\n".join(lines)


def _class(root: Path, students: int) -> Course:
    course = Course(root / "course")
    course.root.mkdir()
    (course.root / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")
    secret = root / "solutions"
    for slug in (NUMPY, TORCH):
        notebook = source_of(slug, secret)
        notebook.parent.mkdir(parents=True)
        shutil.copy(Path(__file__).with_name(f"{slug}.md"), notebook)

    def fixtures(slug: str, path: Path) -> None:
        write_fixtures(ASSIGNMENT, path) if slug == NUMPY else path.write_bytes(b"")

    release(course, [NUMPY, TORCH], secret=secret, fixtures=fixtures)
    for number in range(students):
        for slug in (NUMPY, TORCH):
            _hand_in(course, slug, number)
    return course


def _hand_in(course: Course, slug: str, number: int) -> None:
    released = nbformat.read(course.release / slug / f"{slug}.ipynb", 4)
    right = reference_answers(nbformat.read(course.source / slug / f"{slug}.ipynb", 4))
    changed: dict[str, str] = {}
    if slug == TORCH and number % 3 == 0:
        changed = {"step": TORCH_WRONG}
    elif slug == NUMPY:
        contracts = contracts_of(ASSIGNMENT)
        name, contract = list(contracts.items())[number % len(contracts)]
        choices = [*contract.variants, *misconceptions_of(contract)]
        changed = {name: choices[number % len(choices)].source(name)}
    path = course.submitted / f"student-{number:03}" / slug / f"{slug}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(fill(released, right | changed), path)


def _copy(course: Course, students: int | None = None) -> Course:
    copied = Course(Path(tempfile.mkdtemp(dir=course.root.parent)) / "course")
    shutil.copytree(course.root, copied.root)
    for folder in sorted(copied.submitted.iterdir())[students:] if students is not None else []:
        shutil.rmtree(folder)
    return copied


def _ours(course: Course) -> float:
    copied = _copy(course)
    return _timed(lambda: _command(copied, sys.executable, "-m", "autograde", "grade"))


def _steady(course: Course) -> float:
    # The class in a process that has everything loaded: what a larger class adds.
    copied = _copy(course)
    for slug in (NUMPY, TORCH):
        assignment = load_assignment(copied, slug)
        run.run_notebook(assignment.template, key="warm", files=assignment.files)
    try:
        return _timed(lambda: [grade(copied, slug) for slug in (NUMPY, TORCH)])
    finally:
        stop_all()


def _stock(course: Course, students: int) -> dict[str, float]:
    few, more = STOCK_CLASSES
    times = []
    for size in STOCK_CLASSES:
        copied = _copy(course, size)
        times.append(
            _timed(
                lambda copied=copied: [_command(copied, "nbgrader", "autograde", s, ITS_OWN) for s in (NUMPY, TORCH)]
            )
        )
    each = (times[1] - times[0]) / (more - few)
    start_up = times[0] - few * each
    return {
        "stock": start_up + students * each,
        "stock_without_start_up": students * each,
        "stock_measured": dict(zip(map(str, STOCK_CLASSES), times, strict=True)),
    }


def _overhead(course: Course, slug: str) -> dict[str, float]:
    # Medians over right answers, one notebook at a time.
    assignment = load_assignment(course, slug)
    right = reference_answers(nbformat.read(course.source / slug / f"{slug}.ipynb", 4))
    notebook = fill(assignment.template, right)
    without_tests = _without(notebook, tests=True)
    nothing = _without(notebook, tests=True, all_code=True)
    whole, students, empty = (_typical(one, assignment.files) for one in (notebook, without_tests, nothing))
    own = _own_time(without_tests, assignment.files)
    stop_all()
    return {
        "whole": whole,
        "student's own code, in a warm process": own,
        "overhead": whole - own,
        "of it: two forks, sandbox, end": empty,
        "of it: running the student's cells": students - empty - own,
        "of it: the tests, over the wire": whole - students,
    }


def _without(notebook: NotebookNode, *, tests: bool, all_code: bool = False) -> NotebookNode:
    copied = nbformat.from_dict(notebook)
    copied.cells = [
        cell
        for cell in copied.cells
        if cell.cell_type == "code" and not all_code and not (tests and cell.metadata.get("nbgrader", {}).get("grade"))
    ]
    return copied


def _typical(notebook: NotebookNode, files: dict[str, bytes]) -> float:
    run.run_notebook(notebook, key="bench", files=files)
    times = [_timed(lambda: run.run_notebook(notebook, key="bench", files=files)) for _ in range(REPEATS)]
    return statistics.median(times)


def _own_time(notebook: NotebookNode, files: dict[str, bytes]) -> float:
    # A process of its own, warm after the first round; the course's own answers need no sandbox.
    program = (
        "import contextlib, io, json, statistics, sys, time\n"
        "cells, times = json.load(sys.stdin), []\n"
        f"for _ in range({REPEATS} + 1):\n"
        "    names, begun = {}, time.perf_counter()\n"
        "    with contextlib.redirect_stdout(io.StringIO()):\n"
        "        for cell in cells: exec(cell, names)\n"
        "    times.append(time.perf_counter() - begun)\n"
        "print(statistics.median(times[1:]))"
    )
    cells = json.dumps([cell.source for cell in notebook.cells])
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", program], input=cells, cwd=folder, capture_output=True, text=True, check=True
        )
    return float(done.stdout)


def _timed(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        action()
    return time.perf_counter() - begun


def _command(course: Course, *words: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(words, cwd=course.root, env={**os.environ, "PATH": path}, capture_output=True, check=True)
