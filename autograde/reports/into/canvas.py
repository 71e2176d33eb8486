"""Canvas' gradebook: the CSV file that *Export* gives out and *Import* takes.

Canvas finds a student by its own ID, else by SIS ID or login, else by the exact name; an assignment by the number
behind its title, else by the exact title. The row "Points Possible" would change the assignment: it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autograde.course.errors import CourseError
from autograde.reports.grades import Grade
from autograde.reports.into.form import Column, Form, Titles, by_student, only
from autograde.reports.into.matching import Row, Sought, name_key
from autograde.reports.into.sheet import Sheet, Table, number_in

POSSIBLE = "Points Possible"
TEST_STUDENT = "Student, Test"
NUMBERED = re.compile(r"(?P<title>.*?)\s*\((?P<number>\d+)\)", re.DOTALL)
QUOTED = re.compile(r'="(.*)"', re.DOTALL)  # so Canvas writes a name that begins like a formula
NOT_FOR_GRADES = {"EX": "Canvas has excused the student from it (EX)", "N/A": "Canvas did not assign it to the student"}


def is_one(sheet: Sheet) -> bool:
    """Whether this is Canvas' gradebook."""
    return sheet.find("ID") in (1, 2) and sheet.find("Section") is not None and sheet.find("Student", "LastName") == 0


def rows(sheet: Sheet) -> list[Row]:
    """The students; not the lines about the assignments, nor the test student."""
    found = []
    for line in range(len(sheet.rows)):
        name = _name(sheet, line)
        number = sheet.cell(line, sheet.find("ID"))
        if POSSIBLE in name or name == TEST_STUDENT or not (name or number):
            continue
        ids = tuple(sheet.cell(line, sheet.find(column)) for column in ("SIS User ID", "SIS Login ID"))
        found.append(Row(line, name, number, ids, _ways(name)))
    return found


def column(sheet: Sheet, names: Sequence[str]) -> Column | None:
    """The assignment's column: by its whole head or its number, else by its title without the number.

    Raises:
        CourseError: several fit, none has the number that is named, or Canvas does not let it be written.
    """
    heads = range(len(sheet.head))
    index = None
    for name in names:
        whole = [index for index in heads if sheet.head[index].strip() == name.strip()]
        numbered = [index for index in heads if _number(name) and _number(sheet.head[index]) == _number(name)]
        titled = [index for index in heads if name_key(_title(sheet.head[index])) == name_key(name)]
        index = only(whole or numbered or titled, sheet, names)
        if index is not None:
            break
    if index is None:
        _refuse_another_number(sheet, names)
        return None
    possible = next((line for line in range(len(sheet.rows)) if POSSIBLE in sheet.cell(line, 0)), None)
    said = "" if possible is None else sheet.cell(possible, index)
    if "read only" in said:
        raise CourseError(
            f"Canvas does not take grades for {sheet.head[index]!r}: it is read only.",
            "Name the assignment's own column in course.yml, under columns.",
        )
    return Column(index, number_in(said))


def heads(sheet: Sheet) -> list[str]:
    """The assignments, with their numbers."""
    return [head for head in sheet.head if NUMBERED.fullmatch(head.strip())]


def why_kept(sheet: Sheet, row: Row, found: Column) -> str:
    """Why Canvas has no place for a grade there."""
    return NOT_FOR_GRADES.get(sheet.cell(row.line, found.index).upper(), "")


def table(found: Sequence[Grade], sought: Mapping[str, Sought], titles: Titles) -> Table:
    """The same file made from nothing. Canvas makes a new assignment of a title that it does not know."""
    slugs, students = by_student(found)
    most = {grade.assignment: grade.max_score for grade in found}
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *(titles[slug] for slug in slugs)]
    # An assignment that is there keeps its points.
    possible = ["" if NUMBERED.fullmatch(titles[slug]) else most[slug] for slug in slugs]
    lines: Table = [[*head], [f"    {POSSIBLE}", "", "", "", "", *possible]]
    for student, scores in students.items():
        one = sought[student]
        person, also = one.person, one.person.also
        name = ", ".join(part for part in (person.last_name, person.first_name) if part) or student
        login = also.get("SIS Login ID") or ("" if one.number else student)
        sis = also.get("SIS User ID") or ("" if one.number else student)
        points = [scores[slug].score if slug in scores else None for slug in slugs]
        lines.append([name, one.number, sis, login, person.section, *points])
    return lines


def _name(sheet: Sheet, line: int) -> str:
    last, first = sheet.find("LastName"), sheet.find("FirstName")
    if last is not None and first is not None:
        return ", ".join(part for part in (sheet.cell(line, last), sheet.cell(line, first)) if part)
    name = sheet.cell(line, 0)
    quoted = QUOTED.fullmatch(name)
    return quoted[1] if quoted else name


def _ways(name: str) -> tuple[str, ...]:
    # As it stands, and with what is behind a comma in front: Lovelace, Ada; Ada Lovelace.
    parts = name.split(",")
    return (name, *(",".join([*parts[at:], *parts[:at]]) for at in range(1, len(parts))))


def _refuse_another_number(sheet: Sheet, names: Sequence[str]) -> None:
    # After a course was copied, the columns have other numbers.
    like = [head for name in names for head in sheet.head if name_key(_title(head)) == name_key(_title(name))]
    if like:
        here = ", ".join(map(repr, like))
        raise CourseError(
            f"No column of the file has the number of {names[-1]!r}; of this title it has {here}.",
            "Write the column as it stands in the file into course.yml, under columns, or fill in the right file.",
        )


def _number(head: str) -> str:
    found = NUMBERED.fullmatch(head.strip())
    return found["number"] if found else ""


def _title(head: str) -> str:
    found = NUMBERED.fullmatch(head.strip())
    return found["title"] if found else head


FORM = Form("canvas", "Canvas", is_one, rows, column, table, heads, why_kept)
