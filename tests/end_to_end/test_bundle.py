"""The student bundle in a clean environment: installed as its README says, checked, solved, failed."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograde.course import gradebook
from autograde.course.cells import METADATA
from autograde.course.folder import Course
from autograde.grade.run import run_notebook
from autograde.release.release import release
from solutions.exercises.catalogue import contracts_of
from solutions.kept import misconceptions_of

# As gradebook.prepare does: pytest sets its own filters.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning:nbgrader")]

# Stands in for JupyterLab where start.py opens it: says where, and with what.
JUPYTERLAB = "import os, sys; print('OPENED', os.getcwd(), *sys.argv[1:])"
# Which of some names can be imported; in a student's notebook as at grading.
CAN_IMPORT = """
import importlib.util, json
def can_import(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False
print(json.dumps([name for name in {names!r} if can_import(name)]))
"""
# The grader's own, those that some Pythons bring along, and one that autograde/__init__.py keeps from being loaded.
NO_PACKAGES = {"autograde", "solutions", "pip", "setuptools", "pkg_resources", "_distutils_hack", "rfc3987_syntax"}


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> tuple[Path, str]:
    """The unpacked bundle with the environment that its start.py made from another folder, and what that printed."""
    gradebook.prepare()
    course = Course(tmp_path_factory.mktemp("course"))
    released = release(course, ["rnn-cell"])
    place = tmp_path_factory.mktemp("student")
    zipfile.ZipFile(released[0].bundle).extractall(place)
    (place / "stub").mkdir()
    (place / "stub/jupyterlab.py").write_text(JUPYTERLAB)
    command = [sys.executable, "unrolled-rnn-cell/start.py"]
    environment = {**os.environ, "PYTHONPATH": str(place / "stub")}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "unrolled-rnn-cell", done.stdout


@pytest.fixture(scope="module")
def folder(started) -> Path:
    return started[0]


def execute(folder: Path, answers: dict[str, str], name: str) -> dict[str, str]:
    """Run the notebook with `answers` in the student's own environment; what each check cell printed or raised."""
    notebook = nbformat.read(folder / "rnn-cell.ipynb", 4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = answers[grade_id]
    nbformat.write(notebook, folder / f"{name}.ipynb")
    command = ["../unrolled-env/bin/jupyter", "nbconvert", "--to", "notebook", "--execute", "--allow-errors"]
    subprocess.run([*command, "--inplace", f"{name}.ipynb"], cwd=folder, check=True, capture_output=True)
    said = {}
    for cell in nbformat.read(folder / f"{name}.ipynb", 4).cells:
        if cell.cell_type == "code" and cell.source.startswith("check("):
            said[cell.source] = "".join(
                "\n".join(output.traceback) if output.output_type == "error" else output.text for output in cell.outputs
            )
    return said


def in_environment(folder: Path, program: str) -> str:
    command = [folder.parent / "unrolled-env/bin/python", "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_start_installs_and_opens_the_notebook_in_its_folder(started):
    folder, said = started
    assert said.index("Making an environment") < said.index("Opening rnn-cell.ipynb") < said.index("OPENED")
    assert f"OPENED {folder} rnn-cell.ipynb" in said


def test_nothing_secret_can_be_imported_there(folder):
    probe = "import importlib.util as u, sys; print(any(u.find_spec(n) for n in ('solutions', 'autograde')))"
    assert in_environment(folder, probe).strip() == "False"


def test_grading_has_the_packages_that_students_have_and_no_others(folder):
    theirs = in_environment(folder, "import importlib.metadata as m; print(*m.packages_distributions())").split()
    names = {name for name in {*packages_distributions(), *theirs} if name.isidentifier() and "mypyc" not in name}
    names = sorted(names - NO_PACKAGES)
    program = CAN_IMPORT.format(names=names)
    at_home = json.loads(in_environment(folder, program))
    release = nbformat.read(folder / "rnn-cell.ipynb", 4)
    notebook = new_notebook(cells=[new_code_cell(program)], metadata={METADATA: release.metadata[METADATA]})
    (cell,) = run_notebook(notebook, key="", files={}, timeout=60).cells
    at_grading = json.loads("".join(output.text for output in cell.outputs))
    assert {"numpy", "scipy", "matplotlib", "unrolled"} <= set(at_home)
    assert at_grading == at_home


def test_the_untouched_notebook_says_what_is_not_written(folder):
    said = execute(folder, {}, "untouched")
    assert len(said) == 8
    assert all("not written yet" in text for text in said.values())


def test_right_answers_are_told_so(folder):
    answers = {name: contract.variants[-1].source(name) for name, contract in contracts_of("rnn-cell").items()}
    said = execute(folder, answers, "right")
    assert all(text.startswith("✓") for text in said.values()), said


def test_a_wrong_answer_is_named_and_shows_no_traceback(folder):
    wrong = {m.name: m for m in misconceptions_of(contracts_of("rnn-cell")["rnn_step"])}["bias-after-tanh"]
    said = execute(folder, {"rnn_step": wrong.source("rnn_step")}, "wrong")["check(rnn_step)"]
    assert wrong.hint in " ".join(said.split())
    assert "recurrence/rnn-cell.html#equation-eq-rnn-step" in said
    assert "Traceback" not in said
