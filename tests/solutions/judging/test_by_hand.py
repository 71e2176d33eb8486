"""The form of a question on LSTMs set by hand, on a cell that adds its input up; and what the questions ask for."""

from dataclasses import replace

import numpy as np
import pytest

from solutions.exercises.lstm_forward.behaviour import COUNTER, LATCH, PARITY
from solutions.judging.by_hand import ByHand, Fault
from unrolled.checking.check import CheckFailed

WRONG = 1e9


def draw(rng, batch, steps):
    """One input of ones, whose sum is asked for."""
    X = np.ones((batch, steps, 1))
    return X, np.cumsum(X[..., 0], axis=1)


QUESTION = ByHand(
    "adder",
    draw,
    lambda h, c, y: np.abs(c - y) <= 0.1,
    (
        Fault("the first step is wrong", "the first place", lambda X, y: y == 1),
        Fault("an early step is wrong", "the second place", lambda X, y: y <= 5),
        Fault("some step is wrong", "the third place"),
    ),
)


def adder():
    """All gates open, a candidate of 1."""
    return np.zeros((1, 4)), np.zeros((1, 4)), np.array([40.0, 40.0, 20.0, 40.0])


def expecting(*, wrong_from):
    """The question where something else is asked for from this step on."""

    def other(rng, batch, steps):
        X, y = draw(rng, batch, steps)
        return X, np.where(y >= wrong_from, y + 0.5, y)

    return replace(QUESTION, draw=other, faults=tuple(replace(f, steps=floored(f.steps)) for f in QUESTION.faults))


def floored(steps):
    return lambda X, y: steps(X, np.floor(y))


def said(question, function=adder):
    with pytest.raises(CheckFailed) as failure:
        question.judge(function)
    return " ".join(str(failure.value).split())


def test_what_is_right_at_every_step_passes(capsys):
    QUESTION.judge(adder)
    assert capsys.readouterr().out == "✓ adder: right at every step of fresh sequences.\n"


@pytest.mark.parametrize(
    ("wrong_from", "sentence", "place"),
    [
        (1, "the first step", "the first"),
        (2, "an early step", "the second"),
        (5, "an early step", "the second"),
        (6, "some step", "the third"),
        (400, "some step", "the third"),
    ],
)
def test_the_first_fault_that_is_there_is_said(wrong_from, sentence, place):
    text = said(expecting(wrong_from=wrong_from))
    assert f"✗ adder: {sentence} is wrong, on fresh sequences of 400 steps." in text
    assert f"Likely cause {place} place." in text


def test_a_state_that_is_no_number_is_wrong():
    nothing = replace(
        QUESTION, draw=lambda rng, batch, steps: (np.full((batch, steps, 1), np.nan), draw(rng, batch, steps)[1])
    )
    assert "the first step is wrong" in said(nothing)


def test_the_cell_state_is_that_of_the_first_unit():
    b = np.repeat(adder()[2], 2)
    b[5] = 0  # the second of the candidates
    QUESTION.judge(lambda: (np.zeros((1, 8)), np.zeros((2, 8)), b))


@pytest.mark.parametrize(
    ("question", "h", "c", "y", "holds"),
    [
        (LATCH, 0.1, WRONG, 0, True),
        (LATCH, -0.1, WRONG, 0, True),
        (LATCH, 0.11, WRONG, 0, False),
        (LATCH, -0.11, WRONG, 0, False),
        (LATCH, 0.5, WRONG, 1, True),
        (LATCH, 0.49, WRONG, 1, False),
        (LATCH, -0.5, WRONG, -1, True),
        (LATCH, 0.5, WRONG, -1, False),
        (COUNTER, WRONG, 6.91, 7, True),
        (COUNTER, WRONG, 7.09, 7, True),
        (COUNTER, WRONG, 6.89, 7, False),
        (COUNTER, WRONG, 7.11, 7, False),
        (PARITY, 0.5, WRONG, 1, True),
        (PARITY, 0.49, WRONG, 1, False),
        (PARITY, 0.1, WRONG, 0, True),
        (PARITY, -1, WRONG, 0, True),
        (PARITY, 0.11, WRONG, 0, False),
    ],
    ids=lambda value: getattr(value, "function", None),
)
def test_each_question_has_its_bounds(question, h, c, y, holds):
    assert bool(question.holds(*np.array([[[h]], [[c]], [[y]]]))) is holds
    assert not question.holds(*np.array([[[np.nan]], [[np.nan]], [[y]]]))


@pytest.mark.parametrize("question", [LATCH, COUNTER, PARITY], ids=lambda question: question.function)
def test_the_last_fault_is_about_every_step_and_no_other_is(question):
    X, y = question.draw(np.random.default_rng(0), 20, 400)
    *others, last = question.faults
    assert last.steps(X, y).all()
    assert not any(fault.steps(X, y).all() for fault in others)


@pytest.mark.parametrize(
    ("question", "sentence"), [(LATCH, "stay near 0"), (COUNTER, "after a reset"), (PARITY, "at the first one")]
)
def test_where_all_is_wrong_the_earliest_cause_is_said(question, sentence):
    inputs = question.draw(np.random.default_rng(0), 1, 2)[0].shape[-1]
    nothing_holds = replace(question, holds=lambda h, c, y: np.zeros(y.shape, dtype=bool))
    assert sentence in said(nothing_holds, lambda: (np.zeros((inputs, 4)), np.zeros((1, 4)), np.zeros(4)))
