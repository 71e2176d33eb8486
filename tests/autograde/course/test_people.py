"""Rosters: written by hand, and as the platforms export them."""

import pytest

from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.course.people import read_people, read_roster


@pytest.fixture
def roster(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "roster.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


# What stands in a platform's file, and Ada as (id, first name, last name, email, section).
FILES = {
    "by hand": ("student_id,name,section\nada,Ada Lovelace,A\n", ("ada", "Ada", "Lovelace", "", "A")),
    "names apart": (
        "first_name,last_name,email,student_id\nAda,King Lovelace,ada@x.edu,7\n",
        ("7", "Ada", "King Lovelace", "ada@x.edu", ""),
    ),
    "Canvas' gradebook": (
        "Student,ID,SIS User ID,SIS Login ID,Section,Cell (771)\n"
        "    Points Possible,,,,,33\n"
        '"Lovelace, Ada",340934,0012,alovelace,RNN 1,\n'
        '"Student, Test",99,,abc123,RNN 1,\n',
        ("alovelace", "Ada", "Lovelace", "", "RNN 1"),
    ),
    "Moodle's participants": (
        "First name,Last name,ID number,Email address\nAda,Lovelace,0012,ada@x.edu\n",
        ("0012", "Ada", "Lovelace", "ada@x.edu", ""),
    ),
    "Gradescope's roster": (
        "Name,SID,Email,Sections\nAda Lovelace,0012,ada@x.edu,A\n",
        ("0012", "Ada", "Lovelace", "ada@x.edu", "A"),
    ),
    "Canvas' gradebook without SIS": ('Student,ID,Section\n"Lovelace, Ada",34,A\n', ("34", "Ada", "Lovelace", "", "A")),
    "one name": ("student_id;name\r\n12;王伟\r\n", ("12", "", "王伟", "", "")),
}


@pytest.mark.parametrize("platform", FILES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_roster_is_read_as_it_comes(roster, platform, encoding):
    text, expected = FILES[platform]
    ((student, person),) = read_roster(roster(text, encoding)).items()
    assert (person.id, person.first_name, person.last_name, person.email, person.section) == expected
    assert student == person.id


def test_a_spreadsheet_with_semicolons_or_tabs_is_read(roster):
    for sign in ";\t":
        text = f"student_id{sign}name{sign}Matrikel\nada{sign}Lovelace, Ada{sign}007\n\n"
        assert read_roster(roster(text))["ada"].also["Matrikel"] == "007"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no column 'student_id'"),
        ("name,number\nAda,1\n", "has no column 'student_id'"),
        ("student_id,name\nada,Ada\n,Bob\n", "line 3: student_id is empty"),
        ("student_id,name\nada,Ada\nbob,Bob\nADA,Ada L\n", "line 4: the id 'ADA' stands in line 2 too"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line(roster, text, says):
    with pytest.raises(CourseError) as caught:
        read_roster(roster(text))
    assert says in caught.value.what


def test_the_people_of_a_course_are_those_of_the_roster_that_it_names(tmp_path, roster):
    roster("student_id\nada\nbob\n")
    assert read_people(Course(tmp_path)) == {}
    (tmp_path / "course.yml").write_text("roster: roster.csv")
    assert list(read_people(Course(tmp_path))) == ["ada", "bob"]
