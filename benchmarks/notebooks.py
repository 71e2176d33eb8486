"""One notebook at a time: right answers under the tests, and the same notebook with less in it."""

from __future__ import annotations

import json
from collections.abc import Callable

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograde.course.cells import is_graded
from autograde.course.folder import Course
from autograde.demo import fill
from autograde.grade import run
from autograde.grade.assignment import Assignment, load_assignment
from autograde.runner.warm import stop_all
from benchmarks import classroom
from benchmarks.classroom import TORCH

WHOLE, STUDENTS, NOTHING = "whole", "without tests", "no cell at all"
KEY = "bench"
# Which kernels PyTorch, NumPy and the OpenBLAS in NumPy's wheels take in the process where it runs.
TELL_KERNELS = """
import ctypes, json, numpy, pathlib, torch
found = {"PyTorch": torch.backends.cpu.get_cpu_capability()}
found["NumPy"] = " ".join(numpy.show_config("dicts")["SIMD Extensions"].get("found", ()))
for library in pathlib.Path(numpy.__file__).parents[1].glob("numpy.libs/libscipy_openblas*.so"):
    tell = ctypes.CDLL(str(library)).scipy_openblas_get_corename64_
    tell.restype = ctypes.c_char_p
    found["OpenBLAS"] = tell().decode()
print(json.dumps(found))
"""


def right_notebook(course: Course, assignment: Assignment) -> NotebookNode:
    """All answers right, and the tests as grading runs them."""
    return fill(assignment.template, classroom.right_answers(course, assignment.slug))


def in_parts(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The notebook, the notebook without its tests, and one without any cell to run: what each has more, costs more."""

    def kept(is_kept: Callable[[NotebookNode], bool]) -> NotebookNode:
        cells = [cell for cell in notebook.cells if cell.cell_type == "code" and is_kept(cell)]
        return NotebookNode({**notebook, "cells": cells})

    return {
        WHOLE: kept(lambda cell: True),
        STUDENTS: kept(lambda cell: not is_graded(cell)),
        NOTHING: kept(lambda cell: False),
    }


def run_once(assignment: Assignment, notebook: NotebookNode) -> NotebookNode:
    """Run right answers. Raises RuntimeError where they are taken for wrong ones: then nothing was measured."""
    done = run.run_notebook(notebook, key=KEY, files=assignment.files, private=assignment.private)
    wrong = [
        output.evalue for cell in done.cells for output in cell.get("outputs", ()) if output.output_type == "error"
    ]
    if wrong:
        raise RuntimeError(f"a right answer is taken for a wrong one: {wrong[0]}")
    return done


def kernels(course: Course) -> dict[str, str]:
    """Which kernels the libraries take in a student's process, by library."""
    assignment = load_assignment(course, TORCH)
    notebook = NotebookNode({**assignment.template, "cells": [new_code_cell(TELL_KERNELS)]})
    try:
        (cell,) = run_once(assignment, notebook).cells
    finally:
        stop_all()
    found: dict[str, str] = json.loads("".join(output.text for output in cell.outputs))
    return found
