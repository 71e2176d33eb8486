"""The judge's side of the wire to the student's process, and to the one that follows when it died."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograde.runner.clock import ASLEEP, PROCESSOR, WALL, Allowance, Process
from autograde.runner.frames import Channel, Deadline, WireError
from autograde.runner.outputs import CellOutputs
from autograde.sandbox.limits import PATIENCE, Limits

LARGEST_NUMBER = 20  # digits of a process's number
MOST_RENEWALS = 6  # new processes for a notebook whose code ends its own
COSTLY = 3  # as so many counts one that took much of a cell's time, or that the judge had to end


class Student:
    """The student's process.

    Args:
        grader: where new processes come from.
        wire: to the first one.
        number: the first one's, as a process.
        forbidden: what answers may not call.
        seed: of the generators that every program shares.
    """

    def __init__(
        self,
        grader: socket.socket,
        wire: socket.socket,
        number: int,
        limits: Limits,
        *,
        forbidden: list[str],
        seed: int,
    ) -> None:
        self.grader, self.channel, self.process, self.limits = grader, Channel(wire), Process(number), limits
        self.forbidden, self.seed = forbidden, seed
        self.files = [(path.name, path.read_bytes()) for path in sorted(Path.cwd().iterdir())]
        self.left = {kind: limits.notebook_seconds for kind in (PROCESSOR, ASLEEP)}
        self.end = time.monotonic() + PATIENCE * limits.notebook_seconds
        self.renewals = 0
        self._set_up()

    @contextmanager
    def timed(self) -> Iterator[Allowance]:
        """The time of a cell or test that runs within; the notebook has less left afterwards."""
        most = {kind: min(self.limits.cell_seconds, left) for kind, left in self.left.items()}
        wall = min(PATIENCE * self.limits.cell_seconds, self.end - time.monotonic())
        allowance = Allowance(self.process, processor=most[PROCESSOR], asleep=most[ASLEEP], wall=wall)
        judge = time.process_time()
        try:
            yield allowance
        finally:
            used = allowance.used()
            self.left[PROCESSOR] -= used[PROCESSOR] + time.process_time() - judge
            self.left[ASLEEP] -= used[ASLEEP]

    def out_of(self) -> str:
        """What the whole notebook has used up: PROCESSOR, ASLEEP, WALL, or nothing."""
        over = next((kind for kind, left in self.left.items() if left <= 0), "")
        return over or (WALL if time.monotonic() > self.end else "")

    def run(self, cell: int, last_test: int, source: str, outputs: CellOutputs, allowance: Allowance) -> dict[str, Any]:
        """Have a cell run; its outputs are added to `outputs`. Raises WireError where the process ends or is stuck.

        Args:
            cell: where it stands in the notebook.
            last_test: where the last test before it stands, below zero where there is none.
        """
        request = {"do": "cell", "cell": cell, "last_test": last_test, "source": source}
        self.channel.send(request, deadline=allowance)
        while True:
            message, _ = allowance.receive(self.channel)
            if "output" in message:
                outputs.add(message["output"])
            elif "done" in message:
                return message
            else:
                raise WireError("it sent what nobody asked for")

    def renew(self, *, costly: bool) -> bool:
        """Ask for a new process in place of this one. False where there were enough."""
        self.channel.close()
        self.renewals += COSTLY if costly else 1
        if self.renewals > MOST_RENEWALS or self.out_of():
            return False
        Channel(self.grader).send({"renew": True})
        number, handles, _, _ = socket.recv_fds(self.grader, LARGEST_NUMBER, 1)
        self.channel, self.process = Channel(socket.socket(fileno=handles[0])), Process(int(number))
        self._set_up()
        return True

    def _set_up(self) -> None:
        # A process that dies here is noticed by the first cell.
        with contextlib.suppress(WireError):
            deadline = Deadline(PATIENCE * self.limits.cell_seconds)
            for name, content in self.files:
                self.channel.send({"do": "file", "name": name}, [content], deadline=deadline)
            self.channel.send({"do": "prepare", "forbidden": self.forbidden, "seed": self.seed}, deadline=deadline)
