"""The student bundle in a clean virtual environment: installed as its README says, checked, solved, failed."""

import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograde.course import gradebook
from autograde.course.folder import Course
from autograde.release.release import release
from solutions.exercises.catalogue import contracts_of
from solutions.kept import misconceptions_of

# As gradebook.prepare does: pytest sets its own filters.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning:nbgrader")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The unpacked bundle with an environment made from its own requirements."""
    gradebook.prepare()
    course = Course(tmp_path_factory.mktemp("course"))
    released = release(course, ["rnn-cell"])
    place = tmp_path_factory.mktemp("student")
    zipfile.ZipFile(released[0].bundle).extractall(place)
    folder = place / "unrolled-rnn-cell"
    subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=folder, check=True)
    install = [".venv/bin/python", "-m", "pip", "install", "-q", "-r", "requirements.txt"]
    subprocess.run(install, cwd=folder, check=True, capture_output=True)
    return folder


def execute(folder: Path, answers: dict[str, str], name: str) -> dict[str, str]:
    """Run the notebook with `answers` in the student's own environment; what each check cell printed or raised."""
    notebook = nbformat.read(folder / "rnn-cell.ipynb", 4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = answers[grade_id]
    nbformat.write(notebook, folder / f"{name}.ipynb")
    command = [".venv/bin/jupyter", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--inplace"]
    subprocess.run([*command, f"{name}.ipynb"], cwd=folder, check=True, capture_output=True)
    said = {}
    for cell in nbformat.read(folder / f"{name}.ipynb", 4).cells:
        if cell.cell_type == "code" and cell.source.startswith("check("):
            said[cell.source] = "".join(
                "\n".join(output.traceback) if output.output_type == "error" else output.text for output in cell.outputs
            )
    return said


def test_nothing_secret_can_be_imported_there(folder):
    probe = "import importlib.util as u, sys; sys.exit(any(u.find_spec(n) for n in ('solutions', 'autograde')))"
    assert subprocess.run([".venv/bin/python", "-c", probe], cwd=folder).returncode == 0


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
