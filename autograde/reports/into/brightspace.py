"""Brightspace's grades: the CSV file that *Grades, Enter Grades, Export* gives out with both keys and points grades.

Brightspace finds a student by Org Defined ID, else by user name; a sign # before them keeps spreadsheets from reading
them as numbers. A grade item is found by its name, in a head that ends in "Points Grade".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograde.reports.grades import Grade
from autograde.reports.into.form import Column, Form, Titles, by_student, only
from autograde.reports.into.matching import Row, Sought, name_key
from autograde.reports.into.sheet import Sheet, Table

POINTS = re.compile(r"(?P<name>.*) Points Grade(?: <.*?MaxPoints:(?P<most>[\d.]+).*>)?\s*", re.DOTALL)
END, MARK = "End-of-Line Indicator", "#"


def is_one(sheet: Sheet) -> bool:
    """Whether this is Brightspace's file of grades."""
    return sheet.find("OrgDefinedId", "Username") is not None and sheet.find(END) is not None


def rows(sheet: Sheet) -> list[Row]:
    """The students."""
    found = []
    for line in range(len(sheet.rows)):
        keys = [sheet.cell(line, sheet.find(head)).removeprefix(MARK) for head in ("OrgDefinedId", "Username")]
        first, last = (sheet.cell(line, sheet.find(head)) for head in ("First Name", "Last Name"))
        name = f"{first} {last}".strip()
        if any(keys):
            ids = (*keys, sheet.cell(line, sheet.find("Email")))
            found.append(Row(line, name or next(filter(None, keys)), ids=ids, names=(name,)))
    return found


def column(sheet: Sheet, names: Sequence[str]) -> Column | None:
    """The assignment's column, by the name of its grade item.

    Raises:
        CourseError: several fit.
    """
    heads = {index: found for index, head in enumerate(sheet.head) if (found := POINTS.fullmatch(head))}
    for name in names:
        same = [index for index, found in heads.items() if name_key(found["name"]) == name_key(name)]
        index = only(same, sheet, names)
        if index is not None:
            most = heads[index]["most"]
            return Column(index, float(most) if most else None)
    return None


def heads(sheet: Sheet) -> list[str]:
    """The grade items."""
    return [found["name"] for head in sheet.head if (found := POINTS.fullmatch(head))]


def for_import(sheet: Sheet, columns: Sequence[int]) -> Sheet:
    """The keys and the filled columns alone: Brightspace asks to leave out all else, such as names."""
    keys = [index for head in ("OrgDefinedId", "Username") if (index := sheet.find(head)) is not None]
    heads = [sheet.head[index] for index in keys]
    heads += [f"{found['name']} Points Grade" for index in columns if (found := POINTS.fullmatch(sheet.head[index]))]
    lines = [[*(sheet.cell(line, index) for index in (*keys, *columns)), MARK] for line in range(len(sheet.rows))]
    return replace(sheet, head=[*heads, END], rows=lines)


def table(found: Sequence[Grade], sought: Mapping[str, Sought], titles: Titles) -> Table:
    """The form of the import: it wants these columns and no others."""
    slugs, students = by_student(found)
    lines: Table = [["OrgDefinedId", "Username", *(f"{titles[slug]} Points Grade" for slug in slugs), END]]
    for student, scores in students.items():
        also = sought[student].person.also
        known = {head.casefold(): value for head, value in also.items()}
        number = known.get("orgdefinedid", "").removeprefix(MARK)
        login = known.get("username", "").removeprefix(MARK) or ("" if number else student)
        keys = [f"{MARK}{key}" if key else "" for key in (number, login)]
        lines.append([*keys, *(scores[slug].score if slug in scores else None for slug in slugs), MARK])
    return lines


FORM = Form("brightspace", "Brightspace", is_one, rows, column, table, heads, for_import=for_import)
