"""Contract of `windows`, what a net reads and what it has to foretell.

unrolled-canary-62fcb380c184
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import forecasting


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    steps = sizes.batch + sizes.steps + sizes.outputs - 1
    return {
        "series": kit.normal(rng, steps, sizes.inputs, dtype=dtype),
        "length": sizes.steps,
        "horizon": sizes.outputs,
    }


def _one_ahead(rng: np.random.Generator) -> kit.Arguments:
    return _series(rng, int(rng.integers(2, 6)), 1, 5)


def _far_ahead(rng: np.random.Generator) -> kit.Arguments:
    return _series(rng, 2, int(rng.integers(4, 8)), 4)


def _room_for_one(rng: np.random.Generator) -> kit.Arguments:
    return _series(rng, int(rng.integers(3, 6)), int(rng.integers(2, 5)), 1)


def _series(rng: np.random.Generator, length: int, horizon: int, count: int) -> kit.Arguments:
    return {"series": rng.standard_normal((count + length + horizon - 1, 2)), "length": length, "horizon": horizon}


windows = kit.Contract(
    reference=forecasting.windows,
    outputs=kit.near("X", "Y"),
    read="forecasting#eq-fc-windows",
    parts=kit.of_arrays(
        _draw,
        kit.Special("one step ahead", _one_ahead),
        kit.Special("a horizon longer than the window", _far_ahead),
        kit.Special("room for one window", _room_for_one),
    ),
)


@windows.derivation(
    words={"N": "the number of windows", "X": "the inputs", "Y": "the targets", "series": "the series"},
    without=(
        # One part of a count in the place of another: no sentence says what is meant.
        *(f"complement-N-len-series-length-horizon-1{which}" for which in ("", "-2", "-3", "-2-2", "-0", "-4")),
        # Told apart from others by chance.
        "another-value-Y-n-length-N-2",
        "term-of-the-wrong-sign-Y-n-length-2",
    ),
)
def window_by_window(series, length, horizon):
    N = len(series) - length - horizon + 1  #: eq-fc-windows
    X = np.zeros((N, length, series.shape[1]))
    Y = np.zeros((N, horizon))
    for n in range(N):
        X[n] = series[n : n + length]  #: eq-fc-windows
        Y[n] = series[n + length : n + length + horizon, 0]  #: eq-fc-windows
    return X, Y


@windows.variant
def of_places(series, length, horizon):
    n = np.arange(len(series) - length - horizon + 1)[:, None]
    return series[n + np.arange(length)], series[n + length + np.arange(horizon), 0]


@windows.variant
def views(series, length, horizon):
    both = np.lib.stride_tricks.sliding_window_view(series, length + horizon, axis=0)
    return both[:, :, :length].transpose(0, 2, 1).copy(), both[:, 0, length:].copy()


@windows.variant
def lists_of_both(series, length, horizon):
    inputs, targets = [], []
    end = length
    while end + horizon <= len(series):
        inputs.append(series[end - length : end].tolist())
        targets.append([row[0] for row in series[end : end + horizon]])
        end += 1
    return np.array(inputs), np.array(targets)


@windows.variant
def step_by_step(series, length, horizon):
    N = len(series) - (length + horizon) + 1
    X = [series[j : j + N] for j in range(length)]
    Y = [series[length + k : length + k + N, 0] for k in range(horizon)]
    return np.stack(X, axis=1), np.stack(Y, axis=1)


X, Y = "series[n : n + length]", "series[n + length : n + length + horizon, 0]"
COUNT = "len(series) - length - horizon + 1"
for name, hint, *edits in (
    (
        "target-in-the-window",
        "A leak: the last step of each window is its first target, too. The targets begin one step behind the window, "
        "at n + length.",
        (Y, "series[n + length - 1 : n + length + horizon - 1, 0]"),
    ),
    (
        "window-one-step-late",
        "A leak: each window ends with its first target. It ends before step n + length.",
        (X, "series[n + 1 : n + length + 1]"),
    ),
    (
        "targets-are-the-window",
        "A leak: the targets stand in the window. They begin behind it, at n + length.",
        (Y, "np.resize(series[n : n + horizon, 0], horizon)"),
    ),
    (
        "last-steps-of-the-window",
        "A leak: the targets are the last steps of the window. They begin behind it, at n + length.",
        (Y, "np.resize(series[max(n + length - horizon, 0) : n + length, 0], horizon)"),
    ),
    (
        "gap-of-a-step",
        "A step is left out between the window and its first target. It is at n + length.",
        (Y, "np.resize(series[n + length + 1 : n + length + horizon + 1, 0], horizon)"),
    ),
    (
        "last-window-missing",
        "The last window is missing: T − w − K + 1 of them have all their targets.",
        (COUNT, "len(series) - length - horizon"),
    ),
    (
        "horizon-not-counted",
        "There are too many windows: of the last ones the targets are not all there. Take T − w − K + 1.",
        (COUNT, "max(len(series) - length, 0)"),
        (Y, "np.resize(np.append(series[n + length : n + length + horizon, 0], np.zeros(horizon)), horizon)"),
    ),
    (
        "one-target-counted",
        "There are as many windows as for a horizon of 1. Take T − w − K + 1.",
        (COUNT, "max(len(series) - length, 0)"),
        (Y, "np.resize(series[n + length : n + length + horizon, 0], horizon)"),
    ),
    (
        "windows-apart",
        "Your windows lie side by side. The next one begins one step later, so that they overlap.",
        (COUNT, "len(series) // (length + horizon)"),
        (
            X,
            "series[n * (length + horizon) : n * (length + horizon) + length]",
        ),
        (Y, "series[n * (length + horizon) + length : (n + 1) * (length + horizon), 0]"),
    ),
    (
        "last-target-alone",
        "Your targets are all the last step of the horizon. Every step of it is a target.",
        (Y, "series[n + length + horizon - 1, 0]"),
    ),
    (
        "first-target-alone",
        "Your targets are all the first step behind the window. Every step of the horizon is a target.",
        (Y, "series[n + length, 0]"),
    ),
    (
        "another-column",
        "The targets are taken from the last column. Column 0 is the one that is forecast.",
        (Y, "series[n + length : n + length + horizon, -1]"),
    ),
    (
        "mean-of-the-columns",
        "The targets are the mean over the columns. Column 0 is the one that is forecast.",
        (Y, "series[n + length : n + length + horizon].mean(axis=1)"),
    ),
    (
        "one-column-read",
        "All columns of a window are copies of column 0. The inputs have every column, the targets column 0.",
        (X, "series[n : n + length, :1]"),
    ),
    (
        "latest-first",
        "Your windows are turned round: the latest step stands first. Keep the order of the series.",
        (X, "series[n : n + length][::-1]"),
    ),
    (
        "targets-turned-round",
        "Your targets are turned round: the latest step stands first. Keep the order of the series.",
        (Y, "series[n + length : n + length + horizon, 0][::-1]"),
    ),
    (
        "windows-from-the-end",
        "Your windows are turned round: the latest one stands first.",
        ("return X, Y", "return X[::-1], Y[::-1]"),
    ),
    (
        "scaled",
        "Something is taken away from each window. Return the numbers of the series as they are.",
        (X, "series[n : n + length] - series[n]"),
    ),
    (
        "differences-for-targets",
        "Your targets are differences from the last step of the window. Return the numbers of the series.",
        (Y, "series[n + length : n + length + horizon, 0] - series[n + length - 1, 0]"),
    ),
    (
        "columns-before-steps",
        "The axes of a window are exchanged: steps come before columns, (N, w, D).",
        ("return X, Y", "return X.swapaxes(1, 2), Y"),
    ),
    (
        "targets-with-an-axis",
        "The targets have an axis too many: (N, K), not (N, K, 1).",
        ("return X, Y", "return X, Y[:, :, None]"),
    ),
):
    windows.slip(name, hint, *edits)
windows.slip(
    "last-window-missing-from-lists",
    "The last window is missing: T − w − K + 1 of them have all their targets.",
    (COUNT, "len(series) - length - horizon"),
    ("return X, Y", "return np.array(list(X)), np.array(list(Y))"),
    further=True,
)
windows.mistakes(
    """
    begins-with-step-1-n: The first window is left out: the loop begins with 1.
    last-step-left-out-n: The last window is left out: the loop ends one step too early.
    not-carried-Y-n-X: X is made anew in the loop: only the last window is left. Make it once, before it.
    not-carried-Y-n: Y is made anew in the loop: only the last window's targets are left. Make it once, before it.
    returned-in-the-loop: The return stands inside the loop: only the first window is there. Indent it less.
    """
)
