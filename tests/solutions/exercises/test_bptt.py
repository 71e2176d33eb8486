"""The assignment `bptt`: wrong attempts are called by their names, nets trained without memory do not pass."""

import re
from functools import partial

import numpy as np
import pytest

from solutions.exercises.bptt.behaviour import judge_training
from tests.solutions.exercises.attempts import (
    KEYS,
    NO_NETS,
    RIGHT,
    Attempts,
    called,
    fixtures,
    model_answer,
    practised,
    said,
    zero_net,
)
from unrolled.checking.check import CheckFailed, subject
from unrolled.checking.diagnose import diagnose

ATTEMPTS = Attempts()


def rnn_step(x, h, W, U, b):
    new = np.tanh(x @ W + h @ U + b)
    return new, (x, h, new, W, U)


def rnn_forward(X, h0, W, U, b):
    states, caches, h = [], [], h0
    for t in range(X.shape[1]):
        h, cache = rnn_step(X[:, t], h, W, U, b)
        states.append(h)
        caches.append(cache)
    return np.stack(states, axis=1), caches


def rnn_step_backward(dh_next, cache):
    x, h, new, W, U = cache
    da = dh_next * (1 - new**2)
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)


@ATTEMPTS.at("rnn_step_backward", "slope-squared-whole-da-h_next-tanh-1-2", rnn_step)
def one_minus_h_squared(dh_next, cache):
    x, h, new, W, U = cache
    da = dh_next * (1 - new) ** 2
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)


@ATTEMPTS.at("rnn_step_backward", "made-too-early-dW-da-dh_next", rnn_step)
def dh_next_in_one_product(dh_next, cache):
    x, h, new, W, U = cache
    da = dh_next * (1 - new**2)
    return da @ W.T, da @ U.T, x.T @ dh_next, h.T @ da, da.sum(axis=0)


@ATTEMPTS.at("rnn_step_backward", "factors-missing-da-dh_next-1-h_next-2", rnn_step)
def upstream_forgotten(dh_next, cache):
    x, h, new, W, U = cache
    da = 1 - new**2
    return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)


@ATTEMPTS.at("rnn_step_backward", "tanh-skipped-for-the-kernels", rnn_step)
def kernels_before_the_slope(dh_next, cache):
    x, h, new, W, U = cache
    dW, dU, db = x.T @ dh_next, h.T @ dh_next, dh_next.sum(axis=0)
    da = dh_next * (1 - new * new)
    return da @ W.T, da @ U.T, dW, dU, db


@ATTEMPTS.at("rnn_step_backward", "without-axis-db-0-sum", rnn_step)
def bias_summed_over_everything(dh_next, cache):
    *others, _ = rnn_step_backward(dh_next, cache)
    return *others, np.sum(dh_next * (1 - cache[2] ** 2))


@ATTEMPTS.at("rnn_step_backward", "axis-kept-in-db", rnn_step)
def bias_with_its_axis_kept(dh_next, cache):
    *others, db = rnn_step_backward(dh_next, cache)
    return *others, db[None]


@ATTEMPTS.at("rnn_step_backward", "axis-of-one-lost", rnn_step)
def squeezed(dh_next, cache):
    x, h, new, W, U = cache
    da = np.squeeze(dh_next * (1 - new**2))
    return np.dot(da, W.T), np.dot(da, U.T), np.dot(x.T, da), np.dot(h.T, da), da.sum(axis=0)


@ATTEMPTS.at("rnn_step_backward", "still-none", rnn_step)
def template_returned(dh_next, cache):
    dx, dh, dW, dU, _ = rnn_step_backward(dh_next, cache)
    return dx, dh, dW, dU, None


@ATTEMPTS.at("numerical_gradient", "two-axes-only")
def two_loops(f, x):
    gradient, moved = np.zeros(x.shape), x.astype(float)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            here = moved[i, j]
            moved[i, j] = here + 1e-5
            above = f(moved)
            moved[i, j] = here - 1e-5
            gradient[i, j] = (above - f(moved)) / 2e-5
            moved[i, j] = here
    return gradient


@ATTEMPTS.at("rnn_backward", "time-first-dX", rnn_forward)
def stacked_without_an_axis(dHs, cache):
    T = dHs.shape[1]
    dX, flow, dW, dU, db = [None] * T, 0, 0, 0, 0
    for t in range(T - 1, -1, -1):
        dX[t], flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX), flow, dW, dU, db


@ATTEMPTS.at("rnn_backward", "first-step-left-out", rnn_forward)
def loop_ends_with_one(dHs, cache):
    x, h, _, W, U = cache[0]
    dX, flow = np.zeros((*dHs.shape[:2], x.shape[1])), np.zeros_like(h)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(len(U))
    for t in range(dHs.shape[1] - 1, 0, -1):
        dX[:, t], flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        dW, dU, db = dW + w, dU + u, db + bias
    return dX, flow, dW, dU, db


@ATTEMPTS.at("rnn_backward", "first-step-left-out-t", rnn_forward)
def list_without_the_first_step(dHs, cache):
    dX, flow, dW, dU, db = [], 0, 0, 0, 0
    for t in range(dHs.shape[1] - 1, 0, -1):
        dx, flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        dX.append(dx)
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX[::-1], axis=1), flow, dW, dU, db


@ATTEMPTS.at("rnn_backward", "added-to-itself-dh", rnn_forward)
def flow_added_to_the_flow(dHs, cache):
    T = dHs.shape[1]
    dX, flow, dW, dU, db = [None] * T, 0, 0, 0, 0
    for t in reversed(range(T)):
        dX[t], back, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        flow = flow + back
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX, axis=1), flow, dW, dU, db


@ATTEMPTS.at("rnn_backward", "flow-not-passed-on", rnn_forward)
def flow_added_after_the_step(dHs, cache):
    T = dHs.shape[1]
    dX, flow, dW, dU, db = [None] * T, 0, 0, 0, 0
    for t in reversed(range(T)):
        dX[t], back, w, u, bias = rnn_step_backward(dHs[:, t], cache[t])
        flow = flow + back
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX, axis=1), flow, dW, dU, db


@ATTEMPTS.at("rnn_backward", "made-too-early-dU-da-dh_next", rnn_forward)
def state_gradient_for_the_kernel(dHs, cache):
    dX, dh, dW, dU, db = [], 0, 0, 0, 0
    for t in reversed(range(dHs.shape[1])):
        x, h, new, W, U = cache[t]
        dh = dh + dHs[:, t]
        da = dh * (1 - new**2)
        dX.insert(0, da @ W.T)
        dW, dU, db = dW + x.T @ da, dU + h.T @ dh, db + da.sum(axis=0)
        dh = da @ U.T
    return np.stack(dX, axis=1), dh, dW, dU, db


@ATTEMPTS.at("rnn_backward", "not-accumulated-dW", rnn_forward)
def one_kernel_overwritten(dHs, cache):
    dX, dh, dU, db = [], 0, 0, 0
    for t in reversed(range(dHs.shape[1])):
        x, h, new, W, U = cache[t]
        da = (dh + dHs[:, t]) * (1 - new**2)
        dX.insert(0, da @ W.T)
        dW = x.T @ da
        dU += h.T @ da
        db += da.sum(axis=0)
        dh = da @ U.T
    return np.stack(dX, axis=1), dh, dW, dU, db


def forward_with_h0_in_the_last_row(X, h0, W, U, b):
    h = np.zeros((len(X), X.shape[1], len(U)))
    h[:, -1] = h0
    for t in range(X.shape[1]):
        h[:, t] = np.tanh(X[:, t] @ W + h[:, t - 1] @ U + b)
    return h, (X, h, W, U)


@ATTEMPTS.at("rnn_backward", "first-old-state-is-the-last", forward_with_h0_in_the_last_row)
def last_state_for_h0(dHs, cache):
    X, h, W, U = cache
    dX, dW, dU, db, dh = np.zeros_like(X), 0 * W, 0 * U, np.zeros(len(U)), 0
    for t in reversed(range(X.shape[1])):
        step = X[:, t], h[:, t - 1], h[:, t], W, U
        dX[:, t], dh, w, u, bias = rnn_step_backward(dHs[:, t] + dh, step)
        dW, dU, db = dW + w, dU + u, db + bias
    return dX, dh, dW, dU, db


def from_a_start(dHs, cache, start):
    """The way back from `start` at the last step, with no loss on the way."""
    dX, dh, dW, dU, db = [], start, 0, 0, 0
    for step in reversed(cache):
        dx, dh, w, u, bias = rnn_step_backward(dh, step)
        dX.insert(0, dx)
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX, axis=1), dh, dW, dU, db


@ATTEMPTS.at("rnn_backward", "dHs-left-out", rnn_forward)
def begun_with_ones(dHs, cache):
    return from_a_start(dHs, cache, np.ones_like(dHs[:, -1]))


@ATTEMPTS.at("rnn_backward", "terms-missing-dh_next-the-step-s-own-dHs-what", rnn_forward)
def begun_with_zeros(dHs, cache):
    return from_a_start(dHs, cache, np.zeros_like(dHs[:, -1]))


@ATTEMPTS.at("rnn_backward", "at-one-step-alone-dh_next-dHs-last", rnn_forward)
def begun_with_the_last_loss(dHs, cache):
    return from_a_start(dHs, cache, dHs[:, -1])


def each_step_alone(dHs, cache):
    """Every step back from its own loss, and nothing handed on."""
    dX, dW, dU, db = [], 0, 0, 0
    for t in reversed(range(dHs.shape[1])):
        dx, dh, w, u, bias = rnn_step_backward(dHs[:, t], cache[t])
        dX.insert(0, dx)
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX, axis=1), np.zeros_like(dh), dW, dU, db


@ATTEMPTS.at("rnn_backward", "not-carried-dh", rnn_forward)
def nothing_handed_on(dHs, cache):
    return each_step_alone(dHs, cache)


@ATTEMPTS.at("rnn_backward", "flow-lost-and-dX-added-up", rnn_forward)
def nothing_handed_on_and_inputs_added_up(dHs, cache):
    dX, *others = each_step_alone(dHs, cache)
    return dX.sum(axis=1, keepdims=True) + 0 * dX, *others


@ATTEMPTS.at("rnn_backward_truncated", "last-window-only", rnn_forward)
def last_steps_only(dHs, window, cache):
    T, zeros = dHs.shape[1], np.zeros_like(cache[0][0])
    dX, flow, dW, dU, db = [zeros] * T, 0, 0, 0, 0
    for t in range(T - 1, max(T - 1 - window, -1), -1):
        dX[t], flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
        dW, dU, db = dW + w, dU + u, db + bias
    return np.stack(dX, axis=1), flow, dW, dU, db


@ATTEMPTS.at("rnn_backward_truncated", "last-window-only-in-the-list", rnn_forward)
def last_steps_in_a_list(dHs, window, cache):
    dX, *others = last_steps_only(dHs, window, cache)
    return dX[:, -window:], *others


def in_blocks(dHs, window, cache, starts, dh0=None):
    """The truncated backward pass of the blocks that begin at `starts`, and what flows out of each."""
    T, zeros = dHs.shape[1], np.zeros_like(cache[0][0])
    dX, flows, dW, dU, db = [zeros] * T, [], np.zeros((zeros.shape[1], dHs.shape[2])), 0, 0
    for start in starts:
        flow = 0
        for t in range(min(start + window, T) - 1, start - 1, -1):
            dX[t], flow, w, u, bias = rnn_step_backward(dHs[:, t] + flow, cache[t])
            dW, dU, db = dW + w, dU + u, db + bias
        flows.append(flow)
    U = cache[0][4]
    return np.stack(dX, axis=1), flows, dW, dU + np.zeros_like(U), db + np.zeros(len(U))


@ATTEMPTS.at("rnn_backward_truncated", "remainder-lost", rnn_forward)
def whole_blocks_only(dHs, window, cache):
    starts = [k * window for k in range(dHs.shape[1] // window)]
    dX, flows, dW, dU, db = in_blocks(dHs, window, cache, starts)
    return dX, flows[0] if flows else np.zeros_like(dHs[:, 0]), dW, dU, db


@ATTEMPTS.at("rnn_backward_truncated", "remainder-lost-or-no-block-at-all", rnn_forward)
def whole_blocks_only_without_a_start(dHs, window, cache):
    starts = [k * window for k in range(dHs.shape[1] // window)]
    dX, flows, dW, dU, db = in_blocks(dHs, window, cache, starts)
    for k, flow in enumerate(flows):
        if k == 0:
            dh0 = flow
    return dX, dh0, dW, dU, db


@ATTEMPTS.at("rnn_backward_truncated", "dh0-from-the-last-block", rnn_forward)
def last_flow_returned(dHs, window, cache):
    dX, flows, dW, dU, db = in_blocks(dHs, window, cache, range(0, dHs.shape[1], window))
    return dX, flows[-1], dW, dU, db


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_the_check_names_the_mistake(attempt):
    assert called(fixtures("bptt")[attempt.function], attempt.answer, attempt.forward) == attempt.misconception


def writing(dh_next, cache, *, old=lambda h, new: h, kernel=lambda W: W.T):
    x, h, new, W, U = cache
    dh_next *= 1 - new**2
    return dh_next @ kernel(W), dh_next @ kernel(U), x.T @ dh_next, old(h, new).T @ dh_next, dh_next.sum(axis=0)


@pytest.mark.parametrize(
    ("slip", "name"),
    [
        ({}, "dh_next-overwritten"),
        ({"old": lambda h, new: new}, "another-value-dU-h-h_next"),
        ({"old": lambda h, new: 0 * h}, "answer-zero-4"),
    ],
)
def test_a_write_into_an_argument_hides_no_other_mistake(slip, name):
    fixture = fixtures("bptt")["rnn_step_backward"]
    found = diagnose(subject(partial(writing, **slip), rnn_step, fixture, part="visible"), fixture)
    assert found.suspect.name == name
    assert ("You write into dh_next" in " ".join(found.besides)) is bool(slip)


def test_other_orders_of_the_right_arrays_are_said():
    def kernels_first(dHs, cache):
        dX, dh0, dW, dU, db = stacked(dHs, cache)
        return dW, dU, db, dX, dh0

    def stacked(dHs, cache):
        dX, *others = stacked_without_an_axis(dHs, cache)
        return dX.swapaxes(0, 1), *others

    fixture = fixtures("bptt")["rnn_backward"]
    assert called(fixture, stacked, rnn_forward) == RIGHT
    failure = diagnose(subject(kernels_first, rnn_forward, fixture, part="visible"), fixture)
    wanted = "another order: dW, dU, db, dX, dh0; it has to return dX, dh0, dW, dU, db"
    assert failure.deviation.summary.endswith(wanted)


UPDATE = "_, _, dW, dU, db = rnn_backward(dlogits @ Wy.T, cache)"


def training(*edits, update=()):
    """The source's `train` with these edits, and others of the update that it repeats."""
    return model_answer("bptt", "train", *edits, rnn_update=model_answer("bptt", "rnn_update", *update))


@pytest.mark.slow
def test_the_model_answer_passes(monkeypatch):
    assert said(judge_training, training(), monkeypatch) == [""] * len(KEYS)


@pytest.mark.slow
@pytest.mark.parametrize("window", [1, 3])
def test_a_gradient_that_never_goes_back_in_time_does_not_pass(window, monkeypatch):
    truncated = (UPDATE, UPDATE.replace("(dlogits @ Wy.T", f"_truncated(dlogits @ Wy.T, {window}"))
    cut = training(("range(1500)", "range(800)"), update=[truncated])
    assert "" not in said(judge_training, cut, monkeypatch, KEYS[:3])


@pytest.mark.slow
def test_nets_without_memory_do_not_pass(monkeypatch):
    forgetful = training(("range(1500)", "range(300)"), ("return W, U,", "return W, 0 * U,"))
    assert "" not in said(judge_training, forgetful, monkeypatch, KEYS[:3])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        *NO_NETS,
        (zero_net(17), "1 to 16 units"),
        (zero_net(4), "answers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_came_back_instead_is_said(answer, words):
    with pytest.raises(CheckFailed, match=words):
        judge_training(lambda X, y, rng: answer)


FEWER = ("range(1500)", "range(300)")
UPHILL = [(f"= {name} - rate", f"= {name} + rate") for name in ("W", "U", "b", "Wy", "by")]
AT_ZERO = [
    (f"rng.standard_normal({shape})", f"np.zeros({shape})")
    for shape in ("(1, hidden)", "(hidden, hidden)", "(hidden, 1)")
]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:overflow encountered", "ignore:divide by zero encountered")  # what runs away does
@pytest.mark.parametrize(
    ("edits", "of", "words"),
    [
        ([], "train", "✓ train"),
        (UPHILL, "rnn_update", "ran away.*taken away from its weights, not added"),
        ([(" / p.size", "")], "rnn_update", "ran away.*divided by p.size"),
        (
            [("(hidden, hidden)) / np.sqrt(hidden)", "(hidden, hidden))")],
            "train",
            "ran away.*entries of U start at about 1/√H",
        ),
        ([FEWER, *AT_ZERO], "train", "units of some net are equal"),
        ([FEWER, ("rate = 16, 64, 1.0", "rate = 16, 64, 0.01")], "train", "learning rate too small"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_advice_leads_to_the_slip(edits, of, words, capsys):
    assert re.search(words, practised("bptt", "train", edits, capsys, of=of), re.DOTALL)


@pytest.mark.parametrize(
    ("of", "edit", "where"),
    [
        ("train", ("y[rows]", "y[rows[:3]]"), "✗ rnn_update stopped with an error in a line of its own"),
        ("rnn_update", ("right = y[:, :, None]", "right = y"), "y[:, :, None] has the shape of p"),
        (
            "rnn_forward",
            ("rnn_step(X[:, t]", "rnn_step(X[t]"),
            "inside rnn_step (train → rnn_update → rnn_forward → rnn_step)",
        ),
        ("rnn_backward", ("x.T @ da", "x @ da"), "inside rnn_backward (train → rnn_update → rnn_backward)"),
        ("rnn_backward", ("return np", "raise KeyError\n    return np"), "inside rnn_backward (train"),
    ],
)
def test_where_an_error_was_raised_is_said_above_it(of, edit, where, capsys):
    with pytest.raises((ValueError, KeyError, IndexError)):
        practised("bptt", "train", [edit], capsys, of=of)
    said = capsys.readouterr().out
    assert where in said
    assert ("y[:, :, None]" in said) is (of in ("train", "rnn_update"))
