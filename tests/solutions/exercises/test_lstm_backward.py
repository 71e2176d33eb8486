"""The assignment `lstm-backward`: wrong attempts are called by their names, and what does not learn fails."""

import numpy as np
import pytest

from solutions.exercises.lstm_backward.behaviour import judge_kept_sign
from solutions.exercises.lstm_backward.cell_path import judge_cell_path
from solutions.judging.judging import KEY_VARIABLE
from solutions.reference.numerics import sigmoid
from tests.solutions.exercises.attempts import LSTM_FORWARD, RIGHT, UNNAMED, called, fixtures, model_answer, run
from unrolled.checking.check import CheckFailed, subject
from unrolled.checking.diagnose import diagnose

ANSWERS = {
    "lstm_step_backward": """
def lstm_step_backward(dh_next, dc_next, cache):
    x, h, c, W, U, i, f, g, o, q = cache
    do = dh_next * q
    dc_total = dc_next + dh_next * o * (1 - q ** 2)
    di, df, dg, dc = dc_total * g, dc_total * c, dc_total * i, dc_total * f
    da = np.concatenate([di * i * (1 - i), df * f * (1 - f), dg * (1 - g ** 2), do * o * (1 - o)], axis=1)
    return da @ W.T, da @ U.T, dc, x.T @ da, h.T @ da, da.sum(axis=0)
""",
    "lstm_backward": """
def lstm_backward(dHs, dc_last, cache):
    dh, dc, dX = np.zeros_like(dc_last), dc_last, []
    dW, dU, db = 0, 0, 0
    for t in reversed(range(dHs.shape[1])):
        dx, dh, dc, dW_t, dU_t, db_t = lstm_step_backward(dHs[:, t] + dh, dc, cache[t])
        dX.append(dx)
        dW, dU, db = dW + dW_t, dU + dU_t, db + db_t
    return np.stack(dX[::-1], axis=1), dh, dc, dW, dU, db
""",
}
STEP_GRADIENTS = "dx-dh-dc-dW_t-dU_t-db_t"
WITHOUT_CELL_FLOW = "terms-missing-dc_total-the-cell-flow-dc_next-what-dh_next"
# As in the skeleton of a course that many know.
INTO_THE_ARGUMENT = ("dc_total = dc_next +", "dc_total = dc_next\n    dc_total +=")
FORWARD_OF = {"lstm_step_backward": "lstm_step", "lstm_backward": "lstm_forward"}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


def failure(name, *edits):
    """What `check` makes of the answer with these edits."""
    space, fixture = run(LSTM_FORWARD | ANSWERS, name, edits, sigmoid=sigmoid), fixtures("lstm-backward")[name]
    return diagnose(subject(space[name], space[FORWARD_OF[name]], fixture, part="visible"), fixture)


def verdict(name, *edits):
    """What `check` calls the answer with these edits."""
    space = run(LSTM_FORWARD | ANSWERS, name, edits, sigmoid=sigmoid)
    return called(fixtures("lstm-backward")[name], space[name], space[FORWARD_OF[name]])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("lstm_step_backward", "(1 - q ** 2)", "(1 - c ** 2)", "another-value-dc_total-q-c"),
        ("lstm_step_backward", "], axis=1)", "])", "other-axis-da-1-0-concatenate"),
        ("lstm_step_backward", "da @ U.T", "da @ U", "U-not-transposed"),
        ("lstm_step_backward", "do * o * (1 - o)", "do * (1 - o)", "slope-without-s-da_o-o-sigmoid-1"),
        ("lstm_step_backward", "di * i * (1 - i)", "di * f * (1 - f)", "slope-of-another-da_i-i-f"),
        ("lstm_step_backward", "g ** 2", "np.tanh(g) ** 2", "slope-of-a-second-tanh-da_g-g-tanh-1-2"),
        ("lstm_step_backward", "dc_total * f", "dc_total * i", "another-value-dc-f-i"),
        ("lstm_step_backward", "dc = dc_total * g,", "dc = dc_total * i,", "another-value-di-g-i"),
        ("lstm_step_backward", "do = dh_next * q", "do = q", "factors-missing-do-dh_next-q"),
        ("lstm_step_backward", "dc_next + dh_next * o", "dh_next * o", WITHOUT_CELL_FLOW),
        ("lstm_step_backward", "h.T @ da", "(o * q).T @ da", "another-value-dU-h-o-q"),
        ("lstm_step_backward", "da.sum(axis=0)", "da.sum(axis=0, keepdims=True)", "axis-kept-in-db"),
        ("lstm_backward", "+ dh, dc,", "+ dh, 0 * dc,", "no-cell-gradient-at-all"),
        ("lstm_backward", "dx, dh, dc,", "dx, dc, dh,", f"taken-apart-in-another-order-{STEP_GRADIENTS}-2"),
        ("lstm_backward", "dx, dh, dc,", "dx, dh, dc[:],", "dc_last-overwritten"),
        ("lstm_backward", "reversed(range(dHs.shape[1]))", "range(dHs.shape[1])", "forwards-2"),
        ("lstm_backward", "cache[t]", "cache[t - 1]", f"another-step-{STEP_GRADIENTS}-cache"),
        ("lstm_backward", "dHs[:, t] + dh", "dh", "terms-missing-dh-the-step-s-own-dHs-what"),
        ("lstm_backward", "dHs[:, t] + dh", "dHs[:, t]", "terms-missing-dh-what-flows-back-from-the-later"),
        ("lstm_backward", "dW + dW_t, dU + dU_t, db + db_t", "dW_t, dU + dU_t, db + db_t", "not-accumulated-dW"),
        ("lstm_backward", "dW + dW_t, dU + dU_t, db + db_t", "dW_t, dU_t, db_t", "not-accumulated-dW-and-dU-db"),
        ("lstm_backward", "dx, dh, dc,", "dx, dh, _,", "not-carried-db-dc"),
        ("lstm_backward", "dX[::-1]", "dX", "in-reverse-dX"),
        ("lstm_backward", "cache[t]", "cache", UNNAMED),  # no mistake in lstm_step_backward, which is right
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("dc_total * f", "dc_total * i", "another-value-dc-f-i"),
        ("do * o * (1 - o)", "do * (1 - o)", "slope-without-s-da_o-o-sigmoid-1"),
        ("dh_next * o * (1 - q ** 2)", "dh_next * o", "slope-missing-dc_total-q-tanh"),
    ],
)
def test_a_mistake_is_named_beside_a_write_into_the_upstream_gradient(old, new, wanted):
    found = failure("lstm_step_backward", (old, new), INTO_THE_ARGUMENT)
    assert found.suspect.name == wanted
    assert "You write into dc_next" in " ".join(found.besides)


FEWER = ("updates, limit = 8, 32, 200", "updates, limit = 8, 32, 100")  # enough for ten steps
UPHILL = [(f"= {name} - shorter", f"= {name} + shorter") for name in ("W", "U", "b", "Wy", "by")]


def answer(name, *edits, **instead):
    return model_answer("lstm-backward", name, *edits, **instead)


@pytest.mark.slow
def test_the_right_answer_passes(capsys):
    judge_kept_sign(answer("train"), "long", steps=30, enough=1)
    judge_kept_sign(answer("train", FEWER), "short", steps=10, enough=2)
    assert capsys.readouterr().out.count("✓ train") == 2


@pytest.mark.slow
def test_a_net_without_memory_fails():
    forgetful = ("return W, U, b", "b[hidden : 2 * hidden] = -40\n    return W, U, b")
    with pytest.raises(CheckFailed, match="do not learn"):
        judge_kept_sign(answer("train", forgetful, FEWER), "short", steps=10, enough=1)


@pytest.mark.slow
def test_the_wrong_direction_fails():
    with pytest.raises(CheckFailed, match="do not learn"):
        uphill = answer("train", FEWER, lstm_update=answer("lstm_update", *UPHILL))
        judge_kept_sign(uphill, "short", steps=10, enough=1)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (None, "something else"),
        ((1, 2, 3, 4), "something else"),
        ((np.zeros((2, 4)), "U", 0, 0, 0), "no array of numbers"),
        ((np.zeros((2, 4)), 0.0, 0, 0, 0), "1 to 8 units"),
        ((np.zeros((2, 132)), np.zeros((33, 132)), np.zeros(132), np.zeros((33, 1)), np.zeros(1)), "1 to 8 units"),
        ((np.zeros((2, 3)), np.zeros((1, 3)), np.zeros(3), np.zeros((1, 1)), np.zeros(1)), "W does not fit"),
        ((np.zeros((2, 4)), np.full((1, 4), np.nan), np.zeros(4), np.zeros((1, 1)), np.zeros(1)), "ran away"),
    ],
)
def test_what_is_no_net_is_named(weights, sentence):
    with pytest.raises(CheckFailed, match=sentence):
        judge_kept_sign(lambda X, y, rng: weights, "short", steps=3, enough=1)


def from_the_last_step(F):
    return np.stack([F[:, t:].prod(axis=1) for t in range(F.shape[1])], axis=1)


def by_division(F):
    with np.errstate(all="ignore"):
        return F.prod(axis=1, keepdims=True) / np.cumprod(F, axis=1) * F


def in_place(F):
    for t in reversed(range(F.shape[1] - 1)):
        F[:, t] *= F[:, t + 1]
    return F


def test_products_of_gates_pass():
    for right in (answer("cell_path"), from_the_last_step, lambda F: from_the_last_step(F).tolist()):
        assert called(fixtures("lstm-backward")["cell_path"], right) == RIGHT
        judge_cell_path(right)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (lambda F: np.cumprod(F, axis=1), "from-the-first-step"),
        (lambda F: np.append(from_the_last_step(F)[:, 1:], np.ones_like(F[:, :1]), axis=1), "own-gate-missing"),
        (lambda F: from_the_last_step(F)[:, ::-1], "P-in-reverse"),
        (lambda F: F.prod(axis=1), "whole-span-only"),
        (by_division, "by-division"),
        (in_place, "F-overwritten"),
    ],
)
def test_wrong_products_of_gates_are_told(wrong, name):
    assert called(fixtures("lstm-backward")["cell_path"], wrong) == name
    with pytest.raises(CheckFailed):
        judge_cell_path(wrong)


def test_what_holds_no_products_is_told():
    with pytest.raises(CheckFailed, match="not numbers"):
        judge_cell_path(lambda F: "P")
