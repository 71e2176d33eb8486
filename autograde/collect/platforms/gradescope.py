"""Gradescope: *Export Submissions* of a programming assignment.

assignment_5_export/submission_metadata.yml          who handed in which submission, and when
assignment_5_export/submission_11/rnn-cell.ipynb
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

from autograde.collect.archives import LARGEST_ABOUT, Member, RefusedError
from autograde.collect.platforms.found import Export, Found, Person, Stray

ABOUT = "submission_metadata.yml"
DEEPEST_ABOUT = 50
FOLDER = re.compile(r"assignment_\d+_export")  # the one folder of its zip files


def read(members: Sequence[Member]) -> Export | None:
    """What the export holds; None where it has no description at its top."""
    inside = all(FOLDER.fullmatch(one.parts[0]) and one.parts[1:] for one in members)
    top = 1 if inside else 0
    about = next((one for one in members if one.parts[top:] == (ABOUT,)), None)
    if about is None:
        return None
    submissions = _submissions(about)
    found: list[Found] = []
    strays: list[Stray] = []
    for one in members:
        if one is about:
            continue
        people, time = _submission(submissions.get(one.parts[top])) if len(one.parts) > top + 1 else ((), None)
        if people:
            found.append(Found(one, people, one.parts[-1], time=time))
        else:
            strays.append((one.path, f"{ABOUT} does not say whose it is"))
    return Export("gradescope", found, strays)


def _submissions(about: Member) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where it was compiled
    try:
        raw = about.read(largest=LARGEST_ABOUT)
        known = yaml.load(raw, Loader=loader) if _is_shallow(raw, loader) else None
    except (yaml.YAMLError, RefusedError, ValueError, RecursionError):
        known = None
    return known if isinstance(known, dict) else {}


def _is_shallow(raw: bytes, loader: Any) -> bool:
    # The compiled loader crashes Python on deep nesting; the events come one by one.
    depth = 0
    for event in yaml.parse(raw, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_ABOUT:
            return False
    return True


def _submission(about: Any) -> tuple[tuple[Person, ...], datetime | None]:
    if not isinstance(about, dict):
        return (), None
    submitters = about.get(":submitters")
    people = [_person(one) for one in submitters if isinstance(one, dict)] if isinstance(submitters, list) else []
    time = about.get(":created_at")
    known = tuple(one for one in people if one.id)
    if not isinstance(time, datetime):
        return known, None
    return known, time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _person(about: dict[Any, Any]) -> Person:
    sid, email, name = (str(about.get(key) or "") for key in (":sid", ":email", ":name"))
    keys = tuple(one for one in (sid, email) if one)
    made_of = sid or email or name
    return Person(name or made_of, id=made_of, number=sid or email, keys=keys)
