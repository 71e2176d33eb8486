"""Which student of the course is it? Compares what an export says of a person with the roster."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograde.collect.platforms import Person
from autograde.course import people as roster
from autograde.course.folder import why_student_id_is_refused
from autograde.course.people import folded, student_id

GROUPS = ("group", "groups", "group name", "group_name", "team")
SECTIONS = ("section", "sections")
POINTS = re.compile(r"\(\d+\)$")  # columns of points in Canvas' gradebook


@dataclass(frozen=True)
class Whose:
    """students: their ids, several where a group handed in; none where `reason` says why.

    group: its name where a group handed in.
    member: whose number the platform put on the group's file, where that is known.
    remark: what a person should look at.
    """

    students: tuple[str, ...] = ()
    group: str = ""
    member: str = ""
    remark: str = ""
    reason: str = ""


class Roster:
    """The people of a course, by what an export may say of them."""

    def __init__(self, people: Iterable[roster.Person]) -> None:
        """What two students share is told apart from what nobody has."""
        self._values: Mapping[str, set[str]] = defaultdict(set)
        self._names: Mapping[str, set[str]] = defaultdict(set)
        self._groups: Mapping[str, set[str]] = defaultdict(set)
        self._ids: dict[str, str] = {}
        self._named: set[str] = set()
        for one in people:
            self._add(one)

    def _add(self, one: roster.Person) -> None:
        self._ids[folded(one.id)] = one.id
        self._values[folded(one.id)].add(one.id)
        for column, value in one.also.items():
            if folded(column) in GROUPS:
                for group in value.replace(";", ",").split(","):
                    self._groups[_letters(group)].add(one.id)
            elif value and folded(column) not in SECTIONS and POINTS.search(column) is None:
                self._values[folded(value)].add(one.id)
        if one.first_name or one.last_name:
            self._named.add(one.id)
            first, last = one.first_name, one.last_name
            for name in (first + last, last + first):
                self._names[_letters(name)].add(one.id)
                self._names[_letters(one.id + name)].add(one.id)  # Brightspace may put the user name in front

    def whose(self, person: Person) -> Whose:
        """The student, or the members of the group."""
        by_key = {student for key in person.keys for student in self._values.get(folded(key), ())}
        if len(by_key) > 1:
            return Whose(reason=f"several rows of the roster are for {', '.join(person.keys)}")
        if person.anonymous:
            return Whose(tuple(by_key) or (student_id(person.name),))
        group = self._groups.get(_letters(person.name), set()) if _letters(person.name) else set()
        if group and by_key <= group:
            return Whose(tuple(sorted(group)), group=person.name, member="".join(by_key))
        by_name = self._by_name(person.name)
        if by_key:
            return self._by_key(person, by_key.pop(), by_name)
        if len(by_name) > 1 and person.number:  # some numbers count among namesakes alone
            by_name = by_name & self._values.get(folded(person.number), set()) or by_name
        if len(by_name) == 1:
            return Whose(tuple(by_name))
        if by_name:
            return Whose(reason="several people of the roster bear this name" + _remedy(person))
        return Whose(reason="the roster has no row for whoever handed it in; add one, or a column `group` for groups")

    def _by_name(self, name: str) -> set[str]:
        if folded(name) in self._ids:
            return {self._ids[folded(name)]}
        return self._values.get(folded(name)) or self._names.get(_letters(name), set())

    def _by_key(self, person: Person, student: str, by_name: set[str]) -> Whose:
        if by_name and student not in by_name:
            return Whose(reason="the roster has its name and its number in the rows of different people")
        if not by_name and student in self._named and person.name not in person.keys:
            remark = (
                f"the platform calls it {person.name!r}, which is not the roster's name; for a group, " + GROUP_HELP
            )
            return Whose((student,), remark=remark)
        return Whose((student,))


def _remedy(person: Person) -> str:
    told = person.number or " or ".join(person.keys)
    if not told:
        return "; put the id of the right one into the file's name"
    return f", and no row of it says {told}; write that into the right one's row, under a column of any name"


GROUP_HELP = "give its members a column `group` in the roster and collect once more"


def whose(person: Person, known: Roster | None) -> Whose:
    """The students' ids: those of the roster, or without one made of the person's name."""
    found = known.whose(person) if known is not None else Whose((student_id(person.id or person.name),))
    for student in found.students:
        if not student:
            return Whose(reason="no letter of the name can be used; name the student in a roster")
        if student != student_id(student):
            return Whose((student_id(student),), reason=f"the roster's id {student!r} cannot be the name of a folder")
        reason = why_student_id_is_refused(student)
        if reason:
            return Whose((student,), reason=reason)
    return found


def _letters(name: str) -> str:
    # Platforms leave out blanks, apostrophes and commas, each others.
    return "".join(letter for letter in unicodedata.normalize("NFKC", name).casefold() if letter.isalnum())
