"""Gradescope's autograder: what the zip file holds, and what a hand-in's results say."""

import json
import zipfile

import pytest
from typer.testing import CliRunner

from autograde.cli import app
from autograde.course.errors import CourseError
from autograde.hosted import gradescope
from autograde.hosted.gradescope import build_autograder, grade_there

RIGHT = "def double(x):\n    return x + x"


@pytest.fixture
def there(tmp_path, course):
    """/autograder with the autograder's own files unpacked, all but the clone."""
    place = tmp_path / "autograder"
    with zipfile.ZipFile(build_autograder(course, "tiny")) as archive:
        course_only = [name for name in archive.namelist() if name.startswith("course/")]
        archive.extractall(place / "source", course_only)
    (place / "submission").mkdir()
    (place / "results").mkdir()
    return place


def results(place):
    grade_there(place)
    return json.loads((place / "results" / "results.json").read_text("utf-8"))


def test_the_zip_file_has_what_gradescope_and_the_grader_need(course):
    done = CliRunner().invoke(app, ["gradescope", "tiny", "--course", str(course.root)])
    assert done.exit_code == 0 and "holds the answers" in done.output
    with zipfile.ZipFile(course.build / "gradescope" / "tiny.zip") as archive:
        names = set(archive.namelist())
        mode = archive.getinfo("run_autograder").external_attr >> 16
        key = archive.read("course/.course-key").decode()
    assert {"setup.sh", "run_autograder"} <= names and mode & 0o111
    assert {"course/source/tiny/tiny.ipynb", "course/release/tiny/tiny.ipynb"} <= names
    assert {"clone/requirements.txt", "clone/scripts/setup.sh", "clone/solutions/judge.py"} <= names
    assert key == course.key_file.read_text()
    assert not any("__pycache__" in name or "_build/" in name or "submitted" in name for name in names)
    first = (course.build / "gradescope" / "tiny.zip").read_bytes()
    assert build_autograder(course, "tiny").read_bytes() == first


def test_only_a_released_assignment_has_one(course):
    with pytest.raises(CourseError, match="no released assignment"):
        build_autograder(course, "other")


def test_a_hand_in_gets_points_part_by_part(there, hand_in, fast):
    hand_in("ada", {"double": RIGHT}).rename(there / "submission" / "my work.ipynb")
    found = results(there)
    assert found["visibility"] == "visible"
    assert {test["name"]: test["score"] for test in found["tests"]}["double-values"] == 3.0
    assert found["score"] == sum(test["score"] for test in found["tests"]) == 4.0
    assert "my work.ipynb" in found["output"] and "container" not in found["output"]


def test_a_wrong_one_is_told_why(there, hand_in, fast):
    hand_in("ada", {"double": "def double(x):\n    return x"}).rename(there / "submission" / "tiny.ipynb")
    found = results(there)
    assert [test["name"] for test in found["tests"] if test["status"] == "failed"] == ["double-values", "why"]
    assert found["tests"][0]["output"] == "This part is not right yet."


def test_what_cannot_be_read_says_what_to_do(there, fast):
    (there / "submission" / "tiny.ipynb").write_bytes(b"\x00no notebook")
    found = results(there)
    assert found["score"] == 0.0 and "hand it in again" in found["output"]


def test_student_code_is_confined(there, hand_in, monkeypatch):
    hand_in("ada", {"double": RIGHT}).rename(there / "submission" / "tiny.ipynb")
    asked = []
    monkeypatch.setattr(gradescope, "grade_hand_in", lambda *words, **how: asked.append(how["confinement"]))
    with pytest.raises(AttributeError):
        grade_there(there)
    assert asked == ["container"]
