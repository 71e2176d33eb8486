"""The assignment `tuning`: wrong attempts are called by their names; a net that was trained badly is refused."""

import re

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.exercises.tuning import behaviour
from solutions.exercises.tuning.behaviour import UNITS, UPDATES, Task, judge_train
from solutions.judging.audit import lost_parts
from tests.solutions.exercises.attempts import (
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
    "range_test_rates": """
def range_test_rates(low, high, updates):
    rates = np.zeros(updates)
    q = (high / low) ** (1.0 / (updates - 1))
    for i in range(updates):
        rates[i] = low * q ** i
    return rates
""",
    "smoothed": """
def smoothed(losses, keep):
    avg = 0
    out = []
    for i, l in enumerate(losses):
        avg = keep * avg + (1 - keep) * l
        out.append(avg / (1 - keep ** (i + 1)))
    return np.array(out)
""",
    "limit_rate": """
def limit_rate(rates, losses, keep, factor):
    s = smoothed(losses, keep)
    best = s[0]
    for i in range(1, len(s)):
        if np.isnan(s[i]) or s[i] > factor * best:
            return rates[i - 1]
        if s[i] < best:
            best = s[i]
    return rates[-1]
""",
    "rate_schedule": """
def rate_schedule(updates, warmup, peak, floor):
    out = []
    for t in range(1, updates + 1):
        if t <= warmup:
            out.append(peak * t / warmup)
        else:
            p = (t - warmup) / (updates - warmup)
            out.append(floor + 0.5 * (peak - floor) * (1 + np.cos(np.pi * p)))
    return np.array(out)
""",
    "early_stopping": """
def early_stopping(losses, patience, gain):
    best = losses[0]
    best_epoch = 0
    wait = 0
    for e in range(1, len(losses)):
        if losses[e] < best - gain:
            best = losses[e]
            best_epoch = e
            wait = 0
        else:
            wait += 1
            if wait >= patience:
                return e, best_epoch
    return len(losses) - 1, best_epoch
""",
    "random_settings": """
def random_settings(u, low, high, least, most, choices):
    lr = 10 ** (np.log10(low) + u[:, 0] * (np.log10(high) - np.log10(low)))
    n = (least + u[:, 1] * (most - least + 1)).astype(int)
    k = (u[:, 2] * len(choices)).astype(int)
    return lr, n, np.array([choices[i] for i in k])
""",
}


def answer(name, *edits):
    """The answer to `name` after the edits, with what it calls."""
    return run({one: ANSWERS[one] for one in ("smoothed", name)}, name, edits)[name]


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert called(fixtures("tuning")[name], answer(name)) == RIGHT
    assert not lost_parts(contract_of(name), answer(name), "key")


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("range_test_rates", "(1.0 / (updates - 1))", "(1.0 / updates)", "highest-never-reached"),
        ("range_test_rates", "low * q ** i", "low + i * (high - low) / (updates - 1)", "a-straight-line"),
        ("range_test_rates", "low * q ** i", "q ** i", "growth-without-the-lowest"),
        ("smoothed", "avg / (1 - keep ** (i + 1))", "avg", "not-corrected"),
        ("smoothed", "avg / (1 - keep ** (i + 1))", "avg / (1 - keep)", "same-correction-everywhere"),
        ("smoothed", "keep * avg + (1 - keep) * l", "(1 - keep) * avg + keep * l", "shares-exchanged"),
        ("limit_rate", "return rates[i - 1]", "return rates[i]", "one-rate-too-late"),
        ("limit_rate", "s = smoothed(losses, keep)", "s = losses", "not-smoothed"),
        ("limit_rate", "np.isnan(s[i]) or ", "", "nan-overlooked"),
        ("limit_rate", "            best = s[i]", "            pass", "against-the-first"),
        ("limit_rate", "return rates[-1]", "return np.inf", "infinite-where-it-never-does"),
        ("rate_schedule", "range(1, updates + 1)", "range(updates)", "counted-from-zero-in-a-loop"),
        ("rate_schedule", "0.5 * (peak - floor)", "(peak - floor)", "cosine-not-halved"),
        ("rate_schedule", "0.5 * (peak - floor)", "0.5 * peak", "floor-added"),
        ("rate_schedule", "(t - warmup) / (updates - warmup)", "(t - warmup) / updates", "fall-over-all-updates"),
        ("rate_schedule", "(t - warmup) / (updates - warmup)", "t / updates", "fall-begins-at-the-first-update"),
        ("rate_schedule", "peak * t / warmup", "peak * (t - 1) / warmup", "warmup-from-zero"),
        ("early_stopping", "            wait = 0\n", "", "patience-never-renewed"),
        ("early_stopping", "wait >= patience", "e >= patience", "patience-from-the-start-but-at-a-gain"),
        ("early_stopping", "wait >= patience", "wait > patience", "one-epoch-too-late"),
        ("early_stopping", "return e, best_epoch", "return e, e", "last-kept-where-it-stops"),
        ("early_stopping", "best - gain", "best", "gain-ignored"),
        ("early_stopping", "< best - gain", "<= best - gain", "gain-from-equal-on"),
        ("random_settings", "(most - least + 1)", "(most - least)", "most-never-drawn"),
        ("random_settings", "10 ** (np.log10(low)", "np.exp(np.log10(low)", "bases-mixed"),
        ("random_settings", "np.array([choices[i] for i in k])", "k", "numbers-of-choices"),
        (
            "random_settings",
            "10 ** (np.log10(low) + u[:, 0] * (np.log10(high) - np.log10(low)))",
            "low + u[:, 0] * (high - low)",
            "uniform-rates",
        ),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert called(fixtures("tuning")[name], answer(name, (old, new))) == wanted


ATTEMPTS = Attempts()


@ATTEMPTS.at("range_test_rates", "a-straight-line")
def evenly_spaced(low, high, updates):
    return np.linspace(low, high, updates)


@ATTEMPTS.at("smoothed", "begun-with-the-first-loss")
def without_a_zero(losses, keep):
    means = [losses[0]]
    for loss in losses[1:]:
        means.append(keep * means[-1] + (1 - keep) * loss)
    return np.array(means)


@ATTEMPTS.at("smoothed", "mean-of-all")
def running_mean(losses, keep):
    return np.cumsum(losses) / np.arange(1, len(losses) + 1)


@ATTEMPTS.at("early_stopping", "least-of-all-kept")
def best_of_all(losses, patience, gain):
    best, kept = losses[0], 0
    for e in range(1, len(losses)):
        if losses[e] < best - gain:
            best, kept = losses[e], e
        elif e - kept >= patience:
            return e, int(np.nanargmin(losses))
    return len(losses) - 1, int(np.nanargmin(losses))


@ATTEMPTS.at("random_settings", "rounded")
def rounded_units(u, low, high, least, most, choices):
    units = np.floor(least + u[:, 1] * (most - least) + 0.5).astype(int)
    return low * (high / low) ** u[:, 0], units, np.array(choices)[(u[:, 2] * len(choices)).astype(int)]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("tuning")[attempt.function], attempt.answer) == attempt.misconception


KEYS = ["key 0", "key 1", "key 2"]


def test_the_model_answer_passes_under_many_keys(monkeypatch):
    assert not any(said(judge_train, model_answer("tuning", "train"), monkeypatch, KEYS))


def test_a_net_without_memory_is_refused_under_every_key(monkeypatch):
    forgets = [
        ("weights, _ = update(weights, rate)", "weights, _ = update(weights, rate); weights[1] = 0 * weights[1]")
    ]
    assert all(said(judge_train, model_answer("tuning", "train", *forgets), monkeypatch, KEYS))


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([("0.8, 10.0) / 20", "0.8, 10.0) / 30000")], "the rates do not fit"),
        (
            [("            validation.append(evaluate(weights))\n", "            validation.append(1.0)\n")],
            "never called",
        ),
        ([("return known[kept]", "return weights")], "lower validation loss on the way"),
        ([("updates - len(rates), 12", "3, 12"), ("(n + 1) % 10", "n % 10")], "trained too briefly"),
        ([("updates - len(rates), 12", "updates, 999")], "those of the range test count, too"),
        ([("if (n + 1) % 10 == 0", "if n % 2 == 0"), ("len(rates), 12", "len(rates), 999")], "100 times"),
    ],
    ids=["far too slowly", "never asked", "last weights", "briefly", "beyond the budget", "asked too often"],
)
def test_a_net_that_was_trained_badly_is_refused(edits, sentence, monkeypatch):
    for text in said(judge_train, model_answer("tuning", "train", *edits), monkeypatch, KEYS[:1]):
        assert sentence in " ".join(text.split())


def test_nobody_gets_an_update_more_than_the_budget():
    task = Task(np.random.default_rng(0))
    weights, made = task.weights, 0
    for _ in range(UPDATES + 50):
        try:
            weights, _ = task.update(weights, 0.0)
            made += 1
        except behaviour.NoUpdatesLeftError:
            pass
    assert made == UPDATES


def test_what_is_given_to_a_students_code_tells_nothing_of_the_data():
    seen = []

    def train(weights, update, evaluate, updates):
        seen.extend([weights, update(weights, 0.0), evaluate(weights)])
        return weights

    with pytest.raises(CheckFailed):
        judge_train(train)
    weights, (new, loss), validation = seen
    assert all(np.array_equal(one, other) for one, other in zip(weights, new, strict=True))
    assert isinstance(loss, float)
    assert isinstance(validation, float)


def test_an_update_goes_down_the_gradient_of_its_loss():
    task = Task(np.random.default_rng(3))
    slopes = []
    for sign in (1, -1):
        moved = [one + sign * 1e-5 for one in task.weights]
        task.rng = np.random.default_rng(1)
        slopes.append(task.update(moved, 0.0)[1] / 2e-5 * sign)
    task.rng = np.random.default_rng(1)
    new, _ = task.update(task.weights, 1.0)
    assert sum(np.sum(old - one) for old, one in zip(task.weights, new, strict=True)) == pytest.approx(
        sum(slopes), 1e-4
    )


@pytest.mark.parametrize("given", [None, [np.zeros(2)], ["none"] * 5, [np.zeros((2, 2))] * 5])
def test_weights_that_do_not_fit_are_not_updated(given):
    task = Task(np.random.default_rng(0))
    with pytest.raises(behaviour.NotTheseWeightsError):
        task.update(given, 0.1)
    assert task.updates == 0


def net(units):
    return [np.zeros(shape) for shape in ((2, units), (units, units), (units,), (units, 1), (1,))]


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (None, "something else"),
        (net(4)[:3], "something else"),
        (net(UNITS + 1), "1 to 24 units"),
        ([*net(4)[:4], np.array([np.nan])], "by holds numbers that are not finite"),
        (net(4), "0 % of the variance"),
    ],
    ids=["nothing", "three", "too many", "nan", "zeros"],
)
def test_what_is_no_net_is_named(made, sentence):
    with pytest.raises(CheckFailed) as failure:
        judge_train(lambda *_: made)
    assert sentence in " ".join(str(failure.value).split())


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([], "✓ at least 50 %"),
        ([("0.8, 10.0) / 20", "0.8, 10.0) / 30000")], "50 % is asked for"),
        ([("return known[kept]", "return known[kept][:3]")], r"has to return W, U, b, Wy"),
        ([("return known[kept]", "return [one * np.nan for one in weights]")], "no numbers any more"),
        ([("    rates = range", "    raise NotImplementedError\n    rates = range")], "is not written yet"),
    ],
    ids=["right", "slowly", "three", "nan", "not written"],
)
def test_the_practice_cell_says_what_is_wrong(edits, words, capsys):
    assert re.search(words, practised("tuning", "train", edits, capsys))
