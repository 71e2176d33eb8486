"""The outputs of a student's cell as they come out of the sandbox: checked, joined, and cut where they are endless."""

from __future__ import annotations

import json
from typing import Any

Output = dict[str, Any]

# Names of the errors that only the runner may give; a student's error of such a name gets another.
NOT_RUN = "NotRun"
TIME_LIMIT = "TimeLimit"
MACHINE_BUSY = "MachineBusy"
KERNEL_DIED = "KernelDied"
NO_ANSWER = "NoAnswer"
RESERVED = (NOT_RUN, TIME_LIMIT, MACHINE_BUSY, KERNEL_DIED, NO_ANSWER)

LONGEST_OUTPUT = 100_000  # characters kept of what one cell prints
LARGEST_DISPLAYS = 4_000_000  # characters kept of a cell's figures and other displays
LONGEST_TRACEBACK = 200  # lines
LONGEST_LINE = 2_000
MOST_OUTPUTS = 200
LARGEST_NOTEBOOK = 30_000_000  # characters kept of all its cells together
LONGEST_IDENTITY = 100
CUT = "\n[output cut here]\n"


class Room:
    """What is left of what a whole notebook may put out."""

    def __init__(self) -> None:
        self.left = LARGEST_NOTEBOOK

    def take(self, size: int) -> bool:
        """Whether so many characters still fit; they are taken then."""
        fits = size <= self.left
        self.left -= size if fits else 0
        return fits


class CellOutputs:
    """Collects outputs one by one; `done` gives what a notebook keeps."""

    def __init__(self, notebook: Room | None = None) -> None:
        self.notebook = notebook or Room()
        self.kept: list[Output] = []
        self.error: Output | None = None  # the last one; it is shown last
        self.shown: dict[str, Output] = {}
        self.room = LONGEST_OUTPUT
        self.room_for_displays = LARGEST_DISPLAYS
        self.clear_first = False

    def add(self, output: Any) -> None:
        """Take one output. What is no output is dropped."""
        if not isinstance(output, dict):
            return
        kind = output.get("output_type")
        if kind == "clear":
            self.clear_first = True
            if not output.get("wait"):
                self._clear()
            return
        self._clear()
        if kind == "stream":
            self._add_stream(output)
        elif kind == "error":
            self.error = _error(output)
        elif kind in ("display_data", "execute_result", "update"):
            self._add_display(kind, output)

    def fail(self, error: Output) -> None:
        """Put this error in the place of any other."""
        self.error = error

    def done(self) -> list[Output]:
        """The outputs, with no more than one error; nothing but a note where the notebook has put out too much."""
        outputs = self.kept[:MOST_OUTPUTS] + ([self.error] if self.error is not None else [])
        if self.notebook.take(len(json.dumps(outputs))):
            return outputs
        short = [{**self.error, "traceback": []}] if self.error is not None else []
        return [{"output_type": "stream", "name": "stdout", "text": CUT}, *short]

    def _clear(self) -> None:
        if self.clear_first:
            self.kept.clear()
            self.shown.clear()
            self.error = None
            self.clear_first = False

    def _add_stream(self, output: Output) -> None:
        name = output.get("name")
        text = _text(output.get("text"))
        if name not in ("stdout", "stderr") or not text or self.room <= 0:
            return
        if len(text) > self.room:
            text = text[: self.room] + CUT
            self.room = 0
        self.room -= len(text)
        if self.kept and self.kept[-1]["output_type"] == "stream" and self.kept[-1]["name"] == name:
            self.kept[-1]["text"] += text
        else:
            self.kept.append({"output_type": "stream", "name": name, "text": text})

    def _add_display(self, kind: str, output: Output) -> None:
        data = _data(output.get("data"))
        self.room_for_displays -= len(json.dumps(data))
        if not data or self.room_for_displays < 0 or len(self.kept) > 2 * MOST_OUTPUTS:
            return
        identity = output.get("display_id")
        if not isinstance(identity, str) or len(identity) > LONGEST_IDENTITY:
            identity = None
        if kind == "update":
            if identity in self.shown:
                self.shown[identity]["data"] = data
            return
        made: Output = {"output_type": kind, "data": data, "metadata": {}}
        if kind == "execute_result":
            made["execution_count"] = None
        if identity is not None:
            self.shown[identity] = made
        self.kept.append(made)


def _error(output: Output) -> Output:
    lines = output.get("traceback")
    traceback = [_text(line)[:LONGEST_LINE] for line in lines[:LONGEST_TRACEBACK]] if isinstance(lines, list) else []
    name = _text(output.get("ename"))[:LONGEST_LINE] or "Error"
    return {
        "output_type": "error",
        "ename": f"{name}Error" if name in RESERVED else name,
        "evalue": _text(output.get("evalue"))[:LONGEST_LINE],
        "traceback": traceback,
    }


def _data(data: Any) -> dict[str, str]:
    # Text by media type. What is JSON is left out: no page shows it, and it can be nested without end.
    if not isinstance(data, dict):
        return {}
    kept: dict[str, str] = {}
    for kind, value in data.items():
        if not isinstance(kind, str) or "/" not in kind or len(kind) > 100:
            continue
        if isinstance(value, str):
            kept[kind] = _text(value)
    return kept


def _text(value: Any) -> str:
    # Lone surrogates cannot be written to a file.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
