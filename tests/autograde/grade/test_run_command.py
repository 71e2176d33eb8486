"""`autograde run`: which assignment a file is, by its name or by --assignment."""

import json

import pytest
from typer.testing import CliRunner

from autograde.cli import app
from autograde.course.errors import CourseError

RIGHT = {"double": "def double(x):\n    return x + x"}


def run(course, *words):
    return CliRunner().invoke(app, ["run", *map(str, words), "--course", str(course.root), "--json"])


@pytest.mark.parametrize("name", ["tiny.ipynb", "tiny (1).ipynb", "tiny-Copy2.ipynb", "tiny.ipynb.txt"])
def test_a_copys_name_says_which_assignment_it_is(course, hand_in, fast, name):
    done = json.loads(run(course, hand_in("ada", RIGHT, name=name)).stdout)
    assert (done["assignment"], done["points"]) == ("tiny", 4)


def test_another_name_asks_for_the_assignment(course, hand_in, fast):
    path = hand_in("ada", RIGHT, name="homework.ipynb")
    error = run(course, path).exception
    assert isinstance(error, CourseError)
    assert error.what == "The name of homework.ipynb is none of the released assignments: tiny."
    assert "--assignment tiny" in error.remedy
    assert json.loads(run(course, path, "--assignment", "tiny").stdout)["points"] == 4
