"""Blackboard: *Assignment File Download* of a column.

RNN Cell_adal_attempt_2026-10-11-20-03-11_rnn-cell.ipynb    the assignment, the user name, when, the file
RNN Cell_adal_attempt_2026-10-11-20-03-11.txt               who it is: "Name: Ada Lovelace (adal)"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from re import Match

from autograde.collect.archives import LARGEST_NOTE, Member, RefusedError
from autograde.collect.platforms import canvas
from autograde.collect.platforms.clock import NO_ZONE, as_attempt, moment
from autograde.collect.platforms.found import Found, Person, Platform, Stray

NAME = re.compile(r"(?P<attempt>(?P<before>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5}))(?:_(?P<file>.+)|\.txt)", re.DOTALL)
LONGEST_LINE = 500  # characters of a name
ABOUT = re.compile(r"Name:\s*(?P<name>.+?)\s*\((?P<user>[^()]+)\)\s*")


def _named(members: Sequence[Member]) -> list[tuple[Member, Match[str]]]:
    matched = [(one, match) for one in members if len(one.parts) == 1 and (match := NAME.fullmatch(one.parts[0]))]
    if all(canvas.NAME.fullmatch(one.parts[0]) for one, _ in matched) and not _has_description(matched):
        return []
    return matched


def _has_description(matched: list[tuple[Member, Match[str]]]) -> bool:
    # On Canvas no two files can begin alike up to "attempt": each has a number of its own in front.
    files = {match["attempt"] for _, match in matched if match["file"] is not None}
    return any(match["attempt"] in files for _, match in matched if match["file"] is None)


def _read(named: list[tuple[Member, Match[str]]], zone: tzinfo | None) -> tuple[list[Found], list[Stray]]:
    described = {match["attempt"]: _described(one) for one, match in named if match["file"] is None}
    return [_found(one, match, described.get(match["attempt"], ("", "")), zone) for one, match in named], []


def _described(about: Member) -> tuple[str, str]:
    # The name and the user name, by the first line, which Blackboard writes itself.
    try:
        line = about.read(largest=LARGEST_NOTE).decode("utf-8-sig", "replace").partition("\n")[0][:LONGEST_LINE]
    except RefusedError:
        return "", ""
    match = ABOUT.fullmatch(line)
    return (match["name"], match["user"]) if match else ("", "")


def _found(member: Member, match: Match[str], described: tuple[str, str], zone: tzinfo | None) -> Found:
    name, user = described
    if not user or not match["before"].endswith(f"_{user}"):
        user = match["before"].rpartition("_")[2]
    people = (Person(name or user, id=user, number=user, keys=(user,)),)
    try:
        local = datetime.strptime(match["time"], "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return Found(member, people, match["file"] or "")
    remarks = () if zone else (NO_ZONE,)
    return Found(
        member, people, match["file"] or "", attempt=as_attempt(local), time=moment(local, zone), remarks=remarks
    )


PLATFORM = Platform("blackboard", "Blackboard", _named, _read)
