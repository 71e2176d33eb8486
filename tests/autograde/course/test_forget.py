"""Deleting a student: nothing of them is left in the course folder, and nothing of anybody else is gone."""

import pytest
from typer.testing import CliRunner

from autograde.cli import app
from autograde.course.errors import CourseError
from autograde.course.forget import forget
from autograde.course.origins import Origin, read_origins, write_origins
from autograde.grade.grade import grade
from autograde.reports.class_report import write_report
from autograde.reports.export import write_grades
from autograde.reports.feedback import write_feedback
from autograde.reports.grades import grades
from autograde.reports.returning import return_feedback

RIGHT = {"double": "def double(x):\n    return x + x"}
STAYS, GONE = "emmynoe", "zelda"  # letters that stand in no file by chance


@pytest.fixture
def graded(course, hand_in, fast):
    """A course with all that the commands write of two students."""
    roster = "student_id,name,email\nemmynoe,Emmy Noether,a@example.edu\nzelda,Zelda Y,z@example.edu\n"
    (course.root / "roster.csv").write_text(roster)
    (course.root / "course.yml").write_text("roster: roster.csv\n")
    for student in (STAYS, GONE):
        hand_in(student, RIGHT)
        earlier = course.submitted / ".earlier" / student / "tiny"
        earlier.mkdir(parents=True)
        (earlier / "tiny.ipynb").write_text("{}")
    write_origins(course, [Origin(student, "tiny", "canvas", student, "1", "2") for student in (STAYS, GONE)])
    grade(course, "tiny")
    write_feedback(course, "tiny")
    write_report(course, ["tiny"])
    write_grades(course, ["tiny"])
    return_feedback(course, ["tiny"], "email")
    return course


def holding(course, word):
    """The files whose name or content has the word."""
    paths = [path for path in course.root.rglob("*") if path.is_file()]
    return {
        str(name)
        for path in paths
        if word in str(name := path.relative_to(course.root)) or word in path.read_text("utf-8", "replace")
    }


def test_nothing_of_a_student_is_left_and_all_of_the_others(graded, capsys):
    before = holding(graded, STAYS)
    assert len(holding(graded, GONE)) >= len(before) > 8
    app(["forget", GONE, "--yes", "--course", str(graded.root)], standalone_mode=False)
    assert "zelda is in the roster" in capsys.readouterr().out
    assert holding(graded, GONE) == {"roster.csv"}, "not in free pages of the database either"
    assert {name for name in before if not name.startswith("_build")} <= holding(graded, STAYS)
    assert (
        [one.student_id for one in grades(graded, ["tiny"])] == [STAYS] == [one.student for one in read_origins(graded)]
    )


@pytest.mark.parametrize("name", ["", ".", "..", ".earlier", ".records", "../course", "nobody", "*"])
def test_a_name_that_is_no_students_deletes_nothing(graded, name):
    before = holding(graded, "")
    with pytest.raises(CourseError, match="Nothing is known of a student"):
        forget(graded, name)
    assert holding(graded, "") - {".grading.lock"} == before - {".grading.lock"}


def test_the_command_asks_first(graded):
    done = CliRunner().invoke(app, ["forget", GONE, "--course", str(graded.root)], input="n\n")
    assert done.exit_code == 1 and (graded.submitted / GONE).is_dir()
