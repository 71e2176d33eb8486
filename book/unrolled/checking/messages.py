"""The one format of what `check` tells: written here, and read here again from gradebooks, for feedback and report."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

CALLED, CAME_BACK, IN_DETAIL, WHERE = "Called", "Came back", "In detail", "Where"
LIKELY_CAUSE, READ = "Likely cause", "Read"
TITLES = (CALLED, CAME_BACK, IN_DETAIL, WHERE, LIKELY_CAUSE, READ)
NOT_WRITTEN = "not-written"  # the misconception of who has not begun
UNNAMED = "unnamed"  # stands in the tag where no mistake was recognised

WIDTH = 92
INDENT, COLUMN = " " * 2, 15  # where titles and texts begin
TAG = re.compile(r"^\[(\S+) · (\S+) · (\S+)\]$")
# A reader takes a hyphen at a line's end for a word in two halves, so that no line ends in one that is none.
AFTER_HYPHEN, GLUE = re.compile(r"(?<=\w-) "), "\ue000"


@dataclass(frozen=True)
class Message:
    """What a check that failed tells the student.

    function, part: what was checked; both empty in a message that was read without its tag.
    rows: (title, text) pairs; the first has an empty title and says what is wrong in one sentence. Another one without
        a title goes on with it in a new line; it is read as part of the first.
    misconception: the name of the likely mistake, where one was recognised.
    """

    function: str
    part: str
    rows: tuple[tuple[str, str], ...]
    misconception: str | None = None

    @property
    def cause(self) -> str:
        """The sentence about the likely mistake; where there is none, the first one."""
        first = self.rows[0][1].removeprefix("✗ ") if self.rows else ""
        return next((text for title, text in self.rows if title == LIKELY_CAUSE), first)

    def body(self) -> str:
        """The rows as lines, without the tag; a row without text has none."""
        return "\n".join(line for row in self.rows if row[1] for line in _lines(*row, first=row is self.rows[0]))

    def text(self) -> str:
        """All of it: the rows, and in the last line the tag for machines."""
        return f"{self.body()}\n[{self.function} · {self.part} · {self.misconception or UNNAMED}]"

    @classmethod
    def read(cls, text: str) -> Message:
        """The message from its text, with or without a tag. Reads any text: what has no title is the sentence."""
        *lines, last = text.split("\n")
        tag = TAG.match(last.strip())
        if tag is None:
            return cls("", "", _rows([*lines, last]))
        return cls(tag[1], tag[2], _rows(lines), None if tag[3] == UNNAMED else tag[3])


def _lines(title: str, text: str, *, first: bool) -> list[str]:
    glued = AFTER_HYPHEN.sub(GLUE, text)
    wrapped = textwrap.wrap(
        f"{title:<{COLUMN - len(INDENT)}}{glued}" if title else glued,
        WIDTH,
        initial_indent="" if first else INDENT,
        subsequent_indent=" " * COLUMN if title else INDENT,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(GLUE, " ") for line in wrapped]


def _rows(lines: list[str]) -> tuple[tuple[str, str], ...]:
    rows: list[tuple[str, str]] = []
    for line in filter(str.strip, lines):
        title = line[len(INDENT) : COLUMN].strip() if line.startswith(INDENT) else ""
        short, colon, rest = line.strip().partition(": ")
        if title in TITLES:
            rows.append((title, line[COLUMN:].strip()))
        elif colon and line.startswith(f"{INDENT}{short}") and short in TITLES:  # as rules wrote them once
            rows.append((short, rest))
        elif rows:
            title, text = rows[-1]
            space = "" if re.fullmatch(r"\w-", text[-2:]) else " "  # a word in two halves
            rows[-1] = (title, f"{text}{space}{line.strip()}".strip())
        else:
            rows.append(("", line.strip()))
    return tuple(rows)
