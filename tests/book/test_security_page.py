"""The page on security states the limits that hold."""

import re

import pytest

from autograde.course.settings import SECONDS_PER_CELL
from autograde.grade import reading
from autograde.runner import outputs, student
from autograde.sandbox.limits import MIB, PATIENCE, Limits
from tests.places import ROOT

PAGE = ROOT / "book/appendix/security.md"
LIMITS = Limits()


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("processor time of a cell, all its threads together", SECONDS_PER_CELL),
        ("time that a cell sleeps or waits", SECONDS_PER_CELL),
        ("processor time of a notebook", LIMITS.notebook_seconds),
        ("time that a notebook sleeps or waits", LIMITS.notebook_seconds),
        ("time by the clock, as a multiple of these", PATIENCE),
        ("memory beyond that of the loaded libraries", LIMITS.memory / MIB),
        ("files written", LIMITS.scratch / MIB),
        ("Pythons for a notebook whose code ends them", 1 + student.MOST_RENEWALS),
        (
            "Pythons for one that hangs them, ends them late, or breaks the protocol",
            1 + student.MOST_RENEWALS // student.COSTLY,
        ),
        ("threads", LIMITS.threads),
        ("open files", LIMITS.open_files),
        ("text kept of a cell", outputs.LONGEST_OUTPUT),
        ("a submitted file", reading.LARGEST_FILE / 1_000_000),
        ("cells in it", reading.MOST_CELLS),
    ],
)
def test_a_stated_limit_is_the_one_that_holds(what, value):
    (stated,) = re.findall(rf"^\| {re.escape(what)} \| ([\d,]+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert float(stated.replace(",", "")) == value
