"""Which files of an export are hand-ins: of which student, for which assignment, and which attempt counts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from autograde.collect.platforms import Export, Found, Person
from autograde.collect.whose import Roster, Whose, whose
from autograde.course.file_names import assignment_named, is_archive, is_disguised, is_notebook
from autograde.course.folder import notebook_name

MOST_NAMED = 4  # people in one reason
PUT = "submitted/{student}/{slug}/{slug}.ipynb"
UNKNOWN = PUT.format(student="<student>", slug="<assignment>")


@dataclass(frozen=True)
class HandIn:
    """One person's file.

    named: its name says that it is the assignment's notebook, or a copy of it.
    group: the group's name where one handed it in.
    remarks: what a person should know about it.
    """

    found: Found
    person: Person
    student: str = ""
    slug: str = ""
    named: bool = False
    group: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def is_notebook(self) -> bool:
        return is_notebook(self.found.file) or is_disguised(self.found.file)

    @property
    def identity(self) -> str:
        """The same for all that one person, or one group, handed in."""
        if self.group:
            return f"group {self.group} {self.found.people[0].number}"
        return self.person.identity


Refusal = tuple[HandIn, str]


def choose(
    export: Export, slugs: Sequence[str], known: Roster | None, *, released: Iterable[str] = ()
) -> tuple[list[list[HandIn]], list[Refusal]]:
    """What each student handed in for each assignment: its attempts, the newest first; and what is refused, and why.

    Args:
        slugs: the assignments that are wanted.
        released: all that the course has; what a platform files under another of them is left out.
    """
    refused: list[Refusal] = []
    by_student: dict[str, list[HandIn]] = defaultdict(list)
    others = {_as_slug(slug) for slug in released} - {_as_slug(slug) for slug in slugs}
    for one in export.found:
        if _as_slug(one.title) in others:
            continue
        for person in one.people:
            placed, reason = _placed(one, person, slugs, known)
            if reason:
                refused.append((placed[0], reason))
                continue
            for hand_in in placed:
                by_student[hand_in.student.casefold()].append(hand_in)
    chosen: list[list[HandIn]] = []
    for _, files in sorted(by_student.items()):
        taken, left = _of_one_student(files)
        chosen += taken
        refused += left
    return chosen, refused


def _placed(one: Found, person: Person, slugs: Sequence[str], known: Roster | None) -> tuple[list[HandIn], str]:
    # A file as each of its students' hand-in, and why it is refused.
    who = whose(person, known)
    remarks = (*one.remarks, *([who.remark] if who.remark else []))
    placed = [
        HandIn(one, _member(person, student, who), student, group=who.group, remarks=remarks)
        for student in who.students
    ] or [HandIn(one, person)]
    if who.reason:
        return placed, f"{who.reason}; or put the notebook at {UNKNOWN}"
    if not placed[0].is_notebook:
        return placed, ""
    slug, named = _assignment_of(one, slugs)
    if not slug and one.folder and assignment_named(one.file, slugs):
        return (
            placed,
            f"it lies in a folder {one.folder!r}, which is no assignment; students' folders have none around them",
        )
    if not slug:
        return placed, f"its name says none of the assignments {', '.join(slugs)}; use --assignment"
    return [replace(hand_in, slug=slug, named=named) for hand_in in placed], ""


def _member(person: Person, student: str, who: Whose) -> Person:
    # Of a group, the platform says the number of one member, if any.
    return person if not who.group or student == who.member else replace(person, number="")


def _assignment_of(found: Found, slugs: Sequence[str]) -> tuple[str, bool]:
    # The assignment that a file belongs to, and whether its name says so.
    named = assignment_named(found.file, slugs)
    if found.folder:
        return (found.folder, named == found.folder) if found.folder in slugs else ("", False)
    if found.title:
        titled = next((slug for slug in slugs if _as_slug(found.title) == _as_slug(slug)), named)
        return titled, bool(named) and named == titled
    if named or len(slugs) > 1:
        return named, bool(named)
    return slugs[0], False


def _as_slug(title: str) -> str:
    return re.sub(r"[\W_]+", "-", title).strip("-").casefold()


def _of_one_student(files: list[HandIn]) -> tuple[list[list[HandIn]], list[Refusal]]:
    if len({one.identity for one in files}) > 1:
        return [], [(one, _several_people(files)) for one in files if one.is_notebook]
    notebooks = [one for one in files if one.is_notebook]
    if not notebooks:
        return [], [(files[0], _why_no_notebook(files[0]))]
    chosen: list[list[HandIn]] = []
    refused: list[Refusal] = []
    for slug in sorted({one.slug for one in notebooks}):
        attempts, left = _attempts([one for one in notebooks if one.slug == slug])
        chosen += [attempts] if attempts else []
        refused += left
    return chosen, refused


def _why_no_notebook(hand_in: HandIn) -> str:
    place = PUT.format(student=hand_in.student, slug=hand_in.slug or "<assignment>")
    if is_archive(hand_in.found.file):
        return f"it is an archive: unpack it, and put the notebook in it at {place}"
    return f"there is no notebook in this hand-in; once the student sends one, put it at {place}"


def _several_people(files: list[HandIn]) -> str:
    people = sorted({one.group or " ".join(dict.fromkeys((one.person.name, one.person.number))) for one in files})
    named = ", ".join(people[:MOST_NAMED]) + (f" and {len(people) - MOST_NAMED} more" if people[MOST_NAMED:] else "")
    return f"several people would get the same id: {named}; name their ids in a roster"


def _attempts(several: list[HandIn]) -> tuple[list[HandIn], list[Refusal]]:
    # Newest first. Where files have numbers, each is an attempt of its own.
    named = [one for one in several if one.named]
    if any(one.found.number for one in several):
        if not named and len(several) > 1:
            return [], [(one, _which(several)) for one in several]
        pool, left = (named, _others(several)) if named else (several, [])
    else:
        pool, left = several, []
    attempts: list[HandIn] = []
    ages = _ages(pool)
    for position, (_, group) in enumerate(groupby(sorted(pool, key=ages, reverse=True), key=ages)):
        files = list(group)
        counts = _one_of(files)
        if counts is not None:
            attempts.append(counts)
            left += _others(files) if not position and counts.named else []
        elif not position:
            return [], [*left, *((one, _which(files)) for one in files)]
    return attempts, left


def _one_of(files: list[HandIn]) -> HandIn | None:
    # The notebook of one attempt; None where it is not sure which.
    pool = [one for one in files if is_notebook(one.found.file)] or files
    exact = [one for one in pool if one.found.file.casefold() == notebook_name(one.slug).casefold()]
    named = [one for one in pool if one.named]
    candidates = exact or named or pool
    return candidates[0] if len(candidates) == 1 else None


def _others(files: list[HandIn]) -> list[Refusal]:
    return [(one, f"another notebook is called {one.slug}.ipynb, and counts") for one in files if not one.named]


def _which(files: list[HandIn]) -> str:
    one = files[0]
    names = ", ".join(sorted(each.found.file for each in files)[:MOST_NAMED])
    place = PUT.format(student=one.student, slug=one.slug)
    return f"it is not sure which of its notebooks counts ({names}); put the right one at {place}"


def _ages(files: list[HandIn]) -> Callable[[HandIn], tuple[datetime, int, int, int]]:
    # Of two members of one path the later one counts, as it does where the archive is unpacked.
    same: dict[str, int] = defaultdict(int)
    twice: dict[int, int] = {}
    for one in files:
        same[one.found.member.path] += 1
        twice[id(one)] = same[one.found.member.path]

    def age(hand_in: HandIn) -> tuple[datetime, int, int, int]:
        found = hand_in.found
        return found.time or datetime.min.replace(tzinfo=UTC), found.attempt, found.number, twice[id(hand_in)]

    return age
