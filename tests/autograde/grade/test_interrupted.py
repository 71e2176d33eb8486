"""Whatever ends a grader, at whatever moment: the same command again ends with the same exported grades."""

import contextlib
import json
import os
import random
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import psutil
import pytest

from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.grade.grade import grade
from autograde.grade.history import Change
from autograde.grade.results import results
from autograde.reports.export import write_grades
from tests.autograde.grade.test_grade import RIGHT, WRONG
from tests.places import ROOT

pytestmark = pytest.mark.slow

STUDENTS = 12
PLENTY = 60  # seconds; a grader that needs them hangs
SLOW = 0.4  # seconds a run; six rounds of two are not over before a test has looked


def command(course: Course, *words: str) -> list[str]:
    return [sys.executable, "-m", "tests.autograde.quick_grader", "grade", "--course", str(course.root), *words]


def start(course: Course, *words: str, pause: float = 0.01) -> subprocess.Popen:
    """A grader in a process group of its own, whose runs take `pause` seconds."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "QUICK_PAUSE": str(pause)}
    return subprocess.Popen(command(course, *words), cwd=ROOT, start_new_session=True, env=environment, **pipes)


def finish(process: subprocess.Popen, status: int = 0) -> str:
    """What it said; it must end with this status and without a traceback."""
    out, err = process.communicate(timeout=PLENTY)
    assert process.returncode == status, out + err
    assert "Traceback" not in err
    return out + err


def changes(course: Course) -> list[Change]:
    return [change for found in results(course, "tiny") for change in found.changes]


def grades(course: Course) -> bytes:
    return write_grades(course, ["tiny"], form="csv", to=None)[0].read_bytes()


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


def die_at(step: int) -> None:
    """Kill this process where it is about to change a file for the step-th time."""
    left = step

    def watch(event: str, arguments: tuple) -> None:
        nonlocal left
        writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wa+x")
        if writes or event in ("os.rename", "os.remove", "os.mkdir", "os.chmod"):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def grade_and_die(course: Course, step: int) -> bool:
    """Grade in a fork of this process; whether it was killed."""
    child = os.fork()
    if child == 0:
        die_at(step)
        grade(course, "tiny")
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_kill_at_every_step_of_recording(course, hand_in, tmp_path, fast):
    hand_in("better", {"double": WRONG})
    hand_in("worse", {"double": RIGHT})
    grade(course, "tiny")
    hand_in("better", {"double": RIGHT})
    hand_in("worse", {"double": WRONG})
    hand_in("new", {"double": RIGHT})
    step = 0
    killed = True
    while killed:
        step += 1
        copy = Course(shutil.copytree(course.root, tmp_path / f"killed-{step}"))
        killed = grade_and_die(copy, step)
        grade(copy, "tiny")
        assert {result.student: result.points for result in results(copy, "tiny")} == {
            "better": 4,
            "new": 4,
            "worse": 1,
        }
        assert {(c.student, c.before, c.after) for c in changes(copy)} == {("better", 0, 3), ("worse", 3, 0)}
        assert list(copy.autograded.rglob("*.new")) == []
    assert step > 3 * 8, "three submissions, each with several files"


def test_kill_during_a_regrade_loses_neither_points_nor_what_changed(handed_in, undisturbed, hand_in):
    finish(start(handed_in))
    for number in range(STUDENTS):
        hand_in(f"s{number:02}", {"double": RIGHT, "why": "Because."})
    stamp = {path: path.stat().st_mtime_ns for path in handed_in.autograded.glob("*/tiny/tiny.ipynb")}
    process = start(handed_in, pause=SLOW)
    while all(path.exists() and path.stat().st_mtime_ns == was for path, was in stamp.items()):
        assert process.poll() is None
    process.kill()
    process.communicate()
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed.replace(b",1.0,", b",4.0,").replace(b'"1 of 4 points', b'"4 of 4 points')
    assert [(change.before, change.after) for change in changes(handed_in)] == [(0, 3)] * (STUDENTS // 3)


def test_kill_of_students_and_judges_and_their_parents(course, hand_in, tmp_path):
    # The real runner; its grader is never touched. Between two kills, what the first one hit has time to run again.
    for number in range(2 * STUDENTS):
        hand_in(f"s{number:02}", {"double": f"import time\ntime.sleep(0.2)\n{WRONG if number % 3 == 0 else RIGHT}"})
    copy = Course(shutil.copytree(course.root, tmp_path / "undisturbed"))
    grade(copy, "tiny")
    draw = random.Random(0)
    command = [sys.executable, "-m", "autograde", "grade", "--workers", "2", "--course", str(course.root)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    killed = 0
    while process.poll() is None:
        wait_for(1 + 4 * killed, course, process)
        time.sleep(draw.uniform(0, 0.2))
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            draw.choice(psutil.Process(process.pid).children(recursive=True)).kill()
            killed += 1
    assert killed >= STUDENTS // 2
    finish(process)
    assert grades(course) == grades(copy)


def test_ctrl_c_leaves_at_once_says_how_to_go_on_and_loses_nothing(handed_in, undisturbed):
    process = start(handed_in, pause=SLOW)
    wait_for(2, handed_in, process)
    os.killpg(process.pid, signal.SIGINT)
    assert "the same command goes on from there" in finish(process, status=130)
    assert 2 <= graded(handed_in) < STUDENTS
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed


def test_two_graders_at_once(handed_in, undisturbed):
    first = start(handed_in, pause=SLOW)
    wait_for(1, handed_in, first)
    first.send_signal(signal.SIGSTOP)
    told = finish(start(handed_in), status=1)
    first.send_signal(signal.SIGCONT)
    assert "Another command grades this course already (process" in told and "Wait until" in told
    finish(first)
    assert grades(handed_in) == undisturbed


def test_a_locked_gradebook(handed_in, undisturbed):
    with closing(sqlite3.connect(handed_in.root / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        told = finish(start(handed_in), status=1)
    assert "Another program holds the gradebook" in told and "run this again" in told
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed


def test_a_gradebook_that_cannot_be_written(handed_in, undisturbed):
    # Permissions do not bind root: SQLite itself is told to open it for reading.
    config = handed_in.root / CONFIG_NAME
    url = f"sqlite:///{(handed_in.root / 'gradebook.db').as_uri()}?mode=ro&uri=true"
    config.write_text(f"{CONFIG_FILE}\nc.CourseDirectory.db_url = {url!r}\n", "utf-8")
    told = finish(start(handed_in), status=1)
    assert "The gradebook cannot be written" in told and "Check the permissions" in told
    config.unlink()
    finish(start(handed_in))
    assert grades(handed_in) == undisturbed


FILL_THE_DISK = """
set -e
mkdir small
mount -t tmpfs -o size=4m none small
cp -a {course} small/course
head -c 100000000 /dev/zero > small/filler || true
truncate -s -{left} small/filler
{grader} && exit 1
df --output=avail small
rm small/filler
{grader}
cp -a small/course {graded}
"""


@pytest.mark.parametrize("left", [40_000, 100_000])
def test_a_full_disk(handed_in, undisturbed, tmp_path, left):
    small = Course(tmp_path / "small" / "course")
    done = Course(tmp_path / "graded")
    script = FILL_THE_DISK.format(course=handed_in.root, graded=done.root, left=left, grader=shlex.join(command(small)))
    run = ["unshare", "--mount", "--map-root-user", "bash", "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    finished = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False)
    told = finished.stdout + finished.stderr
    assert finished.returncode == 0, told
    assert "The disk is full" in told and "run the same command again" in told and "Traceback" not in told
    assert grades(done) == undisturbed


def test_what_is_said_as_json_holds_points_and_changes(handed_in, hand_in):
    finish(start(handed_in))
    hand_in("s03", {"double": RIGHT, "why": "Because."})
    assert "changed: s03, tiny: double-values, 0 -> 3 (another file)" in finish(start(handed_in))
    hand_in("s00", {"double": RIGHT, "why": "Because."})
    process = start(handed_in, "--json")
    rows = json.loads(process.communicate(timeout=PLENTY)[0])
    assert [row["points"] for row in rows] == [4, 4, 4, 4, 4, 4] + [1, 4, 4] * (STUDENTS // 3 - 2)
    assert [(row["status"], [c["after"] for c in row["changes"]]) for row in rows[:2]] == [
        ("graded", [3]),
        ("unchanged", []),
    ]
