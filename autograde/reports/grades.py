"""The grades of a class, one for each student and assignment.

No zero that nobody earned: what was not handed in, could not be read, or waits for a person has no score, but a reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from nbgrader.api import Student, SubmittedAssignment

from autograde.course.confinement import MARKS
from autograde.course.folder import Course
from autograde.course.gradebook import gradebook
from autograde.course.people import Person, read_people
from autograde.course.plan import read_plan
from autograde.course.times import time_there
from autograde.grade.results import Result, of_most, submissions

NOTHING = "nothing was handed in"
NOT_GRADED = "not graded yet: run `autograde grade`"


@dataclass(frozen=True)
class Grade:
    """One student's grade for one assignment; fields as in nbgrader's own export, and more.

    duedate, timestamp: when it was due and when it came, by the course's clock with its offset from UTC.
    raw_score, late_submission_penalty, score: None where there is no grade yet; `note` then says why. It also says
        where student code ran with less than the sandbox.
    points_so_far, max_so_far: what was graded until now, less the late penalty, and the most that it could be; None
        where nothing was graded.
    waiting: how many answers wait for a person.
    section: as the roster says.
    late: how late it came and what that costs, where course.yml says what being late costs.
    remarks: what was odd about the hand-in, or repaired, and what asks for a person.
    handed_in: whether anything was.
    known: whether the gradebook has this student.
    """

    assignment: str
    duedate: str
    timestamp: str
    student_id: str
    last_name: str
    first_name: str
    email: str
    section: str
    raw_score: float | None
    late_submission_penalty: float | None
    score: float | None
    max_score: float
    points_so_far: float | None
    max_so_far: float | None
    waiting: int
    late: str
    note: str
    remarks: str
    handed_in: bool
    known: bool


def grades(course: Course, slugs: list[str], *, partial: bool = False, zeros: bool = False) -> list[Grade]:
    """The grades for these assignments in a fixed order: of all students of the gradebook, and of everybody else who
    handed something in. An assignment that nobody has handed in is left out.

    Args:
        partial: the points so far are the score where answers wait for a person.
        zeros: whoever handed in nothing, and by now no longer can, gets 0 points: after `until`, an extension included;
            where course.yml states none, after the due date, or where there is none either. What nobody has handed in
            counts then too, if its last date has passed.
    """
    now = datetime.now(UTC).replace(tzinfo=None)  # as the gradebook has its due dates
    people, plan = read_people(course), read_plan(course)
    with gradebook(course) as book:
        known = {student.id: student for student in book.students}
        asked = [
            _Asked(one.name, one.duedate, float(one.max_score), people, plan.timezone)
            for one in book.assignments
            if one.name in slugs
        ]
        granted = book.db.query(SubmittedAssignment).filter(SubmittedAssignment.extension.is_not(None))
        extensions = {(one.name, one.student_id): one.extension for one in granted}
    found = []
    for about in sorted(asked, key=lambda about: about.slug):
        graded = {result.student: result for result in submissions(course, about.slug)}
        left = not_looked_at(course, about.slug) - set(graded)
        last = plan.of(about.slug).until or about.duedate
        is_over = last is not None and last.replace(tzinfo=None) < now
        if not graded and not left and not (zeros and is_over):
            continue
        for student in sorted({*known, *graded, *left}):
            row = known.get(student) or Student(id=student)
            if student in graded:
                one = _graded(about, row, graded[student], partial=partial, known=student in known)
            elif student in left:
                one = _without(about, row, NOT_GRADED, handed_in=True, known=student in known)
            else:
                due = about.duedate and about.duedate + extensions.get((about.slug, student), timedelta())
                about_due = replace(about, duedate=due)
                note, too_late = _nothing(about_due, plan.until_for(about.slug, student), now)
                one = _without(about_due, row, note, zero=zeros and too_late)
            found.append(one)
    return found


@dataclass(frozen=True)
class _Asked:
    # An assignment; its due date is UTC, without a zone; timezone: the course's.
    slug: str
    duedate: datetime | None
    max_score: float
    people: Mapping[str, Person]
    timezone: str

    def section_of(self, student: Student) -> str:
        found = self.people.get(student.id)
        return found.section if found else ""

    def there(self, moment: datetime | str | None) -> str:
        # By the course's clock; empty where it is not known.
        known = datetime.fromisoformat(moment) if isinstance(moment, str) and moment else moment or None
        return time_there(known, self.timezone) if isinstance(known, datetime) else ""


def _nothing(about: _Asked, until: datetime | None, now: datetime) -> tuple[str, bool]:
    # What is said of who handed in nothing, and whether it is too late.
    if about.duedate is not None and about.duedate >= now:
        return f"{NOTHING}, which is due on {about.there(about.duedate)}", False
    if until is not None and until.replace(tzinfo=None) >= now:
        return f"{NOTHING}, and it is taken until {about.there(until)}", False
    return NOTHING, True


def not_looked_at(course: Course, slug: str) -> set[str]:
    """Who has handed in but has no record: by student, odd bytes spelled out."""
    names = (path.parent.name for path in course.submitted.glob(f"*/{slug}"))
    left = (name for name in names if not course.record_file(slug, name).is_file())
    return {name.encode("utf-8", "backslashreplace").decode() for name in left}


def _graded(about: _Asked, student: Student, result: Result, *, partial: bool, known: bool) -> Grade:
    is_final = result.points is not None and (partial or not result.waiting)
    return Grade(
        assignment=about.slug,
        duedate=about.there(result.duedate or about.duedate),
        timestamp=about.there(result.timestamp),
        student_id=str(student.id),
        last_name=student.last_name or "",
        first_name=student.first_name or "",
        email=student.email or "",
        section=about.section_of(student),
        raw_score=result.points if is_final else None,
        late_submission_penalty=result.penalty if is_final else None,
        score=result.score if is_final else None,
        max_score=about.max_score,
        points_so_far=result.score,
        max_so_far=None if result.points is None else result.max_so_far,
        waiting=len(result.waiting),
        late=result.late,
        note="; ".join(_notes(result)),
        remarks=" ".join(result.remarks),
        handed_in=True,
        known=known,
    )


def _notes(result: Result) -> Iterator[str]:
    if result.status == "failed":
        earlier = "" if result.points is None else "the grade of an earlier hand-in; the present one was "
        yield f"{earlier}not graded: {result.reason}"
    elif not result.readable:
        how = "not graded" if result.points is None else "graded by hand alone"
        yield f"{how}: {' '.join(result.remarks)}"
    if result.waiting:
        yield f"{result.score:g} {of_most(result.max_points, result.waiting_points)}"
    if result.late:
        yield result.late
    if result.penalty:
        yield f"{result.penalty:g} points less for handing in late"
    if mark := MARKS[result.confinement]:
        yield f"graded {mark}"


def _without(
    about: _Asked, student: Student, note: str, *, zero: bool = False, handed_in: bool = False, known: bool = True
) -> Grade:
    # Nothing is graded: no points, or none by the instructor's wish.
    points = 0.0 if zero else None
    return Grade(
        assignment=about.slug,
        duedate=about.there(about.duedate),
        timestamp="",
        student_id=str(student.id),
        last_name=student.last_name or "",
        first_name=student.first_name or "",
        email=student.email or "",
        section=about.section_of(student),
        raw_score=points,
        late_submission_penalty=points,
        score=points,
        max_score=about.max_score,
        points_so_far=points,
        max_so_far=None if points is None else about.max_score,
        waiting=0,
        late="",
        note=note,
        remarks="",
        handed_in=handed_in,
        known=known,
    )
