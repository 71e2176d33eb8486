"""Canvas: *Download Submissions* of an assignment, also anonymous and of groups.

lovelaceada_LATE_340934_208490284_rnn-cell-1.ipynb   who, late or not, the person's number, the file's, the file
LATE_anon_Kq3bX_208490284_rnn-cell.ipynb             the same where students are anonymous
team7_340934_208490284_rnn-cell.ipynb                a group, under the number of one of its members
lovelaceada_340934_text.html                         what was typed or linked in place of a file
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import PurePosixPath
from re import Match

from autograde.collect.archives import Member
from autograde.collect.platforms.found import Found, Person, Platform, Stray

ANONYMOUS = r"(?:(?P<late>LATE)_)?anon_(?P<label>[0-9A-Za-z]{5})"
KNOWN = r"(?P<name>[^\s-]+?)_(?:(?P<tardy>LATE)_)?(?P<number>\d+)"
NAME = re.compile(rf"(?:{ANONYMOUS}|{KNOWN})_(?:(?P<order>\d+)_(?P<file>.+)|(?:text|link)\.html)", re.DOTALL)
# Where the name of a person or a file has numbers of its own, what stands where is not sure.
DOUBTFUL = re.compile(r"\d+_.+", re.DOTALL)
LATE = "Canvas marks it late, without saying when it came"


def says_late(path: str) -> bool:
    """Whether the path of a file in an export says that it came late; Canvas does not say when."""
    match = NAME.fullmatch(PurePosixPath(path).name)
    return match is not None and bool(match["late"] or match["tardy"])


def _named(members: Sequence[Member]) -> list[tuple[Member, Match[str]]]:
    return [(one, match) for one in members if len(one.parts) == 1 and (match := NAME.fullmatch(one.parts[0]))]


def _read(named: list[tuple[Member, Match[str]]], zone: tzinfo | None) -> tuple[list[Found], list[Stray]]:
    found: list[Found] = []
    strays: list[Stray] = []
    for member, match in named:
        file = match["file"] or ""
        if match["name"] and DOUBTFUL.fullmatch(file):
            strays.append((member.path, "it is not sure which of the numbers in its name is the student's"))
            continue
        remarks = (LATE,) if match["late"] or match["tardy"] else ()
        found.append(Found(member, (_person(match),), file, number=int((match["order"] or "0")[:18]), remarks=remarks))
    return found, strays


def _person(match: Match[str]) -> Person:
    if match["label"]:
        label = f"anon_{match['label']}"
        return Person(label, number=match["label"], keys=(label, match["label"]), anonymous=True)
    return Person(match["name"], number=match["number"], keys=(match["number"],))


PLATFORM = Platform("canvas", "Canvas", _named, _read)
