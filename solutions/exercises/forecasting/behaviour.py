"""The behavioural question of the assignment `forecasting`: forecasts of the past alone that beat seasonal-naive.

unrolled-canary-ac337b1db6a9
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from solutions.judging.judging import fresh
from solutions.judging.training import percent
from solutions.judging.weights import failed
from solutions.reference.forecasting import seasonal_naive
from solutions.reference.numerics import Array

PART = "behaviour"
STEPS, FIRST, HORIZON = 1200, 800, 4
SEASONS = (9, 10, 11, 12)
NOISE_KEPT, WANDERING, SWING = 0.8, 0.3, 3.0
MOST = 0.9  # of seasonal-naive's mean absolute error
SHIFTED = 0.7  # below it, of the error: the forecasts fit the neighbouring steps
TRIED = 2  # origins behind which all is changed, beside the first one

_failed = partial(failed, "forecasts", part=PART)


@dataclass(frozen=True)
class Task:
    """A synthetic series, and where forecasts of it begin."""

    series: Float[Array, "T"]
    origins: Int[Array, "O"]
    season: int

    def targets(self, shift: int = 0) -> Float[Array, "O K"]:
        """What comes at the origins, or `shift` steps later."""
        return self.series[self.origins[:, None] + np.arange(HORIZON) + shift]

    def error(self, forecast: Float[Array, "O K"], shift: int = 0) -> float:
        """The mean absolute error over all origins and steps."""
        return float(np.abs(forecast - self.targets(shift)).mean())

    def repeated(self, season: int) -> Float[Array, "O K"]:
        """Seasonal-naive's forecasts; season 1 is persistence."""
        return np.stack([seasonal_naive(self.series[:origin], season, HORIZON) for origin in self.origins])


def draw(rng: np.random.Generator) -> Task:
    """A season, a level that wanders, and noise of which a part is kept from step to step."""
    season = int(rng.choice(SEASONS))
    shape = rng.standard_normal(season)
    shape = SWING * (shape - shape.mean()) / shape.std()
    noise = rng.standard_normal(STEPS)
    for t in range(1, STEPS):
        noise[t] += NOISE_KEPT * noise[t - 1]
    level = 50 + WANDERING * np.cumsum(rng.standard_normal(STEPS))
    series = level + shape[np.arange(STEPS) % season] + noise
    # A step less at the end: forecasts that are a step early are told by it.
    return Task(series, np.arange(FIRST, STEPS - HORIZON, HORIZON), season)


def judge_past(function: Callable[..., Any]) -> None:
    """Does `forecasts(series, origins, season, horizon)` foretell the same, whatever lies at and behind an origin?

    Raises:
        CheckFailed: with what it reads of the future, as far as that can be told, or with what is no forecast.
    """
    _forecasts_of_the_past(function)
    print("✓ forecasts: nothing at or behind an origin changes what is foretold there.")


def judge_better(function: Callable[..., Any]) -> None:
    """Are forecasts on a fresh series better than seasonal-naive by a tenth, and of the past alone?

    Raises:
        CheckFailed: with the error that they reach and what it looks like, or with what they read of the future.
    """
    task, forecast = _forecasts_of_the_past(function)
    share = task.error(forecast) / task.error(task.repeated(task.season))
    if not share <= MOST:
        raise _failed(
            f"forecasts: the mean absolute error on a fresh series is {percent(share)} of seasonal-naive's; "
            f"{percent(MOST)} at most is asked for.",
            _cause(task, forecast, share),
        )
    print(f"✓ forecasts: the error on a fresh series is {percent(share)} of seasonal-naive's.")


def _forecasts_of_the_past(function: Callable[..., Any]) -> tuple[Task, Float[Array, "O K"]]:
    rng = fresh("forecasts")
    task = draw(rng)
    forecast = _called(function, task, task.series)
    scale = np.ptp(task.series)
    for number in (0, *np.sort(rng.choice(np.arange(1, len(task.origins)), TRIED, replace=False))):
        origin = int(task.origins[number])
        changed = _called(function, task, _changed(task.series, origin))
        if _differ(changed, forecast, number, scale):
            raise _failed(
                f"forecasts: at origin {origin} something else is foretold when only steps at and behind it change.",
                _leak(function, task, forecast, number),
            )
    return task, forecast


def _changed(series: Float[Array, "T"], start: int) -> Float[Array, "T"]:
    # Far from what it was, in level, size and order.
    return np.concatenate([series[:start], 500 - 3 * series[start:][::-1]])


def _differ(one: Float[Array, "O K"], other: Float[Array, "O K"], number: int, scale: float) -> bool:
    return bool(np.abs(one - other)[: number + 1].max() > 1e-6 * scale)


def _leak(function: Callable[..., Any], task: Task, forecast: Float[Array, "O K"], number: int) -> str:
    scale = np.ptp(task.series)
    if _differ(_called(function, task, task.series), forecast, number, scale):
        return "two calls with the same series differ: give its own seed to what draws at random."
    behind = int(task.origins[number]) + HORIZON
    if _differ(_called(function, task, _changed(task.series, behind)), forecast, number, scale):
        return (
            "a leak: something is scaled, centred or fitted with steps far behind the origin. Cut first: take all "
            "that is computed for an origin from series[:origin]."
        )
    return (
        "a leak: steps of the horizon itself are read. Either the last window ends behind the origin, or targets "
        "of the windows on which you fit lie behind it. Cut first, series[:origin], and make windows of that."
    )


def _cause(task: Task, forecast: Float[Array, "O K"], share: float) -> str:
    if np.allclose(forecast, task.repeated(task.season)):
        return "this is seasonal-naive. Learn weights of the past steps, by least squares for instance."
    if np.allclose(forecast, task.repeated(1)):
        return "this is persistence, which knows no season."
    error = task.error(forecast)
    for shift, words in ((-1, "late: they repeat what has been"), (1, "early")):
        if task.error(forecast, shift) < SHIFTED * error:
            return f"the forecasts come a step {words}. Column 0 belongs to step `origin` itself."
    if share > 1:
        return (
            "worse than to repeat the last season. The level wanders: take from each window its own mean over the last "
            "season, foretell what is left, and add it again."
        )
    return "better than to repeat the last season, but not by enough: look further back than one season."


def _called(function: Callable[..., Any], task: Task, series: Float[Array, "T"]) -> Float[Array, "O K"]:
    answer = function(series.copy(), task.origins.copy(), task.season, HORIZON)
    wanted = (len(task.origins), HORIZON)
    try:
        made = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        made = np.zeros(0)
    if made.shape != wanted:
        raise _failed(
            f"forecasts has to return an array of shape {wanted}: a row for each origin, a column for each step."
        )
    if not np.isfinite(made).all():
        raise _failed("forecasts returned numbers that are not finite.", "is something divided by 0?")
    return made
