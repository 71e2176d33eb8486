"""Blackboard's grades: the file that *Grade Center, Work Offline, Download* gives out, text with tabs or commas.

Blackboard finds a student by the user name, and a column by the number behind the line at the end of its head.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autograde.reports.grades import Grade
from autograde.reports.into.form import Column, Form, Titles, by_student, only
from autograde.reports.into.matching import Row, Sought, name_key
from autograde.reports.into.sheet import Sheet, Table, number_in

# Totals, which Blackboard reckons itself, are "up to" so many points.
HEAD = re.compile(r"(?P<name>.*) \[Total Pts: (?P<most>[\d.,]+) .*\] \|\d+\s*", re.DOTALL)
USER = "Username"


def is_one(sheet: Sheet) -> bool:
    """Whether this is Blackboard's file of grades."""
    return sheet.find(USER) is not None and any("[Total Pts:" in head for head in sheet.head)


def rows(sheet: Sheet) -> list[Row]:
    """The students."""
    found = []
    for line in range(len(sheet.rows)):
        user, other = (sheet.cell(line, sheet.find(head)) for head in (USER, "Student ID"))
        first, last = (sheet.cell(line, sheet.find(head)) for head in ("First Name", "Last Name"))
        name = f"{first} {last}".strip()
        if user:
            found.append(Row(line, name or user, user, (user, other), (name,)))
    return found


def column(sheet: Sheet, names: Sequence[str]) -> Column | None:
    """The assignment's column, by its whole head or its name.

    Raises:
        CourseError: several fit.
    """
    known = {index: found for index, head in enumerate(sheet.head) if (found := HEAD.fullmatch(head))}
    for name in names:
        whole = [index for index in known if sheet.head[index].strip() == name.strip()]
        titled = [index for index, found in known.items() if name_key(found["name"]) == name_key(name)]
        index = only(whole or titled, sheet, names)
        if index is not None:
            return Column(index, number_in(known[index]["most"]))
    return None


def heads(sheet: Sheet) -> list[str]:
    """The columns that take grades."""
    return [found["name"] for head in sheet.head if (found := HEAD.fullmatch(head))]


def table(found: Sequence[Grade], sought: Mapping[str, Sought], titles: Titles) -> Table:
    """User names and grades, under heads that course.yml has to name whole: a column is known by its number."""
    slugs, students = by_student(found)
    lines: Table = [[USER, *(titles[slug] for slug in slugs)]]
    for student, scores in students.items():
        points = [scores[slug].score if slug in scores else None for slug in slugs]
        lines.append([sought[student].number or student, *points])
    return lines


FORM = Form("blackboard", "Blackboard", is_one, rows, column, table, heads)
