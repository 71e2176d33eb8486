"""The shell part of the set-up: which Python it takes, and when it makes the environment anew."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

pytestmark = pytest.mark.slow

INSTALL = """
import pathlib
pathlib.Path("installed").open("a").write("x")
raise SystemExit(pathlib.Path("broken").exists())
"""
OLD_PYTHON = """#!/bin/sh
[ "$1" = --version ] && echo "Python 3.9.2" && exit 0
exit 1
"""


@pytest.fixture
def tree(tmp_path) -> Path:
    """A repository with an umlaut and a blank in its path, whose install script only notes that it ran."""
    folder = tmp_path / "Kurs für alle"
    (folder / "scripts").mkdir(parents=True)
    (folder / "book").mkdir()
    shutil.copy(ROOT / "scripts/setup.sh", folder / "scripts")
    (folder / "scripts/install.py").write_text(INSTALL)
    for name in ("requirements.txt", "pyproject.toml", "book/pyproject.toml"):
        (folder / name).write_text(name)
    return folder


def setup(folder: Path, path: str | None = None, **environment: str) -> subprocess.CompletedProcess:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    given = {"PYTHON": sys.executable, **environment} if path is None else {"PATH": path, **environment}
    command = [shutil.which("bash"), "scripts/setup.sh", "venv"]
    return subprocess.run(command, cwd=folder, env={**inherited, **given}, capture_output=True, text=True)


def installs(folder: Path) -> int:
    place = folder / "installed"
    return len(place.read_text()) if place.exists() else 0


def test_it_installs_once_and_again_after_a_change(tree):
    assert setup(tree).returncode == 0
    assert setup(tree).returncode == 0
    assert installs(tree) == 1
    (tree / "requirements.txt").write_text("changed")
    assert setup(tree).returncode == 0
    assert installs(tree) == 2


def test_a_failed_installation_is_tried_again(tree):
    (tree / "broken").touch()
    assert setup(tree).returncode == 1
    (tree / "broken").unlink()
    assert setup(tree).returncode == 0
    assert installs(tree) == 2


def test_a_renamed_folder_gets_an_environment_of_its_own(tree):
    assert setup(tree).returncode == 0
    (tree / ".venv/old").touch()
    other = tree.rename(tree.with_name("Anders"))
    assert setup(other).returncode == 0
    assert not (other / ".venv/old").exists() and (other / ".venv/bin/python").exists()


def test_half_an_environment_is_made_anew(tree):
    assert setup(tree).returncode == 0
    (tree / ".venv/.ready").unlink()
    shutil.rmtree(tree / ".venv/bin")
    assert setup(tree).returncode == 0
    assert (tree / ".venv/bin/pip").exists()


@pytest.fixture
def old_machine(tmp_path) -> str:
    """A PATH with the system's programs, whose only Python is too old."""
    folder = tmp_path / "old"
    folder.mkdir()
    for name in ("bash", "cat", "cksum", "dirname", "id", "uname", "rm", "printf"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    fake = folder / "python3"
    fake.write_text(OLD_PYTHON)
    fake.chmod(0o755)
    return str(folder)


def test_an_old_python_is_named_before_anything_is_made(tree, old_machine):
    done = setup(tree, old_machine)
    assert done.returncode == 1
    assert "Python 3.11 to 3.14 is needed, and python3 is Python 3.9.2" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tree / ".venv").exists()


@pytest.mark.parametrize(("named", "told"), [("python3", "is Python 3.9.2"), ("nonsense", "is no program")])
def test_a_python_that_was_named_and_does_not_fit_is_refused_not_replaced(tree, old_machine, named, told):
    done = setup(tree, old_machine, PYTHON=named)
    assert done.returncode == 1 and told in done.stderr and f"PYTHON={named}" in done.stderr
    assert not (tree / ".venv").exists()
