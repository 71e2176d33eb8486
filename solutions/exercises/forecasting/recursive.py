"""Contract of `recursive_forecast`, a net that reads its own forecasts.

unrolled-canary-1aaedb8d1100
"""

import numpy as np

from solutions.judging import kit
from solutions.reference import forecasting

READ = "forecasting#eq-fc-recursive"


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    net = kit.cell(rng, kit.Sizes(sizes.batch, sizes.steps, 1, sizes.hidden, 1), dtype)
    return {
        "history": kit.normal(rng, sizes.batch, sizes.steps, dtype=dtype),
        "horizon": sizes.inputs + sizes.outputs,
        **net,
        **kit.readout_of_one(rng, sizes, dtype),
    }


def _one_step(rng: np.random.Generator) -> kit.Arguments:
    return _draw(rng, kit.Sizes(3, 5, 2, 4, 2), np.float64) | {"horizon": 1}


def _one_known(rng: np.random.Generator) -> kit.Arguments:
    return _draw(rng, kit.Sizes(3, 1, 3, 4, 3), np.float64)


def _long(rng: np.random.Generator) -> kit.Arguments:
    return _draw(rng, kit.Sizes(2, 3, 10, 4, 12), np.float64)


def _goes_on_otherwise(function: kit.Function, rng: np.random.Generator) -> bool:
    # What was foretold, put behind the history, goes on as it did.
    given = _draw(rng, kit.Sizes(3, 5, 4, 4, 3), np.float64)
    whole = np.asarray(function(*given.values()))
    history = np.concatenate([given["history"], whole[:, :3]], axis=1)
    rest = np.asarray(function(*(given | {"history": history, "horizon": 4}).values()))
    still = np.ptp(whole, axis=1).max() < 1e-3  # the same at every step
    return still or not np.allclose(rest, whole[:, 3:], rtol=1e-4, atol=2e-5)


recursive_forecast = kit.Contract(
    reference=forecasting.recursive_forecast,
    outputs=kit.near("forecast"),
    read=READ,
    parts=kit.of_arrays(
        _draw,
        kit.Special("one step ahead", _one_step),
        kit.Special("a history of one step", _one_known),
        kit.Special("a long horizon", _long),
    ),
    rules=(
        kit.Rule(
            "another-way-on",
            "a history that ends with the first forecasts goes on with the others.",
            _goes_on_otherwise,
            READ,
        ),
    ),
)


@recursive_forecast.derivation(
    words={"h": "the state", "x": "the forecast that is read", "forecast": "the forecasts", "history": "the history"},
    alike={"h": "np.zeros_like(h)"},
)
def read_and_go_on(history, horizon, W, U, b, Wy, by):
    h = np.zeros((len(history), len(U)))
    for t in range(history.shape[1]):
        h = np.tanh(history[:, [t]] @ W + h @ U + b)  #: rnn-cell#eq-rnn-step
    forecast = np.zeros((len(history), horizon))
    for k in range(horizon):
        x = h @ Wy + by  #: eq-fc-recursive
        forecast[:, k] = x[:, 0]
        h = np.tanh(x @ W + h @ U + b)  #: eq-fc-recursive
    return forecast


@recursive_forecast.variant
def whole_history_each_time(history, horizon, W, U, b, Wy, by):
    known = np.array(history, dtype=float)
    for _ in range(horizon):
        h = np.zeros((known.shape[0], U.shape[0]))
        for column in known.T:
            h = np.tanh(np.outer(column, W[0]) + h @ U + b)
        known = np.concatenate([known, h @ Wy + by], axis=1)
    return known[:, history.shape[1] :]


@recursive_forecast.variant
def one_series_at_a_time(history, horizon, W, U, b, Wy, by):
    rows = []
    for series in history:
        h, row = np.zeros(len(b)), []
        for t in range(len(series) + horizon - 1):
            x = series[t] if t < len(series) else row[-1]
            h = np.tanh(x * W[0] + U.T @ h + b)
            if t >= len(series) - 1:
                row.append((h @ Wy[:, 0] + by[0]).item())
        rows.append(row)
    return np.array(rows)


@recursive_forecast.variant
def transposed(history, horizon, W, U, b, Wy, by):
    h, made = np.zeros((len(U), len(history))), []
    for x in history.T:
        h = np.tanh(W.T * x + U.T @ h + b[:, None])
    while len(made) < horizon:
        made.append((Wy.T @ h + by)[0])
        h = np.tanh(W.T * made[-1] + U.T @ h + b[:, None])
    return np.stack(made, axis=1)


STEP = "x @ W + h @ U + b"
NEXT = "h = np.tanh(x @ W + h @ U + b)"
for name, hint, *edits in (
    (
        "state-forgotten",
        "The state starts again from 0 at each forecast: all that was read before is lost. It goes on.",
        (NEXT, "h = np.tanh(x @ W + b)"),
    ),
    (
        "state-frozen",
        "Every forecast is the first one: the state does not move on. Read each forecast as the next input.",
        (f"        {NEXT}  #: eq-fc-recursive\n", ""),
    ),
    (
        "state-of-the-history-kept",
        "Each forecast is read from the state at the end of the history. The state goes on with each step.",
        ("    forecast = np.zeros", "    end = h\n    forecast = np.zeros"),
        (NEXT, "h = np.tanh(x @ W + end @ U + b)"),
    ),
    (
        "last-step-read-again",
        "The last step of the history is read again and again. From then on the input is the net's own forecast.",
        (NEXT, "h = np.tanh(history[:, -1:] @ W + h @ U + b)"),
    ),
    (
        "history-read-again",
        "The history is read once more, from its start. The input is the net's own forecast.",
        (NEXT, "j = k % history.shape[1]; h = np.tanh(history[:, j : j + 1] @ W + h @ U + b)"),
    ),
    (
        "nothing-read",
        "The forecasts are not read. Each one is the next input: x W.",
        (NEXT, "h = np.tanh(h @ U + b)"),
    ),
    (
        "last-step-twice",
        "The last step of the history is read twice before the first forecast. After the history the state is ready: "
        "read the first forecast from it.",
        ("    forecast = np.zeros", "    h = np.tanh(history[:, -1:] @ W + h @ U + b)\n    forecast = np.zeros"),
    ),
    (
        "last-step-not-read",
        "The last step of the history is not read before the first forecast.",
        ("range(history.shape[1])", "range(history.shape[1] - 1)"),
    ),
    (
        "first-forecast-dropped",
        "Your forecasts begin with the second one: T + 2. The first is read from the state at the end of the history.",
        (
            f"        forecast[:, k] = x[:, 0]\n        {NEXT}",
            f"        {NEXT}\n        forecast[:, k] = (h @ Wy + by)[:, 0]",
        ),
    ),
    (
        "last-step-first",
        "Your forecasts begin with the last step of the history. They begin with T + 1.",
        ("return forecast", "return np.concatenate([history[:, -1:], forecast[:, :-1]], axis=1)"),
    ),
    (
        "window-moves-on",
        "You drop the oldest step for each forecast, and read the window anew from a state of 0. Here nothing is "
        "forgotten: the state goes on.",
        (
            NEXT,
            "history = np.concatenate([history[:, 1:], x], axis=1); h = 0 * h\n"
            "        for t in range(history.shape[1]):\n"
            "            h = np.tanh(history[:, [t]] @ W + h @ U + b)",
        ),
    ),
    (
        "history-forgotten",
        "The history is not in the state: each of its steps starts from 0. Carry the state on.",
        ("history[:, [t]] @ W + h @ U + b", "history[:, [t]] @ W + b"),
    ),
    (
        "history-backwards",
        "The history is read backwards.",
        ("    for t in range", "    history = history[:, ::-1]\n    for t in range"),
    ),
    (
        "forecasts-backwards",
        "The forecasts stand in the reverse order.",
        ("return forecast", "return forecast[:, ::-1]"),
    ),
    (
        "difference-read",
        "Your forecast is added to the last step. h W_y + b_y is the forecast itself.",
        ("x = h @ Wy + by", "x = h @ Wy + by + (history[:, -1:] if k == 0 else forecast[:, k - 1 : k])"),
    ),
    (
        "forecast-squashed",
        "The forecast has a tanh. It is h W_y + b_y.",
        ("x = h @ Wy + by", "x = np.tanh(h @ Wy + by)"),
    ),
    (
        "history-in-front",
        "You return the history, too. The forecasts alone are asked for.",
        ("return forecast", "return np.concatenate([history, forecast], axis=1)"),
    ),
    (
        "last-forecast-alone",
        "You return the last forecast alone. All K of them are asked for.",
        ("return forecast", "return forecast[:, -1:]"),
    ),
    (
        "one-forecast-too-many",
        "You return one forecast too many: the horizon has K.",
        ("return forecast", "return np.concatenate([forecast, h @ Wy + by], axis=1)"),
    ),
    (
        "forecasts-with-an-axis",
        "The forecasts have an axis too many: (B, K).",
        ("return forecast", "return forecast[:, :, None]"),
    ),
    (
        "steps-first",
        "The axes are exchanged: series come before steps, (B, K).",
        ("return forecast", "return forecast.T"),
    ),
    (
        "readout-bias-not-fed-back",
        "What you feed back lacks b_y. Read the forecast itself.",
        (STEP, "(x - by) @ W + h @ U + b"),
    ),
):
    recursive_forecast.slip(name, hint, *edits)
recursive_forecast.mistakes(
    """
    begins-with-step-1-t: The first step of the history is not read: the loop begins with 1.
    begins-with-step-1-k: The first step of the horizon is left out: the loop begins with 1.
    last-step-left-out-k: The last step of the horizon is left out: the loop ends one step too early.
    not-carried-h-forecast: The forecasts are made anew in the loop: only the last one is left. Make them once,
      before it.
    """
)
