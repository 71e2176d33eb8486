"""From the bytes of a submitted file to its cells, each reduced to plain strings. Nothing in them is trusted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from autograde.course import cells
from autograde.course.strangers import LARGEST_FILE, UnreadableError, text_of, too_large

MOST_SIGNS = 4_000_000  # brackets, braces, quotes and commas: they bound what reading takes, some 100 bytes for each
MOST_CELLS = 2_000
LONGEST_SOURCE = 200_000  # characters
# They turn the direction of writing: what a person reads in such a cell is not what runs.
BIDI_CONTROLS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")

CUT = f"A cell was longer than {LONGEST_SOURCE} characters; the rest of it was cut."
TURNED = "A cell holds invisible characters that turn the direction of writing: a person should look."
GUESSED = "Some of the file is not UTF-8; it was read as Windows-1252, so that single letters may be wrong."


@dataclass(frozen=True)
class Given:
    """A cell as the student's file has it. What is missing or no text is empty."""

    kind: str
    source: str
    grade_id: str = ""
    cell_id: str = ""

    @property
    def is_code(self) -> bool:
        return self.kind == "code"


def read_cells(raw: bytes) -> tuple[list[Given], list[str]]:
    """The cells of a notebook of any format, and remarks on how they were read.

    Raises UnreadableError where the file is no notebook, or a larger one than anybody writes.
    """
    document, remarks = _document(raw)
    found = _cells_of(document)
    if len(found) > MOST_CELLS:
        raise UnreadableError(f"it has more than {MOST_CELLS} cells")
    given = [_reduced(cell) for cell in found if isinstance(cell, dict)]
    if any(len(cell.source) > LONGEST_SOURCE for cell in given):
        remarks.append(CUT)
        given = [replace(cell, source=cell.source[:LONGEST_SOURCE]) for cell in given]
    if any(BIDI_CONTROLS.search(cell.source) for cell in given):
        remarks.append(TURNED)
    return given, remarks


def _document(raw: bytes) -> tuple[Any, list[str]]:
    if len(raw) > LARGEST_FILE:
        raise UnreadableError(too_large(LARGEST_FILE))
    if sum(raw.count(sign) for sign in (b"{", b"[", b'"', b",")) > MOST_SIGNS:
        raise UnreadableError(
            "it holds far more pieces than a notebook (clear the outputs, save, and hand it in again)"
        )
    if not raw.strip():
        raise UnreadableError("it is empty")
    text, guessed = text_of(raw)
    try:
        return json.loads(text), [GUESSED] if guessed else []
    except (ValueError, RecursionError):
        raise UnreadableError("it is not text" if guessed else "it is not a notebook (not JSON)") from None


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


def _reduced(cell: dict[str, Any]) -> Given:
    metadata = cell.get("metadata")
    nbgrader = metadata.get(cells.NBGRADER) if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return Given(
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
