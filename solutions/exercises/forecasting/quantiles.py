"""Contract of `pinball_loss`, the loss whose best answer is a quantile.

unrolled-canary-b9e6f0316e10
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import forecasting


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    # No level near 0.5, where both sides cost the same; no forecast is hit.
    levels = np.sort(rng.choice([0.05, 0.1, 0.15, 0.2, 0.25, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97], sizes.outputs, False))
    return {
        "y": kit.normal(rng, sizes.batch, dtype=dtype),
        "forecast": kit.normal(rng, sizes.batch, sizes.outputs, dtype=dtype),
        "levels": levels.astype(dtype),
    }


def _of(levels: list[float], count: int, shift: float) -> kit.Function:
    def special(rng: np.random.Generator) -> kit.Arguments:
        return {
            "y": rng.uniform(-1, 1, count),
            "forecast": rng.uniform(-1, 1, (count, len(levels))) + shift,
            "levels": np.array(levels),
        }

    return special


pinball_loss = kit.Contract(
    reference=forecasting.pinball_loss,
    outputs=kit.near("loss", "dforecast"),
    read="forecasting#eq-fc-pinball",
    parts=kit.of_gradients(
        _draw,
        kit.Special("all too low", _of([0.1, 0.3, 0.8], 4, -3)),
        kit.Special("all too high", _of([0.1, 0.3, 0.8], 4, 3)),
        kit.Special("one level", _of([0.9], 5, 0)),
        kit.Special("one value", _of([0.2, 0.7, 0.9], 1, 0)),
        kit.Special("the median", _of([0.5], 6, 0)),
        kit.Special("levels that fall", _of([0.9, 0.6, 0.2], 3, 0)),
    ),
)


@pinball_loss.derivation(
    words={"error": "the error y − ŷ", "levels": "the levels", "loss": "the loss", "dforecast": "the gradient"}
)
def both_sides(y, forecast, levels):
    error = y[:, None] - forecast
    loss = np.maximum(levels * error, (levels - 1) * error).mean()  #: eq-fc-pinball
    slope = np.where(error > 0, -levels, 1 - levels)  #: eq-fc-pinball-gradient
    dforecast = slope / error.size  #: eq-fc-pinball-gradient
    return loss, dforecast


@pinball_loss.variant
def entry_by_entry(y, forecast, levels):
    N, J = forecast.shape
    loss, gradient = 0.0, np.zeros((N, J))
    for n in range(N):
        for j in range(J):
            error = y[n] - forecast[n, j]
            if error >= 0:
                loss += levels[j] * error
                gradient[n, j] = -levels[j]
            else:
                loss -= (1 - levels[j]) * error
                gradient[n, j] = 1 - levels[j]
    return loss / (N * J), gradient / (N * J)


@pinball_loss.variant
def by_the_sign(y, forecast, levels):
    over = (forecast > y[:, np.newaxis]).astype(float)
    weight = over - levels[np.newaxis]
    return np.mean(weight * (forecast - y[:, np.newaxis])), weight / forecast.size


@pinball_loss.variant
def half_of_the_absolute_value(y, forecast, levels):
    error = y.reshape(-1, 1) - forecast
    loss = np.average(0.5 * np.abs(error) + (levels - 0.5) * error)
    return loss, (0.5 - levels - 0.5 * np.sign(error)) / error.shape[0] / error.shape[1]


LOSS = "np.maximum(levels * error, (levels - 1) * error).mean()"
SLOPE, SIZE = "np.where(error > 0, -levels, 1 - levels)", "slope / error.size"
for name, hint, *edits in (
    (
        "levels-turned-round",
        "The sides are exchanged: a forecast that is too low costs the level, α (y − ŷ), one that is too high 1 − α.",
        (LOSS, "np.maximum((1 - levels) * error, -levels * error).mean()"),
        (SLOPE, "np.where(error > 0, levels - 1, levels)"),
    ),
    (
        "levels-turned-round-in-the-loss",
        "The sides of the loss are exchanged: a forecast that is too low costs α (y − ŷ), one too high (1 − α)(ŷ − y).",
        (LOSS, "np.maximum((1 - levels) * error, -levels * error).mean()"),
    ),
    (
        "levels-turned-round-in-the-gradient",
        "The sides of the gradient are exchanged: −α where y is above the forecast, 1 − α where it is below.",
        (SLOPE, "np.where(error > 0, levels - 1, levels)"),
    ),
    (
        "gradient-of-y",
        "Yours is the gradient with respect to y. That of the forecast has the other sign.",
        (SLOPE, "np.where(error > 0, levels, levels - 1)"),
    ),
    (
        "slopes-on-the-wrong-side",
        "The two slopes stand on the wrong sides: −α where y is above the forecast.",
        (SLOPE, "np.where(error > 0, 1 - levels, -levels)"),
    ),
    (
        "minimum",
        "You take the smaller of the two. The pinball loss is the larger: it is never negative.",
        (LOSS, "np.minimum(levels * error, (levels - 1) * error).mean()"),
    ),
    (
        "absolute-error",
        "You return the absolute error, which has no level. One side costs α, the other 1 − α.",
        (LOSS, "np.abs(error).mean()"),
        (SLOPE, "-np.sign(error)"),
    ),
    (
        "level-times-absolute-error",
        "Both sides cost α times the error. A forecast that is too high costs 1 − α.",
        (LOSS, "(levels * np.abs(error)).mean()"),
        (SLOPE, "-levels * np.sign(error)"),
    ),
    (
        "one-side-free",
        "A forecast that is too high costs nothing. It costs 1 − α times the error.",
        (LOSS, "np.maximum(levels * error, 0).mean()"),
        (SLOPE, "np.where(error > 0, -levels, 0 * levels)"),
    ),
    (
        "squared",
        "You square the errors. The pinball loss is linear on both sides.",
        (LOSS, "np.maximum(levels * error, (levels - 1) * error).__pow__(2).mean()"),
    ),
    (
        "doubled",
        "Your loss is twice the pinball loss.",
        (LOSS, "2 * np.maximum(levels * error, (levels - 1) * error).mean()"),
        (SIZE, "2 * slope / error.size"),
    ),
    (
        "summed",
        "The loss is a sum. It is the mean over values and levels.",
        (LOSS, "np.maximum(levels * error, (levels - 1) * error).sum()"),
        (SIZE, "slope"),
    ),
    (
        "loss-summed",
        "The loss is a sum. It is the mean over values and levels, as in the gradient.",
        (LOSS, "np.maximum(levels * error, (levels - 1) * error).sum()"),
    ),
    (
        "gradient-not-divided",
        "The gradient is that of the sum. Divide by the number of values and levels, N J.",
        (SIZE, "slope"),
    ),
    (
        "mean-over-values-alone",
        "You divide by the number of values. The mean goes over the levels, too: divide by N J.",
        (LOSS, "np.maximum(levels * error, (levels - 1) * error).sum() / len(y)"),
        (SIZE, "slope / len(y)"),
    ),
    (
        "gradient-over-values-alone",
        "Your gradient divides by the number of values. The mean goes over the levels, too: divide by N J.",
        (SIZE, "slope / len(y)"),
    ),
    (
        "gradient-over-levels-alone",
        "Your gradient divides by the number of levels. The mean goes over the values, too: divide by N J.",
        (SIZE, "slope / len(levels)"),
    ),
    (
        "one-loss-a-level",
        "You return a loss for each level. One number is asked for, the mean over all.",
        (LOSS, "np.maximum(levels * error, (levels - 1) * error).mean(axis=0)"),
    ),
    (
        "gradient-times-error",
        "The gradient has the error as a factor. The loss is linear: its slope is −α or 1 − α.",
        (SIZE, "slope * error / error.size"),
    ),
    (
        "step-taken",
        "You return the forecast after a step. The gradient is asked for.",
        ("return loss, dforecast", "return loss, forecast - dforecast"),
    ),
    (
        "gradient-first",
        "The gradient stands first. Return loss, dforecast.",
        ("return loss, dforecast", "return dforecast, loss"),
    ),
    (
        "levels-in-percent",
        "You take the levels for percent. They are numbers from 0 to 1.",
        ("    error =", "    levels = levels / 100\n    error ="),
    ),
    (
        "median-for-all",
        "All levels are taken for the median. Each column has its own level.",
        ("    error =", "    levels = 0 * levels + 0.5\n    error ="),
    ),
    (
        "levels-reversed",
        "The levels are in the reverse order: column j belongs to level j.",
        ("    error =", "    levels = levels[::-1]\n    error ="),
    ),
    (
        "forecast-minus-y",
        "Your error has the other sign: it is y − ŷ.",
        ("error = y[:, None] - forecast", "error = forecast - y[:, None]"),
    ),
):
    pinball_loss.slip(name, hint, *edits)
