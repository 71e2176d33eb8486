"""Brings the gradebook up to course.yml and the roster, so that nbgrader's tools too see dates, extensions, people."""

from __future__ import annotations

import difflib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from nbgrader.api import Assignment, Gradebook, Student, SubmittedAssignment

from autograde.course.folder import Course, why_student_id_is_refused
from autograde.course.gradebook import gradebook
from autograde.course.people import ID, Person, folded, read_people, student_id
from autograde.course.plan import Plan, read_plan

MOST_NAMED = 10


@dataclass(frozen=True)
class Applied:
    """What happened, in sentences without a full stop.

    changes: what is new in the gradebook.
    notes: what a person should put right in course.yml or the roster.
    """

    changes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def apply_plan(course: Course) -> Applied:
    """Write what course.yml and its roster say into the gradebook, where that is new. Nothing is done without the file.

    An assignment whose due date stands in course.yml has its extensions from there alone.

    Raises CourseError where either cannot be read.
    """
    plan, people = read_plan(course), read_people(course)
    released = course.released()
    if plan == Plan() or not released:
        return Applied()
    handed_in = _handed_in(course)
    notes = [*_misspelt(plan, released), *_after_the_answers(plan), *_strangers(people, handed_in)]
    with gradebook(course) as book:
        changes = [] if _is_other_kind(people, handed_in) else _enter_people(book, people.values(), notes)
        known = {student.id for student in book.students} | handed_in | set(people)
        changes += _enter_dates(book, plan, known)
        book.db.commit()
    unknown = [student for student in plan.extensions if student not in known]
    notes += [f"extensions: nobody here is called {student!r}{_near(student, known)}" for student in unknown]
    return Applied(changes, notes)


def named(who: Iterable[str], most: int = MOST_NAMED) -> str:
    """Names in a line, the first ones where there are many."""
    names = list(who)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _enter_people(book: Gradebook, people: Iterable[Person], notes: list[str]) -> list[str]:
    known: dict[str, Student] = {student.id: student for student in book.students}
    new, other = [], []
    for person in people:
        why = why_student_id_is_refused(person.id)
        if why or student_id(person.id) != person.id:
            notes.append(f"roster: {person.id!r} cannot be a student's id, which becomes a folder's name; change it")
            continue
        said = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
        student = known.get(person.id)
        if student is None:
            book.db.add(Student(id=person.id, **said))
            new.append(person.id)
            continue
        before = {key: getattr(student, key) or "" for key in said}
        # What the roster does not say stays as it is.
        for key, value in said.items():
            if value and value != before[key]:
                setattr(student, key, value)
        if any(value and value != before[key] for key, value in said.items()):
            other.append(person.id)
    book.db.flush()
    told = [f"{_people(len(new))} of the roster now in the gradebook: {named(new)}"] if new else []
    return told + ([f"names or addresses changed of {named(other)}"] if other else [])


def _enter_dates(book: Gradebook, plan: Plan, known: set[str]) -> list[str]:
    told = []
    rows = {row.name: row for row in book.db.query(Assignment)}
    for slug in [slug for slug in plan.assignments if slug in rows]:
        due = plan.of(slug).due
        if due is None:
            continue
        former = rows[slug].duedate
        if former != _naive(due):
            rows[slug].duedate = _naive(due)
            was = f" (before: {plan.local(former.replace(tzinfo=UTC))})" if former else ""
            told.append(f"{slug} is due {plan.local(due)}{was}")
        told += _enter_extensions(book, plan, slug, due, former or _naive(due), known)
    return told


def _enter_extensions(
    book: Gradebook, plan: Plan, slug: str, due: datetime, former_due: datetime, known: set[str]
) -> list[str]:
    rows = book.db.query(SubmittedAssignment).join(Assignment).filter(Assignment.name == slug)
    granted = {row.student_id: row for row in rows.filter(SubmittedAssignment.extension.is_not(None))}
    wanted = {
        student: dates[slug] - due for student, dates in plan.extensions.items() if slug in dates and student in known
    }
    told = []
    for student in sorted({*granted, *wanted}):
        before = granted[student].extension if student in granted else None
        after = wanted.get(student)
        if before == after:
            continue
        _enter_extension(book, slug, student, after)
        was = f"before: {plan.local((former_due + before).replace(tzinfo=UTC))}" if before else ""
        if after is None:
            told.append(f"{student} has no extension for {slug} any more ({was})")
        elif before is None or former_due + before != _naive(due + after):
            told.append(f"{student} has until {plan.local(due + after)} for {slug}" + (f" ({was})" if was else ""))
    return told


def _enter_extension(book: Gradebook, slug: str, student: str, after: timedelta | None) -> None:
    book.update_or_create_student(student)
    book.update_or_create_submission(slug, student).extension = after


def _handed_in(course: Course) -> set[str]:
    # Hidden folders are no students': .earlier, …
    folders = course.submitted.iterdir() if course.submitted.is_dir() else ()
    names = (path.name for path in folders if path.is_dir() and not path.name.startswith("."))
    return {unicodedata.normalize("NFC", name) for name in names}


def _is_other_kind(people: Mapping[str, Person], handed_in: set[str]) -> bool:
    return bool(people) and 2 * len(handed_in - set(people)) > len(handed_in)


def _strangers(people: Mapping[str, Person], handed_in: set[str]) -> list[str]:
    # Who handed in and is not in the roster; if that is most of them, its ids are of another kind.
    left = sorted(handed_in - set(people))
    if not people or not left:
        return []
    if not _is_other_kind(people, handed_in):
        return [f"{_people(len(left))} who handed in not in the roster: {named(left)}"]
    example = f"{named(left, 2)}, …; the roster has {named(people, 2)}, …"
    return [
        f"{len(left)} of {len(handed_in)} who handed in are not in the roster, so that nobody of it was taken over. "
        f"Its ids seem to be of another kind than those of the folders in submitted/: {example}. "
        f"{_remedy(people.values(), left)}"
    ]


def _remedy(people: Iterable[Person], left: list[str]) -> str:
    wanted = {folded(student) for student in left}
    hits: Counter[str] = Counter()
    for person in people:
        hits.update(column for column, value in person.also.items() if folded(value) in wanted)
    if hits:
        column, count = hits.most_common(1)[0]
        return f"Its column {column!r} has {count} of them: call that one {ID!r}"
    return f"Write them into a column {ID!r}, or move submitted/ away and collect again, which takes the roster's ids"


def _misspelt(plan: Plan, released: list[str]) -> list[str]:
    # What is not released may come later; but hardly if it is nearly called like one without a plan.
    free = [slug for slug in released if slug not in plan.assignments]
    unknown = [slug for slug in plan.assignments if slug not in released]
    return [f"no assignment {slug!r} is released{_near(slug, free)}" for slug in unknown if _near(slug, free)]


def _after_the_answers(plan: Plan) -> list[str]:
    return [
        f"{student} has until {plan.local(end)} for {slug}, others get the model answers from {plan.local(start)} on"
        for student, dates in plan.extensions.items()
        for slug, end in dates.items()
        if (start := plan.of(slug).answers) and end > start
    ]


def _near(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _naive(moment: datetime) -> datetime:
    # As the gradebook keeps it.
    return moment.replace(tzinfo=None)
