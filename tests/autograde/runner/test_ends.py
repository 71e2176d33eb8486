"""Nothing is left: no process of a submission without a sandbox, no folder of a grader that was killed."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograde.course.confinement import Confinement
from autograde.runner import places
from autograde.sandbox.limits import Limits
from tests.autograde.notebooks import answer, run
from tests.places import ROOT

DAEMON = """
import os, subprocess, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open({pids!r}, "a").write(f"{{os.getpid()}}\\n")
        time.sleep(600)
    os._exit(0)
os.wait()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
open({pids!r}, "a").write(f"{{child.pid}}\\n")
"""


def ends(pids: list[int]) -> bool:
    """Whether these processes are gone within some seconds."""
    deadline = time.monotonic() + 20
    while any(is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(is_alive(pid) for pid in pids)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_without_a_sandbox_daemons_end_with_their_submission(tmp_path):
    pids = tmp_path / "pids"
    run(DAEMON.format(pids=str(pids)), answer("y = 1"), confinement=Confinement.NONE)
    started = [int(line) for line in pids.read_text().split()]
    assert len(started) == 2 and ends(started)


@pytest.mark.slow
def test_a_grader_that_is_killed_leaves_no_process_and_the_next_one_clears_its_folder(tmp_path):
    pids = tmp_path / "pids"
    program = (
        "from autograde.course.confinement import Confinement\nfrom tests.autograde.notebooks import run\n"
        f"run({DAEMON.format(pids=str(pids))!r} + 'time.sleep(600)', timeout=600, confinement=Confinement.NONE)"
    )
    place = tmp_path / "tmp"
    place.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place)}
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment) as grader:
        deadline = time.monotonic() + 120
        while not (pids.exists() and len(pids.read_text().split()) == 2) and time.monotonic() < deadline:
            time.sleep(0.05)
        grader.send_signal(signal.SIGKILL)
    assert ends([int(line) for line in pids.read_text().split()])
    assert [path.name[: len(places.PREFIX)] for path in place.iterdir()] == [places.PREFIX]
    look = "import os\nfrom autograde.runner import places\nwith places.place() as own:\n    pass\n"
    look += f"print(len(os.listdir({str(place)!r})))"
    said = subprocess.run([sys.executable, "-c", look], env=environment, cwd=ROOT, capture_output=True, check=True)
    assert said.stdout.decode().strip() == "1"  # its own
    assert list(place.iterdir()) == []


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """Where graders have their folders; this process has none yet."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    places._made_folder.cache_clear()
    yield tmp_path
    places._made_folder.cache_clear()


def test_a_folder_in_use_is_not_cleared(fresh):
    with places.place() as folder:
        places._clear()
        assert Path(folder).is_dir()
    assert not Path(folder).exists()


def test_workers_that_begin_together_have_one_folder(fresh, monkeypatch):
    clear = places._clear
    monkeypatch.setattr(places, "_clear", lambda: (clear(), time.sleep(0.1)))

    def run_there(number):
        with places.place() as folder:
            return Path(folder).parent

    with ThreadPoolExecutor(8) as workers:
        assert len({*workers.map(run_there, range(8))}) == len([*fresh.iterdir()]) == 1


def test_a_folder_is_not_cleared_while_it_is_made(fresh, monkeypatch):
    lock, looks = fcntl.flock, []

    def locked(descriptor, how):
        if how == fcntl.LOCK_EX:  # another grader looks just before this one has its lock
            looks.append(places._clear())
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", locked)
    with places.place() as folder:
        assert Path(folder).is_dir() and looks


def test_a_folder_goes_however_deep_it_is(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    here = os.open(place, os.O_RDONLY)
    for _ in range(2_000):
        os.mkdir("d" * 50, dir_fd=here)
        below = os.open("d" * 50, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    (place / "closed").mkdir(0)
    (place / "link").symlink_to("/")
    places.remove(place)
    assert not place.exists() and Path("/usr").is_dir()


@pytest.mark.parametrize(
    ("files", "size", "fits"), [(1, 1000, True), (1, 3 << 20, False), (3, 1 << 20, False), (5_000, 0, False)]
)
def test_what_a_folder_holds_is_counted(tmp_path, files, size, fits):
    for number in range(files):
        (tmp_path / f"f{number}").write_bytes(bytes(size))
    assert places._fits(str(tmp_path), os.getpid(), Limits(scratch=2 << 20)) == fits


def test_a_file_that_stands_nowhere_any_more_counts_while_it_is_open(tmp_path):
    with (tmp_path / "f").open("wb") as file:
        file.write(bytes(3 << 20))
        file.flush()
        (tmp_path / "f").unlink()
        assert not places._fits(str(tmp_path), os.getpid(), Limits(scratch=2 << 20))
    assert places._fits(str(tmp_path), os.getpid(), Limits(scratch=2 << 20))
