"""The form of a question on trained nets, on one that only looks at its last input; and what the questions ask for."""

from dataclasses import replace

import numpy as np
import pytest

from solutions.exercises.bptt.behaviour import DELAYED_XOR
from solutions.exercises.gru.behaviour import MARKED_SIGN as GRU_SIGN
from solutions.exercises.language_model.behaviour import BRACKETS
from solutions.exercises.lstm_backward.behaviour import MARKED_SIGN as LSTM_SIGN
from solutions.exercises.rnn_cell.behaviour import ECHO
from solutions.exercises.vanishing.behaviour import FIRST_SYMBOL
from solutions.judging.judging import KEY_VARIABLE, fresh
from solutions.judging.training import sign_at_the_end, turned
from unrolled.checking.check import CheckFailed

CAUSE = "the weights are not these."


def draw(rng, batch, steps):
    X = rng.normal(size=(batch, steps, 2))
    return X, np.sign(X[:, -1, 0])


QUESTION = sign_at_the_end(
    draw=turned(draw),
    bound=0.9,
    cause=lambda score, weights: CAUSE,
    outputs=lambda X, weights: X @ weights[0] @ weights[3],
)


def train(X, y, rng):
    readout = np.linalg.lstsq(X[:, -1], y, rcond=None)[0]
    return np.eye(2), np.eye(2), np.zeros(2), readout[:, None], np.zeros(1)


def spoiled(*nets):
    """`train`, but these of its nets, counted from 1, answer 0; and the list of the inputs that it was called with."""
    calls = []

    def sometimes(X, y, rng):
        calls.append(X)
        W, U, b, Wy, by = train(X, y, rng)
        return W, U, b, Wy * (len(calls) not in nets), by

    return sometimes, calls


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


@pytest.mark.parametrize(("misses", "passing", "failing"), [(0, (), (1,)), (1, (1,), (1, 3)), (2, (1, 2), (1, 2, 3))])
def test_so_many_nets_may_fail_and_no_more(misses, passing, failing):
    question = replace(QUESTION, misses=misses)
    function, calls = spoiled(*passing)
    question.judge(function, "any", steps=3, enough=2)
    assert len(calls) == 2 + misses
    assert len({X.tobytes() for X in calls}) == len(calls)  # each net has data of its own
    function, calls = spoiled(*failing)
    with pytest.raises(CheckFailed, match=f"do not learn[\\s\\S]*{CAUSE}"):
        question.judge(function, "any", steps=3, enough=2)
    assert len(calls) == max(failing)


def test_the_numbers_stand_in_what_is_said(capsys):
    question = replace(QUESTION, missed="{score} of {bound}, {steps} steps.", passed="{bound} in {steps} steps")
    question.judge(train, "any", steps=3, enough=1)
    assert capsys.readouterr().out == "✓ train: 90 % in 3 steps.\n"
    with pytest.raises(CheckFailed) as failure:
        question.judge(spoiled(1, 2)[0], "any", steps=3, enough=1)
    assert str(failure.value).splitlines()[0] == "✗ 0 % of 90 %, 3 steps."
    assert failure.value.message.part == "any"


def test_weights_made_beforehand_fail():
    X, y = draw(np.random.default_rng(0), 1000, 3)
    weights = train(X, y, None)
    assert QUESTION.score(QUESTION.outputs(X, weights)[..., 0], y) > 0.9
    with pytest.raises(CheckFailed, match="do not learn"):
        QUESTION.judge(lambda X, y, rng: weights, "any", steps=3, enough=5)


@pytest.mark.parametrize("weight", [0.0, np.nan])
def test_a_net_that_answers_nothing_is_wrong(weight):
    X, y = draw(np.random.default_rng(0), 10, 3)
    W, U, b, Wy, by = train(X, y, None)
    assert QUESTION.score(QUESTION.outputs(X, (W, U, b, Wy * weight, by))[..., 0], y) == 0


@pytest.mark.parametrize(
    ("question", "passing", "failing", "units", "misses"),
    [
        (ECHO, 0.199, 0.2, 100, 0),
        (DELAYED_XOR, 0.97, 0.969, 16, 0),
        (FIRST_SYMBOL, 0.9, 0.898, 32, 1),
        (LSTM_SIGN, 0.95, 0.948, 8, 1),
        (GRU_SIGN, 0.9, 0.898, 32, 1),
        (BRACKETS, 1.599, 1.6, 64, 1),
    ],
)
def test_each_question_has_its_bound_and_direction(question, passing, failing, units, misses):
    assert (question.units, question.misses) == (units, misses)
    assert question.passes(passing)
    assert not question.passes(failing)
    assert not question.passes(np.nan)


def drawn(question, name, steps):
    """What a question gives to train on and asks about, under the key of this test."""
    sequences = question.draw(fresh(question.function, name), steps)
    return next(sequences), next(sequences)


def mixture(X, y):
    """How much of the inputs 3, 4 and 5 steps back is in y, and what is left."""
    steps = np.stack([X[:, 5 - delay : X.shape[1] - delay, 0].ravel() for delay in (3, 4, 5)], axis=1)
    shares, rest, *_ = np.linalg.lstsq(steps, y[:, 5:].ravel(), rcond=None)
    return shares, rest


def test_the_echo_is_a_mixture_that_nobody_knows(monkeypatch):
    found = []
    for key in ("one", "two"):
        monkeypatch.setenv(KEY_VARIABLE, key)
        (X, y), others = drawn(ECHO, "any", 50)
        shares, rest = mixture(X, y)
        assert np.abs(shares).min() >= 0.49
        np.testing.assert_allclose(rest, 0, atol=1e-20)
        # It is the same in both, so that a net fitted to the first is right in the second.
        np.testing.assert_allclose(mixture(*others)[0], shares)
        found.append(shares)
    assert not np.allclose(*found)


def test_the_echo_is_not_asked_for_before_there_is_one():
    (_, y), _ = drawn(ECHO, "any", 50)
    assert np.argmax(y[0] != 0) == 3
    p = y.copy()
    p[:, :3] = 100
    assert ECHO.score(p, y) == 0
    assert ECHO.score(np.zeros_like(y), y) == 1


@pytest.mark.parametrize("error", [ValueError("the shapes of a product do not fit"), KeyError("Hs")], ids=repr)
def test_an_error_of_the_students_is_said_with_where_to_look(error):
    def stops(X, y, rng):
        raise error

    with pytest.raises(CheckFailed) as failure:
        QUESTION.judge(stops, "any", steps=3, enough=1)
    said = " ".join(str(failure.value).split())
    assert f"stopped with {type(error).__name__}." in said
    assert str(error) not in said  # words of the student's, which may quote what the function was given
    assert "the cell behind train" in said


def test_an_answer_that_is_not_written_says_so():
    def unwritten(X, y, rng):
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        QUESTION.judge(unwritten, "any", steps=3, enough=1)


def test_the_xor_is_asked_for_from_the_fifth_step_on_in_longer_sequences():
    (X, _), (longer, y) = drawn(DELAYED_XOR, "any", 12)
    assert (X.shape[1], longer.shape[1]) == (12, 24)
    p = np.where(y, 1.0, -1.0)
    p[:, :4] *= -1
    assert DELAYED_XOR.score(p, y) == 1
    p[:, 4] *= -1
    assert DELAYED_XOR.score(p, y) == pytest.approx(19 / 20)


def test_questions_on_the_same_task_have_random_numbers_of_their_own():
    assert len({question.key for question in (FIRST_SYMBOL, LSTM_SIGN, GRU_SIGN)}) == 3
