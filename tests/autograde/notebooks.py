"""Small notebooks for the runner."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from autograde.course.cells import METADATA
from autograde.course.policy import Policy
from autograde.grade.run import run_notebook


def graded(source, points=3):
    """A graded test."""
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade_id": "t", "grade": True, "solution": False, "points": points}
    return cell


def answer(source):
    """A student's answer."""
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade_id": "a", "grade": False, "solution": True}
    return cell


def run(*cells, packages=("numpy",), forbidden=(), timeout=30, files=None, **options):
    """The executed cells of a notebook; a text stands for a cell of the release's own."""
    notebook = new_notebook(cells=[new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    notebook.metadata[METADATA] = Policy(tuple(packages), tuple(forbidden)).as_metadata()
    before = nbformat.writes(notebook)
    executed = run_notebook(notebook, key="k", files=files or {}, timeout=timeout, **options)
    assert nbformat.writes(notebook) == before
    nbformat.validate(executed)
    return executed.cells


def points(cell):
    """What nbgrader gives for an executed test."""
    return determine_grade(cell)[0]


def error(cell):
    """The name of a cell's error."""
    return next((output.ename for output in cell.outputs if output.output_type == "error"), None)


def why(cell):
    """The text of a cell's error."""
    return next(output.evalue for output in cell.outputs if output.output_type == "error")


def printed(cell):
    """What a cell printed."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")
