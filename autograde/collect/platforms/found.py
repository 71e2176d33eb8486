"""What every platform's export is read into: files, and who handed them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from re import Match

from autograde.collect.archives import Member

Stray = tuple[str, str]  # a file's path, and why nothing is made of it


@dataclass(frozen=True)
class Person:
    """Who handed in, as the export says it.

    name: as the export writes it; a group's name where a group handed in.
    id: what the student's id is made of where no roster says more; the name where empty.
    number: the platform's own number or user name; it tells two of one name apart.
    keys: what a roster may say of this person and of nobody else.
    anonymous: the platform hides who it is.
    """

    name: str
    id: str = ""
    number: str = ""
    keys: tuple[str, ...] = ()
    anonymous: bool = False

    @property
    def identity(self) -> str:
        """The same for all files of one person."""
        return self.number or self.name


@dataclass(frozen=True)
class Found:
    """One file of an export and whose it is.

    file: the name that the student gave it; empty of what cannot be a notebook.
    folder: the assignment's folder where the export names one.
    title: what the platform calls the assignment, where it names several in one export.
    attempt: files of one person with a higher one are newer.
    number: the file's number on the platform; of one person's files the higher is newer.
    time: when it was handed in, in UTC, where the export says so.
    late: the platform marks it late.
    remarks: what a person should know about it.
    """

    member: Member
    people: tuple[Person, ...]
    file: str
    folder: str = ""
    title: str = ""
    attempt: int = 0
    number: int = 0
    time: datetime | None = None
    late: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Export:
    """A whole export. platform: one of `origins.PLATFORMS`."""

    platform: str
    found: list[Found]
    strays: list[Stray]


@dataclass(frozen=True)
class Platform:
    """A platform that is recognised by the names that it gives at the top of its exports.

    label: its name for people.
    named: the files that bear such a name, each with what its name says.
    read: what these files are; the time zone is that of the course, None where nobody says it.
    own: files that the platform itself puts at the top.
    """

    name: str
    label: str
    named: Callable[[Sequence[Member]], list[tuple[Member, Match[str]]]]
    read: Callable[[list[tuple[Member, Match[str]]], tzinfo | None], tuple[list[Found], list[Stray]]]
    own: frozenset[str] = frozenset()
