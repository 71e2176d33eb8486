"""The plan of a course as it was understood: dates by the course's clock, late rule, people, who has handed in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from autograde.course.folder import Course
from autograde.course.gradebook import gradebook
from autograde.course.people import read_people
from autograde.course.plan import LateRule, Plan, read_plan
from autograde.grade.hand_ins import not_handed_in

NO_SECTION = "no section"


@dataclass(frozen=True)
class Planned:
    """One assignment; dates in UTC, None where there is none.

    due: of course.yml, else of the gradebook.
    released: whether it can be graded here.
    handed_in: how many have handed in something; of the roster, where there is one.
    missing: who of the roster has handed in nothing.
    extensions: by student, until when.
    """

    slug: str
    due: datetime | None
    until: datetime | None
    answers: datetime | None
    released: bool
    handed_in: int
    missing: list[str]
    extensions: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Overview:
    """people: how many the roster has. sections: how many of them each section has."""

    name: str
    timezone: str
    late: LateRule | None
    people: int
    sections: dict[str, int]
    assignments: list[Planned]


def overview(course: Course) -> Overview:
    """What is planned: assignments in the order of their due dates, those without one last.

    Raises CourseError where course.yml or its roster cannot be read.
    """
    plan, people = read_plan(course), read_people(course)
    released = course.released()
    dates = _dates_in_gradebook(course) if released else {}
    found = [
        _planned(course, plan, slug, released, dates.get(slug), list(people)) for slug in {*released, *plan.assignments}
    ]
    return Overview(
        name=plan.name,
        timezone=plan.timezone,
        late=plan.late,
        people=len(people),
        sections=dict(sorted(Counter(one.section or NO_SECTION for one in people.values()).items())),
        assignments=sorted(
            found, key=lambda one: (one.due is None, one.due or datetime.max.replace(tzinfo=UTC), one.slug)
        ),
    )


def rule_text(rule: LateRule | None) -> str:
    """What handing in late costs, in a sentence."""
    if rule is None:
        return "course.yml says nothing of handing in late; nbgrader_config.py decides"
    free = f"{rule.free_days} free days a student, then " if rule.free_days else ""
    if not rule.percent_per_day:
        return f"{free}no points off for handing in late"
    most = f", at most {rule.at_most_percent:g} %" if rule.at_most_percent < 100 else ""
    return f"{free}{rule.percent_per_day:g} % of the points off a day{most}"


def _dates_in_gradebook(course: Course) -> dict[str, datetime]:
    with gradebook(course) as book:
        return {row.name: row.duedate.replace(tzinfo=UTC) for row in book.assignments if row.duedate is not None}


def _planned(
    course: Course, plan: Plan, slug: str, released: list[str], in_gradebook: datetime | None, people: list[str]
) -> Planned:
    about, missing = plan.of(slug), not_handed_in(course, slug, people)
    return Planned(
        slug=slug,
        due=about.due or in_gradebook,
        until=about.until,
        answers=about.answers,
        released=slug in released,
        handed_in=len(people) - len(missing) if people else sum(1 for _ in course.submitted.glob(f"*/{slug}")),
        missing=missing,
        extensions={student: dates[slug] for student, dates in plan.extensions.items() if slug in dates},
    )
