"""A course in a folder that student code can see: covered when grading, and the doctor says so."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograde.course.folder import Course
from autograde.grade.grade import grade
from autograde.machine import doctor
from autograde.runner import warm
from autograde.sandbox import view


@pytest.fixture
def visible(course, monkeypatch):
    """The folder around the course, which student code sees in this test, in the warm parents too."""
    around = course.root.parent
    around.chmod(0o755)
    shown = (*view.SYSTEM, str(around))
    monkeypatch.setattr(view, "SYSTEM", shown)
    program = (
        f"from autograde.sandbox import view\nview.SYSTEM = {shown!r}\n"
        "from autograde.runner import parent\nparent.main()"
    )
    monkeypatch.setattr(warm, "PROGRAM", ("-c", program))
    return around


def test_the_doctor_says_nothing_of_a_course_that_lies_elsewhere(course):
    check = doctor._private(course)
    assert check.ok and "no student code can look" in check.found


def test_the_doctor_says_what_is_covered(course, visible):
    check = doctor._private(course)
    assert check.ok and "covered" in check.found and str(course.root) in check.found


def test_the_doctor_says_what_cannot_be_covered(visible):
    check = doctor._private(Course(visible))
    assert not check.ok and str(visible) in check.found and "Move" in check.remedy


@pytest.mark.slow
def test_a_submission_sees_nothing_of_the_course(course, hand_in, visible):
    (visible / "seen").touch()
    look = f"import os\nprint(sorted(os.listdir({str(visible)!r})), os.listdir({str(course.root)!r}))"
    hand_in("ada", edit=lambda notebook: notebook.cells.append(new_code_cell(look, id="look")))
    try:
        assert [row.status for row in grade(course, "tiny")] == ["graded"]
    finally:
        warm.stop_all()  # that sees this test's folders
    cells = nbformat.read(course.notebook("ada", "tiny"), 4).cells
    (text,) = [output.text for cell in cells for output in cell.get("outputs", []) if "seen" in output.get("text", "")]
    assert text == f"{sorted(path.name for path in visible.iterdir())} []\n"


@pytest.mark.slow
def test_the_doctor_tries_it(course, visible):
    try:
        assert doctor._sandbox(course).ok
        refused = doctor._sandbox(Course(visible))
    finally:
        warm.stop_all()
    assert not refused.ok and "Move" in refused.remedy
