"""System calls by kind of process, where `perf` is there and may count them; nothing depends on it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.work import GRADER, WARM, Counts

CALLS, SYNCS = "calls", "fsyncs"
EVENTS = {
    "raw_syscalls:sys_enter": CALLS,
    "syscalls:sys_enter_fsync": SYNCS,
    "syscalls:sys_enter_fdatasync": SYNCS,
}
SECONDS_TO_ATTACH = 0.2


def are_counted() -> bool:
    """Whether this machine counts them for us."""
    if not shutil.which("perf"):
        return False
    return subprocess.run(["perf", "stat", "-e", ",".join(EVENTS), "true"], capture_output=True).returncode == 0


@contextmanager
def counted_calls(parents: dict[int, str]) -> Iterator[Counts]:
    """Those that are made within, complete at the end.

    Args:
        parents: the warm parents, each with the role of those whom it forks.
    """
    found: Counts = {GRADER: Counter()}
    with TemporaryDirectory() as folder, ExitStack() as ending:
        asked: list[tuple[str, int, tuple[str, ...]]] = [(GRADER, os.getpid(), ("--no-inherit",))]
        for number, role in parents.items():
            asked += [(WARM + role, number, ("--no-inherit",)), (role, number, ())]
        files = []
        for index, (kind, number, how) in enumerate(asked):
            file = Path(folder, str(index))
            command = ["perf", "stat", "-x,", "-o", str(file), *how, "-e", ",".join(EVENTS), "-p", str(number)]
            perf = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            ending.callback(perf.wait)
            ending.callback(perf.send_signal, signal.SIGINT)
            files.append((kind, file))
        time.sleep(SECONDS_TO_ATTACH)
        yield found
        ending.close()
        for kind, file in files:
            found.setdefault(kind, Counter()).update(_read(file))
    for kind in [kind for kind in found if WARM + kind in found]:
        found[kind].subtract(found[WARM + kind])  # with what it forks it was counted, too


def _read(file: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in file.read_text("utf-8").splitlines():
        fields = line.split(",")
        if len(fields) > 2 and fields[0].isdigit():
            found[EVENTS[fields[2]]] += int(fields[0])
    return found
