"""The behavioural question of `lstm-backward` and its products of gates: what is right passes, the rest fails."""

import numpy as np
import pytest

from autograde.demo import reference_answers
from autograde.release.source import read_source
from solutions.exercises.catalogue import source_of
from solutions.exercises.lstm_backward.behaviour import judge_marked_sign
from solutions.exercises.lstm_backward.cell_path import judge_cell_path
from solutions.judging.judging import KEY_VARIABLE
from unrolled.checking.check import CheckFailed

SOURCE = source_of("lstm-backward")
FEWER = ("updates, limit = 8, 32, 600", "updates, limit = 8, 32, 200")  # enough for ten steps
# What is left out, or done otherwise: pieces of the right answer and what stands instead.
MISTAKES = {
    "no memory": [("return W, U, b", "b[hidden : 2 * hidden] = -40\n    return W, U, b")],
    "the wrong direction": [("old - rate", "old + rate")],
}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


def answer(name: str, edits=()):
    """The source's own answer, with every function that it calls, and with these edits."""
    answers = reference_answers(read_source(SOURCE))
    for right, wrong in edits:
        assert answers[name].count(right) == 1, right
        answers[name] = answers[name].replace(right, wrong)
    space = {"np": np}
    for source in answers.values():
        if source.startswith("def "):
            exec(source, space)  # our own source, not a student's
    return space[name]


def test_the_right_answer_passes(capsys):
    judge_marked_sign(answer("train"), "long", steps=40, enough=1)
    judge_marked_sign(answer("train", [FEWER]), "short", steps=10, enough=2)
    assert capsys.readouterr().out.count("✓ train") == 2


@pytest.mark.parametrize("name", MISTAKES)
def test_what_does_not_learn_fails(name):
    with pytest.raises(CheckFailed, match="do not learn"):
        judge_marked_sign(answer("train", [*MISTAKES[name], FEWER]), "short", steps=10, enough=1)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (None, "something else"),
        ((1, 2, 3, 4), "something else"),
        ((np.zeros((2, 4)), "U", 0, 0, 0), "no array of numbers"),
        ((np.zeros((2, 4)), 0.0, 0, 0, 0), "1 to 32 units"),
        ((np.zeros((2, 132)), np.zeros((33, 132)), np.zeros(132), np.zeros((33, 1)), np.zeros(1)), "1 to 32 units"),
        ((np.zeros((2, 3)), np.zeros((1, 3)), np.zeros(3), np.zeros((1, 1)), np.zeros(1)), "W does not fit"),
        ((np.zeros((2, 4)), np.full((1, 4), np.nan), np.zeros(4), np.zeros((1, 1)), np.zeros(1)), "ran away"),
    ],
)
def test_what_is_no_net_is_named(weights, sentence):
    with pytest.raises(CheckFailed, match=sentence):
        judge_marked_sign(lambda X, y, rng: weights, "short", steps=3, enough=1)


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
    judge_cell_path(answer("cell_path"))
    judge_cell_path(from_the_last_step)
    judge_cell_path(lambda F: from_the_last_step(F).tolist())


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda F: np.cumprod(F, axis=1), "from each step to the last"),
        (lambda F: from_the_last_step(F) / np.maximum(F, 0.1), "included"),
        (lambda F: F.prod(axis=1), "shape of F"),
        (lambda F: "P", "no array of numbers"),
        (by_division, "divides by a gate"),
        (in_place, "changes the gates"),
    ],
)
def test_wrong_products_of_gates_are_told(wrong, sentence):
    with pytest.raises(CheckFailed, match=sentence):
        judge_cell_path(wrong)
