"""Python for the page: what is kept of a release of Pyodide, what is refused, and what a build without network says."""

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book"))

import build as book_build
import runtime

NEEDS = {"numpy": [], "matplotlib": ["numpy", "python_dateutil"], "python-dateutil": ["six"], "six": [], "pandas": []}


def write_wheel(folder: Path, name: str) -> str:
    wheel = folder / f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Name: {name}\nVersion: 1.0\nLicense-Expression: MIT\n\nText"
        )
    return wheel.name


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A release with a package and files that no page needs."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    packages = {}
    for name, needs in NEEDS.items():
        wheel = write_wheel(folder, name)
        digest = hashlib.sha256((folder / wheel).read_bytes()).hexdigest()
        packages[name] = {"name": name, "version": "1.0", "file_name": wheel, "sha256": digest, "depends": needs}
    lock = {"info": {"abi_version": "2026_0", "python": "3.14.0"}, "packages": packages}
    (folder / runtime.LOCK).write_text(json.dumps(lock))
    (folder / "package.json").write_text('{"version": "314.0.3"}')
    for name in (*runtime.CORE, "pyodide.mjs.map", "pyodide.d.ts", "console.html"):
        (folder / name).write_text(name)
    pins = tmp_path / "core.json"
    pins.write_text(json.dumps({"314.0.3": {name: runtime.sha256(folder / name) for name in runtime.CORE}}))
    monkeypatch.setattr(runtime, "CORE_HASHES", pins)
    return folder


def test_only_what_cells_need_is_kept_and_listed(release, tmp_path):
    kept = tmp_path / "kept"
    runtime.keep(release, kept)
    wheels = {write_wheel(tmp_path, name) for name in NEEDS if name != "pandas"}
    assert {path.name for path in kept.iterdir()} == {
        *runtime.CORE,
        *wheels,
        runtime.LOCK,
        runtime.MANIFEST,
        "licences.txt",
    }
    assert set(json.loads((kept / runtime.LOCK).read_text())["packages"]) == set(NEEDS) - {"pandas"}
    manifest = json.loads((kept / runtime.MANIFEST).read_text())
    for name, stated in manifest["files"].items():
        content = (kept / name).read_bytes()
        assert stated == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    licences = (kept / "licences.txt").read_text()
    assert "Pyodide 314.0.3: Mozilla" in licences and "six 1.0: MIT" in licences and "pandas" not in licences


def test_a_wheel_with_another_hash_is_refused(release, tmp_path):
    wheel = release / "six-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes() + b"!")
    with pytest.raises(runtime.NotAsLocked, match=r"six-1\.0-py3-none-any\.whl is not the file"):
        runtime.keep(release, tmp_path / "kept")


@pytest.mark.parametrize("name", runtime.CORE)
def test_a_core_file_with_another_hash_is_refused(name, release, tmp_path):
    (release / name).write_text("another")
    with pytest.raises(runtime.NotAsLocked, match=rf"{name} is not that of Pyodide 314\.0\.3"):
        runtime.keep(release, tmp_path / "kept")


def test_a_release_whose_core_nobody_pinned_is_refused(release, tmp_path):
    (release / "package.json").write_text('{"version": "315.0.0"}')
    with pytest.raises(runtime.NotAsLocked, match=r"no hashes for Pyodide 315\.0\.0, only for 314\.0\.3; take"):
        runtime.keep(release, tmp_path / "kept")


def test_all_of_the_core_is_pinned():
    for hashes in json.loads(runtime.CORE_HASHES.read_text()).values():
        assert set(hashes) == set(runtime.CORE)


@pytest.mark.parametrize("name", ["pyodide.asm.wasm", "python_dateutil-1.0-py3-none-any.whl"])
def test_a_missing_file_is_named(name, release, tmp_path):
    (release / name).unlink()
    with pytest.raises(runtime.NotAsLocked, match=f"{name} is missing"):
        runtime.keep(release, tmp_path / "kept")


def test_a_release_without_matplotlib_is_named(release, tmp_path):
    lock = json.loads((release / runtime.LOCK).read_text())
    del lock["packages"]["matplotlib"]
    (release / runtime.LOCK).write_text(json.dumps(lock))
    with pytest.raises(runtime.NotAsLocked, match="knows no package matplotlib"):
        runtime.keep(release, tmp_path / "kept")


def test_an_archive_that_the_setting_names_lies_in_the_site(release, tmp_path, monkeypatch):
    archive = tmp_path / "pyodide-314.0.3.tar.bz2"
    with tarfile.open(archive, "w:bz2") as packed:
        packed.add(release, "pyodide")
    monkeypatch.setenv(runtime.SETTING, str(archive))
    site = tmp_path / "site"
    for _ in range(2):  # the second time out of the cache
        runtime.install(tmp_path, site)
        place = site / runtime.PLACE
        manifest = json.loads((place / runtime.MANIFEST).read_text())
        assert (place / manifest["folder"] / "pyodide.asm.wasm").is_file()
        with zipfile.ZipFile(place / manifest["course"]) as course:
            assert {"unrolled/__init__.py", "unrolled/data/poems.txt", "cells.py", "IPython/display.py"} <= set(
                course.namelist()
            )
    assert {"worker.mjs", "client.mjs", "service-worker.js"} <= {path.name for path in place.iterdir()}


def test_a_setting_that_names_nothing_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv(runtime.SETTING, str(tmp_path / "no-such-file"))
    with pytest.raises(runtime.NotAsLocked, match="no-such-file"):
        runtime.install(tmp_path, tmp_path / "site")


def pip_that_says(words: str):
    return lambda command, **_: subprocess.CompletedProcess(command, 1, "", words)


def test_without_a_network_the_book_stays_and_a_strict_build_fails(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(runtime.SETTING, raising=False)
    monkeypatch.setattr(runtime.subprocess, "run", pip_that_says("WARNING: again\nERROR: No matching distribution"))
    assert book_build.add_python(tmp_path) == 0
    told = capsys.readouterr().err
    assert "cells cannot run in a browser" in told and "No matching distribution" in told
    assert book_build.add_python(tmp_path, strict=True) == 1


def test_a_download_with_another_hash_stops_the_build(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(runtime.SETTING, raising=False)
    words = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
    monkeypatch.setattr(runtime.subprocess, "run", pip_that_says(words))
    assert book_build.add_python(tmp_path) == 1
    assert "refused" in capsys.readouterr().err
