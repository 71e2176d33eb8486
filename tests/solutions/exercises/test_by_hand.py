"""LSTMs set by hand: right answers pass under every key, what misses a case never does (3 s)."""

import numpy as np
import pytest

from autograde.demo import reference_answers
from autograde.release.source import read_source
from solutions.exercises.catalogue import source_of
from solutions.exercises.lstm_forward.behaviour import judge_counter, judge_latch, judge_parity
from solutions.judging.judging import KEY_VARIABLE
from unrolled.checking.check import CheckFailed

KEYS = [f"key {number}" for number in range(8)]
SOURCE = source_of("lstm-forward")
JUDGES = {"latch": judge_latch, "counter": judge_counter, "parity": judge_parity}


def written(name: str, *edits: tuple[str, str]):
    """The model answer, with pieces of its text replaced."""
    text = reference_answers(read_source(SOURCE))[name]
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    space = {"np": np}
    exec(text, space)  # our own source, not a student's
    return space[name]


def said(name: str, answer, monkeypatch) -> set[str]:
    """What the judge says under each key; "" where it is content."""
    found = set()
    for key in KEYS:
        monkeypatch.setenv(KEY_VARIABLE, key)
        try:
            JUDGES[name](answer)
            found.add("")
        except CheckFailed as error:
            found.add(str(error))
    return found


@pytest.mark.parametrize("name", JUDGES)
def test_the_model_answers_pass(name, monkeypatch):
    assert said(name, written(name), monkeypatch) == {""}


def toggling_by_its_gates():
    # A state of 0 or 1: a one writes where the unit is at 0, and erases where it is at 1. Three more units do nothing.
    W, U, b = np.zeros((1, 16)), np.zeros((4, 16)), np.zeros(16)
    W[0, 0], U[0, 0], b[0] = 100, -200, -50
    W[0, 4], b[4] = -100, 50
    b[8], b[12] = 20, 20
    return W.tolist(), U.tolist(), b.tolist()


def test_other_ways_pass(monkeypatch):
    assert said("parity", toggling_by_its_gates, monkeypatch) == {""}


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
    found = said(name, written(name, *edits), monkeypatch)
    assert "" not in found
    for text in found:
        assert any(piece in text for piece in sentence.split("|")), text


@pytest.mark.parametrize("name", JUDGES)
def test_weights_of_zero_and_at_random_fail(name, monkeypatch):
    W, U, b = written(name)()
    rng = np.random.default_rng(0)
    assert "" not in said(name, lambda: (0 * W, 0 * U, 0 * b), monkeypatch)
    for scale in (1, 5, 50):
        drawn = [scale * rng.standard_normal(one.shape) for one in (W, U, b)]
        assert "" not in said(name, lambda drawn=drawn: drawn, monkeypatch)


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
