"""Messages over a socket: a JSON object and raw bytes, with limits on size and time. Nothing else is ever read."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

Message = dict[str, Any]

HEADER = struct.Struct("!II")
LARGEST_JSON = 8 << 20
LARGEST_BLOB = 64 << 20
PIECE = 1 << 16  # read at once; a larger buffer would be memory from the system, each time anew


class WireError(Exception):
    """The other side is gone or does not keep to the protocol."""


class GoneError(WireError):
    """The other side is gone: its process has ended."""


class LateError(WireError):
    """The other side did not answer in time."""


class Deadline:
    """When waiting ends."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds to wait before asking again; none where it is over."""
        return self._end - time.monotonic()


class Channel:
    """One end of a socket. Both ends check everything; neither trusts the other."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._read = bytearray()

    def send(self, message: Message, blobs: Sequence[bytes] = (), *, deadline: Deadline | None = None) -> None:
        """Send a message. Raises WireError, LateError; ValueError where it is larger than the other side accepts."""
        text = json.dumps(message).encode()
        size = sum(len(blob) for blob in blobs)
        if len(text) > LARGEST_JSON or size > LARGEST_BLOB:
            raise ValueError(f"too much data for one message: {len(text) + size} bytes")
        data = memoryview(b"".join([HEADER.pack(len(text), size), text, *blobs]))
        while data:
            self._wait_until(deadline)
            try:
                data = data[self.connection.send(data) :]
            except TimeoutError:
                continue  # the deadline may have moved
            except OSError as error:
                raise GoneError("it is gone") from error

    def receive(self, *, deadline: Deadline | None = None) -> tuple[Message, bytes]:
        """The next message. Raises WireError, LateError."""
        length, size = HEADER.unpack(self._exactly(HEADER.size, deadline))
        if length > LARGEST_JSON or size > LARGEST_BLOB:
            raise WireError("it announced a message that is too large")
        text, blob = self._exactly(length, deadline), self._exactly(size, deadline)
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            raise WireError("it sent something that is no message") from None
        if not isinstance(message, dict):
            raise WireError("it sent something that is no message")
        return message, blob

    def close(self) -> None:
        self.connection.close()

    def _exactly(self, count: int, deadline: Deadline | None) -> bytes:
        while len(self._read) < count:
            self._wait_until(deadline)
            try:
                piece = self.connection.recv(PIECE)
            except TimeoutError:
                continue  # the deadline may have moved
            except OSError as error:
                raise GoneError("it is gone") from error
            if not piece:
                raise GoneError("it is gone")
            self._read += piece
        data = bytes(self._read[:count])
        del self._read[:count]
        return data

    def _wait_until(self, deadline: Deadline | None) -> None:
        if deadline is None:
            self.connection.settimeout(None)
            return
        left = deadline.left()
        if left <= 0:
            raise LateError("it does not answer")
        self.connection.settimeout(left)
