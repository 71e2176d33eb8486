"""People in one line of a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MOST_NAMED = 20


def grouped(reasons: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Each reason with the people whom it is given for."""
    people: dict[str, list[str]] = {}
    for person, reason in reasons.items():
        people.setdefault(reason, []).append(person)
    return list(people.items())


def named(people: Sequence[str]) -> str:
    """The people, of many the first."""
    shown = people[:MOST_NAMED]
    more = f", and {len(people) - MOST_NAMED} more" if people[MOST_NAMED:] else ""
    return ("; " if any("," in person for person in shown) else ", ").join(shown) + more


def counted(count: int, what: str) -> str:
    """A number of things."""
    return f"{count} {what}{'' if count == 1 else 's'}"
