"""Rebuilds a submission on the release: only the answers and extra cells come from the student's file."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograde.course import cells
from autograde.course.policy import EXTRA_CELL, FROM_STUDENT
from autograde.course.strangers import LARGEST_FILE, UnreadableError, too_large

MOST_SIGNS = 4_000_000  # brackets, braces, quotes and commas: they bound what reading takes, some 100 bytes for each
MOST_CELLS = 2_000
LONGEST_SOURCE = 200_000  # characters
# They turn the direction of writing: what a person reads in such a cell is not what runs.
BIDI_CONTROLS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


@dataclass
class Rebuilt:
    """A submission ready to run.

    notebook: the template with the student's answers and extra cells in place.
    remarks: what was repaired or ignored, in plain words.
    readable: False where nothing could be taken from the file, so that the notebook is the empty release.
    """

    notebook: NotebookNode
    remarks: list[str] = field(default_factory=list)
    readable: bool = True


def template_of(source: NotebookNode, release: NotebookNode) -> NotebookNode:
    """What a submission is rebuilt on: the release notebook with the hidden tests back in their cells."""
    tests = {
        cells.grade_id(cell): cell.source for cell in source.cells if cells.grade_id(cell) and not cells.is_answer(cell)
    }
    template = copy.deepcopy(release)
    for cell in template.cells:
        cell.source = tests.get(cells.grade_id(cell), cell.source)
    return template


def rebuild(raw: bytes, template: NotebookNode) -> Rebuilt:
    """Rebuild a submission from the bytes of its file. Never raises for anything a student could send."""
    try:
        given = _read_cells(raw)
    except UnreadableError as error:
        remark = f"The file could not be read: {error}. Nothing in it could be graded."
        return Rebuilt(copy.deepcopy(template), [remark], readable=False)
    return _Rebuilding(template).run(given)


@dataclass(frozen=True)
class _Given:
    # A cell as the student's file has it, reduced to plain strings.
    kind: str
    source: str
    grade_id: str
    cell_id: str


def _read_cells(raw: bytes) -> list[_Given]:
    if len(raw) > LARGEST_FILE:
        raise UnreadableError(too_large(LARGEST_FILE))
    if sum(raw.count(sign) for sign in (b"{", b"[", b'"', b",")) > MOST_SIGNS:
        raise UnreadableError(
            "it holds far more pieces than a notebook (clear the outputs, save, and hand it in again)"
        )
    if not raw.strip():
        raise UnreadableError("it is empty")
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableError("it is not text") from None
    except (ValueError, RecursionError):
        raise UnreadableError("it is not a notebook (not JSON)") from None
    found = _cells_of(document)
    if len(found) > MOST_CELLS:
        raise UnreadableError(f"it has more than {MOST_CELLS} cells")
    return [_reduce(cell) for cell in found if isinstance(cell, dict)]


def _cells_of(document: Any) -> list[Any]:
    if not isinstance(document, dict):
        raise UnreadableError("it is not a notebook")
    found = document.get("cells")
    if found is None and isinstance(document.get("worksheets"), list):  # the format of before 2015
        sheets = [sheet for sheet in document["worksheets"] if isinstance(sheet, dict)]
        found = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    if not isinstance(found, list):
        raise UnreadableError("it is a notebook without cells")
    return found


def _reduce(cell: dict[str, Any]) -> _Given:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return _Given(
        kind=_text(cell.get("cell_type")),
        source=_text(cell.get("source", cell.get("input"))),
        grade_id=_text(grade_id),
        cell_id=_text(cell.get("id")),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode()  # lone surrogates cannot be written to a file


class _Rebuilding:
    """One rebuilding: walks through the student's cells, then writes the template with them in place."""

    def __init__(self, template: NotebookNode) -> None:
        self.template = copy.deepcopy(template)
        self.remarks: list[str] = []
        self.by_grade_id = {cells.grade_id(c): i for i, c in enumerate(self.template.cells) if cells.grade_id(c)}
        self.by_cell_id = {c.id: i for i, c in enumerate(self.template.cells) if not cells.grade_id(c)}
        self.by_source: dict[str, list[int]] = {}
        for index, cell in enumerate(self.template.cells):
            if not cells.grade_id(cell):
                self.by_source.setdefault(cell.source, []).append(index)
        self.answers: dict[int, list[_Given]] = {}
        self.marked: dict[int, list[_Given]] = {}
        self.extra: dict[int, list[_Given]] = {}

    def run(self, given: Iterable[_Given]) -> Rebuilt:
        anchor = -1  # extra cells go behind the last cell of the template that was met
        for cell in given:
            anchor = self._place(self._checked(cell), anchor)
        self._report_locked()
        notebook = self._write()
        return Rebuilt(notebook, self.remarks)

    def _checked(self, cell: _Given) -> _Given:
        if len(cell.source) > LONGEST_SOURCE:
            self._remark(f"A cell was longer than {LONGEST_SOURCE} characters; the rest of it was cut.")
            cell = replace(cell, source=cell.source[:LONGEST_SOURCE])
        if BIDI_CONTROLS.search(cell.source):
            self._remark("A cell holds invisible characters that turn the direction of writing: a person should look.")
        return cell

    def _remark(self, text: str) -> None:
        if text not in self.remarks:
            self.remarks.append(text)

    def _place(self, cell: _Given, anchor: int) -> int:
        if cell.grade_id in self.by_grade_id:
            index = self.by_grade_id[cell.grade_id]
            is_answer = cells.is_answer(self.template.cells[index])
            (self.answers if is_answer else self.marked).setdefault(index, []).append(cell)
            return index
        same = self.by_source.get(cell.source)
        if same:
            return same.pop(0)
        if cell.source.strip() and cell.kind in ("code", "markdown"):
            # An edited cell of the release runs after the original: what it adds counts.
            anchor = self.by_cell_id.get(cell.cell_id, anchor)
            self.extra.setdefault(anchor, []).append(cell)
        return anchor

    def _report_locked(self) -> None:
        for grade_id, index in self.by_grade_id.items():
            cell = self.template.cells[index]
            if cells.is_answer(cell):
                continue
            copies = self.marked.get(index, [])
            released = cells.without(cell.source, cells.HIDDEN_TESTS)
            if not copies:
                self.remarks.append(f"The cell {grade_id!r} was missing; it was put back.")
            elif len(copies) > 1:
                self.remarks.append(f"The cell {grade_id!r} was there {len(copies)} times; one was kept.")
            elif copies[0].kind != cell.cell_type:
                self.remarks.append(f"The cell {grade_id!r} had another type; it was restored.")
            elif copies[0].source.strip() not in (released.strip(), cell.source.strip()):
                self.remarks.append(f"The cell {grade_id!r} was edited; it was restored.")

    def _write(self) -> NotebookNode:
        written: list[NotebookNode] = self._extra_cells(-1)
        for index, cell in enumerate(self.template.cells):
            if cells.is_answer(cell):
                self._answer(cell, self.answers.get(index, []))
            written += [cell, *self._extra_cells(index)]
        self.template.cells = written
        return self.template

    def _answer(self, cell: NotebookNode, copies: list[_Given]) -> None:
        grade_id = cells.grade_id(cell)
        if not copies:
            self.remarks.append(f"The answer cell {grade_id!r} was missing; it counts as not answered.")
            return
        if any(copy.kind != cell.cell_type for copy in copies):
            self.remarks.append(f"The answer cell {grade_id!r} had another type; its text was used.")
        # Splitting a cell in Jupyter leaves two with one id: both halves belong to the answer.
        sources = list(dict.fromkeys(copy.source for copy in copies))
        if len(sources) > 1:
            sources = [source for source in sources if source.strip() != cell.source.strip()]
        if len(copies) > 1:
            used = "all its parts were" if len(sources) > 1 else "one was"
            self.remarks.append(f"The answer cell {grade_id!r} was there {len(copies)} times; {used} used.")
        cell.source = "\n\n".join(sources)

    def _extra_cells(self, index: int) -> list[NotebookNode]:
        made = []
        for number, given in enumerate(self.extra.get(index, [])):
            new = new_code_cell if given.kind == "code" else new_markdown_cell
            # The runner trusts the imports of the release's own cells, and these are not the release's.
            made.append(
                new(given.source, id=f"{EXTRA_CELL}{index + 1}-{number}", metadata={cells.METADATA: FROM_STUDENT})
            )
        return made
