"""Where each hand-in came from: `collected.csv`, by which grades and feedback find their way back into the platform."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields
from datetime import datetime

from autograde.course.errors import CourseError
from autograde.course.folder import Course, write_whole
from autograde.course.times import read_time, time_as_text

PLATFORMS = ("canvas", "moodle", "gradescope", "brightspace", "blackboard", "teams", "folder")
TEXT_MARK = "'"  # in front of what a spreadsheet would take for a formula, and of itself
MARKED = ("=", "+", "-", "@", "\t", "\r", TEXT_MARK)


@dataclass(frozen=True)
class Origin:
    """What the platform's export says of the hand-in that counts.

    platform: one of PLATFORMS.
    name: who handed it in, as the export writes it; the group's name where a group did.
    number: by which the platform knows the person: Canvas' user id or anonymous id, Moodle's participant, Brightspace's
        user id, Blackboard's user name, Gradescope's student id or e-mail address. Empty where it is not known, as of
        a group's members but one: Canvas puts a group's file under one member's number.
    file_number: the file's number (Canvas' attachment).
    file: its path in the export.
    group: the group that handed it in.
    time: when, in UTC, where the export says so.
    late: whether the platform marks it late.
    """

    student: str
    assignment: str
    platform: str
    name: str = ""
    number: str = ""
    file_number: str = ""
    file: str = ""
    group: str = ""
    time: datetime | None = None
    late: bool = False


COLUMNS = tuple(field.name for field in fields(Origin))


def write_origins(course: Course, rows: Iterable[Origin]) -> None:
    """Add these to `collected.csv`; of a student's several of one assignment the last stays.

    Raises:
        CourseError: the file that is there cannot be read.
    """
    latest = {(one.student, one.assignment): one for one in (*read_origins(course), *rows)}
    if latest:
        _write(course, latest.values())


def keep_origins(course: Course, is_kept: Callable[[Origin], bool]) -> bool:
    """Delete the other rows of `collected.csv`; returns whether there were any.

    Raises:
        CourseError: the file that is there cannot be read.
    """
    known = read_origins(course)
    kept = [one for one in known if is_kept(one)]
    if len(kept) < len(known):
        _write(course, kept)
    return len(kept) < len(known)


def _write(course: Course, rows: Iterable[Origin]) -> None:
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([_cell(value) for value in astuple(one)] for one in rows)
    write_whole(course.collected, text.getvalue())


def read_origins(course: Course) -> list[Origin]:
    """The origin of each student's hand-in of each assignment; nothing where nothing was collected.

    Raises:
        CourseError: the file cannot be read.
    """
    try:
        with course.collected.open(newline="", encoding="utf-8-sig") as file:
            return [_origin(row) for row in csv.DictReader(file)]
    except FileNotFoundError:
        return []
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise CourseError(
            f"{course.collected} cannot be read ({error}).", "Remove it, and collect the exports once more."
        ) from error


def _origin(row: dict[str, str | None]) -> Origin:
    said = {column: (row[column] or "").removeprefix(TEXT_MARK) for column in COLUMNS}
    time, late = said.pop("time"), said.pop("late")
    return Origin(**said, time=read_time(time) if time else None, late=bool(late))


def _cell(value: str | datetime | bool | None) -> str:
    if isinstance(value, datetime):
        return time_as_text(value)
    if isinstance(value, bool):
        return "late" if value else ""
    text = value or ""
    return TEXT_MARK + text if text.startswith(MARKED) else text
