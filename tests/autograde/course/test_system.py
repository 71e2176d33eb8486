"""On Windows and macOS, which are imitated here: one sentence at once for what cannot work; the rest works."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograde import cli
from autograde.commands import machine
from autograde.course.errors import NoRunnerError
from autograde.machine import doctor
from autograde.runner.warm import Kind, start
from tests.places import ROOT

# Windows has none of these.
WINDOWS = """
import os, sys
for module in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[module] = None
for name in ("fork", "O_NOFOLLOW", "O_NONBLOCK"):
    delattr(os, name)
"""


def on_windows(program: str, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", WINDOWS + program], cwd=cwd, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("command", ["doctor", "release", "grade", "export", "report", "collect x.zip", "run x.ipynb"])
def test_on_windows_every_command_says_where_it_works(command, tmp_path):
    program = f"sys.argv = ['autograde', *{command.split()!r}]\nfrom autograde.cli import main\nmain()"
    done = on_windows(program, tmp_path)
    assert done.returncode == 1
    told = done.stderr.strip()
    assert "WSL 2" in told and "Windows" in told
    assert "Traceback" not in told and len(told.splitlines()) <= 3
    assert not list(tmp_path.iterdir())


def test_on_windows_help_is_given():
    done = on_windows("sys.argv = ['autograde', '--help']\nfrom autograde.cli import main\nmain()")
    assert done.returncode == 0 and "grade" in done.stdout


def test_on_windows_the_students_check_works():
    program = """
from pathlib import Path
from unrolled import check
def rnn_step(x, h, W, U, b):
    return x @ W + h @ U + b, None
os.chdir(sys.argv[1] if len(sys.argv) > 1 else ".")
try:
    check(rnn_step)
except Exception as error:
    print(type(error).__name__, error)
"""
    folder = ROOT / "release" / "rnn-cell"
    if not folder.is_dir():
        subprocess.run([Path(sys.executable).with_name("autograde"), "release", "rnn-cell"], cwd=ROOT, check=True)
    done = on_windows(program, folder)
    assert "CheckFailed" in done.stdout and "tanh" in done.stdout, done.stdout + done.stderr


@pytest.fixture
def mac(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")


def test_on_a_mac_notebooks_are_not_run_and_nothing_is_started(mac):
    with pytest.raises(NoRunnerError, match="Linux"):
        start([Kind("student", ("numpy",))])


def test_on_a_mac_the_doctor_says_so(mac, course):
    (sandbox,) = [check for check in doctor.examine(course) if check.name == "sandbox"]
    assert not sandbox.ok and not sandbox.needed
    assert "darwin" in sandbox.found and "container" in sandbox.remedy


def test_on_a_mac_grading_refuses_in_a_sentence_and_records_nothing(mac, course, hand_in):
    hand_in("ada", {"double": "def double(x):\n    return 2 * x"})
    done = CliRunner().invoke(cli.app, ["grade", "--course", str(course.root)])
    assert done.exit_code != 0
    assert isinstance(done.exception, NoRunnerError) or "Linux" in done.output


def test_on_a_mac_the_rest_of_the_course_is_made(mac, course, monkeypatch):
    monkeypatch.setattr("autograde.demo.prepare_course", lambda root: course)
    monkeypatch.setattr("autograde.demo.hand_in", lambda course, slug: [])
    monkeypatch.setattr(machine, "release_all", lambda *args, **options: None)

    def refuse(*args, **options):
        raise NoRunnerError

    monkeypatch.setattr(machine, "grade_all", refuse)
    done = CliRunner().invoke(cli.app, ["demo", "--course", str(course.root)])
    assert done.exit_code == 0, done.output
    assert "not graded" in done.output and "container" in done.output


def test_the_set_up_says_what_windows_can_do(tmp_path):
    fake = tmp_path / "uname"
    fake.write_text("#!/bin/sh\necho MINGW64_NT-10.0\n")
    fake.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", ROOT / "scripts/setup.sh", "venv"], env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "WSL 2" in done.stderr


def test_the_error_comes_whole_from_a_worker():
    import pickle

    error = pickle.loads(pickle.dumps(NoRunnerError()))
    assert isinstance(error, NoRunnerError) and "Linux" in error.what
    assert json.dumps(error.remedy)
