"""Whose file is it? Reads the names that Canvas, Moodle and Gradescope give to what they export."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml

from autograde.collect.archives import Member, RefusedError

GRADESCOPE_ABOUT = "submission_metadata.yml"
LARGEST_ABOUT = 200_000_000  # bytes; it lists all results of all students
DEEPEST_ABOUT = 50
GRADESCOPE_EXPORT = re.compile(r"assignment_\d+_export")  # the one folder of its zip files
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
    number: the platform's number of the person.
    """

    member: Member
    people: tuple[Person, ...]
    file: str
    folder: str = ""
    order: int = 0
    time: datetime | None = None
    late: bool = False
    number: str = ""


# What an export was read as: the platform's name; the hand-ins; the path of each refused file, with the reason.
Reading = tuple[str, list[Found], list[tuple[str, str]]]


def read_export(members: Sequence[Member]) -> Reading:
    """The platform's name, what was found, and what is refused: (path, reason).

    A platform is recognised by the names that it gives itself, at the top of the export. Students name only what lies
    below, so that none can pass for another.
    """
    return (
        _by_names("Moodle", members, _moodle)
        or _by_names("Canvas", members, _canvas)
        or _gradescope(members)
        or _folders(members)
    )


def _by_names(platform: str, members: Sequence[Member], read: Callable[[Member], Found | None]) -> Reading | None:
    # The platform of more than half of the names; one stray file is no reason to refuse a class.
    found = [one for member in members if (one := read(member)) is not None]
    if 2 * len(found) <= len(members):
        return None
    known = {id(one.member) for one in found}
    strays = [(one.path, f"its name is none that {platform} gives") for one in members if id(one) not in known]
    return platform.lower(), [one for one in found if one.file], strays


def _gradescope(members: Sequence[Member]) -> Reading | None:
    inside = all(GRADESCOPE_EXPORT.fullmatch(one.parts[0]) and one.parts[1:] for one in members)
    top = 1 if inside else 0
    about = next((one for one in members if one.parts[top:] == (GRADESCOPE_ABOUT,)), None)
    if about is None:
        return None
    submissions = _about_gradescope(about)
    found: list[Found] = []
    refused: list[tuple[str, str]] = []
    for one in members:
        if one is about:
            continue
        people, time = _submission(submissions.get(one.parts[top])) if len(one.parts) > top + 1 else ((), None)
        if people:
            found.append(Found(one, people, one.parts[-1], time=time, number=one.parts[top].rpartition("_")[2]))
        else:
            refused.append((one.path, f"{GRADESCOPE_ABOUT} does not say whose it is"))
    return "gradescope", found, refused


def _about_gradescope(about: Member) -> dict[str, Any]:
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


def _moodle(member: Member) -> Found | None:
    match = MOODLE.fullmatch(member.parts[0])
    if match is None:
        return None
    file = match["file"] if len(member.parts) == 1 else member.parts[-1]
    person = Person(match["name"], (match["number"], f"Participant {match['number']}"))
    return Found(member, (person,), file if match["kind"] == "file" else "", number=match["number"])


def _canvas(member: Member) -> Found | None:
    match = CANVAS.fullmatch(member.parts[0]) if len(member.parts) == 1 else None
    if match is None:
        return None
    person = Person(match["name"], (match["number"],))
    return Found(
        member,
        (person,),
        match["file"],
        order=int(match["order"][:18]),
        late=bool(match["late"]),
        number=match["number"],
    )


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
    return "folder", found, refused
