"""The assignment `parallel-scan`: attempts are called by their names, loops cost the points of work alone."""

import re

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of, contracts_of
from solutions.exercises.parallel_scan.behaviour import judge_mingru
from solutions.judging.audit import lost_parts
from tests.solutions.exercises.attempts import RIGHT, Attempts, called, fixtures, model_answer, practised, said
from unrolled.checking.check import CheckFailed

SLUG = "parallel-scan"
LOOPS, ATTEMPTS = Attempts(), Attempts()


@LOOPS.at("scan", "one-step-after-the-other")
def filled_by_a_loop(A, V, h0):
    Hs = np.zeros(V.shape)
    Hs[:, 0] = A[:, 0] * h0 + V[:, 0]
    for t in range(1, len(A[0])):
        Hs[:, t] = A[:, t] * Hs[:, t - 1] + V[:, t]
    return Hs


@LOOPS.at("mingru_forward", "step-by-step-with-two-products")
def a_cell_in_a_loop(X, h0, W, b):
    n, h, out = W.shape[1] // 2, h0, []
    for t in range(X.shape[1]):
        z = 1 / (1 + np.exp(-(X[:, t] @ W[:, :n] + b[:n])))
        c = X[:, t] @ W[:, n:] + b[n:]
        h = z * h + (1 - z) * c
        out.append((h, z, c))
    return tuple(np.stack(one, axis=1) for one in zip(*out, strict=True))


@LOOPS.at("mingru_forward", "states-step-by-step")
def gates_at_once_and_a_loop(X, h0, W, b):
    n = h0.shape[1]
    S = X @ W + b
    Z, N = 1 / (1 + np.exp(-S[..., :n])), S[..., n:]
    Hs = np.zeros(N.shape)
    before = h0
    for t in range(X.shape[1]):
        before = Hs[:, t] = Z[:, t] * before + (1 - Z[:, t]) * N[:, t]
    return Hs, Z, N


@LOOPS.at("mingru_backward", "step-by-step")
def back_in_a_loop(dHs, X, h0, Hs, Z, N, W):
    _, T, n = Hs.shape
    d, dS = np.zeros(h0.shape), np.zeros((*Z.shape[:2], 2 * n))
    for t in range(T - 1, -1, -1):
        d = d + dHs[:, t]
        dS[:, t, :n] = d * ((Hs[:, t - 1] if t > 0 else h0) - N[:, t]) * Z[:, t] * (1 - Z[:, t])
        dS[:, t, n:] = d * (1 - Z[:, t])
        d = d * Z[:, t]
    return dS @ W.T, d, np.einsum("btd,btk->dk", X, dS), dS.sum(axis=(0, 1))


@pytest.mark.parametrize("attempt", LOOPS, ids=str)
def test_a_loop_is_called_one_and_loses_work_alone(attempt):
    assert called(fixtures(SLUG)[attempt.function], attempt.answer) == attempt.misconception
    lost = lost_parts(contract_of(attempt.function), attempt.answer, "key")
    assert set(lost) == {"work"}


@ATTEMPTS.at("combined", "sides-swapped")
def later_step_first(a1, v1, a2, v2):
    return a1 * a2, v1 + a1 * v2


@ATTEMPTS.at("scan", "divided-by-the-running-product")
def cumulative(A, V, h0):
    with np.errstate(all="ignore"):
        P = np.cumprod(A, axis=1)
        return np.cumsum(V / P, axis=1) * P + P * h0[:, None]


@ATTEMPTS.at("scan", "a-level-too-few-from-the-first-addend")
def as_many_levels_as_fit(A, V, h0):
    A, V = A.copy(), V.copy()
    V[:, 0] += A[:, 0] * h0
    for k in range(int(np.log2(A.shape[1]))):
        d = 2**k
        a, v = A[:, d:] * A[:, :-d], A[:, d:] * V[:, :-d] + V[:, d:]
        A[:, d:], V[:, d:] = a, v
    return V


@ATTEMPTS.at("scan", "first-state-forgotten")
def from_nothing(A, V, h0):
    d = 1
    while d < A.shape[1]:
        V = np.hstack([V[:, :d], A[:, d:] * V[:, :-d] + V[:, d:]])
        A = np.hstack([A[:, :d], A[:, d:] * A[:, :-d]])
        d *= 2
    return V


@ATTEMPTS.at("scan_cost", "all-steps-in-each-level")
def t_times_log_t(T):
    def tree(n):
        return (0, 0) if n < 2 else (1, 1) if n == 2 else tuple(np.add(tree(n // 2), (n - 1, 2)).tolist())

    L = (T - 1).bit_length()
    return (T * L, L, *tree(T))


@ATTEMPTS.at("scan_backward", "not-shifted")
def same_factors_turned_round(dHs, A, h0, Hs):
    T = A.shape[1]
    dV, d = np.zeros(dHs.shape), np.zeros(h0.shape)
    for t in reversed(range(T)):
        d = dHs[:, t] + A[:, t] * d
        dV[:, t] = d
    before = np.concatenate([h0[:, None], Hs[:, :-1]], axis=1)
    return dV * before, dV, A[:, 0] * dV[:, 0]


@ATTEMPTS.at("mingru_forward", "shares-exchanged")
def as_the_paper_writes_it(X, h0, W, b):
    n = h0.shape[1]
    S = X @ W + b
    Z, N = 1 / (1 + np.exp(-S[..., :n])), S[..., n:]
    h, states = h0, []
    for t in range(X.shape[1]):
        h = (1 - Z[:, t]) * h + Z[:, t] * N[:, t]
        states.append(h)
    return np.stack(states, axis=1), Z, N


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures(SLUG)[attempt.function], attempt.answer) == attempt.misconception


@pytest.mark.parametrize("name", contracts_of(SLUG))
def test_the_model_answer_is_right(name):
    assert called(fixtures(SLUG)[name], model_answer(SLUG, name)) == RIGHT


def test_a_loop_in_scan_costs_the_cell_nothing_but_work():
    looping = model_answer(SLUG, "mingru_forward", scan=filled_by_a_loop)
    assert set(lost_parts(contract_of("mingru_forward"), looping, "key")) == {"work"}


KEYS = ["key 0", "key 1"]


def test_the_model_answer_trains_a_net_that_solves_the_task(monkeypatch):
    assert not any(said(judge_mingru, model_answer(SLUG, "train_mingru"), monkeypatch, KEYS))


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([("updates, limit = 8, 32, 400", "updates, limit = 8, 32, 1")], "Does the gate's bias"),
        ([("w - scale * d", "w + scale * d")], "asked for"),
        ([("b, Wy, by = weights", "b, Wy, by = weights; b = np.append(-9 * np.ones(8), b[8:])")], "asked for"),
    ],
    ids=["untrained", "uphill", "no memory"],
)
def test_a_net_that_learned_nothing_is_told_so(edits, sentence, monkeypatch):
    with np.errstate(all="ignore"):
        (text,) = said(judge_mingru, model_answer(SLUG, "train_mingru", *edits), monkeypatch, KEYS[:1])
    assert sentence in " ".join(text.split())


def net(units):
    return [np.zeros(shape) for shape in ((2, 2 * units), (2 * units,), (units, 1), (1,))]


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (None, "something else"),
        (net(4)[:3], "something else"),
        (net(0), "1 to 32 units"),
        (net(33), "1 to 32 units"),
        ([np.zeros((3, 8)), *net(4)[1:]], "W does not fit"),
        ([*net(4)[:3], "none"], "no array of numbers"),
        ([*net(4)[:3], np.full(1, np.nan)], "by holds numbers that are not finite"),
        (net(4), "do not learn the task"),
    ],
    ids=["nothing", "three", "no units", "too many", "other inputs", "text", "nan", "zeros"],
)
def test_what_is_no_net_is_named(made, sentence):
    with pytest.raises(CheckFailed) as failure:
        judge_mingru(lambda *_: made)
    assert sentence in " ".join(str(failure.value).split())


def test_what_stops_is_named():
    with pytest.raises(CheckFailed, match="ZeroDivisionError"):
        judge_mingru(lambda *_: 1 / 0)


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([], "✓ train_mingru"),
        ([("return tuple(weights)", "return tuple(weights[:3])")], "has to return W, b, Wy, by"),
        ([("return tuple(weights)", "return [one * np.nan for one in weights]")], "no numbers any more"),
        ([("updates, limit = 8, 32, 400", "updates, limit = 8, 32, 1")], "not learned what to keep"),
        ([("    hidden, batch", "    raise NotImplementedError\n    hidden, batch")], "is not written yet"),
    ],
    ids=["right", "three", "nan", "untrained", "not written"],
)
def test_the_practice_cell_says_what_is_wrong(edits, words, capsys):
    assert re.search(words, practised(SLUG, "train_mingru", edits, capsys))
