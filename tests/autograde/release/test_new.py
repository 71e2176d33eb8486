"""`autograde new`: what it writes can be released, judged and kept secret as it is; what is there stays."""

import importlib.util
import re
import shutil
import sys

import nbformat
import pytest
from typer.testing import CliRunner

from autograde.cli import app
from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.release import leaks
from autograde.release.new import CATALOGUE, start_assignment
from autograde.release.release import SOLUTIONS, secret_of
from autograde.release.release import release as make_release
from autograde.release.source import points_of, read_source

CANARY = re.compile(r"unrolled-canary-[0-9a-f]{12}")


@pytest.fixture
def empty(tmp_path) -> Course:
    """A course folder with nothing in it."""
    (tmp_path / "algorithms").mkdir()
    return Course(tmp_path / "algorithms")


def test_a_course_of_another_subject_starts_in_an_empty_folder(empty):
    (written,) = start_assignment(empty, "running-mean")
    assert written == empty.root / "solutions/exercises/running_mean/running-mean.md"
    assert secret_of(empty) == empty.root / "solutions"
    start_assignment(empty, "heaps")
    (one, other) = make_release(empty, ["heaps", "running-mean"])
    assert (one.points, other.points) == (3, 3)
    text = (empty.release / "running-mean" / "running-mean.ipynb").read_text("utf-8")
    assert "YOUR CODE HERE" in text and not CANARY.search(text) and "cumsum" not in text
    assert not (empty.source / "heaps" / "fixtures.npz").exists()


def test_each_file_has_a_canary_of_its_own(empty):
    for slug in ("one", "two"):
        start_assignment(empty, slug)
    found = [CANARY.findall(path.read_text("utf-8")) for path in empty.root.rglob("*.md")]
    assert [len(canaries) for canaries in found] == [1, 1] and found[0] != found[1]
    assert leaks.secrets_of(empty.root / "solutions").without_canary == []


def test_the_command_says_what_to_do_next(empty, monkeypatch):
    done = CliRunner().invoke(app, ["new", "heaps", "--course", str(empty.root)])
    assert done.exit_code == 0
    assert f"autograde release heaps --course {empty.root}" in done.output.replace("\n", "")


@pytest.mark.parametrize("slug", ["Heaps", "heaps_two", "2-heaps", "../heaps", "heaps-", "class", "é", "a" * 61, ""])
def test_a_name_that_cannot_be_one_is_refused(empty, slug):
    with pytest.raises(CourseError, match="cannot be the name"):
        start_assignment(empty, slug)
    assert not any(empty.root.rglob("*.md"))


def test_what_is_there_stays(empty):
    (written,) = start_assignment(empty, "heaps")
    written.write_text("mine", "utf-8")
    with pytest.raises(CourseError, match="There is an assignment 'heaps' already"):
        start_assignment(empty, "heaps")
    assert written.read_text("utf-8") == "mine"


def test_a_course_that_releases_the_projects_assignments_keeps_doing_so(course):
    with pytest.raises(CourseError, match="would no longer find them"):
        start_assignment(course, "heaps")
    assert secret_of(course) == SOLUTIONS


def test_contracts_belong_to_the_project(empty):
    with pytest.raises(CourseError, match=r"Leave --judged away"):
        start_assignment(empty, "heaps", "push")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The project's secret tree with its catalogue alone; new files in it can be imported as solutions' own."""
    tree = tmp_path / "project" / "solutions"
    (tree / CATALOGUE).parent.mkdir(parents=True)
    (tree / "reference").mkdir()
    shutil.copy(SOLUTIONS / CATALOGUE, tree / CATALOGUE)
    monkeypatch.setattr("autograde.release.new.SOLUTIONS", tree)
    return tree


def module_of(path, name, monkeypatch):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def test_an_assignment_with_a_contract_is_judged_as_it_is(project, tmp_path, monkeypatch):
    written = start_assignment(Course(tmp_path / "project"), "leaky-units", "leaky_step")
    assert all(CANARY.search(path.read_text("utf-8")) for path in written)
    listed = re.findall(r'^    "([a-z-]+)",$', written[-1].read_text("utf-8"), re.MULTILINE)
    assert listed[-1] == "leaky-units" and listed.count("leaky-units") == 1 and len(listed) > 20
    folder = project / "exercises" / "leaky_units"
    module_of(project / "reference" / "leaky_units.py", "solutions.reference.leaky_units", monkeypatch)
    name = "solutions.exercises.leaky_units"
    module_of(folder / "__init__.py", name, monkeypatch)
    contract = module_of(folder / "leaky_step.py", f"{name}.leaky_step", monkeypatch).leaky_step
    exercises = module_of(folder / "exercises.py", f"{name}.exercises", monkeypatch)
    assert (contract,) == exercises.CONTRACTS
    notebook = read_source(folder / "leaky-units.md")
    assert points_of(notebook) == 5
    nbformat.validate(notebook)
    assert "np.tanh(x @ W)" in "\n".join(cell.source for cell in notebook.cells)
