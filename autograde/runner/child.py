"""Inside the sandbox: one submission's process. It runs cells and answers the judge until the wire is closed."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType

from autograde.runner.agent import Agent, Message, TimeLimit, Uninterrupted
from autograde.runner.asked import refuse_input
from autograde.runner.forbid import forbid
from autograde.runner.frames import Channel, WireError
from autograde.runner.seeding import seed_all
from autograde.runner.shell import Output, Shell, captured

MOST_OUTPUT = 1_000_000  # characters a cell may put out; the judge has a limit of its own
MOMENT = 0.01  # seconds
CUT = "\n[output cut here]\n"


def serve(connection: socket.socket, shell: Shell) -> None:
    """Do what the judge asks until it is gone."""
    channel = Uninterrupted(connection)
    agent = Agent(channel, shell.user_ns)

    def stop(number: int, frame: FrameType | None) -> None:
        # The judge says that this cell or call has had its time; it may have ended just now.
        if channel.busy:
            signal.setitimer(signal.ITIMER_REAL, MOMENT)
        elif channel.works:
            channel.interrupted = True
            raise TimeLimit

    signal.signal(signal.SIGALRM, stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    refuse_input()
    sys.path.insert(0, "")  # modules beside the notebook, as in Jupyter
    # What is printed while the judge asks could carry its inputs out; cells have a sink of their own.
    with captured(None):
        while True:
            try:
                message, blob = channel.receive()
            except WireError:
                return
            _do(message, blob, channel, agent, shell)


def _do(message: Message, blob: bytes, channel: Uninterrupted, agent: Agent, shell: Shell) -> None:
    if message["do"] == "file":
        Path(message["name"]).write_bytes(blob)
    elif message["do"] == "prepare":
        forbid(message["forbidden"])
        seed_all(message["seed"])
    elif message["do"] == "cell":
        _run_cell(message, channel, agent, shell)
    else:
        try:
            with channel.interruptible():
                agent.answer(message, blob)
        except TimeLimit:
            channel.send({"late": True})


def _run_cell(message: Message, channel: Uninterrupted, agent: Agent, shell: Shell) -> None:
    sender = _Sender(channel)
    with captured(sender.send), contextlib.suppress(TimeLimit), channel.interruptible():
        shell.run_cell(message["source"], store_history=True)
    sender.close()
    agent.remember(message["cell"], message["last_test"])
    channel.send({"done": True, "count": shell.execution_count - 1})


class _Sender:
    # Sends outputs while the cell runs and there is room for them. A thread of the cell's may put something out too, at
    # the same time, and just when the cell ends: then it would pass for the answer to what the judge asks next.
    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.room = MOST_OUTPUT
        self.lock, self.is_open = threading.RLock(), True

    def close(self) -> None:
        with self.lock:
            self.is_open = False

    def send(self, output: Output) -> None:
        with self.lock:
            if self.is_open:
                self._send(output)

    def _send(self, output: Output) -> None:
        text = json.dumps(output, default=str)
        if output["output_type"] == "error":  # which there is always room for, without its text if need be
            short = {**output, "evalue": "", "traceback": []}
            self.channel.send({"output": output if len(text) <= MOST_OUTPUT else short})
            return
        if self.room < 0:
            return
        self.room -= len(text)
        if self.room < 0:
            cut = output["text"][:MOST_OUTPUT] if output["output_type"] == "stream" else ""
            output = {"output_type": "stream", "name": output.get("name", "stdout"), "text": cut + CUT}
            self.channel.send({"output": output})
        else:
            self.channel.send({"output": json.loads(text)})
