"""Days of electricity demand, and the holidays among them."""

import numpy as np

from unrolled.data import demand

DAYS = demand.days()


def test_days_are_monday_to_friday_and_holidays_those_of_the_calendar():
    assert DAYS.demand.shape == DAYS.temperature.shape == (261, 48)
    assert set(DAYS.dates.day_of_week) == set(range(5))
    assert [str(one.date()) for one in DAYS.dates[DAYS.holiday]] == list(demand.HOLIDAYS)


def test_a_week_begins_on_monday():
    for week in np.unique(DAYS.weeks):
        days = DAYS.dates[DAYS.weeks == week]
        assert (days.max() - days.min()).days <= 4


def test_parts_share_no_week_and_hold_all_working_days():
    parts = demand.parts(DAYS, np.random.default_rng(1))
    assert sum(parts.values()).tolist() == (~DAYS.holiday).astype(int).tolist()
    weeks = [set(DAYS.weeks[mask]) for mask in parts.values()]
    assert all(not (one & other) for n, one in enumerate(weeks) for other in weeks[:n])
    assert parts["train"].sum() > parts["val"].sum() + parts["test"].sum() - 15
