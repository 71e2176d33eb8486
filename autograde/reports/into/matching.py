"""Which row of a platform's file is which student: by the platform's number, then by ids, then by name; no guesses."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autograde.course.folder import Course
from autograde.course.origins import Origin, read_origins
from autograde.course.people import Person, folded, read_people
from autograde.reports.grades import Grade

SUBMISSION = re.compile(r"submission_(\d+)/")


@dataclass(frozen=True)
class Row:
    """A student's row.

    line: its index among the rows of the sheet.
    shown: the name for people to read.
    number: the platform's number of the person, or of the hand-in.
    ids: whatever else belongs to one person only: login, e-mail address …
    names: ways of writing the name.
    """

    line: int
    shown: str
    number: str = ""
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sought:
    """A student, and by what a platform may know them; ids and names folded."""

    student: str
    person: Person
    number: str = ""
    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    origin: Origin | None = None


@dataclass(frozen=True)
class Matched:
    """rows: the row of each student. why_none: of the others, why they have none. nobodys: the rows of nobody."""

    rows: Mapping[str, Row]
    why_none: Mapping[str, str] = field(default_factory=dict)
    nobodys: Sequence[Row] = ()


def seek(course: Course, found: Iterable[Grade], platform: str, *, of_assignment: str = "") -> dict[str, Sought]:
    """The students of these grades as a platform may know them, by id.

    Args:
        of_assignment: the numbers of people are those of this assignment; without it they are the same in all.
    """
    people, names = read_people(course), {grade.student_id: grade for grade in found}
    origins = {
        one.student: one
        for one in sorted(read_origins(course), key=_says_more)
        if one.platform == platform and of_assignment in ("", one.assignment)
    }
    return {
        student: _sought(people.get(student) or _person(grade), origins.get(student), platform)
        for student, grade in names.items()
    }


def match(rows: Sequence[Row], students: Iterable[Sought]) -> Matched:
    """Give each student a row, where one and only one fits."""
    left = {one.student: one for one in students}
    free = list(rows)
    found: dict[str, Row] = {}
    doubtful: dict[str, str] = {}
    could_be: dict[str, Row] = {}
    for keys_of_row, keys_of_student in KINDS:
        by_key: dict[str, set[str]] = defaultdict(set)
        for one in left.values():
            for key in keys_of_student(one):
                by_key[key].add(one.student)
        wanted = {
            row.line: {student for key in keys_of_row(row) for student in by_key[key] if _may_be(row, left[student])}
            for row in free
        }
        times = Counter(student for students in wanted.values() for student in students)
        for row in free:
            fitting = wanted[row.line]
            if len(fitting) == 1 and times[(only := next(iter(fitting)))] == 1:
                found[only] = row
            for student in fitting if len(fitting) > 1 else ():
                doubtful[student] = f"several students fit the row of {row.shown}"
                could_be[student] = row
            for student in fitting:
                if times[student] > 1:
                    doubtful.setdefault(student, f"{times[student]} rows fit")
        left = {student: one for student, one in left.items() if student not in found}
        given = {row.line for row in found.values()}
        free = [row for row in free if row.line not in given]
    owners = {row.line: student for student, row in found.items()}
    for student, row in could_be.items():
        if row.line in owners:
            doubtful[student] = f"the row of {row.shown} is that of {owners[row.line]}"
    return Matched(found, {student: doubtful.get(student, "there is no row") for student in left}, free)


def is_anonymous(origin: Origin) -> bool:
    """Whether Canvas hides who it is: no number of a person, but a label of the hand-in."""
    return origin.platform == "canvas" and origin.name.startswith("anon_")


def name_key(text: str) -> str:
    """A name as it is compared: its letters and digits, composed, without capitals."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def _keys(texts: Iterable[str], fold: Callable[[str], str]) -> frozenset[str]:
    return frozenset(fold(text) for text in texts if text.strip()) - {""}


KINDS: tuple[tuple[Callable[[Row], Iterable[str]], Callable[[Sought], Iterable[str]]], ...] = (
    (lambda row: _keys([row.number], str.strip), lambda one: _keys([one.number], str.strip)),
    (lambda row: _keys(row.ids, folded), lambda one: one.ids),
    (lambda row: _keys(row.names, name_key), lambda one: one.names),
)


def _says_more(origin: Origin) -> bool:
    return bool(_number(origin))


def _may_be(row: Row, one: Sought) -> bool:
    # Two numbers are two people, whatever they are called.
    return not (row.number and one.number) or row.number == one.number


def _sought(person: Person, origin: Origin | None, platform: str) -> Sought:
    number = _number(origin) if origin else ""
    if not number and platform == "canvas":
        number = person.also.get("ID", "")  # a roster that is Canvas' gradebook
    said = (origin.number, origin.name) if origin else ("", "")
    names = [person.id, person.name, f"{person.last_name} {person.first_name}", said[1]]
    return Sought(
        person.id,
        person,
        number,
        _keys([person.id, person.email, said[0], *person.also.values()], folded),
        _keys(names, name_key),
        origin,
    )


def _number(origin: Origin) -> str:
    # What the platform's files call a number: on Gradescope that of the hand-in, else the person's.
    if origin.platform == "gradescope":
        found = SUBMISSION.search(origin.file)
        return found[1] if found else ""
    return "" if is_anonymous(origin) else origin.number


def _person(grade: Grade) -> Person:
    return Person(grade.student_id, grade.first_name, grade.last_name, grade.email)
