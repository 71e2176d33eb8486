"""The experiment on six series: parts share no target, forecasts use no future, and scores are what they say."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.places import ROOT
from unrolled.data.series import Series

sys.path.insert(0, str(ROOT / "book"))
from experiments import forecasts

PLAN = forecasts.Plan((1, 4), 8, 4, 4, (1, 2, 4), 10, (0.5, 0.7))
SIMPLE = {
    "persistence": lambda case: forecasts.naive(case, 1),
    "season": lambda case: forecasts.naive(case, 4),
    "AR": forecasts.autoregression,
    "ETS": forecasts.smoothing,
    "linear": forecasts.linear,
    "trees": lambda case: forecasts.trees(case, 5),
    "net": lambda case: forecasts.recurrent(case, "GRU", 1, 3)[0],
}


def waves(steps=160):
    rng = np.random.default_rng(1)
    t = np.arange(steps)
    values = 20 + 3 * np.sin(t * np.pi / 2) + rng.normal(size=steps)
    return Series("waves", "1", "day", 4, values, np.ones(steps, dtype=bool), pd.date_range("2000", periods=steps))


def test_no_target_lies_in_two_parts():
    case = forecasts.prepared(waves(), PLAN)
    spans = {part: (one.origins.min().item(), one.origins.max().item() + 4) for part, one in case.windows.items()}
    assert spans["train"][1] <= 80 <= spans["val"][0] and spans["val"][1] <= 112 <= spans["test"][0]


def test_what_was_not_measured_is_no_target():
    one = waves()
    known = one.known.copy()
    known[120] = False
    case = forecasts.prepared(replace(one, known=known), PLAN)
    origins = set(case.windows["test"].origins.tolist())
    assert not origins & {120, 117} and {119, 121} <= origins


@pytest.mark.parametrize("name", SIMPLE)
def test_no_forecast_of_the_validation_part_moves_where_the_test_changes(name):
    one = waves()
    other = one.values.copy()
    other[112:] += 50
    left, right = (SIMPLE[name](forecasts.prepared(s, PLAN))["val"] for s in (one, replace(one, values=other)))
    np.testing.assert_allclose(left, right, rtol=1e-9)


@pytest.mark.parametrize("name", SIMPLE)
def test_the_last_forecast_of_the_test_moves_with_its_window_and_not_with_its_targets(name):
    one = waves()
    last = len(one) - max(PLAN.ahead)
    told, earlier = one.values.copy(), one.values.copy()
    told[last:] += 5
    earlier[last - 4 : last] += 5
    first, same, moved = (
        SIMPLE[name](forecasts.prepared(replace(one, values=values), PLAN))["test"][-1]
        for values in (one.values, told, earlier)
    )
    np.testing.assert_allclose(first, same, rtol=1e-9)
    assert np.abs(moved - first).max() > 1e-6


def test_the_season_repeats():
    case = forecasts.prepared(waves(), PLAN)
    said, origins = forecasts.naive(case, 4)["test"], case.windows["test"].origins.numpy()
    np.testing.assert_allclose(said, np.stack([case.x[origins - 4], case.x[origins - 1]], 1))


def test_a_forecast_that_is_right_has_no_error_and_covers_all():
    case = forecasts.prepared(waves(), PLAN)
    found = forecasts.scored(case, {part: one.Y.numpy() for part, one in forecasts.parts(case)})
    assert np.max(found["error"]) == 0
    assert all(np.min(one["inside"]) == 1 and np.max(one["width"]) == 0 for one in found["intervals"].values())


def test_intervals_of_the_last_residuals_know_none_that_lies_ahead():
    case = forecasts.prepared(waves(), PLAN)
    missed = {part: np.ones((len(one), 2)) for part, one in forecasts.parts(case)}
    missed["test"][:] = 100.0
    assert forecasts.recent(case, missed, 0).tolist() == [1, 1]


def test_blocks_hold_all_of_the_test_once():
    test = forecasts.prepared(waves(), PLAN).windows["test"]
    for size, many in ((10, 5), (11, 4), (12, 4)):  # of 45; what is less than half a block joins the last
        found = forecasts.by_block(test, size)
        assert len(found) == many and np.sum(found, 0).tolist() == [1] * len(test)


def test_powers_are_undone():
    values = np.array([0.5, 4.0])
    for power in (0.0, 0.5, 1.0):
        np.testing.assert_allclose(forecasts.straight(forecasts.bent(values, power), power), values)
