"""The behavioural question of `gru`: what keeps one sign of many passes, what does not fails."""

import jupytext
import numpy as np
import pytest

from solutions.exercises.catalogue import source_of
from solutions.exercises.gru.behaviour import judge_marked_sign
from solutions.judging.judging import KEY_VARIABLE
from solutions.reference.gru import flip_update_gate, gru_backward, gru_forward
from unrolled.checking.check import CheckFailed

SOURCE = source_of("gru")
START = "b[:hidden] = 2\n"
# What is done otherwise: pieces of the right `train` and what stands instead.
MISTAKES = {
    # With r = 1 and z = 0 for good, the GRU is the plain cell.
    "plain cell": [(START, "b[:hidden], b[hidden : 2 * hidden] = -40, 40\n")],
    "small z": [(START, "b[:hidden] = -2\n")],
    "no gradient through time": [("gru_backward(dHs, cache)", "_one_step_back(dHs, X[rows], Hs, W, U, b)")],
    "z the other way round": [("return W, U, b, Wy, by", "return *_flipped(W, U, b), Wy, by")],
    "not trained": [("range(updates)", "range(1)")],
}


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a test's own")


def one_step_back(dHs, X, Hs, W, U, b):
    """The gradients of the last step alone."""
    _, cache = gru_forward(X[:, -1:], Hs[:, -2], W, U, b)
    return gru_backward(dHs[:, -1:], cache)


def train_of(edits=(), *, own=False):
    """The source's `train` with these edits.

    own: with the source's own GRU. Otherwise with the reference, which is faster.
    """
    space = {"np": np, "_one_step_back": one_step_back, "_flipped": flip_update_gate}
    for cell in jupytext.read(SOURCE).cells:
        if cell.cell_type == "code" and cell.metadata.get("ng", "").startswith("solution"):
            text = cell.source
            if cell.metadata["ng"] == "solution train":
                for right, wrong in edits:
                    assert text.count(right) == 1, right
                    text = text.replace(right, wrong)
            exec(text, space)
    if not own:
        space |= {"gru_forward": gru_forward, "gru_backward": gru_backward}
    return space["train"]


def test_the_right_answer_passes(capsys):
    judge_marked_sign(train_of(own=True), "short", steps=10, enough=1)
    judge_marked_sign(train_of(own=True), "long", steps=30, enough=2)
    assert capsys.readouterr().out.count("✓ train") == 2


@pytest.mark.parametrize("name", MISTAKES)
def test_what_does_not_keep_fails(name):
    with pytest.raises(CheckFailed, match="do not learn"):
        judge_marked_sign(train_of(MISTAKES[name]), "long", steps=30, enough=2)


def net(hidden):
    return [np.zeros(shape) for shape in ((2, 3 * hidden), (hidden, 3 * hidden), (3 * hidden,), (hidden, 1), (1,))]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "something else"),
        (net(4)[:4], "something else"),
        ([net(4)[0], "U", *net(4)[2:]], "no array of numbers"),
        ([net(4)[0], 0.0, *net(4)[2:]], "1 to 32 units"),
        (net(33), "1 to 32 units"),
        ([np.zeros((2, 4)), *net(4)[1:]], "W does not fit"),
        ([*net(4)[:2], np.full(12, np.nan), *net(4)[3:]], "ran away"),
        (net(4), "do not learn"),
    ],
    ids=str,
)
def test_what_is_no_net_is_named(answer, sentence):
    with pytest.raises(CheckFailed) as failed:
        judge_marked_sign(lambda X, y, rng: answer, "short", steps=3, enough=1)
    assert sentence in " ".join(str(failed.value).split())


@pytest.mark.parametrize(
    ("edit", "cause"),
    [
        (("- y[rows]", "+ y[rows]"), "the sign of the update"),
        (("old - rate", "old + rate"), "the weights ran away"),
        (("range(updates)", "range(1)"), "the update gate's bias"),
    ],
)
def test_the_likely_cause_is_said(edit, cause):
    with pytest.raises(CheckFailed) as failed:
        judge_marked_sign(
            train_of([edit, ("updates = 16, 32, 400", "updates = 16, 32, 250")]), "short", steps=10, enough=1
        )
    assert cause in " ".join(str(failed.value).split())
