"""Contract of `seasonal_naive`, the forecast to beat.

unrolled-canary-ac40d1168855
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import forecasting


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    season = sizes.steps
    return {
        "history": kit.normal(rng, 2 * season + sizes.batch, dtype=dtype),
        "season": season,
        "horizon": sizes.hidden + sizes.outputs,
    }


def _of(steps: int, season: int, horizon: int) -> kit.Function:
    return lambda rng: {"history": rng.standard_normal(steps), "season": season, "horizon": horizon}


seasonal_naive = kit.Contract(
    reference=forecasting.seasonal_naive,
    outputs=kit.near("forecast"),
    read="forecasting#eq-fc-seasonal-naive",
    parts=kit.of_values(
        _draw,
        kit.Special("persistence", _of(7, 1, 4)),
        kit.Special("one step", _of(9, 4, 1)),
        kit.Special("less than a season", _of(13, 6, 4)),
        kit.Special("a whole season", _of(11, 4, 4)),
        kit.Special("seasons, and some steps more", _of(10, 3, 11)),
        kit.Special("a history of one season", _of(5, 5, 12)),
        kit.Special("a history of one step", _of(1, 1, 3)),
    ),
)


@seasonal_naive.derivation(
    words={"start": "where the last season begins", "history": "the history", "forecast": "the forecast"}
)
def step_by_step(history, season, horizon):
    start = len(history) - season
    forecast = np.zeros(horizon)
    for k in range(horizon):
        forecast[k] = history[start + k % season]  #: eq-fc-seasonal-naive
    return forecast


@seasonal_naive.variant
def tiled(history, season, horizon):
    return np.tile(history[-season:], -(-horizon // season))[:horizon]


@seasonal_naive.variant
def appended(history, season, horizon):
    known = [float(x) for x in history]
    for _ in range(horizon):
        known.append(known[-season])
    return known[len(history) :]


@seasonal_naive.variant
def by_the_formula(history, season, horizon):
    k = np.arange(1, horizon + 1)
    return history[len(history) - 1 + k - season * ((k - 1) // season + 1)]


PLACE = "history[start + k % season]"
for name, hint, *edits in (
    (
        "wraps-to-the-start",
        "Behind the first season you read from the start of the history: a negative index that reaches 0 begins there. "
        "Repeat the last season: k % season.",
        (PLACE, "history[(k - season) % len(history)]"),
    ),
    (
        "first-season",
        "You repeat the first season of the history. Repeat the last one.",
        (PLACE, "history[k % season]"),
    ),
    (
        "persistence",
        "You repeat the last step. Repeat the last season: step k is like the step one season before it.",
        (PLACE, "history[-1]"),
    ),
    (
        "first-step-of-the-season",
        "You repeat the first step of the last season. Repeat the whole season.",
        (PLACE, "history[start]"),
    ),
    (
        "one-step-early",
        "Your season begins one step too early: step T + 1 is like T + 1 − m.",
        (PLACE, "history[start - 1 + k % season]"),
    ),
    (
        "one-step-early-in-the-ring",
        "Your forecast is shifted: it begins with the last step. Step T + 1 is like T + 1 − m, the first of the last "
        "season.",
        (PLACE, "history[start + (k - 1) % season]"),
    ),
    (
        "one-step-late",
        "Your forecast is shifted: it leaves the first step of the last season out. Step T + 1 is like T + 1 − m.",
        (PLACE, "history[start + (k + 1) % season]"),
    ),
    (
        "backwards",
        "Your season runs backwards.",
        (PLACE, "history[len(history) - 1 - k % season]"),
    ),
    (
        "aligned-with-the-start",
        "You count seasons from the start of the history, which need not hold whole ones. Count back from its end.",
        (PLACE, "history[start + (k - start) % season]"),
    ),
    (
        "whole-seasons-counted",
        "You count seasons from the start of the history, which need not hold whole ones. Count back from its end.",
        (PLACE, "history[(len(history) // season - 1) * season + k % season]"),
    ),
    (
        "season-before-the-last",
        "You repeat the season before the last one. Repeat the last.",
        (PLACE, "history[max(start - season, 0) + k % season]"),
    ),
    (
        "mean-of-the-last-season",
        "You return the mean of the last season at every step. Each step is like the one a season before it.",
        (PLACE, "history[start:].mean()"),
    ),
    (
        "mean-of-each-phase",
        "You take the mean over all seasons. Seasonal-naive repeats the last one.",
        (PLACE, "history[(start + k) % season :: season].mean()"),
    ),
    (
        "one-season-alone",
        "You return one season at most. A longer horizon repeats it.",
        ("return forecast", "return forecast[:season]"),
    ),
    (
        "zeros-behind-the-season",
        "Behind the first season you return zeros. A longer horizon repeats the last season.",
        (PLACE, "history[start + k % season] if k < season else 0"),
    ),
    (
        "last-step-behind-the-season",
        "Behind the first season you repeat one step. Repeat the whole season: k % season.",
        (PLACE, "history[start + min(k, season - 1)]"),
    ),
    (
        "drift-added",
        "You add a drift. Seasonal-naive repeats the last season as it is.",
        (PLACE, "history[start + k % season] + (history[-1] - history[0]) / max(len(history) - 1, 1) * (k + 1)"),
    ),
    (
        "seasonal-difference",
        "You go on from the last step by the changes of the last season. Repeat the season's values.",
        (PLACE, "history[start + k % season] + history[-1] - history[max(start - 1, 0)]"),
    ),
    (
        "history-in-front",
        "You return the history, too. The forecast alone is asked for.",
        ("return forecast", "return np.concatenate([history, forecast])"),
    ),
    (
        "a-whole-number-of-seasons",
        "You return whole seasons. Exactly `horizon` steps are asked for.",
        ("return forecast", "return np.tile(history[start:], -(-horizon // season))"),
    ),
    (
        "last-step-of-the-horizon-alone",
        "You return the last step alone. All steps of the horizon are asked for.",
        ("return forecast", "return forecast[-1:]"),
    ),
    (
        "season-and-horizon-exchanged",
        "You repeat the last `horizon` steps. Repeat the last `season` ones.",
        (PLACE, "history[max(len(history) - horizon, 0) + k % min(horizon, len(history))]"),
    ),
):
    seasonal_naive.slip(name, hint, *edits)
seasonal_naive.mistakes(
    """
    begins-with-step-1-k: The first step of the horizon is left out: the loop begins with 1.
    last-step-left-out-k: The last step of the horizon is left out: the loop ends one step too early.
    not-carried-forecast-k: The forecast is made anew in the loop: only its last step is left. Make it once, before it.
    returned-in-the-loop: The return stands inside the loop: only the first step is foretold. Indent it less.
    """
)
