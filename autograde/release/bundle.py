"""The student bundle: one zip with the notebook, its fixtures, the public package and how to start."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import version
from pathlib import Path

import unrolled
from autograde.course import book
from autograde.course.errors import CourseError
from autograde.course.system import PYTHONS

PUBLIC_PACKAGE = Path(unrolled.__file__).parents[1]  # book/, where the public package's pyproject.toml lies
EPOCH = "315532800"  # 1980-01-01, the first date a zip knows: the same content gives the same bytes
DATE = (1980, 1, 1, 0, 0, 0)
PINNED = ("jupyterlab", "numpy")

README = """# {slug}

1. Unpack this folder, open a terminal in it, and make a clean environment ({pythons}; `python3 --version`
   tells which one you have):

       python3 -m venv .venv
       source .venv/bin/activate          (Windows: .venv\\Scripts\\activate)
       python -m pip install -r requirements.txt

2. Open the notebook:

       jupyter lab {slug}.ipynb

3. Write your code in the cells that say YOUR CODE HERE. Run `check(...)` below each: it says what is right,
   what is not, the likely cause, and where the book explains it. It works without a network.

4. Before you hand in: Kernel > Restart Kernel and Run All Cells. Then hand in `{slug}.ipynb` under that name.

Files: `{slug}.ipynb` the assignment, `fixtures.npz` what `check` compares with (leave it beside the notebook),
`{wheel}` the course's package, `requirements.txt` what to install.
"""


def build_wheel(folder: Path, package: Path = PUBLIC_PACKAGE) -> Path:
    """Build the public wheel into `folder` without a network. Raises CourseError with pip's last words."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "package"
        copy.mkdir()
        shutil.copy(package / "pyproject.toml", copy)
        shutil.copytree(package / "unrolled", copy / "unrolled", ignore=shutil.ignore_patterns("__pycache__"))
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(copy)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    wheels = sorted(folder.glob("unrolled-*.whl"))
    if done.returncode != 0 or not wheels:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["pip said nothing"]
        raise CourseError(f"The wheel of the public package could not be built: {lines[-1]}", "See the line above.")
    return wheels[-1]


def build_bundle(slug: str, released: Path, wheel: Path, folder: Path) -> Path:
    """Write `unrolled-<slug>.zip` into `folder`; equal content gives equal bytes.

    Args:
        released: the release folder of the assignment: the notebook and what lies beside it.
        wheel: the public package.
    """
    top = f"unrolled-{slug}"
    requirements = [f"{name}=={version(name)}" for name in PINNED] + [f"./{wheel.name}"]
    members = {path.name: path.read_bytes() for path in released.iterdir() if path.is_file()}
    members[wheel.name] = wheel.read_bytes()
    members["requirements.txt"] = ("\n".join(requirements) + "\n").encode()
    members["README.md"] = f"{README.format(slug=slug, wheel=wheel.name, pythons=PYTHONS)}\n{book.about()}".encode()
    path = folder / f"{top}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(f"{top}/{name}", DATE)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, members[name])
    return path
