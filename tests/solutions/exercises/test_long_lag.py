"""The behavioural question of `vanishing`: what learns across forty steps passes, what does not fails."""

import jupytext
import numpy as np
import pytest

from solutions.exercises.catalogue import source_of
from solutions.exercises.vanishing.behaviour import judge_long_lag
from solutions.judging.judging import KEY_VARIABLE
from unrolled.checking.check import CheckFailed

SOURCE = source_of("vanishing")
GRADIENTS = "[dW, dU, db, Hs[:, -1].T @ dp, dp.sum(axis=0)]"
ORTHOGONAL = "orthogonal(rng, hidden), np"
# What is left out, or done otherwise: pieces of the right answer and what stands instead.
MISTAKES = {
    "not clipped": [("gradients, _ = clip_by_global_norm(", "gradients = ("), (f"{GRADIENTS}, 0.25", GRADIENTS)],
    "small normal start": [(ORTHOGONAL, "0.5 * rng.standard_normal((hidden, hidden)) / np.sqrt(hidden), np")],
    "no memory": [(ORTHOGONAL, "np.zeros((hidden, hidden)), np"), ("[dW, dU, db", "[dW, 0 * dU, db")],
    "not trained": [("in range(updates)", "in range(1)")],
}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


def train_of(edits=()):
    """The source's own `train`, with every function that it calls, and with these edits."""
    namespace = {"np": np}
    for cell in jupytext.read(SOURCE).cells:
        if cell.cell_type == "code" and cell.metadata.get("ng", "").startswith("solution"):
            text = cell.source
            if cell.metadata["ng"] == "solution train":
                for right, wrong in edits:
                    assert text.count(right) == 1, right
                    text = text.replace(right, wrong)
            exec(text, namespace)
    return namespace["train"]


def test_the_right_answer_passes(capsys):
    judge_long_lag(train_of(), "long", steps=40, enough=2)
    judge_long_lag(train_of(), "short", steps=10, enough=1)
    assert capsys.readouterr().out.count("✓ train") == 2


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # weights that run away overflow
@pytest.mark.parametrize("name", MISTAKES)
def test_what_does_not_learn_fails(name):
    with pytest.raises(CheckFailed, match="ran away" if name == "not clipped" else "do not learn"):
        judge_long_lag(train_of(MISTAKES[name]), "long", steps=40, enough=2)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "something else"),
        ((1, 2, 3, 4), "something else"),
        ((np.zeros((2, 4)), "U", 0, 0, 0), "no array of numbers"),
        ((np.zeros((2, 4)), 0.0, 0, 0, 0), "1 to 32 units"),
        ((np.zeros((2, 64)), np.zeros((64, 64)), np.zeros(64), np.zeros((64, 1)), np.zeros(1)), "1 to 32 units"),
        ((np.zeros((4, 2)), np.zeros((4, 4)), np.zeros(4), np.zeros((4, 1)), np.zeros(1)), "W does not fit"),
        ((np.zeros((2, 4)), np.full((4, 4), np.nan), np.zeros(4), np.zeros((4, 1)), np.zeros(1)), "ran away"),
    ],
)
def test_what_is_no_net_is_named(answer, sentence):
    with pytest.raises(CheckFailed, match=sentence):
        judge_long_lag(lambda X, y, rng: answer, "short", steps=3, enough=1)
