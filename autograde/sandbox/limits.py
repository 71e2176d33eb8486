"""How much one submission may use."""

from __future__ import annotations

import resource
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

MIB = 1 << 20
PATIENCE = 4  # so many times its limit something may take by the clock, where other programs hold the processors

MOST_SIGNALS = 128  # waiting for this process; each timer keeps one, in memory of the kernel's


@dataclass(frozen=True)
class Limits:
    """What one notebook may use.

    cell_seconds: processor time of one cell, tests included. It may also sleep so long, and take PATIENCE times as
        long by the clock.
    notebook_seconds: the same for the whole notebook.
    memory: bytes of address space beyond what the warm parent holds.
    scratch: bytes of files, all of them together.
    threads: at most so many, the first one included. There is one process only.
    open_files: file descriptors.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 600.0
    memory: int = 2048 * MIB
    scratch: int = 64 * MIB
    threads: int = 64
    open_files: int = 128

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def apply(self) -> None:
        """Set the kernel's limits for this process. They cannot be raised again without privileges."""
        # With 1 nothing is written and, other than with 0, no program of the machine's is called either.
        _set(resource.RLIMIT_CORE, 1)
        _set(resource.RLIMIT_CPU, int(self.notebook_seconds) + 1)
        _set(resource.RLIMIT_FSIZE, self.scratch)
        _set(resource.RLIMIT_NOFILE, self.open_files)
        _set(resource.RLIMIT_NPROC, self.threads)
        _set(resource.RLIMIT_MEMLOCK, 0)
        _set(resource.RLIMIT_MSGQUEUE, 0)
        _set(resource.RLIMIT_SIGPENDING, MOST_SIGNALS)
        # RLIMIT_DATA would miss shared mappings.
        _set(resource.RLIMIT_AS, address_space() + self.memory)


def _set(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def address_space() -> int:
    """The whole of this process's mappings, in bytes."""
    return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
