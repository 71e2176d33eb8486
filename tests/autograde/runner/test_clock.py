"""Whose time counts: what a process computes, and what it sleeps; never that others hold the processors."""

import os
import socket
import subprocess
import sys
import time

import pytest

from autograde.runner import clock, failures
from autograde.runner.clock import ASLEEP, PROCESSOR, WALL, Allowance, Process
from autograde.runner.frames import Channel, Deadline, LateError
from autograde.sandbox.limits import PATIENCE, Limits
from tests.autograde.notebooks import answer, error, graded, points, run, why


class Scripted(Process):
    """A process whose accounts a test writes."""

    def __init__(self):
        self.processor = self.queued = 0.0
        self.interruptions = self.looks = 0

    def used(self):
        self.looks += 1
        return self.processor, self.queued

    def interrupt(self):
        self.interruptions += 1


@pytest.fixture
def now(monkeypatch):
    """The clock's time; a test sets it."""
    told = [1000.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: told[0])
    return told


class Passing:
    """A channel in which time passes, and nothing else."""

    def __init__(self, now, process, seconds, processor=0.0, queued=0.0):
        self.step = now, process, seconds, processor, queued

    def receive(self, *, deadline):
        now, process, seconds, processor, queued = self.step
        now[0] += seconds
        process.processor += processor
        process.queued += queued
        self.left = deadline.left()
        return {}, b""


@pytest.mark.parametrize(
    ("seconds", "processor", "queued", "exceeded"),
    [
        (9.0, 9.0, 0.0, ""),
        (10.0, 10.0, 0.0, PROCESSOR),
        (3.0, 12.0, 0.0, PROCESSOR),  # in several threads
        (9.0, 0.0, 0.0, ""),
        (11.0, 0.5, 0.0, ASLEEP),
        (30.0, 9.0, 20.5, ""),  # a busy machine
        (30.0, 5.0, 5.0, ASLEEP),
        (41.0, 9.0, 31.0, WALL),
    ],
)
def test_what_is_too_much(now, seconds, processor, queued, exceeded):
    process = Scripted()
    allowance = Allowance(process, processor=10, asleep=10, wall=40)
    allowance.receive(Passing(now, process, seconds, processor, queued))
    assert allowance.exceeded == exceeded
    assert process.interruptions == bool(exceeded)


def test_while_the_judge_is_at_work_nobody_sleeps(now):
    process = Scripted()
    allowance = Allowance(process, processor=10, asleep=10, wall=40)
    for _ in range(3):
        now[0] += 5  # the judge
        allowance.receive(Passing(now, process, 1))
    assert allowance.used() == {PROCESSOR: 0.0, ASLEEP: 3.0, WALL: 18.0}


def test_what_goes_on_after_the_interruption_is_late(now):
    process = Scripted()
    allowance = Allowance(process, processor=10, asleep=10, wall=40)
    channel = Passing(now, process, 10, 10)
    allowance.receive(channel)
    assert channel.left > 0
    channel = Passing(now, process, clock.GRACE, clock.GRACE)
    allowance.receive(channel)
    assert channel.left == 0 and process.interruptions == 1


def test_the_next_look_is_before_all_processors_together_could_have_used_it_up(now):
    process = Scripted()
    allowance = Allowance(process, processor=10, asleep=60, wall=240)
    assert allowance.left() == 10 / clock.PROCESSORS
    looks = process.looks
    now[0] += 9 / clock.PROCESSORS
    assert allowance.left() == pytest.approx(1 / clock.PROCESSORS) and process.looks == looks
    now[0] += 1 / clock.PROCESSORS
    assert allowance.left() == pytest.approx(10 / clock.PROCESSORS) and process.looks > looks


@pytest.mark.slow
def test_the_kernel_s_accounts_of_a_process():
    code = (
        "import time; print(1, flush=True)\nwhile time.process_time() < 0.5: pass\nprint(2, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        process = Process(child.pid)
        child.stdout.readline()
        child.stdout.readline()
        processor, queued = process.used()
        time.sleep(0.3)
        later, _ = process.used()
        child.kill()
    assert processor > 0.4 and later - processor < 0.1 and queued >= 0
    time.sleep(2 * clock.BETWEEN_READINGS)
    assert process.used()[0] >= later  # what was known last


def test_a_kernel_without_an_account_of_waiting_sees_nobody_sleep(monkeypatch):
    monkeypatch.setattr(clock, "GRACE", 0.01)
    process = Process(os.getpid())
    process._account = "/nowhere"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        allowance = Allowance(process, processor=60, asleep=0.1, wall=0.2)
        with pytest.raises(LateError):
            allowance.process.interrupt = lambda: None
            allowance.receive(Channel(ours))
    assert allowance.exceeded == WALL


def test_a_deadline_ends():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(LateError):
        Channel(ours).receive(deadline=Deadline(0.05))


# Sleeps for most of its time, so that it is long by the clock and short by the processor.
SLEEPY = "import time\ndef f(x):\n    time.sleep({})\n    return x"
SHARED = """
import threading
def burn():
    while True: pass
for _ in range(8):
    threading.Thread(target=burn, daemon=True).start()
"""


@pytest.mark.slow
def test_who_sleeps_for_ever_is_interrupted_and_keeps_what_was_there():
    cells = run("import time\nx = 1", "y = 2\ntime.sleep(1e6)", graded("assert x + y == 3"), timeout=1)
    assert error(cells[1]) == "TimeLimit" and "waited" in why(cells[1])
    assert points(cells[2]) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "wait", ["time.sleep(1e6)", "lock.acquire()", "time.sleep(0.3); [0 for _ in range(2 * 10**9)]"]
)
def test_a_test_of_who_waits_ends(wait):
    source = f"import threading, time\nlock = threading.Lock(); lock.acquire()\ndef f(x):\n    {wait}\n    return x"
    cells = run(
        answer(source), answer("def g(x):\n    return x"), graded("f(1)"), graded("assert g(1) == 1"), timeout=1
    )
    assert [error(cell) for cell in cells[2:]] == ["TimeLimit", None]


@pytest.mark.slow
def test_naps_between_calls_add_up():
    cells = run(answer(SLEEPY.format(0.02)), graded("for i in range(10**6): f(i)"), timeout=1)
    assert error(cells[1]) == "TimeLimit"


@pytest.mark.slow
def test_many_threads_gain_no_time():
    began = time.process_time()
    cells = run(answer(SHARED + "threading.Event().wait()"), graded("assert True"), timeout=2)
    assert error(cells[0]) == "TimeLimit" and "processor" in why(cells[0])
    assert time.process_time() - began < 2  # the grader itself has little to do meanwhile


@pytest.mark.slow
def test_an_answer_that_returns_after_its_interruption_is_late_all_the_same():
    swallows = "def f(x):\n    try:\n        while True: pass\n    except BaseException:\n        return x"
    cells = run(answer(swallows), graded("assert f(1) == 1"), graded("assert f(2) == 2"), timeout=1)
    assert [error(cell) for cell in cells[1:]] == ["TimeLimit"] * 2


@pytest.mark.slow
def test_a_cell_that_swallows_its_interruption_is_late_all_the_same():
    cells = run("try:\n    while True: pass\nexcept BaseException:\n    x = 1", graded("assert x == 1"), timeout=1)
    assert error(cells[0]) == "TimeLimit"


@pytest.mark.slow
def test_right_answers_keep_their_points_where_others_hold_the_processors():
    work = "until = time.process_time() + 1.2\n    while time.process_time() < until: pass"
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3 * clock.PROCESSORS)]
    try:
        cells = run(answer(f"import time\ndef f(x):\n    {work}\n    return x"), graded("assert f(1) == 1"), timeout=2)
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    assert points(cells[1]) == 3, why(cells[1])


@pytest.mark.slow
def test_no_cell_says_of_itself_that_the_machine_was_busy():
    cells = run(answer("class MachineBusy(Exception): pass\nraise MachineBusy"), graded("assert True"))
    assert error(cells[0]) == "MachineBusyError"


def test_patience_is_more_than_a_cell_can_use_alone():
    assert PATIENCE > 2  # all its processor time and all its sleep


@pytest.mark.parametrize(
    ("exceeded", "name", "said"),
    [(PROCESSOR, "TimeLimit", "of processor time"), (ASLEEP, "TimeLimit", "waited"), (WALL, "MachineBusy", "busy")],
)
def test_each_bound_has_its_own_words(exceeded, name, said):
    output = failures.too_slow(Limits(cell_seconds=7), exceeded)
    assert output["ename"] == name and said in output["evalue"] and "7 seconds" in output["evalue"]
    whole = failures.out_of_time(Limits(notebook_seconds=77), exceeded)
    assert whole["ename"] == name
