"""What judges a net of a student's: the model answer passes under many keys, nets that ignore the structure never.

About 8 s. Measured once over 200 keys: model answers 200, nets without memory 0.
"""

import numpy as np
import pytest

from autograde.demo import reference_answers
from autograde.release.source import read_source
from solutions.exercises.bptt.behaviour import judge_training
from solutions.exercises.catalogue import source_of
from solutions.exercises.rnn_cell.behaviour import judge_echo
from solutions.judging.judging import KEY_VARIABLE
from unrolled.checking.check import CheckFailed

KEYS = [f"key {number}" for number in range(8)]
UPDATE = "_, _, dW, dU, db = rnn_backward(dlogits @ Wy.T, cache)"


def written(slug: str, name: str, *edits: tuple[str, str]):
    """The model answer `name` of an assignment, with pieces of its text replaced."""
    answers = reference_answers(read_source(source_of(slug)))
    for old, new in edits:
        assert answers[name].count(old) == 1
        answers[name] = answers[name].replace(old, new)
    space = {"np": np}
    for source in answers.values():
        if source.startswith("def "):
            exec(source, space)  # our own source, not a student's
    return space[name]


def passed(judge, answer, monkeypatch, keys=KEYS) -> int:
    """Under how many keys it passes."""
    found = 0
    for key in keys:
        monkeypatch.setenv(KEY_VARIABLE, key)
        try:
            judge(answer)
            found += 1
        except CheckFailed:
            pass
    return found


def test_the_model_answers_pass(monkeypatch):
    assert passed(judge_training, written("bptt", "train"), monkeypatch) == len(KEYS)
    assert passed(judge_echo, written("rnn-cell", "echo_state"), monkeypatch) == len(KEYS)


def test_a_gradient_that_never_goes_back_in_time_does_not_pass(monkeypatch):
    short = ("range(1500)", "range(800)")
    for window in (1, 3):
        cut = written(
            "bptt", "train", short, (UPDATE, UPDATE.replace("(dlogits @ Wy.T", f"_truncated(dlogits @ Wy.T, {window}"))
        )
        assert passed(judge_training, cut, monkeypatch, KEYS[:3]) == 0


def test_nets_without_memory_do_not_pass(monkeypatch):
    forgetful = written("bptt", "train", ("range(1500)", "range(300)"), ("return W, U,", "return W, 0 * U,"))
    assert passed(judge_training, forgetful, monkeypatch, KEYS[:3]) == 0
    for scale in ("0 * rng", "9 * rng"):
        wrong = written("rnn-cell", "echo_state", ("0.9 * rng", scale))
        assert passed(judge_echo, wrong, monkeypatch) == 0


def test_states_that_meet_the_answers_of_other_steps_do_not_pass(monkeypatch):
    mixed = written("rnn-cell", "echo_state", ("Hs.reshape(-1", "Hs.swapaxes(0, 1).reshape(-1"))
    assert passed(judge_echo, mixed, monkeypatch) == 0


def net(hidden: int) -> list:
    return [np.zeros(shape) for shape in ((1, hidden), (hidden, hidden), (hidden,), (hidden, 1), (1,))]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "something else"),
        (net(4)[:4], "something else"),
        (net(0), r"1 to \d+\s+units"),
        ([*net(4)[:3], np.zeros(4), np.zeros(1)], "Wy does not fit. For H units"),
        ([*net(4)[:4], "none"], r"no array of\s+numbers"),
        ([*net(4)[:4], np.array([np.nan])], "by holds numbers that are not finite"),
        (net(2000), r"1 to \d+\s+units"),
        (net(4), "relative error of|answers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("judge", [judge_training, judge_echo])
def test_what_came_back_instead_is_said(judge, answer, said):
    with pytest.raises(CheckFailed, match=said):
        judge(lambda X, y, rng: answer)


def test_a_net_of_more_units_than_allowed_is_refused():
    with pytest.raises(CheckFailed, match="1 to 16 units"):
        judge_training(lambda X, y, rng: net(17))
