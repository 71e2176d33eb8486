"""Moodle: *Download all submissions* of an assignment, with folders or without, also with blind marking and of groups.

    Ada Lovelace_340934_assignsubmission_file_/rnn-cell.ipynb
    Ada Lovelace_340934_assignsubmission_file_rnn-cell.ipynb
    Participant_51000_assignsubmission_file_/rnn-cell.ipynb    blind marking, in the language of the site
    Team 7_12_assignsubmission_file_/rnn-cell.ipynb            a group and its number

Moodle leaves no underscore in a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from re import Match

from autograde.collect.archives import Member
from autograde.collect.platforms.found import Found, Person, Platform, Stray

NAME = re.compile(r"(?P<name>[^_]+)(?:_(?P<number>\d+))?_assignsubmission_(?P<kind>[a-z]+)_?(?P<file>.*)", re.DOTALL)
BLIND = "Participant"
FEW = 3  # so many different people of one name are none


def _named(members: Sequence[Member]) -> list[tuple[Member, Match[str]]]:
    return [(one, match) for one in members if (match := NAME.fullmatch(one.parts[0]))]


def _read(named: list[tuple[Member, Match[str]]], zone: tzinfo | None) -> tuple[list[Found], list[Stray]]:
    names = {match["name"] for _, match in named}
    numbers = {match["number"] for _, match in named}
    blind = len(names) == 1 and (names == {BLIND} or len(numbers) >= FEW)
    found = [Found(one, (_person(match, blind),), _file(one, match)) for one, match in named]
    return found, []


def _person(match: Match[str], blind: bool) -> Person:
    number = match["number"] or ""
    whole = f"{match['name']} {number}".strip()
    keys = (whole, f"{BLIND} {number}")  # as the grading worksheet's column Identifier has it
    return Person(whole if blind else match["name"], number=number, keys=keys, anonymous=blind)


def _file(member: Member, match: Match[str]) -> str:
    if match["kind"] != "file":
        return ""
    return match["file"] if len(member.parts) == 1 else member.parts[-1]


PLATFORM = Platform("moodle", "Moodle", _named, _read)
