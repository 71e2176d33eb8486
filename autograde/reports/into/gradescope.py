"""Gradescope's scores: the CSV file that *Review Grades, Download Grades* gives out for one assignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograde.reports.grades import Grade
from autograde.reports.into.form import Column, Form, Titles, by_student
from autograde.reports.into.matching import Row, Sought
from autograde.reports.into.sheet import Sheet, Table, number_in

TOTAL, MOST = "Total Score", "Max Points"


def is_one(sheet: Sheet) -> bool:
    """Whether these are Gradescope's scores of an assignment."""
    return None not in (sheet.find(TOTAL), sheet.find(MOST), sheet.find("SID", "Email"))


def rows(sheet: Sheet) -> list[Row]:
    """The students. The number is that of the hand-in."""
    found = []
    for line in range(len(sheet.rows)):
        first, last = (sheet.cell(line, sheet.find(head)) for head in ("First Name", "Last Name"))
        name = sheet.cell(line, sheet.find("Name")) or f"{first} {last}".strip()
        ids = tuple(sheet.cell(line, sheet.find(head)) for head in ("SID", "Email"))
        if name or any(ids):
            number = sheet.cell(line, sheet.find("Submission ID"))
            found.append(Row(line, name or next(filter(None, ids)), number, ids, (name,)))
    return found


def column(sheet: Sheet, names: Sequence[str]) -> Column | None:
    """The total."""
    index, most = sheet.find(TOTAL), sheet.find(MOST)
    if index is None:
        return None
    said = {sheet.cell(line, most) for line in range(len(sheet.rows))} - {""}
    return Column(index, number_in(said.pop()) if len(said) == 1 else None)


def table(found: Sequence[Grade], sought: Mapping[str, Sought], titles: Titles) -> Table:
    """A line for each student and assignment, under Gradescope's own heads."""
    _, students = by_student(found)
    lines: Table = [["First Name", "Last Name", "SID", "Email", "Sections", "Assignment", TOTAL, MOST]]
    for student, scores in students.items():
        person = sought[student].person
        about = [person.first_name, person.last_name, student, person.email, person.section]
        lines += [[*about, titles[slug], grade.score, grade.max_score] for slug, grade in scores.items()]
    return lines


FORM = Form("gradescope", "Gradescope", is_one, rows, column, table, of_assignment=True)
