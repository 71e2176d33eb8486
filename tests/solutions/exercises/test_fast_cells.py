"""The assignment `fast-cells`: attempts are called by their names, and slow ones cost the points of work alone."""

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of, contracts_of
from solutions.exercises.fast_cells.behaviour import judge_kept_sign
from solutions.judging.audit import lost_parts
from solutions.reference import fast, lstm, rnn
from tests.solutions.exercises.attempts import RIGHT, Attempts, called, fixtures, model_answer, said

RNG = np.random.default_rng(0)
T, B, D, H = 5, 3, 4, 2
W, U, b = RNG.standard_normal((D, 4 * H)), RNG.standard_normal((H, 4 * H)), RNG.standard_normal(4 * H)
X, h0, c0 = RNG.standard_normal((T, B, D)), RNG.standard_normal((B, H)), RNG.standard_normal((B, H))


def test_the_reference_is_the_lstm_s():
    states, cells, gates = fast.lstm_fast(X, h0, c0, W, U, b)
    Hs, c_last, cache = lstm.lstm_forward(X.swapaxes(0, 1), h0, c0, W, U, b)
    np.testing.assert_allclose(states[1:], Hs.swapaxes(0, 1), atol=1e-12)
    np.testing.assert_allclose(cells[-1], c_last, atol=1e-12)
    dH, dc = RNG.standard_normal((T, B, H)), RNG.standard_normal((B, H))
    mine = fast.lstm_fast_backward(dH, dc, X, states, cells, gates, W, U)
    right = lstm.lstm_backward(dH.swapaxes(0, 1), dc, cache)
    np.testing.assert_allclose(mine[0], right[0].swapaxes(0, 1), atol=1e-10)
    for one, other in zip(mine[1:], right[1:], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-10)


def test_the_reference_of_both_ways_is_the_plain_cell_s():
    ways = [[RNG.standard_normal(shape) for shape in ((D, H), (H, H), (H,))] for _ in range(2)]
    Hs = fast.rnn_two_ways(X, *ways[0], *ways[1])
    zeros, rows = np.zeros((B, H)), X.swapaxes(0, 1)
    ahead = rnn.rnn_forward(rows, zeros, *ways[0])[0]
    back = rnn.rnn_forward(rows[:, ::-1], zeros, *ways[1])[0][:, ::-1]
    np.testing.assert_allclose(Hs, np.concatenate([ahead, back], axis=2).swapaxes(0, 1), atol=1e-12)


ATTEMPTS = Attempts()


@ATTEMPTS.at("lstm_fast", "input-product-in-the-loop")
def as_the_equations_stand(X, h0, c0, W, U, b):
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    H, C, G = [h0], [c0], []
    for x in X:
        i, f, g, o = np.split(x @ W + H[-1] @ U + b, 4, axis=1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        C.append(f * C[-1] + i * g)
        H.append(o * np.tanh(C[-1]))
        G.append(np.concatenate([i, f, g, o], axis=1))
    return np.array(H), np.array(C), np.array(G)


@ATTEMPTS.at("lstm_fast", "four-products-a-step")
def hoisted_but_gate_by_gate(X, h0, c0, W, U, b):
    T, B, _ = X.shape
    n = U.shape[0]
    G = np.matmul(X.reshape(T * B, -1), W)
    G += b
    G = G.reshape(T, B, 4 * n)
    H, C = np.empty((T + 1, B, n)), np.empty((T + 1, B, n))
    H[0], C[0] = h0, c0
    for t in range(T):
        for k in range(4):
            part = G[t, :, k * n : (k + 1) * n]
            part += H[t] @ U[:, k * n : (k + 1) * n]
            part[:] = np.tanh(part) if k == 2 else 1 / (1 + np.exp(-part))
        C[t + 1] = G[t, :, n : 2 * n] * C[t] + G[t, :, :n] * G[t, :, 2 * n : 3 * n]
        H[t + 1] = G[t, :, 3 * n :] * np.tanh(C[t + 1])
    return H, C, G


@ATTEMPTS.at("lstm_fast", "new-arrays-in-each-step")
def hoisted_with_lists(X, h0, c0, W, U, b):
    T, B, D = X.shape
    XW = (X.reshape(-1, D) @ W).reshape(T, B, -1)
    h, c, H, C, G = h0, c0, [h0], [c0], []
    for t in range(T):
        a = XW[t] + h @ U + b
        i, f, g, o = np.split(a, 4, axis=1)
        i, f, g, o = 0.5 * (1 + np.tanh(i / 2)), 0.5 * (1 + np.tanh(f / 2)), np.tanh(g), 0.5 * (1 + np.tanh(o / 2))
        c = f * c + i * g
        h = o * np.tanh(c)
        H.append(h)
        C.append(c)
        G.append(np.hstack([i, f, g, o]))
    return np.stack(H), np.stack(C), np.stack(G)


@ATTEMPTS.at("lstm_fast_backward", "both-kernels-in-the-loop")
def kernels_step_by_step(dH, dc_T, X, H, C, G, W, U):
    T, B, n = dH.shape
    dA, dh, dc = np.empty_like(G), np.zeros((B, n)), dc_T
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(4 * n)
    for t in range(T - 1, -1, -1):
        i, f, g, o = np.split(G[t], 4, axis=1)
        tc = np.tanh(C[t + 1])
        dh = dh + dH[t]
        dc = dc + dh * o * (1 - tc**2)
        dA[t] = np.hstack([dc * g * i * (1 - i), dc * C[t] * f * (1 - f), dc * i * (1 - g**2), dh * tc * o * (1 - o)])
        dW += X[t].T @ dA[t]
        dU += H[t].T @ dA[t]
        db += dA[t].sum(axis=0)
        dh, dc = dA[t] @ U.T, dc * f
    return (dA.reshape(T * B, -1) @ W.T).reshape(X.shape), dh, dc, dW, dU, db


@ATTEMPTS.at("rnn_two_ways", "four-products-a-step")
def two_loops(X, W_f, U_f, b_f, W_b, U_b, b_b):
    def run(steps, W, U, b):
        h, states = np.zeros((X.shape[1], len(U))), []
        for t in steps:
            h = np.tanh(X[t] @ W + h @ U + b)
            states.append(h)
        return states

    T = len(X)
    back = run(range(T - 1, -1, -1), W_b, U_b, b_b)[::-1]
    return np.concatenate([np.array(run(range(T), W_f, U_f, b_f)), np.array(back)], axis=2)


@ATTEMPTS.at("rnn_two_ways", "two-products-a-step")
def one_loop_two_products(X, W_f, U_f, b_f, W_b, U_b, b_b):
    T, B, D = X.shape
    n = len(U_f)
    A = np.dot(X.reshape(T * B, D), np.concatenate([W_f, W_b], axis=1)).reshape(T, B, 2 * n)
    f, k, Hs = np.zeros((B, n)), np.zeros((B, n)), np.zeros((T, B, 2 * n))
    for t in range(T):
        f = np.tanh(A[t, :, :n] + f @ U_f + b_f)
        k = np.tanh(A[-1 - t, :, n:] + k @ U_b + b_b)
        Hs[t, :, :n], Hs[-1 - t, :, n:] = f, k
    return Hs


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name_and_loses_work_alone(attempt):
    assert called(fixtures("fast-cells")[attempt.function], attempt.answer) == attempt.misconception
    assert lost_parts(contract_of(attempt.function), attempt.answer, "key") == {"work": attempt.misconception}


@pytest.mark.parametrize("name", contracts_of("fast-cells"))
def test_the_model_answer_is_right(name):
    assert called(fixtures("fast-cells")[name], model_answer("fast-cells", name)) == RIGHT


def test_a_function_that_reads_numbers_loses_work_alone():
    model = model_answer("fast-cells", "rnn_two_ways")

    def looking(X, *weights):
        if float(np.abs(X).max()) > 1e9:
            raise ValueError("too large")
        return model(X, *weights)

    assert set(lost_parts(contract_of("rnn_two_ways"), looking, "key")) == {"work"}


def test_wrong_and_cheap_earns_nothing_of_work():
    cheap = model_answer("fast-cells", "rnn_two_ways", ("sums[t] + h @ U", "sums[t]"))
    assert {"values", "work"} <= set(lost_parts(contract_of("rnn_two_ways"), cheap, "key"))


def test_the_model_answer_trains_a_net_that_solves_the_task(monkeypatch):
    train = model_answer("fast-cells", "train")
    judge = lambda answer: judge_kept_sign(answer, "long", steps=30, enough=1)  # noqa: E731
    assert said(judge, train, monkeypatch, ["key 0"]) == [""]


def test_a_net_that_learned_nothing_is_told_so(monkeypatch):
    def untrained(X, y, rng):
        return [rng.standard_normal(shape) for shape in ((2, 32), (8, 32), (32,), (8, 1), (1,))]

    judge = lambda answer: judge_kept_sign(answer, "long", steps=30, enough=1)  # noqa: E731
    (sentence,) = said(judge, untrained, monkeypatch, ["key 0"])
    assert "do not learn the task" in sentence
