"""Days of electricity demand in Victoria, 2014, and which of them are public holidays.

From `elecdemand` of R's fpp2, half-hour by half-hour; its column `WorkDay` is 0 on weekends and holidays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from unrolled.data.series import table

HALF_HOURS = 48
HOLIDAYS = {
    "2014-01-01": "New Year",
    "2014-01-27": "Australia Day",
    "2014-03-10": "Labour Day",
    "2014-04-18": "Good Friday",
    "2014-04-21": "Easter Monday",
    "2014-04-25": "Anzac Day",
    "2014-06-09": "Queen's Birthday",
    "2014-11-04": "Melbourne Cup",
    "2014-12-25": "Christmas",
    "2014-12-26": "Boxing Day",
}


@dataclass(frozen=True)
class Days:
    """Days from Monday to Friday.

    demand: in GW, (N, 48).
    temperature: in °C, (N, 48).
    holiday: true where nobody works, (N,).
    dates: (N,).
    weeks: the number of each day's week, (N,).
    """

    demand: np.ndarray
    temperature: np.ndarray
    holiday: np.ndarray
    dates: pd.DatetimeIndex
    weeks: np.ndarray

    def __len__(self) -> int:
        return len(self.demand)


def days() -> Days:
    """The year's days from Monday to Friday."""
    rows = table("fpp2", "elecdemand")
    columns = {name: rows[name].to_numpy(dtype=float).reshape(-1, HALF_HOURS) for name in ("Demand", "Temperature")}
    work = rows["WorkDay"].to_numpy().reshape(-1, HALF_HOURS)[:, 0] == 1
    dates = pd.date_range("2014-01-01", periods=len(work), freq="D")
    kept = np.asarray(dates.day_of_week < 5)
    weeks = (np.arange(len(work)) + dates[0].day_of_week) // 7
    return Days(columns["Demand"][kept], columns["Temperature"][kept], ~work[kept], dates[kept], weeks[kept])


def parts(all_days: Days, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Masks (N,) of working days: weeks drawn at random, half to learn from, a quarter for a threshold."""
    weeks = rng.permutation(np.unique(all_days.weeks))
    half, rest = len(weeks) // 2, 3 * len(weeks) // 4
    drawn = {"train": weeks[:half], "val": weeks[half:rest], "test": weeks[rest:]}
    return {name: np.isin(all_days.weeks, some) & ~all_days.holiday for name, some in drawn.items()}
