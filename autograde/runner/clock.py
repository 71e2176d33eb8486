"""Outside the sandbox: the time that a student's process uses, as the kernel counts it and not as it says itself."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from autograde.runner.frames import Channel, Deadline, Message
from autograde.sandbox.limits import PATIENCE

PROCESSOR, ASLEEP, WALL = "processor", "asleep", "wall"  # what a cell can have too much of
GRACE = 1.0  # seconds between the interruption of a cell and its end by force
BETWEEN_READINGS = 0.05  # seconds: so long a reading of the kernel's accounts is good enough
SHORTEST_WAIT = 0.01  # seconds
PROCESSORS = os.cpu_count() or 1


class Process:
    """A student's process with all its threads; it cannot have children.

    Args:
        number: of the process, as this one sees it.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._clock = ~number << 3 | 2  # what clock_getcpuclockid(3) gives
        self._account = f"/proc/{number}/schedstat"
        self._last = 0.0, 0.0
        self._read_at = -1.0

    def used(self) -> tuple[float, float]:
        """Seconds that its threads have computed, and that the first of them has waited for a processor.

        Of a process that is gone, what was known last.
        """
        now = time.monotonic()
        if now - self._read_at > BETWEEN_READINGS:
            self._read_at = now
            with contextlib.suppress(OSError):
                self._last = time.clock_gettime(self._clock), self._queued()
        return self._last

    def interrupt(self) -> None:
        """Ask it to stop what it does; see `child`."""
        with contextlib.suppress(OSError):
            os.kill(self.number, signal.SIGALRM)

    def _queued(self) -> float:
        try:
            return int(Path(self._account).read_bytes().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return time.monotonic()  # a kernel without such an account: nobody is known to sleep


class Allowance(Deadline):
    """The time that one cell or test may use. What is over it is interrupted, and late where that does not help.

    Processor time decides. Who computes nothing (sleep, a lock) may be asleep as long as others may compute. Time by
    the clock is a wide bound, which is only met where other programs hold the processors.

    Args:
        processor, asleep, wall: seconds.

    exceeded: PROCESSOR, ASLEEP, WALL, or nothing.
    """

    def __init__(self, process: Process, *, processor: float, asleep: float, wall: float) -> None:
        self.process = process
        self.most = {PROCESSOR: processor, ASLEEP: asleep, WALL: wall}
        self.exceeded = ""
        self._begun = time.monotonic()
        self._at_first = process.used()
        self._waited = 0.0  # seconds within `receive`: while the judge itself is at work, nobody sleeps
        self._waits_since = 0.0
        self._at_interruption: dict[str, float] = {}
        self._fine_until = 0.0  # by the clock: before that, no more than `most` can have been used

    def receive(self, channel: Channel) -> tuple[Message, bytes]:
        """The next message of the process, which works meanwhile. Raises WireError, LateError."""
        self._waits_since = time.monotonic()
        try:
            return channel.receive(deadline=self)
        finally:
            self._waited += time.monotonic() - self._waits_since
            self._waits_since = 0.0

    def used(self) -> dict[str, float]:
        """Seconds used until now, of each kind."""
        now = time.monotonic()
        processor, queued = (now - before for now, before in zip(self.process.used(), self._at_first, strict=True))
        waited = self._waited + (now - self._waits_since if self._waits_since else 0.0)
        return {PROCESSOR: processor, ASLEEP: max(waited - processor - queued, 0.0), WALL: now - self._begun}

    def left(self) -> float:
        """Seconds until the next look at what was used; none where its time is over. Interrupts it once before that."""
        sure = self._fine_until - time.monotonic()
        if sure > 0:
            return sure
        used = self.used()
        if not self.exceeded:
            over = [kind for kind in self.most if used[kind] >= self.most[kind]]
            if not over:
                left = {kind: self.most[kind] - used[kind] for kind in self.most}
                sure = min(left[PROCESSOR] / PROCESSORS, left[ASLEEP], left[WALL])
                self._fine_until = time.monotonic() + sure
                return max(sure, SHORTEST_WAIT)
            self.exceeded = over[0]
            self._at_interruption = used
            self.process.interrupt()
        since = {kind: used[kind] - self._at_interruption[kind] for kind in used}
        left_of_grace = min(GRACE - since[PROCESSOR] - since[ASLEEP], PATIENCE * GRACE - since[WALL])
        return max(left_of_grace / PROCESSORS, SHORTEST_WAIT) if left_of_grace > 0 else 0.0
