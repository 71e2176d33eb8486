"""Releases that were made before, kept by all that they depend on: the same content is made once, then copied.

An entry is a folder `<slug>-<hash>` with the files as they lie in a course folder, and a manifest of their hashes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from traitlets.config import Config

import autograde
from autograde.course.packages import FOR_ALL, NOTEBOOK
from autograde.release.bundle import PUBLIC_PACKAGE
from unrolled.lab.provenance import VERSIONS, closure

MANIFEST = "manifest.json"
OURS = Path(autograde.__file__).parent
MAKING = (OURS / "release", OURS / "course", OURS / "hub")  # the code that makes a release; nbgrader calls hub
BOOK = ("_config.yml", "_toc.yml")  # with the chapters, they say what the hints in the fixtures point to
MADE_WITH = ("nbgrader", "nbconvert", "nbformat", "jupytext", "pyyaml", "setuptools", "wheel")
LIBRARIES = (*VERSIONS, *FOR_ALL, NOTEBOOK, *MADE_WITH)
NO_CONTENT = {"__pycache__", ".ipynb_checkpoints", "_build", "build"}


def place_of(slug: str, assignment: Path, secret: Path, config: Config) -> Path:
    """The folder in which the release of an assignment as it stands now is kept, whether or not it is there.

    Args:
        assignment: its folder in the secret tree.
        secret: the secret tree, solutions/; releases are kept beside it.
        config: nbgrader's settings, of which all but where the gradebook lies decide, as do the notebooks they name.
    """
    total = hashlib.sha256(json.dumps([sys.version, [[name, version(name)] for name in LIBRARIES]]).encode())
    total.update(_settings(config).encode())
    for file in sorted(depends_on(assignment, secret)):
        total.update(f"\0{file}\0{_hash(file.read_bytes())}".encode())
    return secret.parent / "_build" / "releases" / f"{slug}-{total.hexdigest()[:16]}"


def depends_on(assignment: Path, secret: Path) -> set[Path]:
    """The files that decide about a release: of the assignment, what it imports, the public package, what makes it."""
    making = secret / "fixtures.py"
    code = [*assignment.rglob("*.py"), *([making] if making.is_file() else [])]
    imported: set[Path] = set()
    for path in code:
        closure(path.read_text("utf-8"), imported)
    packages = {folder / "__init__.py" for path in {*code, *imported} for folder in path.parents}
    public = [PUBLIC_PACKAGE / "pyproject.toml", *_files(PUBLIC_PACKAGE / "unrolled"), *PUBLIC_PACKAGE.rglob("*.md")]
    book = [PUBLIC_PACKAGE.parent / name for name in BOOK]
    making_it = [file for folder in MAKING for file in _files(folder)]
    files = {*code, *imported, *packages, *_files(assignment), *public, *book, *making_it}
    return {file for file in files if file.is_file()}


def fetch(place: Path, root: Path) -> bool:
    """Copy a kept release into the course folder `root`; False, and nothing copied, where it is not there whole."""
    try:
        manifest = json.loads((place / MANIFEST).read_bytes())
        contents = {name: (place / name).read_bytes() for name in manifest}
    except (OSError, ValueError, TypeError):
        return False
    if not manifest or any(_hash(content) != manifest[name] for name, content in contents.items()):
        return False
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return True


def keep(place: Path, root: Path, parts: Iterable[Path]) -> None:
    """Keep files and folders of the course folder `root`, in the place of what was kept of the assignment before."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".new-") as scratch:
        made = Path(scratch) / place.name
        manifest = {}
        for file in (file for part in parts for file in _files(part)):
            name = str(file.relative_to(root))
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(file.read_bytes())
            manifest[name] = _hash(file.read_bytes())
        (made / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        slug = place.name.rpartition("-")[0]
        for former in place.parent.glob(f"{slug}-*"):
            if former.name.rpartition("-")[0] == slug:
                shutil.rmtree(former, ignore_errors=True)
        made.rename(place)


def _settings(config: Config) -> str:
    course_folder = {name: value for name, value in config.CourseDirectory.items() if name != "db_url"}
    around = config.get("IncludeHeaderFooter", {})  # nbgrader puts these notebooks before and behind the assignment's
    notebooks = [Path(around.get(name) or "") for name in ("header", "footer")]
    contents = [_hash(notebook.read_bytes()) for notebook in notebooks if notebook.is_file()]
    return repr((sorted({**config, "CourseDirectory": course_folder}.items()), contents))


def _files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    files = (file for file in part.rglob("*") if file.is_file())
    return sorted(file for file in files if not NO_CONTENT.intersection(file.relative_to(part).parts))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
