"""course.yml: what the instructor plans for a course — dates, late days, extensions, columns in a platform's gradebook.

All keys are optional, and a course without the file has none of this.

```yaml
name: Recurrent networks, autumn 2026
timezone: Europe/Berlin            # of the times below; UTC where absent
roster: roster.csv                 # the people, from the course folder
late: {free_days: 3, percent_per_day: 10, at_most_percent: 50}
assignments:
  rnn-cell:
    due: 2026-10-30 23:59
    until: 2026-11-06 23:59        # nothing is taken after it
    answers: 2026-11-07 08:00      # from then on the model answers may be given out
    columns: {canvas: "Recurrent cell (771234)", moodle: Recurrent cell}
extensions:
  lovelaceada: {rnn-cell: 2026-11-02 23:59}
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from yaml.nodes import Node

from autograde.course.folder import Course
from autograde.course.strict_yaml import StrictFile
from autograde.course.times import read_time, time_zone

PLAN_NAME = "course.yml"
KEYS = ("name", "timezone", "roster", "late", "assignments", "extensions")
LATE_KEYS = ("free_days", "percent_per_day", "at_most_percent")
DATE_KEYS = ("due", "until", "answers")
PLATFORMS = ("canvas", "moodle", "gradescope", "brightspace", "blackboard")
MOST_FREE_DAYS = 365
HELP = "The page on dates for instructors shows a whole course.yml."
WHOLE_MINUTE = re.compile(r"[Tt ]\d\d:\d\d(?![:\d])")
LAST_SECOND = timedelta(seconds=59)
DATE_FORM = "Write it as 2026-10-30 23:59, a place such as Europe/Berlin behind it where it is not the course's."


@dataclass(frozen=True)
class LateRule:
    """What handing in late costs.

    percent_per_day: of the student's points, for each day begun.
    free_days: so many days a student may be late in all, over all assignments, at no cost.
    at_most_percent: no hand-in loses more.
    """

    percent_per_day: float
    free_days: int = 0
    at_most_percent: float = 100.0


@dataclass(frozen=True)
class AssignmentPlan:
    """Dates of one assignment in UTC, None where not stated.

    due: the last second of the minute that is stated.
    until: nothing is taken after it; likewise.
    answers: from then on the model answers may be given out.
    columns: what a platform calls its column, by the platform's name.
    """

    due: datetime | None = None
    until: datetime | None = None
    answers: datetime | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


NOTHING_PLANNED = AssignmentPlan()


@dataclass(frozen=True)
class Plan:
    """What course.yml says; empty where there is none.

    timezone: of its times; a place, an offset or UTC.
    roster: the file with the people.
    late: None where it says nothing of it; nbgrader's own penalty then holds.
    extensions: another due date, UTC, by student and assignment.
    """

    name: str = ""
    timezone: str = "UTC"
    roster: Path | None = None
    late: LateRule | None = None
    assignments: Mapping[str, AssignmentPlan] = field(default_factory=dict)
    extensions: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)

    def of(self, slug: str) -> AssignmentPlan:
        """What is planned for an assignment."""
        return self.assignments.get(slug, NOTHING_PLANNED)

    def due_for(self, slug: str, student: str) -> datetime | None:
        """When an assignment is due for a student, UTC, an extension included; None where course.yml says no date."""
        return self.extensions.get(student, {}).get(slug) or self.of(slug).due

    def until_for(self, slug: str, student: str) -> datetime | None:
        """The moment after which nothing of a student is taken, UTC: no earlier than an extension's end."""
        until = self.of(slug).until
        longer = self.extensions.get(student, {}).get(slug)
        return max(until, longer) if until and longer else until

    def why_not_taken(self, slug: str, student: str, time: datetime) -> str:
        """Why a hand-in of this time, UTC, is not taken: it came after `until`. Empty where it is."""
        until = self.until_for(slug, student)
        if until is None or time.replace(microsecond=0) <= until:
            return ""
        return (
            f"it came {self.local(time)}, and nothing is taken after {self.local(until)}; "
            f"to take it, name an extension in {PLAN_NAME}"
        )

    def column(self, slug: str, platform: str) -> str | None:
        """What a platform calls the assignment's column, where course.yml says so."""
        return self.of(slug).columns.get(platform)

    def local(self, moment: datetime) -> str:
        """A moment by the course's clock, such as: Fri 30 Oct 2026, 23:59."""
        return f"{moment.astimezone(time_zone(self.timezone)):%a %d %b %Y, %H:%M}"


def read_plan(course: Course) -> Plan:
    """The plan of a course.

    Raises:
        CourseError: course.yml has an unknown key or a value that cannot be; with its line, and what to write.
    """
    path = course.root / PLAN_NAME
    if not path.exists():
        return Plan()
    about = path.stat()
    return _read(course, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=8)  # asked for at each submission, and hundreds of extensions take tens of milliseconds to read
def _read(course: Course, changed: int, size: int) -> Plan:
    file = StrictFile(course.root / PLAN_NAME, HELP)
    root = file.root()
    return Plan() if root is None else _plan(course, file, root)


def _plan(course: Course, file: StrictFile, root: Node) -> Plan:
    said = {key: value for key, (_, value) in file.entries(root, PLAN_NAME, KEYS).items()}
    timezone = _timezone(file, said["timezone"]) if "timezone" in said else "UTC"
    assignments = (
        {
            slug: _assignment(file, slug, key, value, timezone)
            for slug, (key, value) in file.entries(said["assignments"], "assignments").items()
        }
        if "assignments" in said
        else {}
    )
    return Plan(
        name=file.text(said["name"], "name") if "name" in said else "",
        timezone=timezone,
        roster=_roster(course, file, said["roster"]) if "roster" in said else None,
        late=_late(file, said["late"]) if "late" in said else None,
        assignments=assignments,
        extensions=_extensions(file, said["extensions"], timezone, assignments) if "extensions" in said else {},
    )


def _timezone(file: StrictFile, node: Node) -> str:
    name = file.text(node, "timezone")
    try:
        time_zone(name)
    except ValueError as error:
        raise file.wrong(
            node, f"the timezone {name!r} is not known ({error})", "Write a place, such as Europe/Berlin, or UTC."
        ) from None
    return name


def _roster(course: Course, file: StrictFile, node: Node) -> Path:
    path = course.root / file.text(node, "roster")
    if not path.is_file():
        raise file.wrong(
            node, f"there is no file {path}", "Name the roster as it lies in the course folder, or remove the line."
        )
    return path


def _late(file: StrictFile, node: Node) -> LateRule:
    said = file.entries(node, "late", LATE_KEYS)
    if "percent_per_day" not in said:
        raise file.wrong(node, "`late` does not say what a day costs", "Write `percent_per_day`: 0, or how much.")
    limits = {"free_days": float(MOST_FREE_DAYS), "percent_per_day": 100.0, "at_most_percent": 100.0}
    numbers = {key: file.number(value, key, limits[key], whole=key == "free_days") for key, (_, value) in said.items()}
    return LateRule(
        percent_per_day=numbers["percent_per_day"],
        free_days=int(numbers.get("free_days", 0)),
        at_most_percent=numbers.get("at_most_percent", 100.0),
    )


def _assignment(file: StrictFile, slug: str, key: Node, node: Node, timezone: str) -> AssignmentPlan:
    said = file.entries(node, slug, (*DATE_KEYS, "columns"))
    dates = {
        name: _time(file, said[name][1], f"{name} of {slug}", timezone, is_end=name != "answers")
        for name in DATE_KEYS
        if name in said
    }
    columns = _columns(file, slug, said["columns"][1]) if "columns" in said else {}
    for earlier, later in (("due", "until"), ("due", "answers"), ("until", "answers")):
        if earlier in dates and later in dates and dates[later] < dates[earlier]:
            raise file.wrong(
                said[later][1],
                f"`{later}` of {slug} is before `{earlier}`",
                f"Put `{later}` on `{earlier}` or after it.",
            )
    return AssignmentPlan(dates.get("due"), dates.get("until"), dates.get("answers"), columns)


def _columns(file: StrictFile, slug: str, node: Node) -> dict[str, str]:
    said = file.entries(node, f"columns of {slug}", PLATFORMS)
    return {platform: file.text(value, f"the column of {slug} in {platform}") for platform, (_, value) in said.items()}


def _extensions(
    file: StrictFile, node: Node, timezone: str, assignments: Mapping[str, AssignmentPlan]
) -> dict[str, dict[str, datetime]]:
    found: dict[str, dict[str, datetime]] = {}
    for student, (_, dates) in file.entries(node, "extensions").items():
        found[student] = {}
        for slug, (key, value) in file.entries(dates, f"extensions of {student}").items():
            moment = _time(file, value, f"the extension of {student} for {slug}", timezone)
            due = assignments.get(slug, NOTHING_PLANNED).due
            if due is None:
                raise file.wrong(
                    key,
                    f"{student} has an extension for {slug}, which has no due date",
                    f"Write `due` for {slug} under assignments.",
                )
            if moment < due:
                raise file.wrong(
                    value, f"the extension of {student} for {slug} ends before the due date", "Give a later date."
                )
            found[student][slug] = moment
    return found


def _time(file: StrictFile, node: Node, what: str, timezone: str, *, is_end: bool = True) -> datetime:
    said = file.text(node, what)
    try:
        moment = read_time(said, timezone)
    except ValueError as error:
        raise file.wrong(node, f"{what} is {said!r}, which is no moment ({error})", DATE_FORM) from None
    # 23:59 lasts until midnight, as on the platforms.
    return moment + LAST_SECOND if is_end and WHOLE_MINUTE.search(said) else moment
