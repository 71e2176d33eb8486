"""What a platform's file has to say of itself, so that grades can be put into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from autograde.course.errors import CourseError
from autograde.reports.grades import Grade
from autograde.reports.into.matching import Row, Sought
from autograde.reports.into.sheet import Sheet, Table

Titles = Mapping[str, str]  # by assignment, what the platform calls its column


@dataclass(frozen=True)
class Column:
    """Where an assignment's grades stand.

    most: the points that the platform gives for it; None where the file does not say.
    comments: the column of feedback comments.
    """

    index: int
    most: float | None = None
    comments: int | None = None


@dataclass(frozen=True)
class Form:
    """How a platform writes its file.

    name: the platform, as course.yml and collected.csv have it; title: as people call it.
    is_one: whether a file is this platform's.
    rows: those of students.
    column: that of an assignment, by the names that it may have; None where there is none.
    heads: what the columns for grades are called.
    why_kept: why a student's field is not for grades; empty where it is.
    table: the form of the platform's import, made from nothing.
    for_import: the sheet as the import wants it, given the columns that were filled.
    of_assignment: the file belongs to one assignment, and so do the numbers of people in it.
    drops_more: the platform leaves out grades above its maximum without a word.
    """

    name: str
    title: str
    is_one: Callable[[Sheet], bool]
    rows: Callable[[Sheet], list[Row]]
    column: Callable[[Sheet, Sequence[str]], Column | None]
    table: Callable[[Sequence[Grade], Mapping[str, Sought], Titles], Table]
    heads: Callable[[Sheet], list[str]] = lambda sheet: []
    why_kept: Callable[[Sheet, Row, Column], str] = lambda sheet, row, column: ""
    for_import: Callable[[Sheet, Sequence[int]], Sheet] = lambda sheet, columns: sheet
    of_assignment: bool = False
    drops_more: bool = False


def only(found: Sequence[int], sheet: Sheet, names: Sequence[str]) -> int | None:
    """The one column of these.

    Raises:
        CourseError: there are several.
    """
    if len(found) > 1:
        heads = ", ".join(repr(sheet.head[index]) for index in found)
        raise CourseError(
            f"Several columns could be {names[-1]!r}: {heads}.",
            f"Write the right one into course.yml, under assignments, {names[-1]}, columns.",
        )
    return found[0] if found else None


def by_student(found: Sequence[Grade]) -> tuple[list[str], dict[str, dict[str, Grade]]]:
    """The assignments, and the grades by student and assignment.

    A platform would not know the name of a folder from which nothing could be graded: such a row is left out.
    """
    students: dict[str, dict[str, Grade]] = {}
    for grade in found:
        if grade.known:
            students.setdefault(grade.student_id, {})[grade.assignment] = grade
    return list(dict.fromkeys(grade.assignment for grade in found)), students
