"""What a bundle installs: the wheel takes the place of any other, from whatever folder pip is called."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograde.course.policy import Policy
from autograde.release import bundle
from autograde.release.bundle import build_bundle, build_wheel  # before conftest.py puts another in its place
from autograde.release.source import read_source
from solutions.exercises.catalogue import ASSIGNMENTS, source_of
from tests.places import ROOT

MINE = ("--find-links", "unrolled==")  # the lines of requirements.txt that need no network


def bundled(folder: Path, slug: str, wheel: Path, packages: tuple[str, ...] = ("numpy",)) -> Path:
    """The unpacked bundle of an empty assignment."""
    released = folder / "release" / slug
    released.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(metadata={"unrolled": Policy(packages).as_metadata()})
    nbformat.write(notebook, released / f"{slug}.ipynb")
    zipfile.ZipFile(build_bundle(slug, released, wheel, folder)).extractall(folder)
    return folder / f"unrolled-{slug}"


@pytest.mark.slow
def test_every_assignment_asks_for_the_same_so_that_one_environment_serves_all(tmp_path, wheel):
    policies = {slug: read_source(source_of(slug, ROOT / "solutions")).metadata["unrolled"] for slug in ASSIGNMENTS}
    asked = {}
    for slug, stated in policies.items():
        folder = bundled(tmp_path, slug, wheel, tuple(stated["packages"]))
        asked[slug] = set((folder / "requirements.txt").read_text("utf-8").splitlines())
    common = set.intersection(*asked.values())
    for slug, lines in asked.items():  # beyond that, what it names itself: the same version wherever it is named
        extra = {line.partition("==")[0] for line in lines - common}
        assert extra <= set(policies[slug]["packages"]) - {"numpy"}, slug
    pins = {line for lines in asked.values() for line in lines}
    assert len(pins) == len({line.partition("==")[0] for line in pins})


def test_the_bundles_of_two_assignments_have_no_file_in_common(tmp_path, wheel):
    first, second = (bundled(tmp_path / slug, slug, wheel) for slug in ("one", "two"))
    with (
        zipfile.ZipFile(first.parent / "unrolled-one.zip") as one,
        zipfile.ZipFile(second.parent / "unrolled-two.zip") as two,
    ):
        assert not set(one.namelist()) & set(two.namelist())


def test_start_opens_the_notebook_of_its_bundle(tmp_path, wheel):
    folder = bundled(tmp_path, "tiny", wheel)
    text = (folder / "start.py").read_text("ascii")
    assert 'NOTEBOOK = "tiny.ipynb"' in text and bundle.EXAMPLE not in text


@pytest.fixture(scope="module")
def wheels(tmp_path_factory) -> tuple[Path, Path]:
    """The public wheel, and one of a package with a line more."""
    place = tmp_path_factory.mktemp("wheels")
    changed = place / "book"
    shutil.copytree(bundle.PUBLIC_PACKAGE / "unrolled", changed / "unrolled")
    shutil.copy(bundle.PUBLIC_PACKAGE / "pyproject.toml", changed)
    with (changed / "unrolled/__init__.py").open("a", encoding="utf-8") as file:
        file.write("CHANGED = True\n")
    return build_wheel(place / "first"), build_wheel(place / "second", changed)


@pytest.mark.slow
def test_a_changed_wheel_takes_the_place_of_the_installed_one_both_ways(wheels, tmp_path):
    assert wheels[0].name != wheels[1].name and all("-0.1.0+c" in wheel.name for wheel in wheels)
    folders = [bundled(tmp_path / str(number), "tiny", wheel) for number, wheel in enumerate(wheels)]
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env/bin/python"
    for number in (0, 1, 0):
        requirements = folders[number] / "requirements.txt"
        lines = [line for line in requirements.read_text("utf-8").splitlines() if line.startswith(MINE)]
        requirements.write_text("\n".join(lines) + "\n", "utf-8")
        # From another folder than the bundle's, as one may.
        command = [python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "-r", requirements]
        subprocess.run(command, cwd=tmp_path, check=True)
        place = next((tmp_path / "env/lib").glob("python*/site-packages/unrolled/__init__.py"))
        assert ("CHANGED" in place.read_text("utf-8")) == bool(number)


@pytest.mark.slow
def test_the_same_content_has_the_same_version(wheels, tmp_path):
    again = build_wheel(tmp_path)
    assert again.name == wheels[0].name and again.read_bytes() == wheels[0].read_bytes()
