"""Whose file is it? Reads the names that Canvas, Moodle and Gradescope give to what they export."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml

from autograde.archives import Member, RefusedError

GRADESCOPE_ABOUT = "submission_metadata.yml"
GRADESCOPE_FOLDER = re.compile(r"submission_\d+")
# lovelaceada_LATE_340934_208490284_rnn-cell-1.ipynb: who, late or not, the person's number, the file's, the file.
CANVAS = re.compile(r"(?P<name>.+?)_(?:(?P<late>LATE)_)?(?P<number>\d+)_(?P<order>\d+)_(?P<file>.+)", re.DOTALL)
# "Ada Lovelace_340934_assignsubmission_file_", as a folder or in front of the file's name.
MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<file>.*)", re.DOTALL)


@dataclass(frozen=True)
class Person:
    """Who handed in, as the export says it.

    name: what the student's id is made of where no roster says more.
    also: whatever else identifies the person (number, e-mail address), for the roster.
    """

    name: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """One file of an export and whose it is.

    file: the name that the student gave it.
    folder: the assignment's folder where the export names one.
    order: files of one person with a higher number are newer.
    time: when it was handed in, in UTC, where the export says so.
    late: the platform marks it late without saying when it came.
    """

    member: Member
    people: tuple[Person, ...]
    file: str
    folder: str = ""
    order: int = 0
    time: datetime | None = None
    late: bool = False


Reading = tuple[str, list[Found], list[tuple[str, str]]]


def read_export(members: Sequence[Member]) -> Reading:
    """The platform's name, what was found, and what is refused: (path, reason).

    A platform is recognised only where all files fit, so that no student can name a file into another's folder.
    """
    return _gradescope(members) or _by_names(members, "Moodle") or _by_names(members, "Canvas") or _folders(members)


def _gradescope(members: Sequence[Member]) -> Reading | None:
    about = next((one for one in members if one.parts[-1] == GRADESCOPE_ABOUT and len(one.parts) <= 2), None)
    if about is None:
        return None
    top = about.parts[:-1]
    others = [one for one in members if one is not about]
    if not all(one.parts[: len(top)] == top and len(one.parts) > len(top) + 1 for one in others):
        return None
    if not all(GRADESCOPE_FOLDER.fullmatch(one.parts[len(top)]) for one in others):
        return None
    submissions = _about_gradescope(about)
    found: list[Found] = []
    refused: list[tuple[str, str]] = []
    for one in others:
        people, time = _submission(submissions.get(one.parts[len(top)]))
        if people:
            found.append(Found(one, people, one.parts[-1], time=time))
        else:
            refused.append((one.path, f"{GRADESCOPE_ABOUT} does not say whose it is"))
    return "Gradescope", found, refused


def _about_gradescope(about: Member) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where it was compiled
    try:
        known = yaml.load(about.read(), Loader=loader)
    except (yaml.YAMLError, RefusedError, ValueError, RecursionError):
        known = None
    return known if isinstance(known, dict) else {}


def _submission(about: Any) -> tuple[tuple[Person, ...], datetime | None]:
    if not isinstance(about, dict):
        return (), None
    submitters = about.get(":submitters")
    people = []
    for one in submitters if isinstance(submitters, list) else []:
        if isinstance(one, dict):
            known = [str(one[key]) for key in (":sid", ":email", ":name") if one.get(key)]
            if known:
                people.append(Person(known[0], tuple(known[1:])))
    time = about.get(":created_at")
    if not isinstance(time, datetime):
        return tuple(people), None
    return tuple(people), time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _by_names(members: Sequence[Member], platform: str) -> Reading | None:
    # The platform's names stand at the top, or in the one folder that an unpacked export has.
    for depth in (0, 1):
        if depth == 1 and len({one.parts[0] for one in members}) != 1:
            return None
        parts = [one.parts[depth:] for one in members]
        if not members or not all(parts):
            return None
        found = [
            (_moodle if platform == "Moodle" else _canvas)(one, part) for one, part in zip(members, parts, strict=True)
        ]
        if all(found):
            return platform, [one for one in found if one is not None and one.file], []
    return None


def _moodle(member: Member, parts: tuple[str, ...]) -> Found | None:
    match = MOODLE.fullmatch(parts[0])
    if match is None:
        return None
    file = match["file"] if len(parts) == 1 else parts[-1]
    person = Person(match["name"], (match["number"], f"Participant {match['number']}"))
    return Found(member, (person,), file if match["kind"] == "file" else "")


def _canvas(member: Member, parts: tuple[str, ...]) -> Found | None:
    match = CANVAS.fullmatch(parts[0]) if len(parts) == 1 else None
    if match is None:
        return None
    person = Person(match["name"], (match["number"],))
    return Found(member, (person,), match["file"], order=int(match["order"][:18]), late=bool(match["late"]))


def _folders(members: Sequence[Member]) -> Reading:
    # <student>/<file> or <student>/<assignment>/<file>
    found: list[Found] = []
    refused: list[tuple[str, str]] = []
    for one in members:
        student, *inside, file = ("", *one.parts) if len(one.parts) == 1 else one.parts
        if not student or len(inside) > 1:
            refused.append((one.path, "its name does not say whose it is"))
        else:
            found.append(Found(one, (Person(student),), file, folder="".join(inside)))
    return "folders", found, refused
