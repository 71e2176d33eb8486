"""The student bundle: one zip with the notebook, its fixtures, the public package and how to start."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import nbformat

import unrolled
from autograde.course import book
from autograde.course.errors import CourseError
from autograde.course.packages import requirements
from autograde.course.policy import policy_of
from autograde.course.system import PYTHONS

PUBLIC_PACKAGE = Path(unrolled.__file__).parents[1]  # book/, where the public package's pyproject.toml lies
EPOCH = "315532800"  # 1980-01-01, the first date a zip knows: the same content gives the same bytes
DATE = (1980, 1, 1, 0, 0, 0)
START = Path(__file__).with_name("start.py")
EXAMPLE = '"assignment.ipynb"'  # what a bundle's start.py names in its place
VERSION = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)

README = """# {slug}

1. Unpack the file where your other assignments of the course lie, open a terminal in this folder, and start:

       python3 start.py          (Windows: py start.py)

   You need {pythons}, 64 bit; it says so if yours does not fit. The first time it makes an environment,
   the folder `unrolled-env` beside this one, and installs into it (some minutes, about 600 MB). All assignments use
   that one. Then it opens the notebook in your browser. On another day the same line opens it at once.

{practice}

3. Before you hand in: Kernel > Restart Kernel and Run All Cells. Then hand in `{slug}.ipynb` under that name.

Files: `{slug}.ipynb` the assignment, `start.py` installs and opens, `requirements.txt` what it installs,
`unrolled-….whl` the course's own package{fixtures}.

With an environment of your own (conda, an editor) of {pythons}, run
`python -m pip install -r requirements.txt` in it instead.
"""
WITH_CHECK = """\
2. Write your code in the cells that say YOUR CODE HERE. Run `check(...)` below each: it says what is right,
   what is not, the likely cause, and where the book explains it. It works without a network."""
WITHOUT_CHECK = """\
2. Write your code in the cells that say YOUR CODE HERE, and run those below: one that is not content says why."""
FIXTURES = ", `fixtures.npz` what `check` compares with (leave it beside the notebook)"


def build_wheel(folder: Path, package: Path = PUBLIC_PACKAGE) -> Path:
    """Build the public wheel into `folder` without a network.

    Its version ends in a hash of its content, so that pip puts it in the place of any other.

    Raises:
        CourseError: it could not be built; with pip's last words.
    """
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "package"
        copy.mkdir()
        shutil.copy(package / "pyproject.toml", copy)
        shutil.copytree(package / "unrolled", copy / "unrolled", ignore=shutil.ignore_patterns("__pycache__"))
        _mark_version(copy)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(copy)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    wheels = sorted(folder.glob("unrolled-*.whl"))
    if done.returncode != 0 or not wheels:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["pip said nothing"]
        raise CourseError(f"The wheel of the public package could not be built: {lines[-1]}", "See the line above.")
    return wheels[-1]


def _mark_version(package: Path) -> None:
    # 0.1.0 becomes 0.1.0+c<hash>. The letter keeps PEP 440 from reading a hash of digits as a number.
    total = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*") if path.is_file()):
        content = path.read_bytes()
        total.update(f"{path.relative_to(package).as_posix()}\0{len(content)}\0".encode() + content)
    project = package / "pyproject.toml"
    text, count = VERSION.subn(rf'version = "\1+c{total.hexdigest()[:12]}"', project.read_text("utf-8"), count=1)
    if not count:
        raise CourseError(f"{project.name} of the public package states no version.", 'Write `version = "0.1.0"`.')
    project.write_text(text, "utf-8")


def build_bundle(slug: str, released: Path, wheel: Path, folder: Path) -> Path:
    """Write `unrolled-<slug>.zip` into `folder`; equal content gives equal bytes.

    Args:
        released: the release folder of the assignment: the notebook and what lies beside it.
        wheel: the public package.
    """
    top = f"unrolled-{slug}"
    stated = policy_of(nbformat.read(released / f"{slug}.ipynb", 4)).packages
    name, version = wheel.name.split("-")[:2]
    # pip looks for this folder beside the file, wherever it is called; no other place has that version.
    lines = ["--find-links .", f"{name}=={version}", *requirements(stated)]
    members = {path.name: path.read_bytes() for path in released.iterdir() if path.is_file()}
    members[wheel.name] = wheel.read_bytes()
    members["requirements.txt"] = ("\n".join(lines) + "\n").encode()
    members["start.py"] = START.read_bytes().replace(EXAMPLE.encode(), f'"{slug}.ipynb"'.encode())
    members["README.md"] = _readme(slug, has_check="fixtures.npz" in members).encode()
    path = folder / f"{top}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(f"{top}/{name}", DATE)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, members[name])
    return path


def _readme(slug: str, *, has_check: bool) -> str:
    practice, fixtures = (WITH_CHECK, FIXTURES) if has_check else (WITHOUT_CHECK, "")
    text = README.format(slug=slug, pythons=PYTHONS, practice=practice, fixtures=fixtures)
    return f"{text}\n{book.about()}" if has_check else text
