"""The people of a course: read from a roster, written by hand or as a platform exports it; and what an id may be."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.course.plan import read_plan

UNSAFE = re.compile(r'[<>"\\/{}:*?|]')
ID = "student_id"
# What platforms call their columns, folded; ids in the order in which they are taken where a roster has several.
IDS = (
    ID,
    "id number",
    "sid",
    "student id",
    "sis login id",
    "login_id",
    "sis user id",
    "username",
    "orgdefinedid",
    "id",
)
FIRST_NAMES = ("first_name", "first name", "firstname")
LAST_NAMES = ("last_name", "last name", "lastname", "surname")
NAMES = ("name", "student", "full name")
EMAILS = ("email", "email address", "e-mail")
SECTIONS = ("section", "sections")
NO_PERSON = ("points possible", "student, test")  # rows of Canvas' gradebook that are nobody's
DELIMITERS = ",;\t"  # spreadsheets of many countries write semicolons
ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Person:
    """One person of the roster; what it does not say is empty.

    also: all its columns as they stand there, by the column's name.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    section: str = ""
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The whole name, as one says it; the id where there is none."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.id


def read_people(course: Course) -> dict[str, Person]:
    """The people of the roster that course.yml names, by id and in its order; none where it names none.

    Raises CourseError where course.yml or the roster cannot be read.
    """
    roster = read_plan(course).roster
    return read_roster(roster) if roster else {}


def read_roster(path: Path) -> dict[str, Person]:
    """The people of a roster, by id.

    Args:
        path: CSV with a column `student_id` and any of first_name, last_name, name, email, section; or the export of
            Canvas (gradebook), Moodle (participants, grades) or Gradescope (roster) as it is.

    Raises CourseError where it cannot be read, has no column with ids, or names an id twice.
    """
    rows = list(_rows(path))
    columns = {folded(column): column for column in rows[0][1]} if rows else {}
    of_id = next((columns[name] for name in IDS if name in columns), None)
    if of_id is None:
        raise CourseError(
            f"The roster {path} has no column {ID!r}.",
            f"Call the column with the students' ids {ID!r}; the others may have any name.",
        )
    people: dict[str, Person] = {}
    lines: dict[str, int] = {}
    for line, row in rows:
        person = _person(row, columns, of_id)
        if person is None:
            continue
        if not person.id:
            raise CourseError(
                f"{path.name}, line {line}: {of_id} is empty.",
                f"Fill it in, remove the line, or call another column {ID!r}.",
            )
        same = folded(person.id)
        if same in lines:
            raise CourseError(
                f"{path.name}, line {line}: the id {person.id!r} stands in line {lines[same]} too.",
                "Keep one line for each student; several sections go into one field, as in: A, B.",
            )
        lines[same] = line
        people[person.id] = person
    return people


def student_id(name: str) -> str:
    """A name of an export as a student's id: composed letters, no invisible ones, nothing that means something to a
    file system, a web page or nbgrader. Empty where nothing is left."""
    visible = "".join(letter for letter in unicodedata.normalize("NFC", name) if _is_visible(letter))
    return " ".join(UNSAFE.sub("-", visible).split()).strip(" .")


def folded(text: str) -> str:
    """A text as the roster compares it: without regard to capital letters and to how accents are written."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def _is_visible(letter: str) -> bool:
    return letter == " " or unicodedata.category(letter)[0] not in "CZ"


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    # The lines of the file, by number, blank ones left out.
    try:
        raw = path.read_bytes()
        text = raw.decode(ENCODINGS.get(raw[:2], "utf-8-sig"))
        head = text.partition("\n")[0]
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=head.count))
        for row in table:
            kept = {column: (value or "").strip() for column, value in row.items() if column and column.strip()}
            if any(kept.values()):
                yield table.line_num, kept
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"The roster {path} cannot be read ({error}).", "Save it as CSV in UTF-8.") from error


def _person(row: dict[str, str], columns: Mapping[str, str], of_id: str) -> Person | None:
    # None for a row that is nobody's.
    def first(names: Iterable[str]) -> str:
        return next((row[columns[name]] for name in names if name in columns and row[columns[name]]), "")

    name = first(NAMES) or ", ".join(part for part in (first(LAST_NAMES), first(FIRST_NAMES)) if part)
    if folded(name) in NO_PERSON or not (name or row[of_id] or first(EMAILS)):
        return None
    first_name, last_name = _parts(name)
    return Person(
        id=row[of_id],
        first_name=first(FIRST_NAMES) or first_name,
        last_name=first(LAST_NAMES) or last_name,
        email=first(EMAILS),
        section=first(SECTIONS),
        also=row,
    )


def _parts(name: str) -> tuple[str, str]:
    # First and last name, of "Lovelace, Ada" or "Ada Lovelace". A name without a blank is a last name: 王伟.
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = name.rpartition(" ")
    return first.strip(), last
