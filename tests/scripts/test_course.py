"""`make course` never stops at the first trouble: each step ends with its place or with a sentence how to go on."""

import importlib.util
import signal
import subprocess
import sys
import time

import pytest

from tests.places import ROOT

pytestmark = pytest.mark.slow

spec = importlib.util.spec_from_file_location("course", ROOT / "scripts/course.py")
assert spec is not None and spec.loader is not None
course = importlib.util.module_from_spec(spec)
sys.modules["course"] = course  # its data class looks itself up
spec.loader.exec_module(course)


def step(name: str, program: str) -> "course.Step":
    return course.Step(name, (sys.executable, "-c", program), ((f"the {name}", f"{name}.txt"),), f"make {name}")


def writes(name: str) -> "course.Step":
    return step(name, f"open('{name}.txt', 'w')")


def test_all_places_stand_at_the_end(tmp_path, capsys):
    assert course.make((writes("one"), writes("two")), tmp_path) == 0
    tail = capsys.readouterr().out.partition("Where to look:")[2]
    assert "the one          one.txt" in tail and "the two          two.txt" in tail


def test_a_step_that_fails_does_not_stop_the_next(tmp_path, capsys):
    assert course.make((step("one", "raise SystemExit(3)"), writes("two")), tmp_path) == 1
    tail = capsys.readouterr().out.partition("Where to look:")[2]
    assert "failed, see [1/2] above; go on with: make one" in tail
    assert "two.txt" in tail and (tmp_path / "two.txt").exists()


def test_a_program_that_is_missing_fails_its_own_step_only(tmp_path, capsys):
    missing = course.Step("one", ("/nowhere/autograde",), (), "make one")
    assert course.make((missing, writes("two")), tmp_path) == 1
    assert "/nowhere/autograde" in capsys.readouterr().err


def test_what_was_not_made_is_not_promised(tmp_path, capsys):
    assert course.make((step("one", "pass"),), tmp_path) == 0
    assert "not made, see above" in capsys.readouterr().out


def test_the_book_comes_last_and_the_release_first():
    assert [one.name for one in course.STEPS] == ["release", "demo class", "book"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{one.again.removeprefix('make ')}: " in makefile for one in course.STEPS)


def test_an_interruption_says_that_it_goes_on(tmp_path):
    program = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("course", {str(ROOT / "scripts/course.py")!r})
course = importlib.util.module_from_spec(spec); sys.modules["course"] = course; spec.loader.exec_module(course)
slow = course.Step("slow", (sys.executable, "-c", "import time; time.sleep(60)"), (), "make slow")
course.STEPS = (slow,)
sys.exit(course.run((slow,)))
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stdout.readline() is not None
        time.sleep(2)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=30)
    assert running.returncode == 130
    assert b"`make course` goes on from here" in told and b"Traceback" not in told
