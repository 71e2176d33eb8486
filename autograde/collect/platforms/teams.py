"""Microsoft Teams: the folder *Submitted files* of a class in SharePoint, downloaded or synchronised.

    Submitted files/Ada Lovelace/RNN Cell/Version 2/rnn-cell.ipynb    who, the assignment's title, which attempt

It may lie in the folder *… Student Work*, or its own name be missing where the export begins inside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from re import Match

from autograde.collect.archives import Member
from autograde.collect.platforms.found import Found, Person, Platform, Stray

NAME = re.compile(
    r"(?:(?:[^/]*Student Work/)?Submitted files/)?(?!Submitted files/)"
    r"(?P<name>[^/]+)/(?P<title>[^/]+)/[^/\d]+ (?P<version>\d{1,9})/(?P<file>.+)",
    re.DOTALL,
)


def _named(members: Sequence[Member]) -> list[tuple[Member, Match[str]]]:
    return [(one, match) for one in members if (match := NAME.fullmatch(one.path))]


def _read(named: list[tuple[Member, Match[str]]], zone: tzinfo | None) -> tuple[list[Found], list[Stray]]:
    several = len({match["title"] for _, match in named}) > 1
    found = [
        Found(
            one,
            (Person(match["name"]),),
            one.parts[-1],
            title=match["title"] if several else "",
            attempt=int(match["version"]),
        )
        for one, match in named
    ]
    return found, []


PLATFORM = Platform("teams", "Teams", _named, _read)
