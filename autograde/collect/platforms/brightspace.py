"""Brightspace (D2L): *Download* of submissions of an assignment, with a folder for each or without.

    131072-48292 - Ada Lovelace - Oct 11, 2026 803 PM/rnn-cell.ipynb    the person's number, the assignment's
    131072-48292 - Ada Lovelace - Oct 11, 2026 803 PM - rnn-cell.ipynb
    index.html

A user name may stand in front of the name. Each hand-in of a person has a folder of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from re import Match

from autograde.collect.archives import Member
from autograde.collect.platforms.clock import NO_ZONE, as_attempt, moment
from autograde.collect.platforms.found import Found, Person, Platform, Stray

WHO = r"(?P<number>\d+)-\d+ - "
WHEN = (
    r"(?:(?P<month>[^\W\d_]+)\.? (?P<day>\d{1,2})|(?P<first>\d{1,2}) (?P<second>[^\W\d_]+)\.?),? "
    r"(?P<year>(?:19|20)\d\d) (?P<hour>\d{1,2}?)(?P<minute>\d\d)(?: (?P<half>[AP]M))?"
)
FOLDER = re.compile(WHO + rf"(?P<name>.+) - {WHEN}", re.DOTALL)
FILE = re.compile(WHO + rf"(?P<name>.+?) - {WHEN} - (?P<file>.+)", re.DOTALL)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _named(members: Sequence[Member]) -> list[tuple[Member, Match[str]]]:
    return [
        (one, match) for one in members if (match := (FOLDER if len(one.parts) > 1 else FILE).fullmatch(one.parts[0]))
    ]


def _read(named: list[tuple[Member, Match[str]]], zone: tzinfo | None) -> tuple[list[Found], list[Stray]]:
    return [_found(member, match, zone) for member, match in named], []


def _found(member: Member, match: Match[str], zone: tzinfo | None) -> Found:
    file = member.parts[-1] if len(member.parts) > 1 else match["file"]
    name, number = match["name"], match["number"]
    people = (Person(name, number=number, keys=(number,)),)
    local = _local(match)
    if local is None:
        return Found(member, people, file)
    remarks = () if zone else (NO_ZONE,)
    return Found(member, people, file, attempt=as_attempt(local), time=moment(local, zone), remarks=remarks)


def _local(match: Match[str]) -> datetime | None:
    # None where it is no date, or its month is in another language than English.
    month = (match["month"] or match["second"]).casefold()[:3]
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] == "PM" else 0)
    try:
        number = MONTHS.index(month) + 1
        return datetime(int(match["year"]), number, int(match["day"] or match["first"]), hour, int(match["minute"]))
    except ValueError:
        return None


PLATFORM = Platform("brightspace", "Brightspace", _named, _read, own=frozenset({"index.html"}))
