"""Installs the locked packages into the environment that runs this, with progress; a failure ends in one sentence.

All of pip's words are kept in `.venv/setup.log`. Needs nothing but Python's standard library.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOG = ROOT / ".venv/setup.log"
SCRATCH = ROOT / ".venv/tmp"  # pip unpacks here: /tmp may be small
LOCK = ROOT / "requirements.txt"
TORCH_INDEX = "TORCH_INDEX"
OWN_PACKAGES = ("-e", "book", "-e", ".")
SIZE = re.compile(r"Downloading .*\(([\d.]+) (kB|MB|GB)\)")
MEGABYTES = {"kB": 1e-3, "MB": 1.0, "GB": 1e3}
# Seen with the lock of 2026-11 on Linux x86-64; only to say beforehand what to expect.
DOWNLOAD, DOWNLOAD_CUDA, DISK, DISK_CUDA = "0.5 GB", "3 GB", "2.5 GB", "6 GB"

# What pip says, and what to do: the first that is found.
REMEDIES = (
    (r"No space left on device", "the disk is full; free some space ({disk} are needed)"),
    (
        r"ConnectionError|NewConnectionError|Max retries|timed out|name resolution|ProxyError|unreachable|SSLError",
        "the package registry does not answer; check the network (and the proxy)",
    ),
    (
        r"Requires-Python|requires a different Python",
        "a locked package does not work with Python {python}; use another one: make PYTHON=/path/to/python course",
    ),
    (
        r"No matching distribution found for ([\w.=-]+)|from versions: none",
        "the package registry has no build of {found} for this machine ({machine}, Python {python}); "
        "try another Python: make PYTHON=/path/to/python course",
    ),
    (r"Permission denied", "a file may not be written; give yourself write access to this folder"),
    (r"DO NOT MATCH THE HASHES", "a download was damaged; empty pip's cache (pip cache purge)"),
)


def main() -> int:
    """Install, and return an exit status."""
    count = sum("==" in line for line in LOCK.read_text(encoding="utf-8").splitlines())
    print(f"setup: installing {count} locked packages into .venv with Python {platform.python_version()}")
    for line in beforehand():
        print(f"setup: {line}", flush=True)
    SCRATCH.mkdir(parents=True, exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    try:
        index = os.environ.get(TORCH_INDEX)
        sources = ["--extra-index-url", index] if index else []
        # Debian 12's pip would build what has no wheel in a way that needs packages which come later.
        status = pip(["--use-pep517", "-r", str(LOCK), *sources], count)
        if not status and OWN_PACKAGES:
            status = pip(["--no-deps", "--no-build-isolation", *OWN_PACKAGES], 0)
    finally:
        shutil.rmtree(SCRATCH, ignore_errors=True)
    if status:
        print(f"setup: {remedy(LOG.read_text(encoding='utf-8'))}; then run the same command again", file=sys.stderr)
        print(f"setup: pip's own words are in {LOG.relative_to(ROOT)}", file=sys.stderr)
    return status


def beforehand() -> Iterator[str]:
    """What will be downloaded, said before it is."""
    if _has_torch():
        return
    if platform.system() == "Linux" and not os.environ.get(TORCH_INDEX):
        yield f"about {DOWNLOAD} to download, {DISK} on disk, a few minutes;"
        yield f"where pip finds only PyTorch's build with CUDA, unneeded here: {DOWNLOAD_CUDA} and {DISK_CUDA}."
        yield f"To have the build without: make {TORCH_INDEX}=ADDRESS course (README, “PyTorch without CUDA”)"
    else:
        yield f"about {DOWNLOAD} to download, {DISK} on disk, a few minutes"


def pip(arguments: list[str], count: int) -> int:
    """Run `pip install`, keep its words in the log, and show how far it is."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
        *arguments,
    ]
    environment = {**os.environ, "TMPDIR": str(SCRATCH), "PYTHONUNBUFFERED": "1"}
    with (
        LOG.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        show = Progress(count)
        for line in process.stdout:
            log.write(line)
            show.line(line.strip())
        status = process.wait()
        show.end()
    return status


class Progress:
    """One line that moves on a terminal; elsewhere a line now and then."""

    def __init__(self, count: int) -> None:
        self.count, self.seen, self.megabytes, self.cuda = count, 0, 0.0, False
        self.moves = sys.stdout.isatty()
        self.started = self.shown = time.monotonic()
        self.ended = threading.Event()

    def line(self, text: str) -> None:
        """Take a line of pip's."""
        if text.startswith(("Collecting ", "Requirement already satisfied: ")):
            self.seen += 1
        if size := SIZE.search(text):
            self.megabytes += float(size[1]) * MEGABYTES[size[2]]
        if text.startswith("Collecting nvidia-") and not self.cuda:
            self.cuda = True
            self.say("PyTorch brings CUDA along (see above; Ctrl-C stops this, and nothing is lost)", always=True)
        if text.startswith("Installing collected packages") and self.count:
            self.say(f"{self.megabytes:,.0f} MB downloaded", always=True)
            threading.Thread(target=self.watch, daemon=True).start()  # pip says nothing while it unpacks
        elif self.count and text.startswith(("Collecting ", "Downloading ")):
            self.say(f"{min(self.seen, self.count)} of {self.count} packages, {self.megabytes:,.0f} MB downloaded")

    def watch(self) -> None:
        """Count the packages that are unpacked, until the end."""
        place = Path(sysconfig.get_path("purelib"))
        while not self.ended.wait(1):
            self.say(f"{min(len(list(place.glob('*.dist-info'))), self.count)} of {self.count} packages unpacked")

    def say(self, text: str, always: bool = False) -> None:
        """Show it, if it is time to."""
        now = time.monotonic()
        if not always and now - self.shown < (0.2 if self.moves else 15):
            return
        self.shown = now
        minutes, seconds = divmod(int(now - self.started), 60)
        line = f"setup: {text} ({minutes}:{seconds:02})"
        print(f"\r{line:<100}" if self.moves else line, end="\n" if always or not self.moves else "", flush=True)

    def end(self) -> None:
        """Leave the line."""
        self.ended.set()
        if self.moves and self.count:
            print()


def remedy(words: str) -> str:
    """What to do about what pip said."""
    errors = "\n".join(line for line in words.splitlines() if not line.startswith("WARNING: Location"))
    here = {
        "disk": DISK_CUDA if "nvidia" in words else DISK,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }
    for pattern, sentence in REMEDIES:
        if found := re.search(pattern, errors):
            return sentence.format(found=(found.lastindex and found[1]) or "a locked package", **here)
    last = [line for line in errors.splitlines() if line.startswith("ERROR")]
    return f"the locked packages could not be installed ({last[-1] if last else 'pip gave no reason'})"


def _has_torch() -> bool:
    from importlib.util import find_spec

    return find_spec("torch") is not None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nsetup: stopped; the same command goes on from here (what was downloaded is kept)", file=sys.stderr)
        sys.exit(130)
