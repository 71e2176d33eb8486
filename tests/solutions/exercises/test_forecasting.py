"""The assignment `forecasting`: wrong attempts are called by their names; leaks and what is no better are refused."""

import re

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.exercises.forecasting.behaviour import HORIZON, judge_better, judge_past
from solutions.judging.audit import lost_parts
from tests.solutions.exercises.attempts import (
    KEYS,
    RIGHT,
    Attempts,
    called,
    fixtures,
    model_answer,
    practised,
    run,
    said,
)
from unrolled.checking.check import CheckFailed

ANSWERS = {
    "windows": """
def windows(series, length, horizon):
    X, Y = [], []
    for i in range(len(series) - length - horizon + 1):
        X.append(series[i:i + length])
        Y.append(series[i + length:i + length + horizon, 0])
    return np.array(X), np.array(Y)
""",
    "split_windows": """
def split_windows(steps, length, horizon, valid, test):
    tr, va, te = [], [], []
    for n in range(steps - length - horizon + 1):
        a = n + length
        b = a + horizon - 1
        if b < valid:
            tr.append(n)
        elif a >= valid and b < test:
            va.append(n)
        elif a >= test:
            te.append(n)
    return np.array(tr), np.array(va), np.array(te)
""",
    "scale_by_past": """
def scale_by_past(series, past):
    train = series[:past]
    mu = np.mean(train, axis=0)
    sigma = np.std(train, axis=0)
    sigma[sigma == 0] = 1.0
    return (series - mu) / sigma, mu, sigma
""",
    "seasonal_naive": """
def seasonal_naive(history, season, horizon):
    last = history[-season:]
    out = []
    for k in range(horizon):
        out.append(last[k % season])
    return np.array(out)
""",
    "mase": """
def mase(y, forecast, history, season):
    mae = np.mean(np.abs(y - forecast))
    scale = np.mean(np.abs(history[season:] - history[:-season]))
    return mae / scale
""",
    "pinball_loss": """
def pinball_loss(y, forecast, levels):
    d = y[:, None] - forecast
    loss = np.mean(np.where(d >= 0, levels * d, (levels - 1) * d))
    grad = np.where(d >= 0, -levels, 1 - levels)
    return loss, grad / (forecast.shape[0] * forecast.shape[1])
""",
    "recursive_forecast": """
def recursive_forecast(history, horizon, W, U, b, Wy, by):
    B, T = history.shape
    h = np.zeros((B, U.shape[0]))
    for t in range(T):
        h = np.tanh(history[:, t:t + 1] @ W + h @ U + b)
    preds = []
    y = h @ Wy + by
    preds.append(y)
    for k in range(horizon - 1):
        h = np.tanh(y @ W + h @ U + b)
        y = h @ Wy + by
        preds.append(y)
    return np.concatenate(preds, axis=1)
""",
    "coverage": """
def coverage(y, low, high):
    hit = 0
    for i in range(len(y)):
        if y[i] >= low[i] and y[i] <= high[i]:
            hit += 1
    return hit / len(y), np.mean(high - low)
""",
}


def verdict(name, *edits):
    """What `check` calls the answer to `name` after the edits."""
    made = run({name: ANSWERS[name]}, name, edits)[name]
    return called(fixtures("forecasting")[name], made)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        (
            "windows",
            "series[i + length:i + length + horizon, 0]",
            "series[i + length - 1:i + length + horizon - 1, 0]",
            "target-in-the-window",
        ),
        ("windows", "series[i:i + length]", "series[i + 1:i + length + 1]", "window-one-step-late"),
        ("windows", "- horizon + 1", "- horizon", "last-window-missing-from-lists"),
        ("windows", "horizon, 0]", "horizon, -1]", "another-column"),
        ("windows", "series[i:i + length]", "series[i:i + length][::-1]", "latest-first"),
        (
            "windows",
            "len(series) - length - horizon + 1)",
            "0, len(series) - length - horizon + 1, length + horizon)",
            "windows-apart",
        ),
        ("split_windows", "b < valid", "a < valid", "training-foretells-validation"),
        ("split_windows", "a >= valid and b < test", "a >= valid and a < test", "validation-foretells-test"),
        (
            "split_windows",
            "a >= valid and b < test",
            "n >= valid and b < test",
            "inputs-of-validation-may-not-reach-back",
        ),
        ("split_windows", "elif a >= test", "elif n >= test", "inputs-of-test-may-not-reach-back"),
        ("split_windows", "elif a >= valid and b < test", "elif b < test", "validation-begins-too-early"),
        ("scale_by_past", "series[:past]", "series", "whole-series"),
        ("scale_by_past", "np.std(train, axis=0)", "np.std(series, axis=0)", "deviation-of-the-whole-series"),
        ("scale_by_past", "np.mean(train, axis=0)", "np.mean(series, axis=0)", "mean-of-the-whole-series"),
        ("scale_by_past", "    sigma[sigma == 0] = 1.0\n", "", "constant-is-nan"),
        ("scale_by_past", "np.std(train, axis=0)", "np.std(train, axis=0) + 1e-8", "constant-by-a-tiny-number"),
        ("scale_by_past", "(series - mu) / sigma, mu", "(train - mu) / sigma, mu", "future-left-out"),
        ("scale_by_past", "np.std(train, axis=0)", "np.var(train, axis=0)", "variance"),
        ("seasonal_naive", "history[-season:]", "history[:season]", "first-season"),
        ("seasonal_naive", "last[k % season]", "history[-1]", "persistence"),
        ("seasonal_naive", "last[k % season]", "history[(k - season) % len(history)]", "wraps-to-the-start"),
        ("seasonal_naive", "last[k % season]", "last[min(k, season - 1)]", "last-step-behind-the-season"),
        ("seasonal_naive", "last[k % season]", "last[::-1][k % season]", "backwards"),
        ("mase", "history[season:] - history[:-season]", "history[1:] - history[:-1]", "scale-of-one-step"),
        ("mase", "np.mean(np.abs(y - forecast))", "np.mean((y - forecast) ** 2)", "squared-errors"),
        ("mase", "np.mean(np.abs(y - forecast))", "np.abs(np.mean(y - forecast))", "absolute-value-at-the-end"),
        (
            "mase",
            "np.mean(np.abs(history[season:] - history[:-season]))",
            "np.sum(np.abs(history[season:] - history[:-season])) / len(history)",
            "divided-by-all-steps",
        ),
        ("mase", "mae / scale", "mae", "not-divided"),
        ("pinball_loss", "-levels, 1 - levels", "levels, levels - 1", "gradient-of-y"),
        (
            "pinball_loss",
            "levels * d, (levels - 1) * d",
            "(1 - levels) * d, -levels * d",
            "levels-turned-round-in-the-loss",
        ),
        ("pinball_loss", "grad / (forecast.shape[0] * forecast.shape[1])", "grad", "gradient-not-divided"),
        ("pinball_loss", "(forecast.shape[0] * forecast.shape[1])", "forecast.shape[0]", "gradient-over-values-alone"),
        ("pinball_loss", "y[:, None] - forecast", "forecast - y[:, None]", "forecast-minus-y"),
        ("recursive_forecast", "np.tanh(y @ W + h @ U + b)", "np.tanh(y @ W + b)", "state-forgotten"),
        (
            "recursive_forecast",
            "np.tanh(y @ W + h @ U + b)",
            "np.tanh(history[:, -1:] @ W + h @ U + b)",
            "last-step-read-again",
        ),
        ("recursive_forecast", "        h = np.tanh(y @ W + h @ U + b)\n", "", "state-frozen"),
        ("recursive_forecast", "np.tanh(y @ W + h @ U + b)", "np.tanh(h @ U + b)", "nothing-read"),
        (
            "recursive_forecast",
            "    y = h @ Wy + by\n    preds.append(y)\n    for k in range(horizon - 1)",
            "    y = history[:, -1:]\n    for k in range(horizon)",
            "last-step-twice",
        ),
        ("coverage", "y[i] >= low[i] and y[i] <= high[i]", "y[i] > low[i] and y[i] < high[i]", "ends-left-out"),
        ("coverage", "y[i] >= low[i] and y[i] <= high[i]", "y[i] <= high[i]", "below-not-looked-at"),
        ("coverage", "hit / len(y)", "1 - hit / len(y)", "misses-counted"),
        ("coverage", "np.mean(high - low)", "np.mean(high - low) / 2", "half-width"),
        ("coverage", "hit / len(y)", "100 * hit / len(y)", "in-percent"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


ATTEMPTS = Attempts()


@ATTEMPTS.at("windows", "target-in-the-window")
def windows_of_a_table(series, length, horizon):
    n = np.arange(len(series) - length - horizon + 1)[:, None]
    return series[n + np.arange(length)], series[n + length - 1 + np.arange(horizon), 0]


@ATTEMPTS.at("split_windows", "by-the-start-of-the-window")
def parts_of_the_numbers(steps, length, horizon, valid, test):
    return np.split(np.arange(steps - length - horizon + 1), [valid, test])


@ATTEMPTS.at("split_windows", "targets-over-both-borders")
def by_first_targets(steps, length, horizon, valid, test):
    first = np.arange(length, steps - horizon + 1)
    part = np.digitize(first, [valid, test])
    return [first[part == one] - length for one in range(3)]


@ATTEMPTS.at("scale_by_past", "one-scale-for-all-columns")
def one_mean(series, past):
    mean, sd = series[:past].mean(), series[:past].std() or 1.0
    return (series - mean) / sd, np.full(series.shape[1], mean), np.full(series.shape[1], sd)


@ATTEMPTS.at("mase", "scale-of-the-test")
def by_the_naive_forecast(y, forecast, history, season):
    naive = np.resize(history[-season:], len(y))
    return np.abs(y - forecast).mean() / np.abs(y - naive).mean()


@ATTEMPTS.at("recursive_forecast", "window-moves-on")
def a_window_that_moves(history, horizon, W, U, b, Wy, by):
    seen, made = history.copy(), []
    for _ in range(horizon):
        h = np.zeros((len(seen), len(U)))
        for t in range(seen.shape[1]):
            h = np.tanh(seen[:, [t]] @ W + h @ U + b)
        made.append(h @ Wy + by)
        seen = np.concatenate([seen[:, 1:], made[-1]], axis=1)
    return np.concatenate(made, axis=1)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("forecasting")[attempt.function], attempt.answer) == attempt.misconception


def test_a_state_that_starts_anew_loses_the_property_too():
    made = run(
        {
            "recursive_forecast": ANSWERS["recursive_forecast"].replace(
                "np.tanh(y @ W + h @ U + b)", "np.tanh(y @ W + b)"
            )
        }
    )["recursive_forecast"]
    assert "property" in lost_parts(contract_of("recursive_forecast"), made, "key")


def repeated(series, origins, season, horizon):
    return np.stack([np.resize(series[o - season : o], horizon) for o in origins])


def persistence(series, origins, season, horizon):
    return np.stack([np.full(horizon, series[o - 1]) for o in origins])


def of_the_future(series, origins, season, horizon):
    return np.stack([series[o : o + horizon] for o in origins])


def at_random(series, origins, season, horizon):
    return persistence(series, origins, season, horizon) + np.random.default_rng().normal(size=(len(origins), horizon))


def centred_on_all(series, origins, season, horizon):
    # A mean of the whole series, which nothing takes away again.
    return repeated(series, origins, season, horizon) * 0.9 + series.mean() * 0.1


CUT, LATEST = "windows(series[: origins[0], None]", "series[o - length : o] for o"
LEAKS = {
    "fitted on the whole series": ([(CUT, "windows(series[:, None]")], "far behind the origin"),
    "fitted on targets behind the origin": (
        [(CUT, "windows(series[: origins[0] + horizon - 1, None]")],
        "steps of the horizon itself",
    ),
    "a window that ends a step late": (
        [(LATEST, "series[o - length + 1 : o + 1] for o")],
        "steps of the horizon itself",
    ),
    "the latest origin's past for all": ([(CUT, "windows(series[: origins[-1], None]")], "far behind the origin"),
}
NO_BETTER = {
    "a window that ends a step early": ([(LATEST, "series[o - length - 1 : o - 1] for o")], "come a step late"),
    "no level": ([("- level) @ weights + level", "- level) @ weights")], "The level wanders"),
}


@pytest.mark.parametrize("judge", [judge_past, judge_better])
def test_the_model_answer_passes_under_many_keys(judge, monkeypatch):
    assert not any(said(judge, model_answer("forecasting", "forecasts"), monkeypatch, KEYS))


@pytest.mark.parametrize("judge", [judge_past, judge_better])
@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_named(name, judge, monkeypatch):
    edits, sentence = LEAKS[name]
    for text in said(judge, model_answer("forecasting", "forecasts", *edits), monkeypatch):
        assert sentence in " ".join(text.split())


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (of_the_future, "steps of the horizon itself"),
        (centred_on_all, "far behind the origin"),
        (at_random, "two calls with the same series differ"),
    ],
)
def test_what_looks_into_the_future_earns_nothing(answer, sentence, monkeypatch):
    for judge in (judge_past, judge_better):
        for text in said(judge, answer, monkeypatch):
            assert sentence in " ".join(text.split())


@pytest.mark.parametrize(
    ("answer", "sentence"), [(repeated, "this is seasonal-naive"), (persistence, "this is persistence")]
)
def test_a_baseline_is_refused_by_name(answer, sentence, monkeypatch):
    assert not any(said(judge_past, answer, monkeypatch))
    for text in said(judge_better, answer, monkeypatch):
        assert sentence in " ".join(text.split())


@pytest.mark.parametrize("name", NO_BETTER)
def test_what_is_no_better_is_refused(name, monkeypatch):
    edits, sentence = NO_BETTER[name]
    for text in said(judge_better, model_answer("forecasting", "forecasts", *edits), monkeypatch):
        assert sentence in " ".join(text.split())


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "an array of shape"),
        (np.zeros(HORIZON), "an array of shape"),
        ([["a"]], "an array of shape"),
        (np.full((99, HORIZON), np.nan), "not finite"),
    ],
)
def test_what_is_no_forecast_is_named(answer, sentence):
    with pytest.raises(CheckFailed) as failure:
        judge_past(lambda *_: answer)
    assert sentence in " ".join(str(failure.value).split())


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([], "✓ better"),
        ([(CUT, "windows(series[:, None]")], "A leak"),
        ([("return (latest - level)", "return 0 * (latest - level)")], "not better by enough"),
        ([("return (latest - level) @ weights + level", "return level")], "numbers of shape"),
        ([("    length = 2", "    raise NotImplementedError\n    length = 2")], "not written yet"),
    ],
    ids=["right", "a leak", "the level alone", "no horizon", "not written"],
)
def test_the_practice_cell_says_what_is_wrong(edits, words, capsys):
    assert re.search(words, practised("forecasting", "forecasts", edits, capsys))
