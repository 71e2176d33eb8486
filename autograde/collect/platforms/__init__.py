"""Whose file is it? Reads the names that learning platforms give to what they export, one module a platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from autograde.collect.archives import Member
from autograde.collect.platforms import blackboard, brightspace, canvas, gradescope, moodle, teams
from autograde.collect.platforms.folder import read_folder
from autograde.collect.platforms.found import Export, Found, Person

__all__ = ["Export", "Found", "Person", "read_export"]

BY_NAMES = (moodle.PLATFORM, brightspace.PLATFORM, blackboard.PLATFORM, canvas.PLATFORM, teams.PLATFORM)


def read_export(members: Sequence[Member], slugs: Sequence[str] = (), zone: tzinfo | None = None) -> Export:
    """What an export holds.

    A platform is recognised by the names that it gives itself, at the top of the export. Students name only what lies
    below or behind, so that none can pass for another.

    Args:
        slugs: the assignments that it may hold.
        zone: the course's time zone, in which platforms without zones are read; None where nobody says it.
    """
    return gradescope.read(members) or _by_names(members, zone) or read_folder(members, slugs)


def _by_names(members: Sequence[Member], zone: tzinfo | None) -> Export | None:
    # The platform of most names, and of more than half: one stray file is no reason to refuse a class.
    matched = [(platform, platform.named(members)) for platform in BY_NAMES]
    platform, named = max(matched, key=lambda one: len(one[1]))
    known = {id(member) for member, _ in named}
    others = [one for one in members if id(one) not in known and one.path not in platform.own]
    if len(named) <= len(others):
        return None
    found, strays = platform.read(named, zone)
    strays += [(one.path, f"its name is none that {platform.label} gives") for one in others]
    return Export(platform.name, found, strays)
