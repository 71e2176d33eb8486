"""What formgrader's buttons do: grade as we do, or refuse."""

import sys

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from autograde.course.gradebook import gradebook
from autograde.course.lock import only_grader
from autograde.hub import buttons
from tests.places import ROOT

pytestmark = pytest.mark.slow
RIGHT = {"double": "def double(x):\n    return x + x"}


@pytest.fixture
def api(course, monkeypatch):
    """What formgrader calls; our own command runs nothing."""
    monkeypatch.setattr(buttons, "OURS", (sys.executable, "-m", "tests.autograde.quick_grader"))
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'book'}")
    return NbGraderAPI(CourseDirectory(root=str(course.root), config=course.config), config=course.config)


def test_autograde_grades_as_we_do_and_runs_nothing_in_its_own_process(course, api, hand_in, tmp_path):
    acted = tmp_path / "acted"
    hand_in("ada", RIGHT | {"double": f"{RIGHT['double']}\nopen({str(acted)!r}, 'w')"})
    hand_in("bob", RIGHT)
    told = api.autograde("tiny", "ada")
    assert told["success"] and "graded ada" in told["log"], told
    assert not acted.exists()
    graded = {path.parent.parent.name for path in course.autograded.glob("*/tiny/tiny.ipynb")}
    assert graded == {"ada"} and course.record_file("tiny", "ada").is_file(), "by our own command, and nobody else"

    before = course.notebook("ada", "tiny").read_bytes()
    with only_grader(course):
        told = api.autograde("tiny", "ada")
    assert not told["success"] and "Traceback" not in told["log"], told
    assert course.notebook("ada", "tiny").read_bytes() == before


def test_what_cannot_be_graded_is_told_with_its_reason(api, hand_in, course):
    hand_in("ada<b>", RIGHT)
    told = api.autograde("tiny", "ada<b>")
    assert not told["success"] and "formgrader would take for markup" in told["log"]


def test_generate_feedback_writes_our_pages_and_names_who_has_none(course, api, hand_in):
    for student in ("ada", "bob"):
        hand_in(student, RIGHT)
        api.autograde("tiny", student)
    told = api.generate_feedback("tiny", "ada")
    assert told["success"] and "2 pages" in told["log"], told
    assert "4 of 6 points" in course.feedback_page("ada", "tiny").read_text("utf-8")
    with gradebook(course) as book:
        book.db.delete(book.find_comment("why", "tiny", "tiny", "bob"))
        book.db.commit()
    told = api.generate_feedback("tiny")
    assert not told["success"] and "no page for bob" in told["log"], told


def test_generate_changes_nothing_and_names_the_command(course, api):
    (course.release / "tiny" / "mark").touch()
    told = api.generate_assignment("tiny")
    assert not told["success"] and "autograde release tiny" in told["log"]
    assert (course.release / "tiny" / "mark").is_file()
