"""What goes over the wire between a judge's process and a student's, counted by standing in between."""

from __future__ import annotations

import select
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from autograde.runner.frames import Channel, GoneError
from autograde.runner.warm import Child

PIECE = 1 << 20
ASKED, ANSWERED = "to the student", "to the judge"
TURNS = "turns"  # how often the judge, having had an answer, asks once more: each costs two changes of process


@contextmanager
def listened() -> Iterator[Counter[str]]:
    """Messages, bytes and turns of all wires that are made within, and the messages by what they ask for.

    Complete once the notebooks have run to their end and this is left.
    """
    found: Counter[str] = Counter()
    listeners: list[_Listener] = []
    made = Child.__init__

    def with_listener(self: Child, handle: int, wire: socket.socket | None = None) -> None:
        if wire is not None:
            listeners.append(_Listener(wire))
            wire = listeners[-1].near
        made(self, handle, wire)

    Child.__init__ = with_listener  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Child.__init__ = made  # type: ignore[method-assign]
    for listener in listeners:
        found.update(listener.counts())


class _Listener:
    # Hands on what comes at either end, and keeps a copy.
    def __init__(self, far: socket.socket) -> None:
        self.far = far
        self.near, self.own = socket.socketpair()
        self.said = {ASKED: bytearray(), ANSWERED: bytearray()}
        self.turns = 0
        self.thread = Thread(target=self._hand_on, daemon=True)
        self.thread.start()

    def counts(self) -> Counter[str]:
        self.thread.join(PIECE)
        found = Counter({TURNS: self.turns})
        for way, said in self.said.items():
            found[f"bytes {way}"] = len(said)
            for message in messages(bytes(said)):
                found[f"messages {way}"] += 1
                if way == ASKED:
                    found[f"asked: {message.get('do', '?')}"] += 1
        return found

    def _hand_on(self) -> None:
        ways = {self.own: (self.far, ASKED), self.far: (self.own, ANSWERED)}
        last = ANSWERED
        with self.own, self.far, suppress(OSError):
            while True:
                for ready in select.select(list(ways), [], [])[0]:
                    other, way = ways[ready]
                    piece = ready.recv(PIECE)
                    if not piece:
                        return
                    self.said[way] += piece
                    self.turns += way == ASKED and last == ANSWERED
                    last = way
                    other.sendall(piece)


def messages(said: bytes) -> Iterator[dict]:
    """The messages in what went one way. What was cut off is none."""
    channel = Channel(_Said(said))  # type: ignore[arg-type]
    with suppress(GoneError):
        while True:
            yield channel.receive()[0]


class _Said:
    # A socket from which something comes that was said before.
    def __init__(self, said: bytes) -> None:
        self.left = memoryview(said)

    def settimeout(self, seconds: float | None) -> None:
        pass

    def recv(self, count: int) -> memoryview:
        piece, self.left = self.left[:count], self.left[count:]
        return piece
