"""Contract of `scale_by_past`, a scale that knows nothing of the future.

unrolled-canary-66906a866b69
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import forecasting


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # The future lies elsewhere, and varies more.
    past = kit.normal(rng, sizes.steps + 1, sizes.inputs, dtype=dtype)
    future = 3 + 2 * kit.normal(rng, sizes.batch + 1, sizes.inputs, dtype=dtype)
    return {
        "series": np.concatenate([past, future]) + dtype(2) * np.arange(1, sizes.inputs + 1).astype(dtype),
        "past": sizes.steps + 1,
    }


def _constant(rng: np.random.Generator) -> kit.Arguments:
    # Eighths: the mean is exact, so that the deviation is 0 and not nearly 0.
    series = kit.eighths(rng, 10, 3) + 2
    series[:4, 1] = series[0, 1]
    return {"series": series, "past": 4}


def _one_step(rng: np.random.Generator) -> kit.Arguments:
    return {"series": kit.eighths(rng, 6, 2) + 1, "past": 1}


def _all_past(rng: np.random.Generator) -> kit.Arguments:
    return {"series": rng.standard_normal((7, 2)) + 1, "past": 7}


scale_by_past = kit.Contract(
    reference=forecasting.scale_by_past,
    outputs=kit.near("scaled", "mean", "sd"),
    read="forecasting#eq-fc-scale",
    parts=kit.of_arrays(
        _draw,
        kit.Special("a column that does not change in the past", _constant),
        kit.Special("a past of one step", _one_step),
        kit.Special("nothing but past", _all_past),
    ),
)


@scale_by_past.derivation(
    words={"mean": "the mean", "sd": "the standard deviation", "scaled": "the scaled series", "series": "the series"},
    without=("other-axis-mean-0-2",),
)
def past_first(series, past):
    mean = series[:past].mean(axis=0)  #: eq-fc-scale
    sd = series[:past].std(axis=0)  #: eq-fc-scale
    sd = np.where(sd == 0, 1, sd)
    scaled = (series - mean) / sd  #: eq-fc-scale
    return scaled, mean, sd


@scale_by_past.variant
def sums_of_squares(series, past):
    total = np.zeros(series.shape[1])
    for row in series[:past]:
        total += row
    mean = total / past
    squares = sum((row - mean) ** 2 for row in series[:past])
    sd = np.sqrt(squares / past)
    sd[sd == 0] = 1
    return np.array([(row - mean) / sd for row in series]), mean, sd


@scale_by_past.variant
def column_by_column(series, past):
    columns = []
    for column in series.T:
        known = column[:past]
        m, s = np.mean(known), np.std(known)
        s = s if s > 0 else 1.0
        columns.append(((column - m) / s, m, s))
    scaled, mean, sd = zip(*columns, strict=True)
    return np.stack(scaled, axis=1), np.array(mean), np.array(sd)


MEAN, SD = "series[:past].mean(axis=0)", "series[:past].std(axis=0)"
ONE = "    sd = np.where(sd == 0, 1, sd)\n"
SCALED = "(series - mean) / sd"
for name, hint, *edits in (
    (
        "whole-series",
        "A leak: mean and standard deviation are those of the whole series. Take them from the first "
        "`past` steps alone.",
        (MEAN, "series.mean(axis=0)"),
        (SD, "series.std(axis=0)"),
    ),
    (
        "mean-of-the-whole-series",
        "A leak: the mean is that of the whole series. Take it from the first `past` steps alone.",
        (MEAN, "series.mean(axis=0)"),
    ),
    (
        "deviation-of-the-whole-series",
        "A leak: the standard deviation is that of the whole series. Take it from the first `past` steps alone.",
        (SD, "series.std(axis=0)"),
    ),
    (
        "scale-of-the-future",
        "A leak: mean and standard deviation are those of the steps BEHIND the past. Take the first `past` steps.",
        (MEAN, "(series[past:] if past < len(series) else series).mean(axis=0)"),
        (SD, "(series[past:] if past < len(series) else series).std(axis=0)"),
    ),
    (
        "each-part-by-itself",
        "A leak: the future is scaled with its own mean and deviation. In use they are not known: all steps are scaled "
        "with those of the past.",
        (
            SCALED,
            "(series - mean) / sd; later = series[past:]; "
            "scaled[past:] = (later - later.mean(axis=0)) / np.where(later.std(axis=0) == 0, 1, later.std(axis=0)) "
            "if len(later) else 0",
        ),
    ),
    (
        "a-step-of-the-future",
        "A leak of one step: your past has past + 1 steps. The slice [:past] has `past` of them.",
        (MEAN, "series[: past + 1].mean(axis=0)"),
        (SD, "series[: past + 1].std(axis=0)"),
    ),
    (
        "one-step-short",
        "The last step of the past is left out: the slice [:past] has `past` of them.",
        (MEAN, "series[: max(past - 1, 1)].mean(axis=0)"),
        (SD, "series[: max(past - 1, 1)].std(axis=0)"),
    ),
    (
        "divided-by-one-less",
        "Your standard deviation divides by one less than the number (ddof=1, as pandas does). Here by the number.",
        (SD, "np.nan_to_num(series[:past].std(axis=0, ddof=int(past > 1)))"),
    ),
    (
        "one-less-and-nan",
        "Your standard deviation divides by one less than the number (ddof=1), which is 0 for a past of one step. "
        "Divide by the number.",
        (SD, "series[:past].std(axis=0, ddof=1)"),
    ),
    (
        "variance",
        "You divide by the variance. Take its root, the standard deviation.",
        (SD, "series[:past].var(axis=0)"),
    ),
    (
        "one-scale-for-all-columns",
        "All columns have one mean and one deviation. Each has its own: axis 0.",
        (MEAN, "np.full(series.shape[1], series[:past].mean())"),
        (SD, "np.full(series.shape[1], series[:past].std())"),
    ),
    (
        "scale-of-column-0",
        "All columns are scaled like column 0. Each has its own mean and deviation.",
        (MEAN, "np.full(series.shape[1], series[:past, 0].mean())"),
        (SD, "np.full(series.shape[1], series[:past, 0].std())"),
    ),
    (
        "constant-is-nan",
        "A column that does not change in the past is divided by 0. Divide it by 1.",
        (ONE, ""),
    ),
    (
        "constant-by-a-tiny-number",
        "A column that does not change in the past is divided by a tiny number, and its future becomes huge. "
        "Divide by 1.",
        (ONE, "    sd = np.maximum(sd, 1e-8)\n"),
    ),
    (
        "constant-becomes-zero",
        "A column that does not change in the past becomes 0 everywhere. Only the mean is taken away: divide by 1.",
        (SCALED, "np.where(series[:past].std(axis=0) == 0, 0, (series - mean) / sd)"),
    ),
    (
        "zero-returned",
        "You divide by 1 where the deviation is 0, but return the 0. Return what you divide by.",
        ("return scaled, mean, sd", "return scaled, mean, series[:past].std(axis=0)"),
    ),
    (
        "to-zero-and-one",
        "You scale from minimum to maximum. Mean and standard deviation are asked for.",
        (MEAN, "series[:past].min(axis=0)"),
        (SD, "np.ptp(series[:past], axis=0)"),
    ),
    (
        "only-the-past-scaled",
        "The steps behind the past are not scaled. All are, with the past's mean and deviation.",
        (SCALED, "np.concatenate([(series[:past] - mean) / sd, series[past:]])"),
    ),
    (
        "future-left-out",
        "You return the past alone. All steps are scaled, with the past's mean and deviation.",
        (SCALED, "(series[:past] - mean) / sd"),
    ),
    (
        "past-left-out",
        "You return the future alone. All steps are scaled, with the past's mean and deviation.",
        (SCALED, "(series[past:] - mean) / sd"),
    ),
    ("not-centred", "The mean is not taken away.", (SCALED, "series / sd")),
    ("not-divided", "You take the mean away, but do not divide by the deviation.", (SCALED, "series - mean")),
    ("multiplied", "You multiply by the deviation. Divide by it.", (SCALED, "(series - mean) * sd")),
    ("mean-added", "You add the mean. Take it away.", (SCALED, "(series + mean) / sd")),
    ("mean-behind-the-division", "You divide before you take the mean away.", (SCALED, "series / sd - mean")),
    (
        "deviation-before-the-mean",
        "The deviation stands before the mean. Return scaled, mean, sd.",
        ("return scaled, mean, sd", "return scaled, sd, mean"),
    ),
    (
        "median",
        "You take the median. The mean is asked for.",
        (MEAN, "np.median(series[:past], axis=0)"),
    ),
    (
        "scale-with-axes",
        "Mean and deviation have an axis too many: (D,), not (1, D).",
        ("return scaled, mean, sd", "return scaled, mean[None], sd[None]"),
    ),
):
    scale_by_past.slip(name, hint, *edits)
