"""Windows, splits, baselines, errors and intervals of forecasts: what `forecasting` asks for.

unrolled-canary-30b7bb42f4d8
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from numpy.lib.stride_tricks import sliding_window_view

from solutions.reference.numerics import Array
from solutions.reference.rnn import rnn_step


def windows(
    series: Float[Array, "T D"], length: int, horizon: int
) -> tuple[Float[Array, "N w D"], Float[Array, "N K"]]:
    """Each window of `length` steps, and the `horizon` steps of column 0 behind it (eq-fc-windows)."""
    X = sliding_window_view(series[: len(series) - horizon], length, axis=0)
    return X.swapaxes(1, 2).copy(), sliding_window_view(series[length:, 0], horizon).copy()


def split_windows(
    steps: int, length: int, horizon: int, valid: int, test: int
) -> tuple[Int[Array, "N1"], Int[Array, "N2"], Int[Array, "N3"]]:
    """Numbers of the windows whose targets all lie in the training, validation and test part (eq-fc-split).

    Args:
        valid, test: how many steps lie before the validation and the test part.
    """

    def between(start: int, end: int) -> Array:
        return np.arange(max(start - length, 0), max(end - horizon - length + 1, 0))

    return between(0, valid), between(valid, test), between(test, steps)


def scale_by_past(
    series: Float[Array, "T D"], past: int
) -> tuple[Float[Array, "T D"], Float[Array, "D"], Float[Array, "D"]]:
    """The series scaled by mean and standard deviation of its first `past` steps, and these two (eq-fc-scale).

    A column that stays the same there is divided by 1.
    """
    mean, sd = series[:past].mean(axis=0), series[:past].std(axis=0)
    sd = np.where(sd == 0, 1, sd)
    return (series - mean) / sd, mean, sd


def seasonal_naive(history: Float[Array, "T"], season: int, horizon: int) -> Float[Array, "K"]:
    """The last season, again and again (eq-fc-seasonal-naive)."""
    return np.resize(history[len(history) - season :], horizon)


def mase(y: Float[Array, "K"], forecast: Float[Array, "K"], history: Float[Array, "T"], season: int) -> float:
    """The mean absolute error over that of seasonal-naive within the history (eq-fc-mase)."""
    scale = np.abs(history[season:] - history[: len(history) - season]).mean()
    return float(np.abs(y - forecast).mean() / scale)


def pinball_loss(
    y: Float[Array, "N"], forecast: Float[Array, "N J"], levels: Float[Array, "J"]
) -> tuple[float, Float[Array, "N J"]]:
    """The mean pinball loss of quantiles (eq-fc-pinball) and its gradient (eq-fc-pinball-gradient)."""
    error = y[:, None] - forecast
    slope = levels - (error < 0)
    return float((slope * error).mean()), -slope / error.size


def recursive_forecast(
    history: Float[Array, "B T"],
    horizon: int,
    W: Float[Array, "1 H"],
    U: Float[Array, "H H"],
    b: Float[Array, "H"],
    Wy: Float[Array, "H 1"],
    by: Float[Array, "1"],
) -> Float[Array, "B K"]:
    """Forecasts of a net that reads its own forecasts, its state carried on (eq-fc-recursive)."""
    h: Array = np.zeros((len(history), len(U)))
    made: list[Array] = []
    for t in range(history.shape[1] + horizon - 1):
        x = history[:, [t]] if t < history.shape[1] else made[-1]
        h, _ = rnn_step(x, h, W, U, b)
        made.append(h @ Wy + by)
    return np.concatenate(made[history.shape[1] - 1 :], axis=1)


def coverage(y: Float[Array, "N"], low: Float[Array, "N"], high: Float[Array, "N"]) -> tuple[float, float]:
    """The share of values within their intervals, whose ends belong to them, and the mean width (eq-fc-coverage)."""
    return float(np.mean((low <= y) & (y <= high))), float(np.mean(high - low))
