"""On a machine without a sandbox: grading refuses and says why, --unsafe goes on and marks what it did."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograde import cli
from autograde.commands import machine
from autograde.course.confinement import Confinement
from autograde.course.errors import NoSandboxError
from autograde.grade.history import load_record

pytestmark = pytest.mark.slow

# A user namespace in which no further mount namespace can be made: no sandbox, and nothing of the machine changes.
WITHOUT = 'echo 0 > /proc/sys/user/max_mnt_namespaces && exec "$@"'
RIGHT = {"double": "def double(x):\n    return 2 * x"}


def without_sandbox(*words: str, status: int = 0) -> subprocess.CompletedProcess:
    command = [
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        WITHOUT,
        "sh",
        sys.executable,
        "-m",
        "autograde",
        *words,
    ]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PATH": path}, check=False, timeout=120
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


@pytest.fixture
def there(course):
    assert shutil.which("unshare"), "util-linux's unshare makes the machine without a sandbox"
    return ["--course", str(course.root)]


def test_grading_refuses_and_nothing_is_recorded(course, hand_in, there):
    hand_in("ada", RIGHT)
    told = without_sandbox("grade", *there, status=1).stderr
    assert "no sandbox" in told and "--unsafe" in told and "doctor" in told
    assert load_record(course, "tiny", "ada") is None


def test_unsafe_grades_and_marks_every_result(course, hand_in, there):
    path = hand_in("ada", RIGHT)
    (row,) = json.loads(without_sandbox("grade", *there, "--unsafe", "--json").stdout)
    assert (row["status"], row["points"]) == ("graded", 4.0)
    assert any("without a sandbox" in remark for remark in row["remarks"])
    record = load_record(course, "tiny", "ada")
    assert record is not None and record.confinement is Confinement.NONE
    without_sandbox("report", *there)
    assert "without a sandbox" in course.report.with_name("tiny.html").read_text("utf-8")
    one = json.loads(without_sandbox("run", str(path), *there, "--unsafe", "--json").stdout)
    assert one["points"] == 4.0
    assert any("without a sandbox" in remark for remark in one["remarks"])


def test_the_confinement_of_a_container_works_for_the_only_user(course, hand_in, there):
    hand_in("ada", RIGHT)
    (row,) = json.loads(without_sandbox("grade", *there, "--confinement", "container", "--json").stdout)
    assert (row["status"], row["points"]) == ("graded", 4.0)
    record = load_record(course, "tiny", "ada")
    assert record is not None and record.confinement is Confinement.CONTAINER
    without_sandbox("report", *there)
    assert "ran in the confinement of a container" in " ".join(
        path.read_text("utf-8") for path in course.report.parent.glob("*.html")
    )


def test_doctor_says_what_to_do(there):
    checks = json.loads(without_sandbox("doctor", *there, "--json").stdout)
    (sandbox,) = [check for check in checks if check["name"] == "sandbox"]
    assert not sandbox["ok"]
    assert "unshare" in sandbox["found"] and sandbox["remedy"]


def test_the_demo_ends_well_and_says_what_grading_needs(course, monkeypatch):
    monkeypatch.setattr("autograde.demo.prepare_course", lambda root: course)
    monkeypatch.setattr("autograde.demo.hand_in", lambda course, slug: [])
    monkeypatch.setattr(machine, "release_all", lambda *args, **options: None)

    def refuse(*args, **options):
        raise NoSandboxError("unshare: Operation not permitted")

    monkeypatch.setattr(machine, "grade_all", refuse)
    done = CliRunner().invoke(cli.app, ["demo", "--course", str(course.root)])
    assert done.exit_code == 0, done.output
    assert "not graded" in done.output and "doctor" in done.output
