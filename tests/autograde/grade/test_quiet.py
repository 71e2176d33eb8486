"""For scripts: one line for cron, and exit statuses that say how it went."""

import pytest
from typer.testing import CliRunner

from autograde.cli import app

RIGHT = {"double": "def double(x):\n    return x + x"}
WRONG = {"double": "def double(x):\n    return x"}


def invoke(course, *words):
    return CliRunner().invoke(app, [*words, "--course", str(course.root)])


def test_a_night_says_one_line_and_how_it_went(course, hand_in, fast):
    assert invoke(course, "grade", "--quiet").stdout == "Nothing was handed in.\n"
    hand_in("ada", RIGHT)
    hand_in("bob", WRONG)
    done = invoke(course, "grade", "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "2 graded.\n", "")
    hand_in("curly{x}", RIGHT)
    done = invoke(course, "grade", "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (3, "1 failed, 2 unchanged.\n", "")
    assert invoke(course, "grade").exit_code == 0  # `make grade` goes on


@pytest.mark.parametrize(("answers", "least", "status"), [(RIGHT, "66", 0), (WRONG, "16", 0), (WRONG, "17", 3)])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_too_few_points_are_a_status(course, hand_in, fast, answers, least, status, more):
    path = hand_in("ada", answers)
    assert invoke(course, "run", str(path), "--fail-under", least, *more).exit_code == status
