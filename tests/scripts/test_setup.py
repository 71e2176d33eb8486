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


@pytest.fixture
def machine(tmp_path) -> Path:
    """A folder of a machine's programs, whose apt-get notes what it is asked for and has the packages in `packages`."""
    folder = tmp_path / "machine"
    folder.mkdir()
    for name in ("bash", "dirname", "uname", "grep"):
        (folder / name).symlink_to(shutil.which(name))
    programs = {
        "id": "echo 0",
        "apt-get": f'echo "$*" >> {folder}/asked',
        "apt-cache": f'grep -q "^$2$" {folder}/packages',
        "chromium": "",
    }
    for name, line in programs.items():
        (folder / name).write_text(f"#!{folder}/bash\n{line}\n")
        (folder / name).chmod(0o755)
    (folder / "packages").write_text("chromium\n")
    return folder


def look_for_browsers(folder: Path, machine: Path) -> str:
    """What setup says; raises CalledProcessError if it fails."""
    command = [shutil.which("bash"), "scripts/setup.sh", "browser"]
    return subprocess.run(
        command, cwd=folder, env={"PATH": str(machine)}, capture_output=True, text=True, check=True
    ).stdout


def test_firefox_is_installed_where_a_package_has_it(tree, machine):
    (machine / "packages").write_text("firefox-esr\n")
    assert "installing firefox-esr" in look_for_browsers(tree, machine)
    assert "install -y -qq firefox-esr\n" in (machine / "asked").read_text()
    (machine / "firefox-esr").symlink_to(machine / "chromium")
    (machine / "asked").unlink()
    assert look_for_browsers(tree, machine) == ""
    assert not (machine / "asked").exists()


def test_without_a_package_of_firefox_setup_says_what_is_not_tried(tree, machine):
    assert "the browser tests run in Chromium alone" in look_for_browsers(tree, machine)
    assert "install -y" not in (machine / "asked").read_text()


def test_chromium_has_to_be_there(tree, machine):
    (machine / "chromium").unlink()
    look_for_browsers(tree, machine)
    assert "install -y -qq chromium\n" in (machine / "asked").read_text()
