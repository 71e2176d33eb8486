"""Whatever ends a grader, at whatever moment: the same command again ends with the same exported grades."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from autograde.course import Course
from autograde.export import write_grades
from autograde.record import changes

from .test_grade import RIGHT, WRONG

ROOT = Path(__file__).parents[2]
STUDENTS = 12
PLENTY = 60  # seconds; a grader that needs them hangs


def command(course: Course, *words: str) -> list[str]:
    return [sys.executable, "-m", "tests.autograde.quick_grader", "grade", "--course", str(course.root), *words]


def start(course: Course, *words: str, **options) -> subprocess.Popen:
    """A grader in a process group of its own."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command(course, *words), cwd=ROOT, start_new_session=True, **pipes, **options)


def finish(process: subprocess.Popen, status: int = 0) -> str:
    """What it said; it must end with this status and without a traceback."""
    out, err = process.communicate(timeout=PLENTY)
    assert process.returncode == status, out + err
    assert "Traceback" not in err
    return out + err


def grades(course: Course) -> bytes:
    return write_grades(course, ["tiny"], form="csv", to=None).read_bytes()


def graded(course: Course) -> int:
    """How many submissions have their notebook in autograded/."""
    return len(list(course.autograded.glob("*/tiny/tiny.ipynb")))


def wait_for(count: int, course: Course, process: subprocess.Popen) -> None:
    """Until the grader has done so many, or has ended."""
    end = time.monotonic() + PLENTY
    while graded(course) < count and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.fixture
def handed_in(course, hand_in) -> Course:
    """A course with a class of which every third is wrong."""
    for number in range(STUDENTS):
        hand_in(f"s{number:02}", {"double": WRONG if number % 3 == 0 else RIGHT, "why": "Because."})
    return course


@pytest.fixture
def undisturbed(handed_in, tmp_path) -> bytes:
    """The exported grades of a copy that was graded in peace."""
    copy = Course(shutil.copytree(handed_in.root, tmp_path / "undisturbed"))
    finish(start(copy))
    return grades(copy)


def test_kill_at_random_moments_then_the_same_command(handed_in, undisturbed):
    draw = random.Random(0)
    for _ in range(6):
        process = start(handed_in)
        wait_for(graded(handed_in) + draw.randint(1, 2), handed_in, process)
        time.sleep(draw.uniform(0, 0.02))
        process.kill()
        process.communicate()
    assert 0 < graded(handed_in) <= STUDENTS
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed
    assert "unchanged" in finish(start(handed_in))


def test_kill_during_a_regrade_loses_neither_points_nor_what_changed(handed_in, undisturbed, hand_in):
    finish(start(handed_in))
    for number in range(STUDENTS):
        hand_in(f"s{number:02}", {"double": RIGHT, "why": "Because."})
    stamp = {path: path.stat().st_mtime_ns for path in handed_in.autograded.glob("*/tiny/tiny.ipynb")}
    process = start(handed_in)
    while all(path.exists() and path.stat().st_mtime_ns == was for path, was in stamp.items()):
        assert process.poll() is None
    process.kill()
    process.communicate()
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed.replace(b",1.0,", b",4.0,")
    assert [(change.before, change.after) for change in changes(handed_in, "tiny")] == [(0, 3)] * (STUDENTS // 3)


def test_ctrl_c_leaves_at_once_says_how_to_go_on_and_loses_nothing(handed_in, undisturbed):
    process = start(handed_in)
    wait_for(2, handed_in, process)
    os.killpg(process.pid, signal.SIGINT)
    assert "the same command goes on from there" in finish(process, status=130)
    assert 2 <= graded(handed_in) < STUDENTS
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed


def test_two_graders_at_once(handed_in, undisturbed):
    first = start(handed_in)
    wait_for(1, handed_in, first)
    second = start(handed_in)
    told = finish(second, status=1)
    assert "Another command grades this course already (process" in told and "Wait until" in told
    finish(first)
    assert grades(handed_in) == undisturbed


def test_a_locked_gradebook(handed_in, undisturbed, monkeypatch):
    monkeypatch.setenv("UNROLLED_SECONDS_FOR_LOCK", "0.2")
    with closing(sqlite3.connect(handed_in.root / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        told = finish(start(handed_in), status=1)
    assert "Another program holds the gradebook" in told and "run this again" in told
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed


def test_a_gradebook_that_cannot_be_written(handed_in, undisturbed):
    database = handed_in.root / "gradebook.db"
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)):
        pass
    told = finish(start(read_only(handed_in)), status=1)
    assert "cannot be written" in told and "Check the permissions" in told
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed


def test_a_full_disk(handed_in, undisturbed):
    # Any write beyond this size fails, as on a full disk; the gradebook has to grow beyond it.
    size = (handed_in.root / "gradebook.db").stat().st_size
    limited = ["prlimit", f"--fsize={size + 8192}", *command(handed_in)]
    process = subprocess.Popen(limited, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    told = finish(process, status=1)
    assert "disk is full" in told and "run the same command again" in told
    assert graded(handed_in) < STUDENTS
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed


def test_what_is_said_as_json_holds_points_and_changes(handed_in, hand_in):
    finish(start(handed_in))
    hand_in("s00", {"double": RIGHT, "why": "Because."})
    process = start(handed_in, "--json")
    rows = json.loads(process.communicate(timeout=PLENTY)[0])
    assert [row["points"] for row in rows] == [4, 4, 4] + [1, 4, 4] * (STUDENTS // 3 - 1)
    assert [(row["status"], [c["after"] for c in row["changes"]]) for row in rows[:2]] == [
        ("graded", [3]),
        ("unchanged", []),
    ]
