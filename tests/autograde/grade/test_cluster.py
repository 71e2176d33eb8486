"""Grading on a Dask cluster of separate processes: the same grades, also where workers die in the middle."""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Timer

import pytest
from distributed import Client

from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.grade.grade import grade
from autograde.grade.results import results
from autograde.grade.threads import Pool
from autograde.reports.export import write_grades
from tests.autograde.grade.test_grade import RIGHT, WRONG
from tests.autograde.quick import DEADLY
from tests.places import ROOT

pytestmark = pytest.mark.slow

PLENTY = 60  # seconds
QUICK = ("--preload", "tests.autograde.quick_worker")


@contextmanager
def dask(*words: str):
    """A process of the dask command line."""
    command = [sys.executable, "-m", "dask", *words, "--host", "127.0.0.1"]
    settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, **quiet)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:  # it looks for its scheduler, which is gone
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path, *options: str):
    """A scheduler and two workers: the scheduler's address, and the processes of all three."""
    told = folder / "scheduler.json"
    with ExitStack() as stack:
        scheduler = stack.enter_context(
            dask("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(told))
        )
        end = time.monotonic() + PLENTY
        while not told.exists():
            assert time.monotonic() < end and scheduler.poll() is None
            time.sleep(0.05)
        worker = ("worker", "--scheduler-file", str(told), "--nthreads", "1", "--no-dashboard", *options)
        workers = [stack.enter_context(dask(*worker)) for _ in range(2)]
        with Client(scheduler_file=str(told), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PLENTY)
            address = client.scheduler.address
        yield address, [scheduler, *workers]


def grades(course: Course) -> bytes:
    return write_grades(course, ["tiny"], form="csv", to=None)[0].read_bytes()


def test_a_worker_dies_in_the_middle_and_the_grades_are_those_of_a_local_run(course, hand_in, tmp_path, fast):
    for number in range(20):
        hand_in(f"s{number:02}", {"double": WRONG if number % 3 == 0 else RIGHT})
    local = Course(shutil.copytree(course.root, tmp_path / "local"))
    grade(local, "tiny")
    with cluster(tmp_path, "--no-nanny", *QUICK) as (address, processes):
        rows = []

        def finished(row):
            rows.append(row)
            if len(rows) == 5:
                processes[1].kill()

        done = grade(course, "tiny", scheduler=address, finished=finished)
    assert {row.status for row in done} == {"graded"} and len(done) == len(rows) == 20
    assert grades(course) == grades(local)


def test_student_code_runs_in_the_workers_sandboxes_and_not_in_the_workers(course, hand_in, tmp_path):
    hand_in("ada", {"double": RIGHT})
    hand_in("bob", {"double": f"import os\nos._exit(1)\n{RIGHT}"})
    hand_in("cleo", {"double": WRONG})
    local = Course(shutil.copytree(course.root, tmp_path / "local"))
    grade(local, "tiny")
    with cluster(tmp_path, "--no-nanny") as (address, processes):
        assert {row.status for row in grade(course, "tiny", scheduler=address)} == {"graded"}
        assert all(process.poll() is None for process in processes)
    assert grades(course) == grades(local)
    assert {result.student: result.points for result in results(course, "tiny")} == {"ada": 4, "bob": 0, "cleo": 1}


def test_a_submission_that_kills_workers_ends_as_a_row_and_the_others_go_on(course, hand_in, tmp_path):
    hand_in("ada", {"double": RIGHT})
    hand_in("bob", {"double": RIGHT + DEADLY})
    hand_in("cleo", {"double": WRONG})
    with cluster(tmp_path, *QUICK) as (address, _):  # with nannies, which start a dead worker again
        rows = {row.student: row for row in grade(course, "tiny", scheduler=address)}
    assert {student: row.status for student, row in rows.items()} == {
        "ada": "graded", "bob": "failed", "cleo": "graded",
    }  # fmt: skip
    assert "each worker of the cluster" in rows["bob"].reason
    assert {result.student: result.points for result in results(course, "tiny")} == {"ada": 4, "bob": None, "cleo": 1}


class KilledWorker(Exception):
    """Stands for Dask's."""


class Deadly(Executor):
    """Runs what it holds when somebody waits; all it holds beside a deadly one is lost, as with Dask's worker."""

    def __init__(self):
        self.held = []

    def submit(self, call, /, assignment, hand_in, *arguments):
        future = Future()
        self.held.append((future, hand_in, partial(call, assignment, hand_in, *arguments)))
        Timer(0.05, self.run).start()
        return future

    def run(self):
        held, self.held = self.held, []
        lost = any(DEADLY.encode() in hand_in.raw for _, hand_in, _ in held)
        for future, _, call in held:
            future.set_exception(KilledWorker()) if lost else future.set_result(call())


def test_what_kills_its_workers_takes_no_other_submission_along(course, hand_in, monkeypatch, fast):
    for name in ("ada", "bob", "cleo", "dora"):
        hand_in(name, {"double": RIGHT + (DEADLY if name == "bob" else "")})

    @contextmanager
    def pool(shared, workers, scheduler):
        yield Pool(Deadly(), 4, shared)

    monkeypatch.setattr("autograde.grade.grade.open_pool", pool)
    rows = {row.student: row.status for row in grade(course, "tiny")}
    assert rows == {"ada": "graded", "bob": "failed", "cleo": "graded", "dora": "graded"}


def test_a_scheduler_that_dies_ends_in_a_sentence_and_a_local_run_goes_on(course, hand_in, tmp_path, fast):
    for number in range(20):
        hand_in(f"s{number:02}", {"double": RIGHT})
    with cluster(tmp_path, "--no-nanny", *QUICK) as (address, processes):
        rows = []

        def finished(row):
            rows.append(row)
            if len(rows) == 5:
                processes[0].kill()

        with pytest.raises(CourseError, match=r"The scheduler at tcp://.* is gone"):
            grade(course, "tiny", scheduler=address, finished=finished)
    statuses = [row.status for row in grade(course, "tiny")]
    assert statuses.count("unchanged") >= 5 and statuses.count("graded") == 20 - statuses.count("unchanged")
    assert {result.points for result in results(course, "tiny")} == {4}


def test_the_loss_of_all_workers_ends_in_a_sentence(course, hand_in, tmp_path, fast, monkeypatch):
    monkeypatch.setattr("autograde.grade.cluster.SECONDS_WITHOUT_WORKERS", 0.5)
    for number in range(20):
        hand_in(f"s{number:02}", {"double": RIGHT})
    with cluster(tmp_path, "--no-nanny", *QUICK) as (address, processes):

        def finished(row):
            for worker in processes[1:]:
                worker.kill()

        with pytest.raises(CourseError, match=r"All workers of the scheduler at tcp://.* are gone"):
            grade(course, "tiny", scheduler=address, finished=finished)


def test_no_scheduler_is_a_sentence(course, hand_in, monkeypatch):
    hand_in("ada", {"double": RIGHT})
    monkeypatch.setattr("autograde.grade.cluster.SECONDS_TO_ANSWER", 0.5)
    with pytest.raises(CourseError, match="No Dask scheduler answers at tcp://127"):
        grade(course, "tiny", scheduler="tcp://127.0.0.1:9")
