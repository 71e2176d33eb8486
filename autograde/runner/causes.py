"""Why a test's error came about, as far as the notebook itself tells it.

A student's code chooses its names and lines, and could spell hidden inputs with them. So nothing is passed on but what
stands in the cells as they were handed in, and what these put out before any test ran. Which of their lines it is, of a
few thousand at most, tells no more than which exception was raised, and with which of the usual texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from autograde.runner.asked import SAID, AskedForInputError
from autograde.runner.failures import RAISED_BY_STUDENT
from autograde.runner.remote import place_of
from unrolled.checking.messages import LIKELY_CAUSE, WHERE

UNDEFINED = re.compile(r"(?:free variable|name) '(\w+)' is not (?:defined|associated .*)")
ABSENT = re.compile(r"No module named '([\w.]+)'|This assignment works without ([\w.]+)\.")
OF_A_CELL = re.compile(r"<ipython-input[^>]*>, ")  # IPython's name of a cell
MOST_LINES = 3_000  # of a notebook about which anything is told
DEEPEST = 3  # causes of causes
LONGEST = 200  # characters of what a cell had to say

Row = tuple[str, str]  # a title and a text, as in unrolled.checking.messages


class Causes:
    """What the cells of a notebook tell.

    Args:
        cells: their kind, name and source.
        done: by place, what those that have run put out.
    """

    def __init__(self, cells: list[dict[str, Any]], done: Mapping[int, dict[str, Any]]) -> None:
        self.cells, self.done = cells, done

    def rows(self, error: BaseException, test: int) -> list[Row]:
        """What to add to the message about an error that a test met."""
        if sum(cell["source"].count("\n") + 1 for cell in self.cells) > MOST_LINES:
            return []
        where = self._where(error, test)
        why = self._why(error, test, where)
        return [*([(WHERE, where)] if where else []), *([(LIKELY_CAUSE, why)] if why else [])]

    def _why(self, error: BaseException, test: int, where: str) -> str:
        if isinstance(error, AskedForInputError):
            return f"{SAID}."
        if isinstance(error, NameError) and (found := UNDEFINED.fullmatch(str(error))):
            if self._binds(found[1]):
                return self._undefined(found[1], test)
            # A name that nobody defines stands in the test, or in the line that uses it.
            is_known = not hasattr(error, RAISED_BY_STUDENT) or re.search(rf"\b{found[1]}\b", where)
            return f"no cell defines {found[1]}: is it misspelt, or was it deleted?" if is_known else ""
        if isinstance(error, ImportError) and (found := ABSENT.match(str(error))):
            module = found[1] or found[2]
            imports = rf"^\s*(?:from|import)\s.*\b{re.escape(module)}\b"
            if any(re.search(imports, cell["source"], re.MULTILINE) for cell in self.cells):
                return f"{module} is not here at grading: what needs it does not work."
        return ""

    def _undefined(self, name: str, place: int, depth: int = 1) -> str:
        # `name` is not defined where the cell or test at `place` stands.
        binds = self._binds(name)
        stopped = [(index, error) for index in binds if index < place and (error := self._error_of(index))]
        if stopped:
            last, (kind, said) = stopped[-1]
            text = f"{name} is not defined: its cell stopped with {kind}: {said}".rstrip(": ")
            inner = UNDEFINED.fullmatch(said)
            if inner and inner[1] != name and depth < DEEPEST:
                text += f". {self._undefined(inner[1], last, depth + 1)}"
            return text
        if binds and min(binds) >= place:
            return f"{name} is defined further down, in {self._called(min(binds))}: move it up, above what uses it."
        return ""

    def _binds(self, name: str) -> list[int]:
        # The cells that define it at their left margin.
        binding = re.compile(rf"^(?:(?:async\s+)?def|class)\s+{name}\b|^{name}\s*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
        return [index for index, cell in enumerate(self.cells) if binding.search(cell["source"])]

    def _where(self, error: BaseException, test: int) -> str:
        name, number = place_of(error)
        for index in reversed(range(test)):
            source = self.cells[index]["source"]
            lines = source.split("\n")
            blank = next((count for count, line in enumerate(lines) if line.strip()), 0)  # IPython leaves them out
            if not source.startswith("%%") and number + blank in _lines_of(name, lines):
                return f"line {number + blank} of the cell, in {name}: {lines[number + blank - 1].strip()[:LONGEST]}"
        return ""

    def _called(self, index: int) -> str:
        name = self.cells[index].get("name")
        return f"the cell {name}" if name else f"code cell {index + 1}"

    def _error_of(self, index: int) -> Row | None:
        outputs = self.done.get(index, {}).get("outputs", [])
        errors = [output for output in outputs if output["output_type"] == "error"]
        return (errors[0]["ename"], OF_A_CELL.sub("", errors[0]["evalue"].split("\n")[0])[:LONGEST]) if errors else None


def _lines_of(name: str, lines: list[str]) -> Iterator[int]:
    # The numbers of the lines that functions of this name consist of.
    begins = re.compile(rf"(\s*)(?:async\s+)?def\s+{re.escape(name)}\b")
    inside = -1  # how far its `def` is indented
    for number, line in enumerate(lines, 1):
        begin = begins.match(line)
        indent = len(line) - len(line.lstrip())
        if begin:
            inside = len(begin[1])
        elif line.strip() and indent <= inside and not line.lstrip().startswith((")", "]", "}", "#")):
            inside = -1
        if inside >= 0:
            yield number
