"""Grading: one hand-in never stops another, each gets a row with a reason, and repeating changes nothing."""

import errno
import json

import pytest

from autograde import grade as grading
from autograde import record
from autograde.errors import CourseError, explain
from autograde.grade import course_key, grade, grade_one, submission_key
from autograde.library import gradebook
from autograde.results import results

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
        "missing": 0, "unreadable": 0, "curly{x}": 0, "ghost": 0,
    }  # fmt: skip
    assert {student for student, row in rows.items() if row.status == "failed"} == {"curly{x}", "ghost"}
    assert "curly bracket" in rows["curly{x}"].reason
    assert "move it to submitted/ghost/tiny/tiny.ipynb" in rows["ghost"].reason
    assert "'tiny (1).ipynb'" in rows["misnamed"].remarks[0]
    assert "There is no notebook" in rows["missing"].remarks[0]
    assert "could not be read" in rows["unreadable"].remarks[0]
    assert "was missing; it was put back" in rows["deleted"].remarks[0]
    assert rows["right"].remarks == []


def test_grading_again_skips_what_is_unchanged_and_changes_no_grade(course, hand_in):
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


def test_a_grade_given_by_hand_survives_grading_again(course, hand_in):
    hand_in("ada", {"double": RIGHT, "why": "Because."})
    grade(course, "tiny")
    assert results(course, "tiny")[0].needs_person
    with gradebook(course) as book:
        found = book.find_grade("why", "tiny", "tiny", "ada")
        found.manual_score, found.needs_manual_grade = 1.5, False
        book.db.commit()
    grade(course, "tiny", force=True)
    assert points(course) == {"ada": 5.5}


def test_timestamps_are_kept_and_damaged_ones_ignored(course, hand_in):
    path = hand_in("ada")
    (path.parent / "timestamp.txt").write_text("2026-11-21 10:00:00 UTC")
    (hand_in("bob").parent / "timestamp.txt").write_text("yesterday")
    rows = grade(course, "tiny")
    with gradebook(course) as book:
        assert str(book.find_submission("tiny", "ada").timestamp) == "2026-11-21 10:00:00"
    assert rows[1].remarks == ["timestamp.txt holds no date and was not used."]


def test_a_failure_in_one_submission_is_a_row_with_its_reason(course, hand_in, monkeypatch):
    hand_in("ada", {"double": RIGHT})
    hand_in("bob", {"double": RIGHT})

    def break_for_ada(hand_in_of, *rest):
        if hand_in_of.student == "ada":
            raise RuntimeError("the kernel would not start")
        return intake_and_run(assignment, hand_in_of, *rest[1:])

    intake_and_run = grading._intake_and_run
    assignment = grading.load_assignment(course, "tiny")
    monkeypatch.setattr(grading, "_intake_and_run", lambda a, h, *rest: break_for_ada(h, a, *rest))
    rows = grade(course, "tiny")
    assert [(row.student, row.status) for row in rows] == [("ada", "failed"), ("bob", "graded")]
    assert rows[0].reason == "RuntimeError: the kernel would not start"
    monkeypatch.undo()
    assert [row.status for row in grade(course, "tiny")] == ["graded", "unchanged"]


def test_a_full_disk_stops_with_a_sentence_and_loses_nothing(course, hand_in, monkeypatch):
    hand_in("ada", {"double": RIGHT})
    grade(course, "tiny")
    hand_in("bob", {"double": RIGHT})

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(record.nbformat, "write", full)
    with pytest.raises(CourseError, match="The disk is full"):
        grade(course, "tiny")
    monkeypatch.undo()
    assert points(course) == {"ada": 4}
    assert [row.status for row in grade(course, "tiny")] == ["unchanged", "graded"]


def test_a_new_release_grades_everything_again(course, hand_in, secret):
    from autograde.release import release

    hand_in("ada", {"double": RIGHT})
    grade(course, "tiny")
    source = secret / "assignments" / "tiny" / "tiny.md"
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


def test_keys_differ_by_student_and_stay(course):
    secret = course_key(course)
    assert course_key(course) == secret
    assert course.key_file.stat().st_mode & 0o777 == 0o600
    assert submission_key(secret, "tiny", "ada") == submission_key(secret, "tiny", "ada")
    assert submission_key(secret, "tiny", "ada") != submission_key(secret, "tiny", "bob")


def test_nothing_to_grade_is_a_sentence(course):
    with pytest.raises(CourseError, match="no submissions of 'tiny'"):
        grade(course, "tiny")


def test_a_damaged_record_only_means_grading_again(course, hand_in):
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


def test_a_fault_of_the_program_stays_one():
    assert explain(ValueError("a bug")) is None
