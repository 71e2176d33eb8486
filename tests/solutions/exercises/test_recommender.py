"""The assignment `recommender`: wrong attempts are called by their names; a net without memory is refused."""

import re
from itertools import pairwise

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.exercises.recommender.behaviour import ITEMS, judge_recommender
from solutions.judging.audit import lost_parts
from solutions.reference import recommender
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
    "session_batches": """
def session_batches(sessions, size):
    data = [s for s in sessions if len(s) >= 2]
    lane = list(range(size))
    pos = [0] * size
    nxt = size
    X, Y, S = [], [], []
    done = False
    while not done:
        X.append([data[lane[i]][pos[i]] for i in range(size)])
        Y.append([data[lane[i]][pos[i] + 1] for i in range(size)])
        S.append([1 if pos[i] == 0 else 0 for i in range(size)])
        for i in range(size):
            pos[i] += 1
            if pos[i] >= len(data[lane[i]]) - 1:
                if nxt >= len(data):
                    done = True
                    break
                lane[i] = nxt
                pos[i] = 0
                nxt += 1
    return np.array(X), np.array(Y), np.array(S)
""",
    "sampled_cross_entropy": """
def sampled_cross_entropy(scores):
    B = scores.shape[0]
    m = scores.max(axis=1, keepdims=True)
    e = np.exp(scores - m)
    p = e / e.sum(axis=1, keepdims=True)
    log_z = m[:, 0] + np.log(e.sum(axis=1))
    loss = np.mean(log_z - np.diag(scores))
    return loss, (p - np.eye(B)) / B
""",
    "bpr_loss": """
def bpr_loss(scores):
    B = scores.shape[0]
    diff = np.diag(scores)[:, None] - scores
    mask = 1 - np.eye(B)
    n = B * (B - 1)
    loss = np.sum(mask * np.logaddexp(0, -diff)) / n
    g = mask * np.exp(-np.logaddexp(0, diff)) / n
    d = g.copy()
    d[np.arange(B), np.arange(B)] = -g.sum(axis=1)
    return loss, d
""",
    "top1_loss": """
def top1_loss(scores):
    def sig(x):
        return 0.5 * (1 + np.tanh(0.5 * x))
    B = scores.shape[0]
    mask = 1 - np.eye(B)
    n = B * (B - 1)
    a = sig(scores - np.diag(scores)[:, None])
    q = sig(scores ** 2)
    loss = np.sum(mask * (a + q)) / n
    ga = mask * a * (1 - a) / n
    gq = mask * 2 * scores * q * (1 - q) / n
    d = ga + gq
    d[np.arange(B), np.arange(B)] = -ga.sum(axis=1)
    return loss, d
""",
    "ranks": """
def ranks(scores, targets):
    out = np.zeros(len(targets))
    for n in range(len(targets)):
        s = scores[n, targets[n]]
        higher = np.sum(scores[n] > s)
        same = np.sum(scores[n] == s) - 1
        out[n] = 1 + higher + 0.5 * same
    return out
""",
    "recall_and_mrr": """
def recall_and_mrr(ranks, k):
    hit = ranks <= k
    rr = np.where(hit, 1.0 / ranks, 0.0)
    return hit.mean(), rr.mean()
""",
    "transition_scores": """
def transition_scores(sessions, items, added):
    c = np.zeros((items, items))
    pop = np.zeros(items)
    for s in sessions:
        for i in range(len(s)):
            pop[s[i]] += 1
            if i + 1 < len(s):
                c[s[i], s[i + 1]] += 1
    pop /= pop.sum()
    total = c.sum(axis=1)[:, None]
    return (c + added * pop[None, :]) / (total + added)
""",
    "recommender_step": """
def recommender_step(inputs, targets, starts, h, W, U, b, Wy, rate):
    h0 = h.copy()
    h0[starts == 1] = 0
    h1 = np.tanh(W[inputs] + h0 @ U + b)
    V = Wy[:, targets]
    loss, ds = sampled_cross_entropy(h1 @ V)
    da = (ds @ V.T) * (1 - h1 ** 2)
    W, Wy = W.copy(), Wy.copy()
    dV = h1.T @ ds
    for n in range(len(inputs)):
        W[inputs[n]] -= rate * da[n]
        Wy[:, targets[n]] -= rate * dV[:, n]
    return loss, h1, W, U - rate * h0.T @ da, b - rate * da.sum(axis=0), Wy
""",
}


def answer(name, *edits):
    """The answer to `name` after the edits, with what it calls."""
    texts = {one: ANSWERS[one] for one in ("sampled_cross_entropy", name)}
    return run(texts, name, edits)[name]


def verdict(name, *edits):
    """What `check` calls the answer to `name` after the edits."""
    return called(fixtures("recommender")[name], answer(name, *edits))


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT
    assert not lost_parts(contract_of(name), answer(name), "key")


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("session_batches", "data[lane[i]][pos[i] + 1]", "data[lane[i]][pos[i]]", "targets-not-shifted"),
        ("session_batches", "1 if pos[i] == 0 else 0", "0 if pos[i] == 0 else 1", "starts-turned-round"),
        ("session_batches", "1 if pos[i] == 0 else 0", "int(len(X) == 1)", "starts-in-the-first-row-alone"),
        (
            "session_batches",
            "1 if pos[i] == 0 else 0",
            "int(pos[i] + 2 == len(data[lane[i]]))",
            "ends-for-starts",
        ),
        ("session_batches", "if len(s) >= 2]", "if len(s) >= 2][::-1]", "from-the-last-session"),
        (
            "session_batches",
            "np.array(X), np.array(Y), np.array(S)",
            "np.array(X).T, np.array(Y).T, np.array(S).T",
            "lanes-before-steps",
        ),
        (
            "session_batches",
            "np.array(X), np.array(Y), np.array(S)",
            "np.array(X)[:-1], np.array(Y)[:-1], np.array(S)[:-1]",
            "last-step-missing",
        ),
        ("sampled_cross_entropy", "(p - np.eye(B)) / B", "p - np.eye(B)", "gradient-not-divided"),
        ("sampled_cross_entropy", "(p - np.eye(B)) / B", "(np.eye(B) - p) / B", "gradient-of-log-p"),
        ("sampled_cross_entropy", "(p - np.eye(B)) / B", "p / B", "probabilities-alone"),
        ("sampled_cross_entropy", "np.mean(log_z", "np.sum(log_z", "loss-summed"),
        ("bpr_loss", "mask = 1 - np.eye(B)", "mask = np.ones((B, B))", "own-score-beside-itself-in-its-gradient"),
        ("bpr_loss", "n = B * (B - 1)", "n = B * B", "own-score-counted-in-the-mean"),
        ("bpr_loss", "    d[np.arange(B), np.arange(B)] = -g.sum(axis=1)\n", "", "own-score-without-gradient"),
        ("bpr_loss", "np.logaddexp(0, -diff)", "np.logaddexp(0, diff)", "sign-turned-round-in-the-loss"),
        ("bpr_loss", "-g.sum(axis=1)", "-g.sum(axis=0)", "summed-down-the-columns"),
        ("bpr_loss", "-g.sum(axis=1)", "-g.mean(axis=1) * B / (B - 1)", "own-score-of-one-pair"),
        ("top1_loss", "mask * (a + q)", "mask * a", "sizes-left-out-of-the-loss"),
        ("top1_loss", "mask * 2 * scores * q", "mask * scores * q", "two-forgotten"),
        ("top1_loss", "mask * 2 * scores * q", "mask * q", "chain-rule-forgotten"),
        ("top1_loss", "-ga.sum(axis=1)", "-d.sum(axis=1)", "own-score-pays-for-sizes"),
        ("top1_loss", "np.diag(scores)[:, None]", "np.diag(scores)", "own-scores-along-the-columns"),
        ("ranks", " + 0.5 * same", "", "optimistic"),
        ("ranks", "0.5 * same", "same", "pessimistic"),
        ("ranks", "1 + higher", "higher", "from-zero"),
        ("ranks", "== s) - 1", "== s)", "itself-counted"),
        ("ranks", "> s)", "< s)", "from-the-worst"),
        ("recall_and_mrr", "ranks <= k", "ranks < k", "end-of-the-list-left-out"),
        ("recall_and_mrr", "rr.mean()", "np.mean(1.0 / ranks)", "beyond-the-list-in-mrr"),
        ("recall_and_mrr", "rr.mean()", "rr.sum() / max(hit.sum(), 1)", "mean-of-those-found"),
        ("recall_and_mrr", "hit.mean()", "hit.mean() / k", "divided-by-k"),
        ("transition_scores", "c[s[i], s[i + 1]]", "c[s[i + 1], s[i]]", "turned-round"),
        ("transition_scores", "added * pop[None, :]", "added / items", "all-items-equal"),
        ("transition_scores", "pop[None, :]", "pop[:, None]", "popularity-along-the-rows"),
        ("transition_scores", "    pop /= pop.sum()\n", "", "clicks-for-popularity"),
        ("transition_scores", "(total + added)", "np.maximum(total, 1)", "nothing-added-below"),
        (
            "recommender_step",
            "    for n in range(len(inputs)):\n        W[inputs[n]] -= rate * da[n]\n"
            "        Wy[:, targets[n]] -= rate * dV[:, n]\n",
            "    W[inputs] -= rate * da\n    Wy[:, targets] -= rate * dV\n",
            "repeated-items-lost",
        ),
        ("recommender_step", "    h0[starts == 1] = 0\n", "", "state-never-starts-anew"),
        ("recommender_step", "h0[starts == 1] = 0", "h0[starts == 0] = 0", "starts-turned-round"),
        ("recommender_step", "rate * h0.T @ da", "rate * h.T @ da", "old-state-in-dU"),
        ("recommender_step", "(ds @ V.T) * (1 - h1 ** 2)", "ds @ V.T", "slope-of-tanh-missing"),
        ("recommender_step", "return loss, h1,", "return loss, h.copy(),", "state-handed-through"),
        ("recommender_step", "dV = h1.T @ ds", "dV = h1.T @ ds.T", "scores-turned-round"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


ATTEMPTS = Attempts()


@ATTEMPTS.at("session_batches", "blocks-of-sessions")
def blocks(sessions, size):
    data = [one for one in sessions if len(one) > 1]
    rows = []
    for k in range(len(data) // size):
        block = data[k * size : (k + 1) * size]
        for t in range(min(len(one) for one in block) - 1):
            rows.append([[one[t] for one in block], [one[t + 1] for one in block], [int(t == 0)] * size])
    return [np.array([row[k] for row in rows]) for k in range(3)]


@ATTEMPTS.at("session_batches", "dealt-in-turn")
def every_so_many_sessions(sessions, size):
    data = [one for one in sessions if len(one) > 1]
    lanes = []
    for n in range(size):
        lanes.append([(a, b, int(p == 0)) for one in data[n::size] for p, (a, b) in enumerate(pairwise(one))])
    N = min(map(len, lanes))
    return [np.array([[lane[t][k] for lane in lanes] for t in range(N)]) for k in range(3)]


@ATTEMPTS.at("ranks", "ties-by-number")
def by_a_stable_sort(scores, targets):
    order = np.argsort(-scores, axis=1, kind="stable")
    return np.argmax(order == targets[:, None], axis=1) + 1


@ATTEMPTS.at("ranks", "item-at-the-place")
def by_one_sort(scores, targets):
    return np.argsort(-scores, axis=1, kind="stable")[np.arange(len(targets)), targets] + 1


@ATTEMPTS.at("transition_scores", "across-sessions")
def of_one_long_row(sessions, items, added):
    clicks = [item for session in sessions for item in session]
    C = np.zeros((items, items))
    for one, other in pairwise(clicks):
        C[one, other] += 1
    q = np.bincount(clicks, minlength=items) / len(clicks)
    return (C + added * q) / (C.sum(axis=1, keepdims=True) + added)


@ATTEMPTS.at("bpr_loss", "overflow")
def through_the_logarithm(scores):
    B = len(scores)
    with np.errstate(all="ignore"):
        s = 1 / (1 + np.exp(-(np.diag(scores)[:, None] - scores)))
        mask = 1 - np.eye(B)
        g = mask * (1 - s) / (B * (B - 1))
        return -np.nansum(mask * np.log(s)) / (B * (B - 1)), g - np.diag(g.sum(axis=1))


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("recommender")[attempt.function], attempt.answer) == attempt.misconception


def differences(loss):
    """The gradient by finite differences."""

    def measured(scores):
        scores = np.array(scores, dtype=float)
        gradient = np.zeros_like(scores)
        for place in np.ndindex(scores.shape):
            values = []
            for step in (1e-5, -1e-5):
                moved = scores.copy()
                moved[place] += step
                values.append(loss(moved)[0])
            gradient[place] = (values[0] - values[1]) / 2e-5
        return loss(scores)[0], gradient

    return measured


@pytest.mark.parametrize("name", ["sampled_cross_entropy", "bpr_loss"])
def test_a_measured_gradient_loses_the_property(name):
    lost = lost_parts(contract_of(name), differences(getattr(recommender, name)), "key")
    assert lost == {"property": "measured-not-derived"}


def test_a_measured_step_loses_the_property():
    def measured(inputs, targets, starts, h, *weights_and_rate):
        *weights, rate = weights_and_rate
        weights = [np.array(one, dtype=float) for one in weights]
        loss, h_next, *_ = recommender.recommender_step(inputs, targets, starts, h, *weights, 0.0)
        new = [one.copy() for one in weights]
        for one, moved in zip(weights, new, strict=True):
            for place in np.ndindex(one.shape):
                old, values = one[place], []
                for step in (1e-5, -1e-5):
                    one[place] = old + step
                    values.append(recommender.recommender_step(inputs, targets, starts, h, *weights, 0.0)[0])
                one[place] = old
                moved[place] -= rate * (values[0] - values[1]) / 2e-5
        return loss, h_next, *new

    assert lost_parts(contract_of("recommender_step"), measured, "key") == {"property": "measured-not-derived"}


KEYS = ["key 0", "key 1", "key 2"]
NO_MEMORY = {
    "states not handed on": [("_, h, W, U, b, Wy = step", "_, _, W, U, b, Wy = step")],
    "U thrown away": [("return W, U, b, Wy", "return W, 0 * U, b, Wy")],
}


def test_the_model_answer_passes_under_many_keys(monkeypatch):
    assert not any(said(judge_recommender, model_answer("recommender", "train_recommender"), monkeypatch, KEYS))


@pytest.mark.parametrize("name", NO_MEMORY)
def test_a_net_without_memory_is_refused_by_name(name, monkeypatch):
    forgetful = model_answer("recommender", "train_recommender", *NO_MEMORY[name])
    for text in said(judge_recommender, forgetful, monkeypatch, KEYS[:2]):
        assert "does not use its memory" in " ".join(text.split())


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([("range(3)", "range(0)")], "no better than guessing"),
        ([("lanes, rate = 32, 32, 0.5", "lanes, rate = 32, 32, -0.5")], "no better than guessing"),
        (
            [("lanes, rate = 32, 32, 0.5", "lanes, rate = 32, 32, 0.02"), ("range(3)", "range(1)")],
            "trained too briefly",
        ),
    ],
    ids=["not trained", "uphill", "slowly"],
)
def test_a_net_that_learned_too_little_is_refused(edits, sentence, monkeypatch):
    with np.errstate(all="ignore"):
        for text in said(
            judge_recommender, model_answer("recommender", "train_recommender", *edits), monkeypatch, KEYS[:1]
        ):
            assert sentence in " ".join(text.split())


def net(units, items=ITEMS):
    return [np.zeros(shape) for shape in ((items, units), (units, units), (units,), (units, items))]


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (None, "something else"),
        (net(4)[:3], "something else"),
        (net(0), "1 to 100 units"),
        (net(101), "1 to 100 units"),
        (net(4, items=9), "W does not fit"),
        ([*net(4)[:3], "none"], "no array of numbers"),
        ([*net(4)[:3], np.full((4, ITEMS), np.nan)], "Wy holds numbers that are not finite"),
        (net(4), "no better than guessing"),
    ],
    ids=["nothing", "three", "no units", "too many", "other items", "text", "nan", "zeros"],
)
def test_what_is_no_net_is_named(made, sentence):
    with pytest.raises(CheckFailed) as failure:
        judge_recommender(lambda *_: made)
    assert sentence in " ".join(str(failure.value).split())


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([], "✓ twice as good"),
        ([("_, h, W, U, b, Wy = step", "_, _, W, U, b, Wy = step")], "Is the state"),
        ([("return W, U, b, Wy", "return W, U, b")], r"has to return W, U, b, Wy"),
        ([("return W, U, b, Wy", "return W, U, b, Wy * np.nan")], "no numbers any more"),
        ([("    units, lanes", "    raise NotImplementedError\n    units, lanes")], "is not written yet"),
    ],
    ids=["right", "no memory", "three", "nan", "not written"],
)
def test_the_practice_cell_says_what_is_wrong(edits, words, capsys):
    assert re.search(words, practised("recommender", "train_recommender", edits, capsys))
