"""When something was handed in: read from a text where it can be read in one way only, written in one form."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

FORMS = "2026-10-11 21:59:00 UTC, 2026-10-11 23:59:00 +02:00 or 2026-10-11 23:59:00 Europe/Berlin"
TIME = re.compile(
    r"(?P<date>(?:19|20)\d\d-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d{1,9}))? ?(?P<zone>\S*)",
    re.ASCII,
)
NO_OFFSET = ("", "Z", "UTC", "GMT")  # nbgrader takes a time without a zone for UTC, too
OFFSET = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?", re.ASCII)
LARGEST_OFFSET = timedelta(hours=14)
PLACE = re.compile(r"[A-Z]\w*(?:/[\w+-]+){1,2}", re.ASCII)  # names without a slash, as CST, mean several zones


def read_time(text: str, zone: str = "UTC") -> datetime:
    """The moment that a text names, in UTC.

    Args:
        zone: holds where the text names none; written as it may be in the text.

    Date and time in the order of ISO 8601; behind them nothing or UTC, an offset, or a place of the time zone database.
    What could be two moments is refused: abbreviations of zones, dates in other orders, the hour that a clock shows
    twice when summer time ends.

    Raises ValueError.
    """
    found = TIME.fullmatch(" ".join(text.split()))
    if found is None:
        raise ValueError("no date and time in the order of ISO 8601")
    local = datetime.fromisoformat(f"{found['date']} {found['time']}")
    local = local.replace(microsecond=int((found["fraction"] or "").ljust(6, "0")[:6]))
    there = time_zone(found["zone"] or zone)
    moments = {local.replace(tzinfo=there, fold=fold).astimezone(UTC) for fold in (0, 1)}
    if len(moments) > 1:
        raise ValueError("the clock shows this hour twice or never")
    return moments.pop()


def time_as_text(moment: datetime) -> str:
    """A moment as timestamp.txt holds it, which nbgrader reads right."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def time_there(moment: datetime, zone: str) -> str:
    """A moment by the clock of a time zone, with its offset: 2026-10-11 23:59:00+02:00.

    Args:
        moment: UTC where it has no zone, as in the gradebook.
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(time_zone(zone)).isoformat(" ", "seconds")


def time_zone(name: str) -> tzinfo:
    """The zone of a name: UTC, an offset, or a place of the time zone database. Raises ValueError."""
    if name.upper() in NO_OFFSET:
        return UTC
    offset = OFFSET.fullmatch(name.upper())
    if offset is not None:
        size = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        if size > LARGEST_OFFSET:
            raise ValueError("no place is so far from UTC")
        return timezone(size if offset["sign"] == "+" else -size)
    if PLACE.fullmatch(name) is None:
        raise ValueError("no zone that names one offset")
    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError("no place of the time zone database") from error
