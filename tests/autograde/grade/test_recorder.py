"""Recording leaves what plain nbgrader leaves, and leaves whole submissions only."""

import copy
import json
import os
import shutil
import sqlite3
from collections import Counter
from contextlib import closing

import nbformat
import pytest
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_output
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
from sqlalchemy import event

from autograde.course import gradebook
from autograde.course.errors import CourseError
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.grade.assignment import load_assignment
from autograde.grade.intake import rebuild
from autograde.grade.recorder import Executed, Recorder
from tests.autograde.quick import error

LATE = "\nc.LateSubmissionPlugin.penalty_method = 'zero'\nc.LimitOutput.max_lines = 5\n"
TIMES = {"ada": "2026-11-20 10:00:00 UTC", "bob": "2026-11-22 10:00:00 UTC"}  # due in between
LONG = new_output("stream", name="stdout", text="a line\n" * 9)
OUTPUTS = {
    "ada": {"double": [LONG]},
    "bob": {"double-edges": [error("AssertionError", "wrong")]},
    "cleo": {"double-values": [new_output("stream", name="stderr", text="a warning")]},
    "dan": {"double-values": [new_output("execute_result", data={"text/plain": "1.5"}, execution_count=1)]},
}
ANSWERS = {"why": "Because.", "double": "def double(x):\n    return x + x"}


@pytest.fixture
def two(course, tmp_path, hand_in) -> tuple[Course, Course]:
    """Two courses alike, with a due date, and a class of four."""
    (course.root / CONFIG_NAME).write_text(CONFIG_FILE + LATE, "utf-8")
    for student in OUTPUTS:
        path = hand_in(student, ANSWERS if student != "dan" else {})
        if student in TIMES:
            (path.parent / "timestamp.txt").write_text(TIMES[student], "utf-8")
    with gradebook.gradebook(course) as book:
        book.update_or_create_assignment("tiny", duedate="2026-11-21 10:00:00 UTC")
    return course, Course(shutil.copytree(course.root, tmp_path / "stock"))


def executed(notebook, student):
    done = copy.deepcopy(notebook)
    for cell in done.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
            cell.outputs = copy.deepcopy(OUTPUTS[student].get(cell.metadata.get("nbgrader", {}).get("grade_id"), []))
    return done


def record_all(course):
    with gradebook.open_gradebook(course) as book:
        recorder = Recorder(course, "tiny", book)
        template = recorder.sanitise(load_assignment(course, "tiny").template)
        for student in OUTPUTS:
            raw = (course.submitted / student / "tiny" / "tiny.ipynb").read_bytes()
            notebook = executed(rebuild(raw, template).notebook, student)
            recorder.record([Executed(student, notebook, TIMES.get(student))])


def record_all_with_stock(course):
    # The same notebooks and outputs through nbgrader's own converter.
    template = load_assignment(course, "tiny").template
    for student in OUTPUTS:
        path = course.submitted / student / "tiny" / "tiny.ipynb"
        nbformat.write(rebuild(path.read_bytes(), template).notebook, path)

        def run(notebook, resources, student=student):
            return executed(notebook, student), resources

        steps = [run if step is Execute else step for step in Autograde().autograde_preprocessors]
        gradebook.convert(
            Autograde,
            root=course.root,
            config=course.config,
            slug="tiny",
            student=student,
            exporter_class=NotebookExporter,  # its own; the settings' grades as we do
            autograde_preprocessors=steps,
        )


def contents(course, left_out=()):
    """Everything in the gradebook that is about submissions, without its random ids.

    left_out: students and cells of which it is left out whether they wait for a person.
    """
    found = {}
    with gradebook.gradebook(course) as book:
        for row in book.assignment_submissions("tiny"):
            (notebook,) = row.notebooks
            grades = [
                (g.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade)
                if (row.student_id, g.name) not in left_out
                else (g.name, g.auto_score, g.manual_score, g.extra_credit)
                for g in notebook.grades
            ]
            comments = [(c.name, c.auto_comment, c.manual_comment) for c in notebook.comments]
            found[row.student_id] = (
                str(row.timestamp), row.extension, row.score, notebook.late_submission_penalty, notebook.flagged,
                sorted(grades), sorted(comments),
            )  # fmt: skip
    return found


def autograded(course):
    return {
        path.relative_to(course.autograded): json.loads(path.read_text("utf-8"))
        for path in course.autograded.glob("*/*/*.ipynb")
    }


READ = {("ada", "why")}


def grade_by_hand(course):
    with gradebook.gradebook(course) as book:
        why = book.find_grade("why", "tiny", "tiny", "ada")
        why.manual_score, why.needs_manual_grade = 1.5, False
        book.find_grade("double-values", "tiny", "tiny", "bob").extra_credit = 0.5
        book.find_comment("why", "tiny", "tiny", "cleo").manual_comment = "Well said."
        book.db.commit()


def test_the_gradebook_and_the_notebooks_are_those_of_plain_nbgrader_also_after_grading_by_hand_and_again(two):
    ours, stock = two
    for _ in range(2):
        record_all(ours)
        record_all_with_stock(stock)
        # nbgrader asks a person to read again what that person has read.
        assert contents(ours, READ) == contents(stock, READ)
        assert autograded(ours) == autograded(stock)
        for course in two:
            grade_by_hand(course)
    found = contents(ours)
    assert {student: row[2] for student, row in found.items()} == {"ada": 5.5, "bob": 3.5, "cleo": 1.0, "dan": 2.5}
    assert found["bob"][3] == 3.5, "the late penalty takes all that bob has earned, the extra credit as well"
    assert ("why", "No response.", None) in found["dan"][6] and ("why", None, "Well said.") in found["cleo"][6]


def test_what_fails_midway_leaves_neither_points_nor_files(two, monkeypatch):
    course, _ = two
    record_all(course)
    before, files = contents(course), autograded(course)
    monkeypatch.setitem(OUTPUTS, "ada", {"double-values": [error("AssertionError", "wrong")]})

    def break_down(*args, **kwargs):
        raise RuntimeError("in the middle")

    monkeypatch.setattr("autograde.grade.recorder.pieces_of", break_down)  # when the scores are written
    with pytest.raises(RuntimeError, match="in the middle"):
        record_all(course)
    assert contents(course) == before
    assert autograded(course) == files
    assert list(course.autograded.rglob("*.new")) == []


MOST_STATEMENTS = 12  # of a new submission, however many cells it has; nbgrader's own objects take dozens


@pytest.fixture
def counted(two, monkeypatch):
    """Records the first hand-in under these names at once; returns how many statements, commits and fsyncs it took."""
    course, _ = two
    counts, fsync = Counter(), os.fsync
    monkeypatch.setattr("os.fsync", lambda file: (counts.update(["fsyncs"]), fsync(file)))
    raw = (course.submitted / "ada" / "tiny" / "tiny.ipynb").read_bytes()
    listeners = {
        "before_cursor_execute": lambda *about: counts.update(["statements"]),
        "commit": lambda *about: counts.update(["commits"]),
    }
    with gradebook.open_gradebook(course) as book:
        for name, listener in listeners.items():
            event.listen(book.engine, name, listener)
        recorder = Recorder(course, "tiny", book)
        template = recorder.sanitise(load_assignment(course, "tiny").template)

        def record(*students):
            counts.clear()
            notebooks = [executed(rebuild(raw, template).notebook, "ada") for _ in students]
            recorder.record([Executed(*about, TIMES["ada"]) for about in zip(students, notebooks, strict=True)])
            return dict(counts)

        record("the assignment's own rows are read once")
        yield record
        for name, listener in listeners.items():
            event.remove(book.engine, name, listener)


def test_a_submission_takes_a_handful_of_statements_and_waits_for_the_disk_once(counted):
    for _ in range(2):  # new, and again
        found = counted("new")
        assert found["statements"] <= MOST_STATEMENTS and (found["commits"], found["fsyncs"]) == (1, 1)


def test_submissions_that_are_done_at_the_same_time_share_a_transaction(counted):
    found = counted("one", "two", "three")
    assert found["statements"] <= 3 * MOST_STATEMENTS and (found["commits"], found["fsyncs"]) == (1, 3)


def test_pictures_of_the_assignment_lie_beside_the_graded_notebook_and_data_do_not(two):
    course, _ = two
    for name in ("cell.svg", "table.csv"):
        (course.source / "tiny" / name).write_text("x", "utf-8")
    (course.autograded / "ada" / "tiny" / "old").mkdir(parents=True)
    record_all(course)
    (course.source / "tiny" / "cell.svg").write_text("redrawn", "utf-8")
    record_all(course)
    folder = course.autograded / "ada" / "tiny"
    assert {path.name for path in folder.iterdir()} == {"tiny.ipynb", "timestamp.txt", "cell.svg"}
    assert (folder / "cell.svg").read_text("utf-8") == "redrawn"


def test_half_a_character_in_an_output_is_no_reason_to_fail(two, monkeypatch):
    course, _ = two
    monkeypatch.setitem(OUTPUTS, "ada", {"double": [new_output("stream", name="stdout", text="\ud83d")]})
    record_all(course)
    assert contents(course)["ada"][2] == 4.0


def test_a_gradebook_of_another_version_is_refused(two):
    course, _ = two
    with gradebook.gradebook(course) as book:
        cell = book.find_source_cell("double-values", "tiny", "tiny")
        cell.source, cell.checksum = "assert True", "0" * 32
        book.db.commit()
    with pytest.raises(CourseError, match="another version"):
        record_all(course)


def test_a_gradebook_without_the_assignment_is_refused(two):
    course, _ = two
    (course.root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="Run `autograde release`"):
        record_all(course)


def test_the_score_of_one_submission_is_found_without_reading_the_whole_class(two):
    course, _ = two
    record_all(course)
    with closing(sqlite3.connect(course.root / "gradebook.db")) as database:
        for question in (
            "SELECT sum(auto_score) FROM grade WHERE notebook_id = 'x'",
            "SELECT * FROM comment WHERE notebook_id = 'x'",
            "SELECT * FROM submitted_notebook WHERE assignment_id = 'x'",
        ):
            ((*_, plan),) = database.execute(f"EXPLAIN QUERY PLAN {question}")
            assert "USING INDEX" in plan
