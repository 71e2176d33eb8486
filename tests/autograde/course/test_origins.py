"""Where hand-ins came from is kept word for word, and read by no spreadsheet as a formula."""

import csv
from datetime import UTC, datetime

import pytest

from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.course.origins import Origin, read_origins, write_origins

ADA = Origin("ada", "tiny", "canvas", "lovelaceada", "340934", "208490284", "lovelaceada_340934_208490284_tiny.ipynb")


def test_the_newest_of_each_student_and_assignment_stays(tmp_path):
    course = Course(tmp_path)
    assert read_origins(course) == []
    other = Origin("ada", "other", "folder", file="ada/other.ipynb")
    newer = Origin("ada", "tiny", "moodle", "Ada", "7", time=datetime(2026, 10, 11, 20, 3, 0, 5, tzinfo=UTC))
    write_origins(course, [ADA, other])
    write_origins(course, [newer])
    assert read_origins(course) == [newer, other]


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "'quoted'", "-x", '王伟, "Wei"\nWang', "+1", "@a", "'=1", ""])
def test_names_come_back_as_they_are_and_are_no_formulas(tmp_path, name):
    course = Course(tmp_path)
    one = Origin("ada", "tiny", "teams", name=name, group=name, file=name)
    write_origins(course, [one])
    assert read_origins(course) == [one]
    with course.collected.open(newline="", encoding="utf-8") as file:
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in csv.reader(file) for cell in row)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"student,assignment\nada,tiny\n"])
def test_a_file_that_cannot_be_read_is_said_and_kept(tmp_path, content):
    course = Course(tmp_path)
    course.collected.write_bytes(content)
    with pytest.raises(CourseError, match=r"collected\.csv cannot be read.*collect the exports once more"):
        write_origins(course, [ADA])
    assert course.collected.read_bytes() == content
