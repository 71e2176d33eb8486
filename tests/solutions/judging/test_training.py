"""What the behavioural questions share, on a net that only looks at its last input: who passes, and what is no help."""

import numpy as np
import pytest

from solutions.judging.judging import KEY_VARIABLE
from solutions.judging.training import Question
from unrolled.checking.check import CheckFailed

CAUSE = "the weights are not these."


def draw(rng, batch, steps):
    X = rng.normal(size=(batch, steps, 2))
    return X, np.sign(X[:, -1, 0])


QUESTION = Question(draw, lambda X, W, U, b: X @ W, blocks=1, least=0.9, cause=lambda share, weights: CAUSE)


def train(X, y, rng):
    readout = np.linalg.lstsq(X[:, -1], y, rcond=None)[0]
    return np.eye(2), np.eye(2), np.zeros(2), readout[:, None], np.zeros(1)


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


def test_one_net_may_fail_and_no_more():
    calls = []

    def sometimes(X, y, rng):
        calls.append(1)
        W, U, b, Wy, by = train(X, y, rng)
        return W, U, b, Wy * (len(calls) not in fail), by

    fail = {1}
    QUESTION.judge(sometimes, "any", steps=3, enough=2)
    assert len(calls) == 3
    calls.clear()
    fail = {1, 3}
    with pytest.raises(CheckFailed, match=f"do not learn[\\s\\S]*{CAUSE}"):
        QUESTION.judge(sometimes, "any", steps=3, enough=2)


def test_weights_made_beforehand_fail():
    rng = np.random.default_rng(0)
    X, y = draw(rng, 1000, 3)
    weights = train(X, y, rng)
    assert QUESTION.share_right(weights, X, y) > 0.9
    with pytest.raises(CheckFailed, match="do not learn"):
        QUESTION.judge(lambda X, y, rng: weights, "any", steps=3, enough=5)


@pytest.mark.parametrize("weight", [0.0, np.nan])
def test_a_net_that_answers_nothing_is_wrong(weight):
    X, y = draw(np.random.default_rng(0), 10, 3)
    W, U, b, Wy, by = train(X, y, None)
    assert QUESTION.share_right((W, U, b, Wy * weight, by), X, y) == 0
