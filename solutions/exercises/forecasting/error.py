"""Contract of `mase`, an error in units of the naive forecast's.

unrolled-canary-425e6bed354c
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import forecasting


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    season, horizon = sizes.steps, sizes.outputs
    # A walk: at other distances the differences are of another size.
    history: np.ndarray = np.cumsum(0.5 + kit.normal(rng, season + 3 * sizes.batch, dtype=dtype)).astype(dtype)
    y, forecast = kit.normal(rng, 2, horizon, dtype=dtype) + dtype(4)
    # Of two cases of unequal sizes one rises, the other one falls: who takes the absolute value too late shows.
    falls = sizes.batch < sizes.hidden
    if ((history[season:] - history[:-season]).mean() < 0) != falls:
        history = -history
    if (y.mean() < forecast.mean()) != falls:
        y, forecast = forecast, y
    return {"y": y, "forecast": forecast, "history": history, "season": season}


def _of(steps: int, season: int, horizon: int) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        return {
            "y": rng.standard_normal(horizon) + 3,
            "forecast": rng.standard_normal(horizon) + 3,
            "history": np.cumsum(1 + rng.standard_normal(steps)),
            "season": season,
        }

    return special


def _perfect(rng: np.random.Generator) -> kit.Arguments:
    given = _of(9, 2, 4)(rng)
    return given | {"forecast": given["y"].copy()}


mase = kit.Contract(
    reference=forecasting.mase,
    outputs=kit.near("error"),
    read="forecasting#eq-fc-mase",
    parts=kit.of_values(
        _draw,
        kit.Special("a season of one step", _of(12, 1, 4)),
        kit.Special("one step ahead", _of(11, 3, 1)),
        kit.Special("a history of a season and a step", _of(6, 5, 3)),
        kit.Special("a horizon longer than the history", _of(4, 2, 9)),
        kit.Special("without an error", _perfect),
    ),
)


@mase.derivation(
    words={
        "error": "the mean absolute error",
        "steps": "the steps of the history",
        "naive": "seasonal-naive's errors in the history",
        "scale": "seasonal-naive's mean absolute error",
    }
)
def error_by_scale(y, forecast, history, season):
    error = np.abs(y - forecast).mean()  #: eq-fc-mase
    steps = len(history)
    naive = history[season:] - history[: steps - season]  #: eq-fc-mase
    scale = np.abs(naive).mean()  #: eq-fc-mase
    return error / scale


@mase.variant
def sums(y, forecast, history, season):
    total = sum(abs(float(a) - float(b)) for a, b in zip(y, forecast, strict=True))
    naive = [abs(history[t] - history[t - season]) for t in range(season, len(history))]
    return total / len(y) * len(naive) / sum(naive)


@mase.variant
def mean_of_scaled_errors(y, forecast, history, season):
    scale = np.mean(np.abs(history[:-season] - history[season:]))
    return np.mean(np.abs((forecast - y) / scale))


@mase.variant
def by_norms(y, forecast, history, season):
    naive = np.subtract(history[season:], history[:-season])
    return np.linalg.norm(y - forecast, 1) / y.size / (np.linalg.norm(naive, 1) / naive.size)


@mase.variant
def rolled(y, forecast, history, season):
    naive = (np.roll(history, -season) - history)[:-season]
    return np.average(np.abs(np.subtract(forecast, y))) / np.average(np.abs(naive))


@mase.variant
def ends_of_windows(y, forecast, history, season):
    windows = np.lib.stride_tricks.sliding_window_view(history, season + 1)
    naive = np.abs(windows[:, 0] - windows[:, -1]).sum() / len(windows)
    return np.abs(y - forecast).sum() / (naive * len(y))


ERROR, NAIVE, SCALE = (
    "np.abs(y - forecast).mean()",
    "history[season:] - history[: steps - season]",
    "np.abs(naive).mean()",
)
for name, hint, *edits in (
    (
        "scale-of-the-test",
        "A leak: the scale is made of the values that are to be foretold. It is "
        "seasonal-naive's error WITHIN the history.",
        (
            NAIVE,
            "y - np.resize(history[steps - season :], len(y))",
        ),
    ),
    (
        "scale-of-both",
        "A leak: the values that are to be foretold are in the scale, too. It is seasonal-naive's "
        "error within the history.",
        (NAIVE, "np.append(history, y)[season:] - np.append(history, y)[:-season]"),
    ),
    (
        "scale-of-one-step",
        "Your scale takes differences of neighbours. Its distance is the season.",
        (NAIVE, "np.diff(history)"),
    ),
    (
        "repeated-differences",
        "np.diff(history, season) takes differences of differences. The distance is the season: x_t − x_{t−m}.",
        (NAIVE, "np.diff(history, season)"),
    ),
    (
        "divided-by-all-steps",
        "Your scale divides by T. T − m differences are added up.",
        (SCALE, "np.abs(naive).sum() / steps"),
    ),
    (
        "divided-by-one-less-than-all",
        "Your scale divides by T − 1. T − m differences are added up.",
        (SCALE, "np.abs(naive).sum() / (steps - 1)"),
    ),
    (
        "turned-round",
        "Yours is the scale over the error. Turn it round.",
        ("error / scale", "scale / max(error, 1e-12)"),
    ),
    ("not-divided", "You return the mean absolute error. Divide it by the scale.", ("error / scale", "error")),
    ("multiplied", "You multiply by the scale. Divide by it.", ("error / scale", "error * scale")),
    (
        "squared-errors",
        "The errors are squared. Their absolute values are asked for.",
        (ERROR, "((y - forecast) ** 2).mean()"),
    ),
    (
        "all-squared",
        "You square the errors, above and below. Their absolute values are asked for.",
        (ERROR, "((y - forecast) ** 2).mean()"),
        (SCALE, "(naive**2).mean()"),
    ),
    (
        "root-of-squares",
        "You take roots of mean squares. Mean absolute values are asked for.",
        (ERROR, "np.sqrt(((y - forecast) ** 2).mean())"),
        (SCALE, "np.sqrt((naive**2).mean())"),
    ),
    (
        "root-of-squares-above",
        "The error is the root of the mean square. The mean absolute value is asked for.",
        (ERROR, "np.sqrt(((y - forecast) ** 2).mean())"),
    ),
    (
        "root-of-squares-below",
        "The scale is the root of the mean square. The mean absolute value is asked for.",
        (SCALE, "np.sqrt((naive**2).mean())"),
    ),
    (
        "signs-cancel-in-the-error",
        "Errors of two signs cancel out. Take the absolute value of each.",
        (ERROR, "(y - forecast).mean()"),
    ),
    (
        "absolute-value-at-the-end",
        "Errors of two signs cancel out. Take the absolute value of each, not of the mean.",
        (ERROR, "abs((y - forecast).mean())"),
    ),
    (
        "signs-cancel-in-the-scale",
        "Differences of two signs cancel out in the scale. Take the absolute value of each.",
        (SCALE, "naive.mean()"),
    ),
    (
        "absolute-scale-at-the-end",
        "Differences of two signs cancel out in the scale. Take the absolute value of each, not of the mean.",
        (SCALE, "abs(naive.mean())"),
    ),
    (
        "deviation-for-scale",
        "You divide by the standard deviation of the history. The scale is seasonal-naive's error in it.",
        (SCALE, "history.std()"),
    ),
    (
        "size-for-scale",
        "You divide by the mean size of the history. The scale is seasonal-naive's error in it.",
        (SCALE, "np.abs(history).mean()"),
    ),
    (
        "in-percent-of-y",
        "You divide each error by the right value: that is MAPE. The scale is seasonal-naive's error in the history.",
        (ERROR, "np.abs((y - forecast) / y).mean()"),
        ("error / scale", "error"),
    ),
    (
        "in-percent",
        "You return percent. The ratio is asked for.",
        ("error / scale", "100 * error / scale"),
    ),
    ("errors-added", "The errors are added up. Take their mean.", (ERROR, "np.abs(y - forecast).sum()")),
    ("scale-added", "The differences of the scale are added up. Take their mean.", (SCALE, "np.abs(naive).sum()")),
    (
        "both-added",
        "Both are sums. Take means: there are other numbers of errors above and below.",
        (ERROR, "np.abs(y - forecast).sum()"),
        (SCALE, "np.abs(naive).sum()"),
    ),
    ("medians", "You take a median of the errors. The mean is asked for.", (ERROR, "np.median(np.abs(y - forecast))")),
    (
        "season-one-longer",
        "The distance of your scale is one step too long. It is the season.",
        (NAIVE, "history[min(season + 1, steps - 1) :] - history[: steps - min(season + 1, steps - 1)]"),
    ),
    (
        "first-difference-left-out",
        "The first difference is left out: it is that of step m + 1, and there are T − m.",
        (NAIVE, "(history[season:] - history[: steps - season])[min(1, steps - season - 1) :]"),
    ),
    (
        "last-season-alone",
        "Your scale looks at the last season alone. It is the mean over the whole history.",
        (NAIVE, "(history[season:] - history[: steps - season])[-season:]"),
    ),
):
    mase.slip(name, hint, *edits)
