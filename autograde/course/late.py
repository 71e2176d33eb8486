"""How late a hand-in is, and what that costs: the one place where late days are counted.

A day is late once it has begun. The free days of a student go to the late hand-ins in the order of their due dates,
whichever was graded first; so the count is the same each time, and a later assignment never takes a day from an
earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from autograde.course.plan import LateRule

DAY = timedelta(days=1)


@dataclass(frozen=True)
class TakenIn:
    """One hand-in of a student that counts: when it came, and when it was due for this student."""

    assignment: str
    due: datetime
    time: datetime


@dataclass(frozen=True)
class Lateness:
    """What the late rule says of one hand-in.

    days: how many days late, each counted once begun.
    free: those of them that cost nothing.
    used: of the student's free days, how many are gone with this hand-in.
    percent: of its points that it loses.
    """

    rule: LateRule
    days: int
    free: int
    used: int

    @property
    def percent(self) -> float:
        """Of the hand-in's points, what it loses."""
        return min(self.rule.at_most_percent, self.rule.percent_per_day * (self.days - self.free))

    def __str__(self) -> str:
        """Such as: 2 days late, 2 of 3 free days used, no points off."""
        days = f"{self.days} day{'' if self.days == 1 else 's'} late"
        free = f", {self.used} of {self.rule.free_days} free days used" if self.rule.free_days else ""
        cost = f"{self.percent:g} % of the points off" if self.percent else "no points off"
        return f"{days}{free}, {cost}"


def lateness(rule: LateRule, hand_ins: Iterable[TakenIn]) -> dict[str, Lateness]:
    """For each late one of a student's hand-ins, by assignment, what the rule says of it."""
    found: dict[str, Lateness] = {}
    used = 0
    for one in sorted(hand_ins, key=lambda one: (one.due, one.assignment)):
        days = days_late(one.due, one.time)
        if days:
            free = min(days, rule.free_days - used)
            used += free
            found[one.assignment] = Lateness(rule, days, free, used)
    return found


def days_late(due: datetime, time: datetime) -> int:
    """How many days have begun since it was due; 0 where it came in time."""
    return max(0, -((due - time.replace(microsecond=0)) // DAY))
