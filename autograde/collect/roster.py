"""Students' ids: made of the names in an export, or read from a roster."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

from autograde.course.errors import CourseError

UNSAFE = re.compile(r'[<>"\\/{}:*?|]')
ROSTER_COLUMN = "student_id"
Roster = dict[str, str]


def read_roster(path: Path) -> Roster:
    """Maps what an export may say of a student to the student's id. Values that two students share are left out.

    Raises:
        CourseError: the file cannot be read, or has no column `student_id`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"The roster {path} cannot be read ({error}).", "Save it as CSV in UTF-8.") from error
    if not table or ROSTER_COLUMN not in table[0]:
        raise CourseError(
            f"The roster {path} has no column {ROSTER_COLUMN!r}.",
            f"Call the column with the students' ids {ROSTER_COLUMN!r}; the others may have any name.",
        )
    said: dict[str, set[str]] = defaultdict(set)
    for row in table:
        student = (row[ROSTER_COLUMN] or "").strip()
        for value in row.values():
            if student and isinstance(value, str) and value.strip():
                said[folded(value)].add(student)
    return {value: students.pop() for value, students in said.items() if len(students) == 1}


def student_id(name: str) -> str:
    """A name of an export as a student's id: composed letters, no invisible ones, nothing that means something to a
    file system, a web page or nbgrader. Empty where nothing is left."""
    visible = "".join(letter for letter in unicodedata.normalize("NFC", name) if _is_visible(letter))
    return " ".join(UNSAFE.sub("-", visible).split()).strip(" .")


def _is_visible(letter: str) -> bool:
    return letter == " " or unicodedata.category(letter)[0] not in "CZ"


def folded(text: str) -> str:
    """A text as the roster compares it: without regard to capital letters and to how accents are written."""
    return unicodedata.normalize("NFC", text.strip()).casefold()
