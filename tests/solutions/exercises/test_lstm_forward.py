"""The assignment `lstm-forward`: wrong attempts are called by their names; weights by hand that miss a case fail."""

import itertools

import numpy as np
import pytest

from solutions.exercises.lstm_forward.behaviour import judge_counter, judge_latch, judge_parity
from solutions.reference.numerics import sigmoid
from tests.solutions.exercises.attempts import (
    KEYS,
    LSTM_FORWARD,
    RIGHT,
    UNNAMED,
    called,
    fixtures,
    model_answer,
    run,
    said,
)
from unrolled.checking.check import CheckFailed, subject
from unrolled.checking.diagnose import diagnose

ANSWERS = {
    "forget_bias": """
def forget_bias(hidden, value=1.0):
    b = np.zeros(4 * hidden)
    b[hidden:2 * hidden] = value
    return b
""",
    **LSTM_FORWARD,
    "coupled_step": """
def coupled_step(x, h, c, W, U, b):
    i, g, o = np.split(x @ W + h @ U + b, 3, axis=1)
    i, g, o = sigmoid(i), np.tanh(g), sigmoid(o)
    c_next = (1 - i) * c + i * g
    return o * np.tanh(c_next), c_next, None
""",
}
BEFORE_THE_SIGMOID = "one-minus-before-the-sigmoid"
THREE, FOUR = (f"{names} = np.split(x @ W + h @ U + b, {k}" for names, k in (("i, g, o", 3), ("i, f, g, o", 4)))
BY_STEP = "t in range(X.shape[1]):\n        h, c, cache = lstm_step(X[:, t]"
BY_SEQUENCE = "x in X:\n        h, c, cache = lstm_step(x"
AS_WIDE_AS_THE_BATCH = "(a[:, k * len(h) : (k + 1) * len(h)] for k in range(4))"  # H = h.shape[0]


def overflowing(a):
    return 1 / (1 + np.exp(-a))


def failure(name, *edits, sigmoid=sigmoid):
    """What `check` makes of the answer with these edits."""
    fixture = fixtures("lstm-forward")[name]
    return diagnose(subject(run(ANSWERS, name, edits, sigmoid=sigmoid)[name], None, fixture, part="visible"), fixture)


def verdict(name, *edits):
    """What `check` calls the answer with these edits."""
    return called(fixtures("lstm-forward")[name], run(ANSWERS, name, edits, sigmoid=sigmoid)[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("forget_bias", "value=1.0", "value", UNNAMED),  # the message says which argument is missing
        ("forget_bias", "value=1.0", "value=0.0", "default-not-one"),
        ("forget_bias", "b[hidden:2 * hidden]", "b[:hidden]", "joined-in-another-order-i-f-g-o-6"),
        ("forget_bias", "b[hidden:2 * hidden]", "b[1::4]", "interleaved"),
        ("lstm_step", "x @ W", "x @ W.T", UNNAMED),
        ("lstm_step", ", axis=1", "", "other-axis-a_i-a_f-a_g-a_o-1-0-split"),
        ("lstm_step", "sigmoid(o)", "np.tanh(o)", "other-function-o-sigmoid-tanh-a_o"),
        ("lstm_step", "f * c + i * g", "(1 - i) * c + i * g", "another-value-c_next-f-1-i"),
        ("lstm_step", "o * np.tanh(c_next)", "np.tanh(o * c_next)", "tanh-around-the-product"),
        ("lstm_step", "return h_next, c_next", "return h_next, c", "made-too-early-c_next-c"),
        ("lstm_step", "return h_next, c_next", "return c_next, h_next", "answers-swapped-1-2"),
        ("lstm_step", "f * c + i * g", "f * c", "terms-missing-c_next-what-is-new-kept-of-the"),
        ("lstm_step", "f * c + i * g", "f * c + i", "factors-missing-c_next-g-i"),
        ("lstm_step", "f * c + i * g", "f * c + f * g", "another-value-i-a_i-a_f"),
        ("lstm_step", "f * c + i * g", "i * c + i * g", "another-value-f-a_f-a_i"),
        ("lstm_step", "f * c + i * g", "(1 - f) * c + i * g", "share-inverted-c_next-f-1"),
        ("lstm_step", "o * np.tanh(c_next)", "o * sigmoid(c_next)", "other-function-h_next-tanh-sigmoid-c_next"),
        ("lstm_step", "o * np.tanh(c_next)", "h", "another-value-h_next-h"),
        ("lstm_step", "x @ W", "W @ x", UNNAMED),
        ("lstm_step", "np.split(a, 4, axis=1)", AS_WIDE_AS_THE_BATCH, "blocks-as-wide-as-the-batch"),
        ("lstm_forward", "X[:, t], h, c", "X[:, t], c, h", "arguments-swapped-h-c-cache-lstm_step"),
        ("lstm_forward", "X[:, t]", "X[t]", UNNAMED),  # not "cut-along-the-batch" in lstm_step, which is right
        ("lstm_forward", "h, c, cache =", "h, c =", UNNAMED),
        ("lstm_forward", "range(X.shape[1])", "range(len(X))", "over-the-batch-X"),
        ("lstm_forward", BY_STEP, BY_SEQUENCE, "over-the-batch-X-2"),
        ("lstm_forward", "np.stack(Hs, axis=1), c,", "np.stack(Hs, axis=1), h,", "another-value-c-h"),
        ("lstm_forward", "Hs, caches = [], []", "Hs, caches = [h0], []", "start-among-them-states-h0"),
        ("lstm_forward", "h, c, cache =", "c, h, cache =", "taken-apart-in-another-order-h-c-cache-2"),
        ("lstm_forward", "X[:, t], h, c", "X[:, t], h, c0", "another-value-h-c-cache-c0-2"),
        ("lstm_forward", "    return", "        return", "returned-in-the-loop"),
        ("lstm_forward", "np.stack", "np.concatenate", "joined-without-a-time-axis"),
        ("coupled_step", "(1 - i) * c + i * g", "np.tanh((1 - i) * c + i * g)", "cell-squashed-twice"),
        ("coupled_step", "(1 - i) * c + i * g", "i * c + (1 - i) * g", "values-swapped-c_next-c-g"),
        ("coupled_step", "(1 - i) * c", "sigmoid(1 - (x @ W + h @ U + b)[:, : h.shape[1]]) * c", BEFORE_THE_SIGMOID),
        ("coupled_step", "i, g, o = np.split", "i, o, g = np.split", "taken-apart-in-another-order-a_i-a_g-a_o"),
        ("coupled_step", THREE, FOUR, "four-blocks"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


@pytest.mark.parametrize("order", list(itertools.permutations("ifgo"))[1:], ids="".join)
def test_every_wrong_order_of_the_blocks_is_said(order):
    found = failure("lstm_step", ("i, f, g, o = np.split", f"{', '.join(order)} = np.split"))
    assert f"in the order {', '.join(order)} what" in found.suspect.hint.replace("a_", "")


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("lstm_step", "o * np.tanh(c_next)", "np.tanh(c_next)", "factors-missing-h_next-o-tanh-c_next"),
        ("lstm_step", "f * c + i * g", "np.tanh(f * c + i * g)", "cell-squashed-twice"),
        ("lstm_forward", "X[:, t], h, c", "X[:, t], h, c0", "another-value-h-c-cache-c0-2"),
        ("coupled_step", "(1 - i) * c", "c", "factors-missing-c_next-1-i-c"),
        (
            "lstm_step",
            "i, f, g, o = np.split",
            "f, i, g, o = np.split",
            "taken-apart-in-another-order-a_i-a_f-a_g-a_o-6",
        ),
    ],
)
def test_a_mistake_is_named_beside_an_overflow(name, old, new, wanted):
    found = failure(name, (old, new), sigmoid=overflowing)
    assert found.suspect.name == wanted
    assert "overflows" in " ".join(found.besides)


def test_a_mistake_is_named_beside_a_write_into_an_argument():
    found = failure(
        "lstm_step", ("o * np.tanh(c_next)", "np.tanh(c_next)"), ("c_next = f * c", "c *= f\n    c_next = c")
    )
    assert found.suspect.name == "factors-missing-h_next-o-tanh-c_next"
    assert "You write into c" in " ".join(found.besides)


JUDGES = {"latch": judge_latch, "counter": judge_counter, "parity": judge_parity}


def written(name, *edits):
    return model_answer("lstm-forward", name, *edits)


@pytest.mark.parametrize("name", JUDGES)
def test_the_model_answers_pass(name, monkeypatch):
    assert said(JUDGES[name], written(name), monkeypatch) == [""] * len(KEYS)


def toggling_by_its_gates():
    # A state of 0 or 1: a one writes where the unit is at 0, and erases where it is at 1. Three more units do nothing.
    W, U, b = np.zeros((1, 16)), np.zeros((4, 16)), np.zeros(16)
    W[0, 0], U[0, 0], b[0] = 100, -200, -50
    W[0, 4], b[4] = -100, 50
    b[8], b[12] = 20, 20
    return W.tolist(), U.tolist(), b.tolist()


def test_other_ways_pass(monkeypatch):
    assert said(judge_parity, toggling_by_its_gates, monkeypatch) == [""] * len(KEYS)


@pytest.mark.parametrize(
    ("name", "edits", "sentence"),
    [
        ("latch", [("b[0] = 40, -20", "b[0] = 0, 20")], "near 0"),
        ("latch", [("W[1, 1], b[1] = -40, 20", "b[1] = 20")], "right after a writing"),
        ("latch", [("W[0, 2] = 40", "W[0, 2] = 1")], "right after a writing"),
        ("latch", [("b[3] = 20", "b[3] = -20")], "the output gate"),
        ("latch", [("W[1, 1], b[1] = -40, 20", "W[1, 1], b[1] = -10, 5")], "lost later"),
        ("latch", [("b[0] = 40, -20", "b[0] = 10, -5")], "near 0|lost later"),
        ("counter", [("W[1, 0], b[0] = 40, -80, -20", "W[1, 0], b[0] = 40, 0, -20")], "after a reset"),
        ("counter", [("W[1, 1], b[1] = -40, 20", "b[1] = 20")], "after a reset"),
        ("counter", [("b[1] = -40, 20", "b[1] = -20, 5")], "not the number"),
        ("counter", [("b[2] = b[3] = 20", "b[2], b[3] = 1, 20")], "not the number"),
        ("parity", [("U[0, 2], b[2] = -40, 10", "U[0, 2] = -40")], "first one"),
        ("parity", [("U[0, 2], b[2] = -40, 10", "b[2] = 10")], "after the first one"),
        ("parity", [("W[0, 1], b[1] = -40, 20", "b[1] = 0")], "first one"),
    ],
)
def test_what_misses_a_case_fails_under_every_key(name, edits, sentence, monkeypatch):
    found = said(JUDGES[name], written(name, *edits), monkeypatch)
    assert "" not in found
    for text in found:
        assert any(piece in text for piece in sentence.split("|")), text


@pytest.mark.parametrize("name", JUDGES)
def test_weights_of_zero_and_at_random_fail(name, monkeypatch):
    W, U, b = written(name)()
    rng = np.random.default_rng(0)
    assert "" not in said(JUDGES[name], lambda: (0 * W, 0 * U, 0 * b), monkeypatch)
    for scale in (1, 5, 50):
        drawn = [scale * rng.standard_normal(one.shape) for one in (W, U, b)]
        assert "" not in said(JUDGES[name], lambda drawn=drawn: drawn, monkeypatch)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "something else"),
        ((np.zeros((2, 4)), np.zeros((1, 4))), "something else"),
        ((np.zeros((2, 4)), np.zeros((1, 4)), "b"), "no array of numbers"),
        ((np.zeros((2, 4)), 0.0, np.zeros(4)), "1 to 4 units"),
        ((np.zeros((2, 20)), np.zeros((5, 20)), np.zeros(20)), "1 to 4 units"),
        ((np.zeros((4, 2)), np.zeros((1, 4)), np.zeros(4)), "W does not fit"),
        ((np.full((2, 4), np.inf), np.zeros((1, 4)), np.zeros(4)), "not finite"),
    ],
)
def test_what_came_back_instead_is_said(answer, sentence):
    with pytest.raises(CheckFailed, match=sentence):
        judge_latch(lambda: answer)
