"""A platform's CSV file, read with its ways of writing and written back in the same ways."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from autograde.course.errors import CourseError

DELIMITERS = ",;\t"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
WORKBOOKS = (b"PK", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods, .xls
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
DIGITS = 2  # behind the point; platforms show no more

Table = list[list[object]]


@dataclass
class Sheet:
    """A table of texts.

    head: the first line.
    rows: the others; they may be shorter than the first.
    """

    head: list[str]
    rows: list[list[str]]
    delimiter: str = ","
    line_end: str = "\n"
    encoding: str = "utf-8"

    def find(self, *names: str) -> int | None:
        """The first column that has one of these names, capital letters aside."""
        heads = [head.strip().casefold() for head in self.head]
        return next((heads.index(name.casefold()) for name in names if name.casefold() in heads), None)

    def cell(self, row: int, column: int | None) -> str:
        """A field without the spaces around it; empty where there is none."""
        return self.rows[row][column].strip() if column is not None and column < len(self.rows[row]) else ""

    def write(self, row: int, column: int, text: str) -> None:
        """Put a text into a field, and nothing else."""
        cells = self.rows[row]
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = text

    def content(self) -> bytes:
        """The file."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end)
        writer.writerows([self.head, *self.rows])
        return text.getvalue().encode(self.encoding)


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file with commas, semicolons or tabs.

    Raises:
        CourseError: there is no such file, or it is no CSV.
    """
    if not path.is_file():
        raise CourseError(f"There is no file {path}.", "Name the CSV file that the platform gave out.")
    raw = path.read_bytes()
    if raw.startswith(WORKBOOKS):
        raise CourseError(f"{path.name} is a workbook of a spreadsheet.", "Download it as CSV, or save it as CSV.")
    encoding = next((name for mark, name in MARKS.items() if raw.startswith(mark)), "") or _plain_encoding(raw)
    try:
        text = raw.decode(encoding)
        first = next(csv.reader(io.StringIO(text, newline="")), [])
        delimiter = max(DELIMITERS, key=",".join(first).count)
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{path.name} cannot be read as CSV ({error}).", "Download it anew, as CSV.") from error
    if not table:
        raise CourseError(f"{path.name} is empty.", "Download it anew, as CSV.")
    line_end = "\r\n" if "\r\n" in text else "\n"
    return Sheet(table[0], table[1:], delimiter, line_end, encoding)


def number_in(text: str) -> float | None:
    """The number that a field holds, with a point or a comma; None where it holds anything else."""
    found = NUMBER.fullmatch(text.strip())
    return float(found[0].replace(",", ".")) if found else None


def number_text(value: float, *, comma: bool = False) -> str:
    """Points as a field holds them."""
    text = f"{round(value, DIGITS):.{DIGITS}f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def safe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula: such text gets a leading apostrophe."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def _plain_encoding(raw: bytes) -> str:
    # Without a mark it is UTF-8, or what Western spreadsheets save.
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
