"""The judge's side of the wire to the student's process, and to the one that follows when it died."""

from __future__ import annotations

import contextlib
import socket
import time
from pathlib import Path
from typing import Any

from autograde.runner.frames import Channel, WireError
from autograde.runner.outputs import CellOutputs
from autograde.sandbox.limits import Limits

GRACE = 1.0  # seconds between the interruption of a cell and its end by force
MOST_RENEWALS = 6  # new processes for a notebook whose code ends its own
COSTLY = 3  # as so many counts one that took much of a cell's time, or that the judge had to end


class Student:
    """The student's process.

    Args:
        grader: where new processes come from.
        wire: to the first one.
        forbidden: what answers may not call.
        seed: of the generators that every program shares.
    """

    def __init__(
        self, grader: socket.socket, wire: socket.socket, limits: Limits, *, forbidden: list[str], seed: int
    ) -> None:
        self.grader, self.channel, self.limits = grader, Channel(wire), limits
        self.forbidden, self.seed = forbidden, seed
        self.files = [(path.name, path.read_bytes()) for path in sorted(Path.cwd().iterdir())]
        self.end = time.monotonic() + limits.notebook_seconds
        self.renewals = 0
        self._set_up()

    def deadline(self) -> float:
        """When the cell that starts now has to be done, by time.monotonic()."""
        return min(time.monotonic() + self.limits.cell_seconds, self.end)

    def run(self, cell: int, last_test: int, source: str, outputs: CellOutputs) -> dict[str, Any]:
        """Have a cell run; its outputs are added to `outputs`. Raises WireError where the process ends or is stuck.

        Args:
            cell: where it stands in the notebook.
            last_test: where the last test before it stands, below zero where there is none.
        """
        deadline = self.deadline()
        stuck = deadline + GRACE
        left = max(deadline - time.monotonic(), 0.0)
        request = {"do": "cell", "cell": cell, "last_test": last_test, "source": source, "seconds": left}
        self.channel.send(request, deadline=stuck)
        while True:
            message, _ = self.channel.receive(deadline=stuck)
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
        if self.renewals > MOST_RENEWALS or time.monotonic() > self.end:
            return False
        Channel(self.grader).send({"renew": True})
        _, handles, _, _ = socket.recv_fds(self.grader, 1, 1)
        self.channel = Channel(socket.socket(fileno=handles[0]))
        self._set_up()
        return True

    def _set_up(self) -> None:
        # A process that dies here is noticed by the first cell.
        with contextlib.suppress(WireError):
            deadline = self.deadline()
            for name, content in self.files:
                self.channel.send({"do": "file", "name": name}, [content], deadline=deadline)
            self.channel.send({"do": "prepare", "forbidden": self.forbidden, "seed": self.seed}, deadline=deadline)
