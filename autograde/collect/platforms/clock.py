"""Times that a platform writes by its own clock, without saying in which zone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

NO_ZONE = (
    "the platform says when it came by its own clock: write `timezone: Europe/Berlin`, or where you are, into "
    "course.yml and collect once more, so that the time counts"
)


def moment(local: datetime, zone: tzinfo | None) -> datetime | None:
    """A clock's time in UTC; the earlier moment where the clock shows an hour twice, None without a zone."""
    return local.replace(tzinfo=zone).astimezone(UTC) if zone is not None else None


def as_attempt(local: datetime) -> int:
    """A number that is higher for later times of one clock."""
    return int(f"{local:%Y%m%d%H%M%S}")
