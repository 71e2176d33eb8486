"""What grows with the class, and how: counted on a small class and on one of four times its size."""

import csv
import gc
import tracemalloc
from collections import Counter
from contextlib import contextmanager

import jinja2
import pytest
from nbformat.v4 import new_markdown_cell
from sqlalchemy import Engine, event

from autograde.course.origins import Origin, write_origins
from autograde.grade.grade import grade
from autograde.reports import feedback, rendering
from autograde.reports.class_report import write_report
from autograde.reports.export import write_grades
from autograde.reports.feedback import write_feedback
from autograde.reports.into.fill import fill
from autograde.reports.into.moodle import rows
from autograde.reports.into.sheet import Sheet, read_sheet
from autograde.reports.returning import return_feedback

FEW, MANY = 3, 12
LONG = 150_000  # characters of a cell that each student adds
HEAD = ("Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments")


@pytest.fixture
def of_size(course, hand_in, fast):
    """Brings the class to a size: handed in, graded, and as if collected from Moodle; returns the course."""

    def make(size):
        students = [f"s{number:03}" for number in range(size)]
        for student in students:
            answer = f"def double(x):\n    return x + x  # {student}"
            hand_in(
                student, {"double": answer}, edit=lambda notebook: notebook.cells.append(new_markdown_cell("x" * LONG))
            )
        grade(course, "tiny")
        write_origins(course, [Origin(one, "tiny", "moodle", one, str(100 + int(one[1:]))) for one in students])
        with (course.root / "moodle.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(HEAD)
            table.writerows([f"Participant {100 + int(one[1:])}", one, "", 6, "-", ""] for one in students)
        return course

    return make


@contextmanager
def statements():
    """Counts what the database is asked meanwhile."""
    found = Counter()

    def count(connection, cursor, statement, parameters, context, executemany):
        found["asked"] += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", count)


COMMANDS = {
    "feedback": lambda course: write_feedback(course, "tiny"),
    "report": lambda course: write_report(course, ["tiny"]),
    "export": lambda course: write_grades(course, ["tiny"]),
    "export --into": lambda course: fill(course, course.root / "moodle.csv"),
    "return": lambda course: return_feedback(course, ["tiny"], "moodle", partial=True),
}


def asked(course):
    counts = {}
    for name, command in COMMANDS.items():
        with statements() as found:
            command(course)
        counts[name] = found["asked"]
    return counts


def test_the_gradebook_is_asked_as_often_for_many_as_for_few(of_size, monkeypatch):
    few = asked(of_size(FEW))
    many = asked(of_size(MANY))
    assert few == many and min(few.values()) > 0
    monkeypatch.setattr(feedback, "AT_A_TIME", FEW)
    assert asked(of_size(MANY))["feedback"] > many["feedback"], "pieces of a fixed size, and not all at once"


def test_a_template_is_read_once_and_the_same_code_highlighted_once(of_size, monkeypatch):
    counts = Counter()
    compiled, highlighted = jinja2.Environment.compile, rendering.highlight

    def compile_(self, *args, **how):
        counts["templates"] += 1
        return compiled(self, *args, **how)

    def highlight(*args):
        counts["texts"] += 1
        return highlighted(*args)

    monkeypatch.setattr(jinja2.Environment, "compile", compile_)
    monkeypatch.setattr(rendering, "highlight", highlight)
    feedback.feedback_page._template.cache_clear()
    rendering._highlighted.cache_clear()
    write_feedback(of_size(MANY), "tiny")
    assert counts == {"templates": 1, "texts": MANY}, "each has an answer of their own"
    for page in of_size(MANY).feedback.rglob("*.html"):
        page.unlink()
    write_feedback(of_size(MANY), "tiny")
    assert counts == {"templates": 1, "texts": MANY}


def test_moodles_worksheet_is_read_in_proportion_to_its_lines(of_size, monkeypatch):
    read = Counter()
    cell = Sheet.cell

    def counted(self, row, column):
        read["cells"] += 1
        return cell(self, row, column)

    monkeypatch.setattr(Sheet, "cell", counted)
    counts = []
    for size in (FEW, 2 * FEW, 4 * FEW):
        read.clear()
        assert len(rows(read_sheet(of_size(size).root / "moodle.csv"))) == size
        counts.append(read["cells"])
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])


def peak(command, course):
    tracemalloc.start()
    try:
        command(course)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "command",
    [
        # Garbage that refers to itself lies there until Python looks for it, which says nothing of what is held.
        pytest.param(
            lambda course: write_feedback(course, "tiny", finished=lambda student: gc.collect()), id="feedback"
        ),
        pytest.param(COMMANDS["return"], id="return"),
    ],
)
def test_no_more_than_one_page_is_held_at_a_time(of_size, command):
    peaks = []
    for size in (FEW, MANY):
        course = of_size(size)
        write_feedback(course, "tiny")
        command(course)  # what is imported and kept once does not count
        if command is not COMMANDS["return"]:
            for page in course.feedback.rglob("*.html"):
                page.unlink()
        peaks.append(peak(command, course))
    assert peaks[1] - peaks[0] < LONG / 2
