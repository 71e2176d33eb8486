"""The set-up: what it says beforehand, on the way and when it fails; whose build of a package it takes."""

import base64
import hashlib
import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.places import ROOT

pytestmark = pytest.mark.slow

spec = importlib.util.spec_from_file_location("install", ROOT / "scripts/install.py")
assert spec is not None and spec.loader is not None
install = importlib.util.module_from_spec(spec)
spec.loader.exec_module(install)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "ERROR: Ignored the following versions that require a different python version: 4.1.1 "
            "Requires-Python >=3.11.5\n"
            "ERROR: No matching distribution found for soupsieve==4.1.1",
            "make PYTHON=",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0", "torch==2.13.0"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(...: [Errno -3] Temporary failure in "
            "name resolution')'\nERROR: Could not find a version (from versions: none)\n"
            "ERROR: No matching distribution found for absl-py==2.5.1",
            "check the network",
        ),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: 'x'", "write access"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "pip cache purge"),
        ("ERROR: Something nobody has seen", "Something nobody has seen"),
        ("", "pip gave no reason"),
    ],
)
def test_a_failure_ends_in_its_own_remedy(words, told):
    assert told in install.remedy(words)


def test_warnings_about_folders_of_wheels_are_no_reason():
    assert "reason" in install.remedy("WARNING: Location 'file:///x/Permission denied/' is ignored")


def test_what_is_downloaded_is_said_before(monkeypatch):
    monkeypatch.setattr(install, "_has_torch", lambda: False)
    monkeypatch.setattr(install.platform, "system", lambda: "Linux")
    monkeypatch.delenv(install.TORCH_INDEX, raising=False)
    told = "\n".join(install.beforehand())
    assert "CUDA" in told and install.DOWNLOAD_CUDA in told and "TORCH_INDEX" in told
    assert install.TORCH_INDEX in (ROOT / "README.md").read_text(encoding="utf-8")
    monkeypatch.setenv(install.TORCH_INDEX, "file:///somewhere")
    assert "CUDA" not in "\n".join(install.beforehand())
    monkeypatch.setattr(install, "_has_torch", lambda: True)
    assert list(install.beforehand()) == []


def test_progress_counts_packages_and_bytes(capsys):
    show = install.Progress(3)
    show.shown = -1000.0  # the last line was long ago
    for line in ("Collecting numpy==2.4.6", "  Downloading numpy.whl (16.5 MB)", "Collecting nvidia-cublas<=13"):
        show.line(line.strip())
    show.line("Installing collected packages: numpy")
    show.end()
    told = capsys.readouterr().out
    assert "1 of 3 packages, 0 MB" in told
    assert told.count("CUDA") == 1
    assert "16 MB downloaded" in told


def wheel(folder: Path, version: str, words: str) -> None:
    """A wheel of the package `tiny` whose module says `words`, in a folder that pip reads as an index."""
    place = folder / "tiny"
    place.mkdir(parents=True)
    files = {
        "tiny.py": f"words = {words!r}\n",
        f"tiny-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"tiny-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(text.encode())}")
    record.append(f"tiny-{version}.dist-info/RECORD,,")
    name = f"tiny-{version}-py3-none-any.whl"
    with zipfile.ZipFile(place / name, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"tiny-{version}.dist-info/RECORD", "\n".join(record) + "\n")
    (place / "index.html").write_text(f'<a href="{name.replace("+", "%2B")}">{name}</a>')


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A fresh environment, a registry with the plain build, and an index with another build of the same version."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env/bin/python"
    wheel(tmp_path / "plain", "1.0", "the plain build")
    wheel(tmp_path / "other", "1.0+cpu", "the build without CUDA")
    lock = tmp_path / "requirements.txt"
    lock.write_text("tiny==1.0\n")
    monkeypatch.setattr(install.sys, "executable", str(python))
    monkeypatch.setattr(install, "LOG", tmp_path / "setup.log")
    monkeypatch.setattr(install, "SCRATCH", tmp_path / "scratch")
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "LOCK", lock)
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "plain").as_uri())
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(install, "OWN_PACKAGES", ())
    return lambda: subprocess.run(
        [python, "-c", "import tiny; print(tiny.words)"], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_same_lock_takes_the_build_of_the_named_index(machine, monkeypatch, tmp_path, capsys):
    assert install.main() == 0, (tmp_path / "setup.log").read_text()
    assert machine() == "the plain build"
    subprocess.run([tmp_path / "env/bin/python", "-m", "pip", "uninstall", "-q", "-y", "tiny"], check=True)
    monkeypatch.setenv(install.TORCH_INDEX, (tmp_path / "other").as_uri())
    assert install.main() == 0, (tmp_path / "setup.log").read_text()
    assert machine() == "the build without CUDA"
    assert "WARNING" not in capsys.readouterr().out
    assert not (tmp_path / "scratch").exists()


def test_a_package_that_is_not_to_be_had_is_named(machine, tmp_path, capsys):
    (tmp_path / "requirements.txt").write_text("tiny==2.0\n")
    assert install.main() == 1
    told = capsys.readouterr().err
    assert "tiny==2.0" in told and "then run the same command again" in told
    assert len(told.strip().splitlines()) == 2
