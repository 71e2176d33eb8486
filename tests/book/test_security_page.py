"""The page on security states the limits that hold."""

import re

import pytest

from autograde.course.settings import SECONDS_PER_CELL
from autograde.grade import reading
from autograde.runner import outputs, student
from autograde.sandbox.limits import MIB, Limits
from tests.places import ROOT

PAGE = ROOT / "book/appendix/security.md"
LIMITS = Limits()


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("time of a cell", SECONDS_PER_CELL),
        ("time of a notebook, and its processor time", LIMITS.notebook_seconds),
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
        ("a submitted file", intake.LARGEST_FILE / 1_000_000),
        ("cells in it", reading.MOST_CELLS),
    ],
)
def test_a_stated_limit_is_the_one_that_holds(what, value):
    (stated,) = re.findall(rf"^\| {re.escape(what)} \| ([\d,]+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert float(stated.replace(",", "")) == value
