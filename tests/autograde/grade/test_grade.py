"""Grading: one hand-in never stops another, each gets a row with a reason, and repeating changes nothing."""

import errno
import json
import os
import pickle
import shutil
import signal
from collections import Counter
from concurrent.futures import Executor, Future
from contextlib import nullcontext

import pytest

from autograde.course.confinement import Confinement
from autograde.course.errors import CourseError, NoSandboxError, explain
from autograde.course.folder import CONFIG_NAME
from autograde.course.gradebook import gradebook
from autograde.course.settings import CONFIG_FILE
from autograde.grade import grade as grading
from autograde.grade import history, run
from autograde.grade.grade import grade, grade_one
from autograde.grade.keys import course_key, submission_key
from autograde.grade.recorder import Recorder
from autograde.grade.results import results
from autograde.grade.threads import Pool
from tests.autograde import quick

RIGHT = "def double(x):\n    return x + x"
WRONG = "def double(x):\n    return 3 * x"


def points(course):
    return {result.student: result.points for result in results(course, "tiny")}


def test_a_class_of_all_kinds_gets_exact_points_and_a_row_each(course, hand_in):
    hand_in("right", {"double": RIGHT})
    hand_in("wrong", {"double": WRONG})
    hand_in("empty")
    hand_in("misnamed", {"double": RIGHT}, name="tiny (1).ipynb")
    hand_in("O'Neil [Zoë] 李", {"double": RIGHT})
    hand_in("deleted", {"double": RIGHT}, edit=lambda nb: nb.cells.pop(3))
    (course.submitted / "missing" / "tiny").mkdir(parents=True)
    hand_in("unreadable").write_bytes(b"\x00not a notebook")
    hand_in("curly{x}", {"double": RIGHT})
    hand_in("ghost").rename(course.submitted / "ghost" / "tiny.ipynb")
    (course.submitted / "ghost" / "tiny").rmdir()
    (course.submitted / "notes.txt").write_text("not a student")
    rows = {row.student: row for row in grade(course, "tiny")}
    assert points(course) == {
        "right": 4, "wrong": 1, "empty": 0, "misnamed": 4, "O'Neil [Zoë] 李": 4, "deleted": 4,
        "missing": None, "unreadable": None, "curly{x}": None, "ghost": None,
    }  # fmt: skip
    assert {student for student, row in rows.items() if row.status == "failed"} == {"curly{x}", "ghost"}
    assert "curly bracket" in rows["curly{x}"].reason
    assert "move it to submitted/ghost/tiny/tiny.ipynb" in rows["ghost"].reason
    assert "'tiny (1).ipynb'" in rows["misnamed"].remarks[0]
    assert "There is no notebook" in rows["missing"].remarks[0]
    assert "could not be read" in rows["unreadable"].remarks[0]
    assert "was missing; it was put back" in rows["deleted"].remarks[0]
    assert rows["right"].remarks == []


def test_grading_again_skips_what_is_unchanged_and_changes_no_grade(course, hand_in, fast):
    hand_in("ada", {"double": RIGHT})
    original = hand_in("bob", {"double": WRONG})
    before = original.read_bytes()
    grade(course, "tiny")
    first = points(course)
    assert {row.status for row in grade(course, "tiny")} == {"unchanged"}
    assert {row.status for row in grade(course, "tiny", force=True)} == {"graded"}
    assert points(course) == first
    assert original.read_bytes() == before
    hand_in("bob", {"double": RIGHT})
    assert [row.status for row in grade(course, "tiny")] == ["unchanged", "graded"]
    assert points(course) == {"ada": 4, "bob": 4}


def read_by_hand(course, cell, points, student="ada"):
    """As a person does in formgrader."""
    with gradebook(course) as book:
        found = book.find_grade(cell, "tiny", "tiny", student)
        found.manual_score, found.needs_manual_grade = points, False
        book.db.commit()


def stands(course):
    """Points so far, and what waits, of ada."""
    (found,) = results(course, "tiny")
    return found.points, dict(found.waiting)


def test_a_grade_given_by_hand_survives_grading_again_and_stays_read(course, hand_in, fast):
    hand_in("ada", {"double": RIGHT, "why": "Because."})
    grade(course, "tiny")
    assert stands(course) == (4, {"why": 2})
    read_by_hand(course, "why", 1.5)
    grade(course, "tiny", force=True)
    assert stands(course) == (5.5, {})


def test_an_answer_stays_read_until_its_text_is_another(course, hand_in, fast):
    hand_in("ada", {"double": WRONG, "why": "Because."})
    grade(course, "tiny")
    read_by_hand(course, "why", 1.5)
    for _ in range(2):  # another file with the same text, but for blanks that nobody sees
        hand_in("ada", {"double": RIGHT, "why": "Because. \n"})
        grade(course, "tiny", force=True)
        assert stands(course) == (5.5, {})
    hand_in("ada", {"double": RIGHT, "why": "For no reason."})
    grade(course, "tiny")
    assert stands(course) == (4, {"why": 2}), "points for another text count nothing until they are confirmed"
    grade(course, "tiny", force=True)
    assert stands(course) == (4, {"why": 2})
    read_by_hand(course, "why", 0.5)
    hand_in("ada", {"double": RIGHT, "why": "Because."})
    grade(course, "tiny")
    assert stands(course) == (4, {"why": 2}), "the points that stand were given for the other text"


def test_an_answer_that_was_gone_for_a_while_is_still_read(course, hand_in, fast):
    hand_in("ada", {"double": RIGHT, "why": "Because."})
    grade(course, "tiny")
    read_by_hand(course, "why", 1.5)
    for broken in (b"not a notebook", None):
        path = hand_in("ada")
        if broken:
            path.write_bytes(broken)
        grade(course, "tiny")
        assert stands(course)[0] == (None if broken else 1), "nothing was written by ada"
    hand_in("ada", {"double": RIGHT, "why": "Because."})
    grade(course, "tiny")
    assert stands(course) == (5.5, {})


def test_points_that_a_person_gave_for_a_test_stay_confirmed_until_the_code_is_another(course, hand_in, fast):
    hand_in("ada", {"double": WRONG, "why": "Because."})
    grade(course, "tiny")
    read_by_hand(course, "double-values", 2)
    hand_in("ada", {"double": WRONG, "why": "For no reason."})
    grade(course, "tiny", force=True)
    assert stands(course) == (3, {"why": 2})
    hand_in("ada", {"double": WRONG + "\n", "why": "Because."})
    grade(course, "tiny")
    assert stands(course) == (3, {"why": 2})
    hand_in("ada", {"double": RIGHT})
    grade(course, "tiny")
    assert stands(course) == (1, {"double-values": 3})


LATE = "\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"


def due(course, date):
    with gradebook(course) as book:
        book.update_or_create_assignment("tiny", duedate=f"{date} 10:00:00 UTC")


def penalty(course):
    (found,) = results(course, "tiny")
    return found.penalty, found.score


def test_a_changed_due_date_extension_or_penalty_counts_without_running_anything(course, hand_in, fast, monkeypatch):
    path = hand_in("ada", {"double": RIGHT, "why": "Because."})
    (path.parent / "timestamp.txt").write_text("2026-10-03 10:00:00 UTC")
    grade(course, "tiny")
    config = course.root / CONFIG_NAME

    def again():
        del course.__dict__["config"]  # a new process reads it anew
        (row,) = grade(course, "tiny")
        return row.status, [(change.cell, change.before, change.after) for change in row.changes]

    monkeypatch.setattr(run, "run_notebook", None)
    due(course, "2026-10-01")
    assert again() == ("unchanged", []) and penalty(course) == (0, 4)
    config.write_text(CONFIG_FILE + LATE)
    assert again() == ("rescored", [(history.LATE, 0, -4)]) and penalty(course) == (4, 0)
    assert again() == ("unchanged", [])
    read_by_hand(course, "why", 2)
    assert penalty(course) == (6, 0), "the penalty follows what a person gave at once"
    assert again() == ("rescored", [(history.LATE, -4, -6)])
    with gradebook(course) as book:
        book.grant_extension("tiny", "ada", days=3)
    assert penalty(course) == (0, 6) and again() == ("rescored", [(history.LATE, -6, 0)])
    with gradebook(course) as book:
        book.grant_extension("tiny", "ada")
        assert again() == ("rescored", [(history.LATE, 0, -6)])
    monkeypatch.setattr(run, "run_notebook", quick.run_notebook)
    stamp = path.parent / "timestamp.txt"
    stamp.rename(course.root / "stamp")
    assert again() == ("graded", [(history.LATE, -6, 0)]), "without a time nobody is late"
    (course.root / "stamp").rename(stamp)
    assert again() == ("graded", [(history.LATE, 0, -6)])
    monkeypatch.setattr(run, "run_notebook", None)
    due(course, "2026-10-30")
    assert again() == ("rescored", [(history.LATE, -6, 0)]) and penalty(course) == (0, 6)
    with gradebook(course) as book:
        assert book.find_submission("tiny", "ada").late_submission_penalty == 0
    (found,) = results(course, "tiny")
    assert [change.after for change in found.changes].count(0) == 3


def test_timestamps_are_kept_and_damaged_ones_ignored(course, hand_in, fast):
    path = hand_in("ada")
    (path.parent / "timestamp.txt").write_text("2026-11-21 10:00:00 UTC")
    (hand_in("bob").parent / "timestamp.txt").write_text("yesterday")
    rows = grade(course, "tiny")
    with gradebook(course) as book:
        assert str(book.find_submission("tiny", "ada").timestamp) == "2026-11-21 10:00:00"
    assert "'yesterday'" in rows[1].remarks[0] and "nothing counts as late" in rows[1].remarks[0]


def test_a_submission_that_the_machine_cannot_run_is_tried_twice_and_is_then_a_row_without_points(
    course, hand_in, monkeypatch
):
    hand_in("ada", {"double": RIGHT})
    hand_in("bob", {"double": RIGHT})
    tries = Counter()

    def break_down(notebook, **how):
        student = "ada" if how["key"] == key_of(course, "ada") else "bob"
        tries[student] += 1
        if student == "ada" or tries["bob"] == 1:
            raise RuntimeError("the sandbox would not start")
        return quick.run_notebook(notebook, **how)

    monkeypatch.setattr(run, "run_notebook", break_down)
    rows = grade(course, "tiny")
    assert [(row.student, row.status) for row in rows] == [("ada", "failed"), ("bob", "graded")]
    assert rows[0].reason == "RuntimeError: the sandbox would not start"
    assert tries == {"ada": 2, "bob": 2}
    assert points(course) == {"ada": None, "bob": 4}
    with gradebook(course) as book:
        assert [row.student_id for row in book.assignment_submissions("tiny")] == ["bob"]
    monkeypatch.setattr(run, "run_notebook", quick.run_notebook)
    assert [row.status for row in grade(course, "tiny")] == ["graded", "unchanged"]
    assert points(course) == {"ada": 4, "bob": 4}


@pytest.mark.parametrize(
    ("deaths", "runs", "points"),
    [
        ([{}], 1, 4),
        ([{"double-edges": "KernelDied"}, {}], 2, 4),  # ended from outside
        ([{"double-edges": "KernelDied"}, {"double-edges": "KernelDied"}], 2, 3),  # the student's own doing
        ([{"double-edges": "KernelDied"}, {"double-values": "KernelDied"}, {}], 3, 4),
        ([{"double-edges": "KernelDied", "double-values": "TimeLimit"}], 1, 0),  # it has cost enough
        ([{"double-edges": "KernelDied", "double-values": "NoAnswer"}], 1, 0),
    ],
)
def test_a_notebook_whose_process_ended_runs_again_until_it_ends_alike_twice(
    course, hand_in, monkeypatch, deaths, runs, points
):
    hand_in("ada", {"double": RIGHT})
    left = iter(deaths)

    monkeypatch.setattr(run, "run_notebook", ending(left))
    grade(course, "tiny")
    assert len(deaths) - len(list(left)) == runs
    assert results(course, "tiny")[0].points == points


CROWDED = "The machine was too busy for it (double-edges); it ran once more, alone."
OUT_OF_TIME = "It ran out of time: double-edges."


@pytest.mark.parametrize(
    ("late", "points", "remarks"),
    [
        ([{"double-edges": "TimeLimit"}], 3, ["It ran out of time: double-edges."]),
        ([{"double-edges": "MachineBusy"}, {}], 4, [CROWDED]),
        ([{"double-edges": "MachineBusy"}, {"double-edges": "TimeLimit"}], 3, [CROWDED, OUT_OF_TIME]),
        ([{"double-edges": "MachineBusy"}, {"double-edges": "MachineBusy"}], 3, [CROWDED, OUT_OF_TIME]),
        ([{"double-edges": "MachineBusy", "double-values": "KernelDied"}, {}], 4, [CROWDED]),
    ],
)
def test_what_a_busy_machine_had_no_time_for_runs_once_more_and_either_way_a_remark_says_so(
    course, hand_in, monkeypatch, late, points, remarks
):
    hand_in("ada", {"double": RIGHT})
    left = iter(late)
    monkeypatch.setattr(run, "run_notebook", ending(left))
    (row,) = grade(course, "tiny")
    assert row.remarks == remarks
    assert list(left) == []
    assert results(course, "tiny")[0].points == points


def ending(outcomes):
    """Runs notebooks quickly; the cells named in the next of `outcomes` end with these errors."""

    def run_notebook(notebook, **how):
        executed = quick.run_notebook(notebook, **how)
        for grade_id, name in next(outcomes).items():
            cell = next(c for c in executed.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
            cell.outputs = [quick.error(name, "")]
        return executed

    return run_notebook


def test_a_failed_try_leaves_the_former_grade_and_says_so(course, hand_in, monkeypatch, fast):
    hand_in("ada", {"double": RIGHT})
    grade(course, "tiny")

    def break_down(notebook, **how):
        raise RuntimeError("out of order")

    monkeypatch.setattr(run, "run_notebook", break_down)
    assert [row.status for row in grade(course, "tiny", force=True)] == ["failed"]
    (found,) = results(course, "tiny")
    assert (found.status, found.points, found.reason) == ("failed", 4, "RuntimeError: out of order")


def test_no_more_than_a_few_submissions_are_held_at_a_time(course, hand_in, monkeypatch):
    for number in range(12):
        hand_in(f"s{number:02}", {"double": RIGHT})
    rows, ahead = [], []

    def watch(notebook, **how):
        ahead.append(len(ahead) + 1 - len(rows))
        return quick.run_notebook(notebook, **how)

    monkeypatch.setattr(run, "run_notebook", watch)
    grade(course, "tiny", workers=2, finished=rows.append)
    assert len(ahead) == 12 and max(ahead) <= 2 * grading.IN_FLIGHT


class AtOnce(Executor):
    """Has done each task when it is handed over."""

    def submit(self, call, /, *args, **named):
        future = Future()
        future.set_result(call(*args, **named))
        return future


def test_what_breaks_one_of_several_that_are_recorded_together_costs_no_other(course, hand_in, fast, monkeypatch):
    write, sizes = Recorder._write, []
    record = Recorder.record
    for student in ("ada", "bob", "cleo"):
        hand_in(student, {"double": RIGHT})

    def breaking(recorder, one, path):
        if one.student == "bob":
            raise ValueError("a cell of his")
        return write(recorder, one, path)

    monkeypatch.setattr(grading, "open_pool", lambda shared, *how: nullcontext(Pool(AtOnce(), 2, shared)))
    monkeypatch.setattr(Recorder, "_write", breaking)
    monkeypatch.setattr(Recorder, "record", lambda self, those: (sizes.append(len(those)), record(self, those))[1])
    rows = {row.student: row for row in grade(course, "tiny")}
    assert sizes == [3, 1, 1, 1]
    assert {name: row.status for name, row in rows.items()} == {"ada": "graded", "bob": "failed", "cleo": "graded"}
    assert "a cell of his" in rows["bob"].reason and points(course) == {"ada": 4, "bob": None, "cleo": 4}
    monkeypatch.setattr(Recorder, "_write", write)
    assert {row.student: row.status for row in grade(course, "tiny")} == {
        "ada": "unchanged", "bob": "graded", "cleo": "unchanged"
    }  # fmt: skip


def test_a_folder_that_goes_away_meanwhile_gets_no_points(course, hand_in, fast):
    hand_in("ada", {"double": RIGHT})
    path = hand_in("bob", {"double": RIGHT})
    rows = {row.student: row for row in grade(course, "tiny", started=lambda count: shutil.rmtree(path.parent))}
    assert rows["ada"].status == "graded" and rows["bob"].status == "failed"
    assert points(course) == {"ada": 4, "bob": None}


def test_ctrl_c_while_one_is_recorded_waits_for_its_end(course, hand_in, fast, monkeypatch):
    for student in ("ada", "bob", "cleo", "dan", "eve", "fay"):
        hand_in(student, {"double": RIGHT})
    before = signal.getsignal(signal.SIGINT)
    save_record = history.save_record
    saved = []

    def interrupted(*arguments):
        if not saved:
            signal.raise_signal(signal.SIGINT)
        save_record(*arguments)
        saved.append(arguments[2])

    monkeypatch.setattr(history, "save_record", interrupted)
    with pytest.raises(KeyboardInterrupt):
        grade(course, "tiny", workers=1)
    assert saved and history.load_record(course, "tiny", saved[0]).status == "graded"
    assert signal.getsignal(signal.SIGINT) is before
    monkeypatch.undo()
    monkeypatch.setattr(run, "run_notebook", quick.run_notebook)
    assert {row.status for row in grade(course, "tiny")} == {"graded", "unchanged"}
    assert set(points(course).values()) == {4}


def test_progress_counts_only_those_that_are_graded(course, hand_in, fast):
    for student in ("ada", "bob", "cleo"):
        hand_in(student, {"double": RIGHT})
    grade(course, "tiny")
    hand_in("bob", {"double": WRONG})
    counts, rows = [], []
    grade(course, "tiny", started=counts.append, finished=rows.append)
    assert counts == [1] and [row.student for row in rows] == ["bob"]


def test_a_regrade_says_what_changed_and_keeps_it(course, hand_in, monkeypatch, fast):
    hand_in("ada", {"double": RIGHT})
    hand_in("bob", {"double": WRONG})
    assert all(row.changes == [] for row in grade(course, "tiny"))
    hand_in("bob", {"double": RIGHT})
    (change,) = grade(course, "tiny")[1].changes
    assert (change.student, change.cell, change.before, change.after, change.new_file) == (
        "bob", "double-values", 0, 3, True,
    )  # fmt: skip
    monkeypatch.setattr(run, "run_notebook", wrong_edges)
    rows = grade(course, "tiny", force=True)
    assert [(c.student, c.cell, c.before, c.after, c.new_file) for row in rows for c in row.changes] == [
        ("ada", "double-edges", 1, 0, False),
        ("bob", "double-edges", 1, 0, False),
    ]
    assert all(row.changes == [] for row in grade(course, "tiny", force=True))
    kept = [change for found in results(course, "tiny") for change in found.changes]
    assert [(change.student, change.cell) for change in kept if change.new_file] == [("bob", "double-values")]
    assert len(kept) == 3


def wrong_edges(notebook, **how):
    executed = quick.run_notebook(notebook, **how)
    edges = next(c for c in executed.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "double-edges")
    edges.outputs = [quick.error("AssertionError", "wrong")]
    return executed


def test_what_ran_without_a_sandbox_is_marked_and_is_graded_again_with_one(course, hand_in, fast):
    hand_in("ada", {"double": RIGHT})
    grade(course, "tiny", confinement=Confinement.NONE)
    assert history.load_record(course, "tiny", "ada").confinement is Confinement.NONE
    assert [row.status for row in grade(course, "tiny", confinement=Confinement.NONE)] == ["unchanged"]
    assert [row.status for row in grade(course, "tiny")] == ["graded"]
    assert history.load_record(course, "tiny", "ada").confinement is Confinement.SANDBOX


def test_links_are_not_followed_and_pipes_not_waited_for(course, hand_in, fast):
    right = hand_in("ada", {"double": RIGHT})
    link = hand_in("bob")
    link.unlink()
    link.symlink_to(right)
    (course.submitted / "cleo").symlink_to(course.submitted / "ada")
    pipe = hand_in("dan")
    pipe.unlink()
    os.mkfifo(pipe)
    rows = {row.student: row for row in grade(course, "tiny")}
    assert points(course) == {"ada": 4, "bob": None, "cleo": None, "dan": None}
    assert "no ordinary file" in rows["dan"].remarks[0]
    assert "symbolic link" in rows["bob"].remarks[0]
    assert rows["cleo"].status == "failed" and "symbolic link" in rows["cleo"].reason


def test_a_new_release_grades_everything_again(course, hand_in, secret):
    from autograde.release.release import release

    hand_in("ada", {"double": RIGHT})
    grade(course, "tiny")
    source = secret / "exercises" / "tiny" / "tiny.md"
    source.write_text(source.read_text("utf-8").replace("double(21.5) == 43.0", "double(21.5) == 44.0"), "utf-8")
    release(course, ["tiny"], secret=secret, fixtures=lambda slug, path: path.write_bytes(b""))
    assert [row.status for row in grade(course, "tiny")] == ["graded"]
    assert points(course) == {"ada": 1}


def test_one_file_is_graded_without_a_gradebook(course, hand_in):
    done = grade_one(course, "tiny", hand_in("ada", {"double": WRONG}))
    assert [(cell.grade_id, cell.points, cell.outcome) for cell in done.cells] == [
        ("double-values", 0, "wrong"),
        ("double-edges", 1, "right"),
        ("why", 0, "not written"),
    ]
    assert "hidden sentence" not in str(done)
    assert results(course, "tiny") == []


def test_hidden_inputs_are_a_students_own_the_same_at_a_regrade_and_fresh_for_a_new_file(course):
    secret = course_key(course)
    assert course_key(course) == secret
    assert course.key_file.stat().st_mode & 0o777 == 0o600
    key = submission_key(secret, "tiny", "ada", b"one")
    assert key == submission_key(secret, "tiny", "ada", b"one")
    others = [(secret, "tiny", "bob", b"one"), (secret, "other", "ada", b"one"), (secret, "tiny", "ada", b"two")]
    assert len({key, *(submission_key(*other) for other in others), submission_key(b"x", "tiny", "ada", b"one")}) == 5


def test_each_run_gets_its_submissions_key(course, hand_in, monkeypatch):
    hand_in("ada", {"double": RIGHT})
    keys = []
    monkeypatch.setattr(run, "run_notebook", lambda notebook, **how: keys.append(how["key"]) or notebook)
    grade(course, "tiny")
    grade(course, "tiny", force=True)
    assert keys == [key_of(course, "ada")] * 2
    hand_in("ada", {"double": WRONG})
    grade(course, "tiny")
    assert keys[2] == key_of(course, "ada") != keys[0]


def key_of(course, student):
    raw = (course.submitted / student / "tiny" / "tiny.ipynb").read_bytes()
    return submission_key(course_key(course), "tiny", student, raw)


def test_nothing_to_grade_is_a_sentence(course):
    with pytest.raises(CourseError, match="no submissions of 'tiny'"):
        grade(course, "tiny")


def test_a_damaged_record_only_means_grading_again(course, hand_in, fast):
    hand_in("ada", {"double": RIGHT})
    grade(course, "tiny")
    course.record_file("tiny", "ada").write_text(json.dumps({"odd": 1}))
    assert [row.status for row in grade(course, "tiny")] == ["graded"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModuleNotFoundError("no", name="torch"), "package 'torch' is missing"),
        (OSError(errno.ENOSPC, "full"), "disk is full"),
        (OSError(errno.EROFS, "read-only", "somewhere"), "read-only (somewhere)"),
        (PermissionError(errno.EACCES, "no", "somewhere"), "Permission denied (somewhere)"),
    ],
)
def test_faults_of_the_machine_become_sentences(error, words):
    outer = RuntimeError("wrapped")
    outer.__cause__ = error
    found = explain(outer)
    assert words in found.what and found.remedy


@pytest.mark.parametrize("error", [CourseError("The disk is full.", "Free some space."), NoSandboxError("no rights")])
def test_sentences_come_whole_from_another_process(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) and (copy.what, copy.remedy) == (error.what, error.remedy)


def test_a_fault_of_the_program_stays_one():
    assert explain(ValueError("a bug")) is None
