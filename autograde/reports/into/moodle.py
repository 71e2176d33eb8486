"""Moodle's grading worksheet: the CSV file of one assignment, downloaded and uploaded on its submissions page.

Moodle finds a student by the number behind "Participant", in whatever language, and needs the columns with the grade
and with the time when it was last changed. A grade above the maximum it drops without a word. Heads are translated: the
columns are found by what they hold, and by the brackets of "Last modified (grade)".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autograde.course.errors import CourseError
from autograde.reports.grades import Grade
from autograde.reports.into.form import Column, Form, Titles, by_student
from autograde.reports.into.matching import Row, Sought
from autograde.reports.into.sheet import Sheet, Table, number_in

IDENTIFIER = re.compile(r"(?P<word>\D+)(?P<number>\d+)")
CHANGED = re.compile(
    r".*[(（](?P<what>.*)[)）]\s*", re.DOTALL
)  # Last modified (grade), Zuletzt geändert (Bewertung), …
NO = ("no", "nein", "non")


def is_one(sheet: Sheet) -> bool:
    """Whether this is a grading worksheet."""
    identifiers = [IDENTIFIER.fullmatch(row[0].strip()) for row in sheet.rows if row and row[0].strip()]
    words = {found["word"] for found in identifiers if found}
    return bool(identifiers) and all(identifiers) and len(words) == 1 and _grade(sheet) is not None


def rows(sheet: Sheet) -> list[Row]:
    """The participants; between name and grade stand e-mail address, ID number and whatever Moodle is set to show."""
    found = []
    grade = _grade(sheet) or 0  # looked for once: it reads all lines
    for line, cells in enumerate(sheet.rows):
        identifier = IDENTIFIER.fullmatch(sheet.cell(line, 0))
        if identifier is None:
            continue
        name = sheet.cell(line, 1) if grade > 1 else ""
        shown = name or identifier[0]
        found.append(Row(line, shown, identifier["number"], tuple(cells[2:grade]), (name, identifier[0])))
    return found


def column(sheet: Sheet, names: Sequence[str]) -> Column | None:
    """The column of the grade, whatever the assignment is called.

    Raises:
        CourseError: the assignment has a scale of words.
    """
    index = _grade(sheet)
    if index is None:
        return None
    most = _most(sheet, index)
    if most is None:
        raise CourseError(
            f"{sheet.head[index]!r} has no maximum in points: Moodle grades this assignment by a scale.",
            "Set the assignment's grade type to points in Moodle, and download the worksheet anew.",
        )
    changed = _changed(sheet)
    return Column(index, most, changed + 1 if changed is not None and changed + 1 < len(sheet.head) else None)


def why_kept(sheet: Sheet, row: Row, found: Column) -> str:
    """Why Moodle takes no grade for a student."""
    return "Moodle has locked the grade" if sheet.cell(row.line, found.index + 2).casefold() in NO else ""


def table(found: Sequence[Grade], sought: Mapping[str, Sought], titles: Titles) -> Table:
    """The form for *Grades, Import, CSV file*, where one says which column is which."""
    slugs, students = by_student(found)
    lines: Table = [["ID number", "First name", "Last name", "Email address", *(titles[slug] for slug in slugs)]]
    for student, scores in students.items():
        person = sought[student].person
        points = [scores[slug].score if slug in scores else None for slug in slugs]
        lines.append([student, person.first_name, person.last_name, person.email, *points])
    return lines


def _changed(sheet: Sheet) -> int | None:
    # "Last modified (submission)" stands before it.
    return max((index for index, head in enumerate(sheet.head) if CHANGED.fullmatch(head)), default=None)


def _grade(sheet: Sheet) -> int | None:
    changed = _changed(sheet)
    if changed is None:
        return None
    word = CHANGED.fullmatch(sheet.head[changed])
    named = sheet.find(word["what"].strip()) if word else None
    by_most = next((index for index in range(1, changed - 1) if _most(sheet, index) is not None), None)
    return named if named is not None else by_most


def _most(sheet: Sheet, grade: int) -> float | None:
    # The column behind the grade holds the maximum, the same in all rows.
    said = {sheet.cell(line, grade + 1) for line in range(len(sheet.rows)) if sheet.cell(line, 0)}
    return number_in(said.pop()) if len(said) == 1 else None


FORM = Form("moodle", "Moodle", is_one, rows, column, table, why_kept=why_kept, of_assignment=True, drops_more=True)
