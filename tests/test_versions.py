"""Which Pythons the course works on stands in several places, and they agree with each other and with the lock."""

import importlib.metadata
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from autograde.course.system import NEWEST_PYTHON, OLDEST_PYTHON, PYTHONS
from tests.places import ROOT

# Debian 12's own Python, the oldest that servers offer.
DEBIAN_12 = "3.11.2"
FIRST = f"{OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]}.0"
LAST = f"{NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]}.0"
LOCKED = [
    Requirement(line)
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def test_there_is_a_lock():
    assert len(LOCKED) > 150
    assert all(str(requirement.specifier).startswith("==") for requirement in LOCKED)


@pytest.mark.parametrize("requirement", LOCKED, ids=lambda requirement: requirement.name)
def test_every_locked_package_admits_the_oldest_and_the_newest_python(requirement):
    asked = importlib.metadata.metadata(requirement.name).get("Requires-Python") or ""
    for python in (FIRST, DEBIAN_12, LAST):
        assert SpecifierSet(asked).contains(python), f"{requirement} wants Python {asked}, not {python}"


def test_the_set_up_takes_these_pythons():
    text = (ROOT / "scripts/setup.sh").read_text(encoding="utf-8")
    assert f"OLDEST={OLDEST_PYTHON[1]} NEWEST={NEWEST_PYTHON[1]} " in text
    names = re.search(r"for name in (python[^;]+);", text)
    assert names is not None
    wanted = [f"python3.{minor}" for minor in range(OLDEST_PYTHON[1], NEWEST_PYTHON[1] + 1)]
    assert names[1].split() == [*wanted, "python3"]


@pytest.mark.parametrize("name", ["pyproject.toml", "book/pyproject.toml"])
def test_the_packages_ask_for_these_pythons(name):
    asked = SpecifierSet(tomllib.loads((ROOT / name).read_text(encoding="utf-8"))["project"]["requires-python"])
    assert asked.contains(FIRST) and asked.contains(LAST)
    assert not asked.contains(f"3.{OLDEST_PYTHON[1] - 1}.9")


@pytest.mark.parametrize("name", ["README.md", "book/appendix/students.md", "book/instructors/first-course.md"])
def test_the_pages_name_these_pythons(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert PYTHONS in text
    assert not re.search(r"Python 3\.\d+ or newer", text)
