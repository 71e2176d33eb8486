"""From the text source to the exported grades, as an instructor does it: commands on the real assignment."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.demo import fill, reference_answers
from autograde.release.release import available, leaks_in
from solutions.exercises.catalogue import contracts_of
from solutions.kept import misconceptions_of

pytestmark = pytest.mark.slow

SLUG = "rnn-cell"
# What each hand-in loses: the graded cells that fail, and what feedback names as the likely cause.
MISTAKES = {
    ("rnn_step", "bias-after-tanh"): {"rnn_step-values", "rnn_step-edges", "rnn_forward-values", "rnn_forward-edges"},
    ("rnn_forward", "in-reverse-states"): {
        "rnn_forward-values",
        "rnn_forward-edges",
        "rnn_forward-property",
        "echo_state-behaviour",
    },
    ("softmax", "over-axis-one"): {"softmax-edges"},
    ("sequence_loss", "mask-ignored"): {"sequence_loss-values", "sequence_loss-edges"},
}


def command(*words, course: Path, status: int = 0) -> subprocess.CompletedProcess:
    """Run one of our commands in a course folder."""
    return run_in(course, [sys.executable, "-m", "autograde", *words], status)


def run_in(folder: Path, words: list[str], status: int = 0) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, env={**os.environ, "PATH": path}, timeout=300, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def hand_in(course: Course, student: str, answers: dict[str, str]) -> None:
    release = nbformat.read(course.release / SLUG / f"{SLUG}.ipynb", 4)
    path = course.submitted / student / SLUG / f"{SLUG}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(fill(release, answers), path)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    """The real assignment released and handed in by a small class; nothing graded yet."""
    made = Course(tmp_path_factory.mktemp("course"))
    (made.root / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")
    told = command("release", SLUG, course=made.root).stdout
    assert f"{SLUG}: " in told and "No leak" in told
    right = reference_answers(nbformat.read(made.source / SLUG / f"{SLUG}.ipynb", 4))
    contracts = contracts_of(SLUG)
    hand_in(made, "reference", right)
    hand_in(made, "untouched", {})
    hand_in(made, "variant", right | {name: found.variants[-1].source(name) for name, found in contracts.items()})
    for function, name in MISTAKES:
        wrong = next(found for found in misconceptions_of(contracts[function]) if found.name == name)
        hand_in(made, f"{function}-{name}", right | {function: wrong.source(function)})
    return made


@pytest.fixture(scope="module")
def plain(course, tmp_path_factory) -> Course:
    """A copy of the course before grading, for plain nbgrader."""
    copied = Course(tmp_path_factory.mktemp("plain") / "course")
    shutil.copytree(course.root, copied.root)
    for folder in sorted(copied.submitted.iterdir()):
        if folder.name not in ("reference", "untouched"):
            shutil.rmtree(folder)
    return copied


@pytest.fixture(scope="module")
def graded(course, plain) -> Course:
    """The same after grade, feedback, report and export. (`plain` is asked for to be copied before.)"""
    command("grade", course=course.root)
    for step in ("feedback", "report", "export"):
        command(step, course=course.root)
    return course


def grades(path: Path, column: str = "score") -> dict[str, float]:
    with path.open(encoding="utf-8") as file:
        return {row["student_id"]: float(row[column]) for row in csv.DictReader(file) if row[column]}


def points_by_cell(course: Course) -> dict[str, float]:
    """Of the tests; an answer in words has none until a person has read it."""
    source = nbformat.read(course.source / SLUG / f"{SLUG}.ipynb", 4)
    cells = [cell.metadata["nbgrader"] for cell in source.cells if "nbgrader" in cell.metadata]
    return {cell["grade_id"]: float(cell["points"]) for cell in cells if cell["grade"] and not cell["solution"]}


def test_exact_points_reach_the_exported_grades(graded):
    points = points_by_cell(graded)
    total = sum(points.values())
    expected = {"reference": total, "variant": total, "untouched": 0.0} | {
        f"{function}-{name}": total - sum(points[cell] for cell in lost) for (function, name), lost in MISTAKES.items()
    }
    assert grades(graded.grades / "grades.csv", "points_so_far") == expected
    assert grades(graded.grades / "grades.csv") == {"untouched": 0.0}, "of the others a person has an answer to read"


def test_the_lost_cells_are_the_expected_ones_and_the_mistake_is_named(graded):
    report = json.loads(command("report", "--json", course=graded.root).stdout)[SLUG]
    rows = {row["student"]: row for row in report}
    for (function, name), lost in MISTAKES.items():
        cells = rows[f"{function}-{name}"]["cells"]
        assert {cell["grade_id"] for cell in cells if cell["points"] == 0} == lost | {"memory-answer"}
        assert [cell["outcome"] for cell in cells if cell["grade_id"] == "memory-answer"] == ["for a person"]
        assert list(rows[f"{function}-{name}"]["waiting"]) == ["memory-answer"]
        own = [cell["misconception"] for cell in cells if cell["function"] == function and cell["points"] == 0]
        assert name in own
    assert all(cell["outcome"] == "not written" for cell in rows["untouched"]["cells"])


def test_feedback_names_the_likely_cause_and_where_to_read(graded):
    for function, name in MISTAKES:
        wrong = next(found for found in misconceptions_of(contracts_of(SLUG)[function]) if found.name == name)
        page = (graded.feedback / f"{function}-{name}" / SLUG / f"{SLUG}.html").read_text("utf-8")
        assert wrong.hint.split(".")[0].split("'")[0] in page
        assert "Eq. (" in page


def test_nothing_secret_is_in_anything_public(graded):
    assert leaks_in(graded) == []


def test_a_second_run_grades_nothing_and_exports_the_same_bytes(graded):
    before = (graded.grades / "grades.csv").read_bytes()
    told, waits = command("grade", course=graded.root).stdout.splitlines()
    assert told == f"{len(MISTAKES) + 3} unchanged." and f"{len(MISTAKES) + 2} answers wait for a person" in waits
    command("export", course=graded.root)
    assert (graded.grades / "grades.csv").read_bytes() == before


def test_one_notebook_is_graded_without_a_gradebook(graded):
    path = graded.submitted / "reference" / SLUG / f"{SLUG}.ipynb"
    done = json.loads(command("run", str(path), "--json", course=graded.root).stdout)
    assert done["points"] == sum(points_by_cell(graded).values()) < done["max_points"]
    outcomes = {cell["grade_id"]: cell["outcome"] for cell in done["cells"]}
    assert outcomes.pop("memory-answer") == "for a person"
    assert set(outcomes.values()) == {"right"}


def test_plain_nbgrader_commands_work_on_the_same_course(plain):
    nbgrader = [sys.executable, "-m", "nbgrader"]
    refused = run_in(plain.root, [*nbgrader, "generate_assignment", SLUG, "--force"], status=1)
    assert f"autograde release {SLUG}" in refused.stderr
    told = run_in(plain.root, [*nbgrader, "autograde", SLUG]).stderr
    assert "graded reference" in told and plain.record_file(SLUG, "reference").is_file(), "as `autograde grade` does"
    run_in(plain.root, [*nbgrader, "generate_feedback", SLUG])
    run_in(plain.root, [*nbgrader, "export"])
    total = sum(points_by_cell(plain).values())
    assert grades(plain.root / "grades.csv") == {"reference": total, "untouched": 0.0}
    page = (plain.feedback / "untouched" / SLUG / f"{SLUG}.html").read_text("utf-8")
    assert "not written" in page and "hidden=" not in page


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["grade", "rnn-sell"], 1, "There is no released assignment called 'rnn-sell'; released are: rnn-cell."),
        (["release", "rnn-sell"], 1, f"There is no assignment called 'rnn-sell'; there are: {', '.join(available())}."),
        (["run", "nowhere.ipynb", "--assignment", "rnn-cell"], 1, "There is no file nowhere.ipynb."),
        (["export", "--format", "xls"], 1, "There is no export format 'xls'."),
        (["grade", "--course", "nowhere"], 1, "There is no folder nowhere."),
        (["grade", "--no-such-option"], 2, "No such option"),
        (["no-such-command"], 2, "No such command"),
    ],
)
def test_bad_input_ends_in_one_sentence(graded, words, status, sentence):
    done = command(*words, course=graded.root, status=status)
    assert sentence in done.stderr and "Traceback" not in done.stderr


def test_an_empty_folder_is_told_to_release_first(tmp_path):
    done = command("grade", course=tmp_path, status=1)
    assert "No assignment is released" in done.stderr and "autograde release" in done.stderr


def test_the_doctor_looks_at_everything(graded):
    done = subprocess.run(
        [sys.executable, "-m", "autograde", "doctor", "--json"],
        cwd=graded.root,
        capture_output=True,
        text=True,
        check=False,
    )
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    first = ["Python", "packages", "kernel", "alembic", "disk", "gradebook"]
    assert list(checks) == [*first, "browser", "private folders", "sandbox", "container"]
    assert checks["kernel"]["ok"] and checks["alembic"]["ok"]
    assert checks["gradebook"]["found"] == f"{len(MISTAKES) + 3} students, 1 assignments"
