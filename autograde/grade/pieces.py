"""The pieces of a submission's code by which the class report finds who is alike: hashes of four tokens in a row."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping

import numpy as np

from autograde.course import cells
from autograde.course.cells import Cell

TOKEN = re.compile(r"\w+|[^\w\s]")
PIECE = 4  # tokens
WINDOW = 4  # pieces in a row of which one is kept: the same code keeps the same ones, wherever it stands
LONGEST = 50_000  # characters of one submission that are compared


def stubs_of(release: list[Cell]) -> dict[str, str]:
    """The answers as they are released, by grade id."""
    return {cells.grade_id(cell): _text(cell) for cell in release if _is_code(cell)}


def pieces_of(notebook: list[Cell], stubs: Mapping[str, str]) -> str:
    """The pieces of the answers in code that differ from their stubs, as a text that `read_pieces` reads."""
    written = [_text(cell) for cell in notebook if _is_code(cell)]
    same = {stub.strip() for stub in stubs.values()}
    return pieces_in("\n".join(text for text in written if text.strip() not in same)[:LONGEST])


def pieces_in(code: str) -> str:
    """The same of one text; blanks count nothing, comments and names do."""
    tokens = TOKEN.findall(code)
    hashes = [zlib.crc32(" ".join(tokens[at : at + PIECE]).encode()) for at in range(len(tokens) - PIECE + 1)]
    found = np.asarray(hashes, dtype="<u4")
    if len(found) > WINDOW:
        found = np.lib.stride_tricks.sliding_window_view(found, WINDOW).min(axis=1)
    return base64.b64encode(np.unique(found).tobytes()).decode()


def read_pieces(text: str) -> np.ndarray:
    """The hashes, in order, none twice."""
    return np.frombuffer(base64.b64decode(text), dtype="<u4")


def _is_code(cell: Cell) -> bool:
    return cell["cell_type"] == "code" and cells.is_answer(cell)


def _text(cell: Cell) -> str:
    return "".join(cell["source"])  # a text, or lines where the notebook was read as JSON
