"""`make course`, run as a newcomer runs it: it ends well, leaves what it says, and nothing that git sees."""

import csv
import json
import os
import subprocess

import nbformat
import pytest

from tests.places import ROOT

pytestmark = pytest.mark.slow

DEMO = ROOT / "_build" / "demo"


def points_of_tests(slug: str) -> float:
    source = nbformat.read(DEMO / "source" / slug / f"{slug}.ipynb", 4)
    roles = [cell.metadata["nbgrader"] for cell in source.cells if "nbgrader" in cell.metadata]
    return sum(role["points"] for role in roles if role["grade"] and not role["solution"])


def git_status() -> str:
    return subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def course() -> str:
    """The output of `make course`; quick where it ran before."""
    before = git_status()
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    run = subprocess.run(["make", "course"], cwd=ROOT, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    assert git_status() == before
    return run.stdout


def test_it_says_where_to_look_and_that_is_where_it_is(course):
    tail = course[course.index("Where to look:") :]
    places = [line.split()[-1] for line in tail.splitlines()[1:] if line.strip()]
    assert len(places) == 4
    for place in places:
        assert (ROOT / place).exists(), place


def test_the_book_is_built(course):
    page = (ROOT / "_build" / "html" / "book" / "recurrence" / "rnn-cell.html").read_text(encoding="utf-8")
    assert "The recurrent cell" in page


def test_the_bundle_is_there(course):
    assert (ROOT / "_build" / "bundle" / "unrolled-rnn-cell.zip").stat().st_size > 10_000


def test_every_demo_student_has_a_grade(course):
    students = {path.name for path in (DEMO / "submitted").iterdir()}
    with next((DEMO / "_build").rglob("grades.csv")).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["student_id"] for row in rows} == students
    slugs = sorted(path.name for path in (DEMO / "release").iterdir())
    assert sorted({row["assignment"] for row in rows}) == slugs
    for slug in slugs:
        scores = [float(row["points_so_far"] or 0) for row in rows if row["assignment"] == slug]
        assert max(scores) == points_of_tests(slug)  # what is answered in words waits for a person
        assert min(scores) == 0


def test_the_demo_class_never_mixes_with_real_students(course):
    real = ROOT / "submitted"
    demo = {path.name for path in (DEMO / "submitted").iterdir()}
    assert not real.exists() or not demo & {path.name for path in real.iterdir()}


def test_doctor_finds_the_machine_fit(course):
    run = subprocess.run(
        [ROOT / ".venv" / "bin" / "autograde", "doctor", "--json"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout
    assert json.loads(run.stdout)
