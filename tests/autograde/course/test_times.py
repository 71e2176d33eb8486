"""Times of hand-ins: read where a text names one moment, refused where it could be two."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograde.course.times import FORMS, read_time, time_as_text

PUNCTUAL = datetime(2026, 10, 11, 21, 59, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1900, 1, 3), datetime(2099, 12, 29), timezones=st.just(UTC))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    "text",
    [
        *FORMS.replace(" or ", ", ").split(", "),
        "2026-10-11 21:59:00",
        "2026-10-11T21:59:00Z",
        "2026-10-11t21:59z",
        "2026-10-11 21:59:00.000000 UTC",
        "2026-10-11  21:59:00   GMT",
        "2026-10-11 23:59:00 +0200",
        "2026-10-11 23:59:00+02:00",
        "2026-10-11 23:59:00+02",
        "2026-10-11T23:59 UTC+2",
        "2026-10-11 16:59:00,0 -0500",
        "2026-10-12 03:29:00 +05:30",
        "2026-10-11 14:59:00 America/Los_Angeles",
        "2026-10-11 18:59:00 America/Argentina/Buenos_Aires",
        "2026-10-11 23:59:00 Etc/GMT-2",  # this database's own sign
    ],
)
def test_one_moment_in_all_its_forms(text):
    assert read_time(text) == PUNCTUAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-10-11",
        "11.10.2026 23:59",
        "10/11/2026 23:59",
        "Sun Oct 11 23:59:00 2026 +0200",
        "1791755940",
        "2026-10-11 11:59 PM",
        "2026-10-11 23:59:00 CEST",
        "2026-10-11 23:59:00 CET",
        "2026-10-11 23:59:00 CST",
        "2026-10-11 23:59:00 PDT",
        "2026-10-11 23:59:00 +0200 CEST",
        "2026-10-11 23:59:00 +99:00",
        "2026-10-11 23:59:00 +15",
        "2026-10-11 23:59:00 Europe/Nowhere",
        "2026-10-11 23:59:00 America/Argentina",
        "2026-10-11 23:59:00 Europe/../../etc/passwd",
        "2026-10-25 02:30:00 Europe/Berlin",  # twice
        "2026-03-29 02:30:00 Europe/Berlin",  # never
        "2026-02-30 10:00:00 UTC",
        "2026-10-11 24:59:00 UTC",
        "0001-01-01 00:00:00 +14:00",
        "2026-10-11 23:59:00 UTC and more",
        "２０２６-10-11 23:59:00",
    ],
)
def test_what_could_be_two_moments_or_none_is_refused(text):
    with pytest.raises(ValueError):
        read_time(text)


@given(MOMENTS, OFFSETS)
def test_what_is_written_is_read(moment, offset):
    assert read_time(time_as_text(moment)) == moment
    assert read_time(moment.astimezone(offset).isoformat(" ")) == moment
    assert read_time(f"{moment.astimezone(offset):%Y-%m-%d %H:%M:%S.%f %z}") == moment


@given(MOMENTS)
def test_nbgrader_reads_what_is_written(moment):
    from nbgrader.utils import parse_utc

    assert parse_utc(time_as_text(moment)).replace(tzinfo=UTC) == moment


@given(st.text(max_size=40))
def test_no_text_makes_more_than_a_refusal(text):
    try:
        read_time(text)
    except ValueError as error:
        assert str(error)
