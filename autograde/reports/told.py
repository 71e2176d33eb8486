"""People in one line of a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograde.reports.grades import Grade

MOST_NAMED = 20


def grouped(reasons: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Each reason with the people whom it is given for."""
    people: dict[str, list[str]] = {}
    for person, reason in reasons.items():
        people.setdefault(reason, []).append(person)
    return list(people.items())


def named(people: Sequence[str]) -> str:
    """The people, of many the first."""
    shown = people[:MOST_NAMED]
    more = f", and {len(people) - MOST_NAMED} more" if people[MOST_NAMED:] else ""
    return ("; " if any("," in person for person in shown) else ", ").join(shown) + more


def counted(count: int, what: str) -> str:
    """A number of things."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def waiting_lines(found: Sequence[Grade]) -> list[str]:
    """Of whom answers wait for a person, and what stands in the place of the grade."""
    waiting = [one for one in found if one.waiting]
    without = [one.student_id for one in waiting if one.score is None]
    so_far = [one.student_id for one in waiting if one.score is not None]
    lines = []
    if without:
        has = f"{counted(len(without), 'student')} {'has' if len(without) == 1 else 'have'}"
        why = "as answers wait for a person in formgrader (--partial gives the points so far)"
        lines.append(f"{has} no grade yet, {why}: {named(without)}")
    if so_far:
        what = "grade is" if len(so_far) == 1 else "grades are"
        why = "as answers wait for a person in formgrader"
        lines.append(f"{len(so_far)} {what} the points so far, {why}: {named(so_far)}")
    return lines
