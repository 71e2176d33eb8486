"""The assignment `rnn-cell`: wrong attempts are called by their names, and echo nets without memory do not pass."""

import numpy as np
import pytest

from solutions.exercises.rnn_cell.behaviour import judge_echo
from tests.solutions.exercises.attempts import (
    KEYS,
    NO_NETS,
    RIGHT,
    Attempts,
    called,
    fixtures,
    model_answer,
    practised,
    said,
    zero_net,
)
from unrolled.checking.check import CheckFailed, subject
from unrolled.checking.diagnose import diagnose
from unrolled.data import tasks

ATTEMPTS = Attempts()


@ATTEMPTS.at("sigmoid", "if-on-an-array")
def one_question(a):
    if a >= 0:
        return 1 / (1 + np.exp(-a))
    else:
        return np.exp(a) / (1 + np.exp(a))


@ATTEMPTS.at("sigmoid", "cut-off-too-early")
def cut_off(a):
    return 1 / (1 + np.exp(-np.minimum(np.maximum(a, -10), 10)))


def softmax(a):
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@ATTEMPTS.at("cross_entropy", "small-number-1e-12")
def small_number_added(logits, targets):
    p = softmax(logits)
    return -np.mean(np.log(p[np.arange(len(p)), targets] + 1e-12))


@ATTEMPTS.at("cross_entropy", "small-number-1e-8")
def probability_cut_off(logits, targets):
    p = np.clip(softmax(logits), 1e-8, 1)
    return -np.mean(np.log(p[range(len(p)), targets]))


@ATTEMPTS.at("cross_entropy", "softmax-of-all-targets")
def columns_of_all_targets(logits, targets):
    return -np.mean(np.log(softmax(logits)[:, targets]))


@ATTEMPTS.at("cross_entropy", "targets-of-all-rows")
def logarithms_of_all_targets(logits, targets):
    log_p = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return -np.mean(log_p[:, targets])


@ATTEMPTS.at("sequence_loss", "logarithm-of-softmax")
def logarithm_of_a_zero(logits, targets, mask):
    chosen = np.take_along_axis(softmax(logits), targets[:, :, None], axis=2)[:, :, 0]
    return np.sum(-np.log(chosen) * mask) / np.sum(mask)


@ATTEMPTS.at("sequence_loss", "small-number-1e-12")
def small_number_added_to_the_sequence(logits, targets, mask):
    chosen = np.take_along_axis(softmax(logits), targets[:, :, None], axis=2)[:, :, 0]
    return np.sum(-np.log(chosen + 1e-12) * mask) / np.sum(mask)


@ATTEMPTS.at("rnn_step", "naive-tanh-h_next")
def tanh_of_exponentials(x, h, W, U, b):
    a = np.dot(x, W) + np.dot(h, U) + b
    h_next = (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))
    return h_next, (x, h, a)


@ATTEMPTS.at("rnn_forward", "over-the-batch-X")
def as_many_steps_as_sequences(X, h0, W, U, b):
    states, h = [], h0
    for t in range(len(X)):
        h = np.tanh(X[:, t] @ W + h @ U + b)
        states.append(h)
    return np.stack(states, axis=1), None


@ATTEMPTS.at("rnn_forward", "over-the-batch-X-2")
def rows_of_the_batch_for_steps(X, h0, W, U, b):
    h, states = h0, []
    for x in X:
        h = np.tanh(x @ W + h @ U + b)
        states.append(h)
    return np.stack(states, axis=1), None


@ATTEMPTS.at("rnn_forward", "last-input-dropped")
def as_many_steps_as_arrows_between_inputs(X, h0, W, U, b):
    Hs = np.zeros((X.shape[0], X.shape[1], len(b)))
    h = h0
    for t in range(X.shape[1] - 1):
        h = np.tanh(X[:, t] @ W + h @ U + b)
        Hs[:, t] = h
    Hs[:, -1] = h
    return Hs, None


@ATTEMPTS.at("rnn_forward", "not-carried-caches-h")
def from_the_initial_state_each_time(X, h0, W, U, b):
    Hs = [np.tanh(X[:, t] @ W + h0 @ U + b) for t in range(X.shape[1])]
    return np.stack(Hs, axis=1), None


@ATTEMPTS.at("rnn_forward", "axis-of-one-lost")
def one_input_squeezed_away(X, h0, W, U, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        h = np.tanh(np.dot(np.squeeze(X[:, t]), W) + h @ U + b)
        states.append(h.reshape(h0.shape))
    return np.stack(states, axis=1), None


@ATTEMPTS.at("rnn_forward", "axis-kept-in-Hs")
def all_ones_squeezed_away(X, h0, W, U, b):
    h, states = h0, []
    for t in range(X.shape[1]):
        h = np.tanh(X[:, t] @ W + h @ U + b)
        states.append(h)
    return np.stack(states, axis=1).squeeze(), None


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_the_check_names_the_mistake(attempt):
    assert called(fixtures("rnn-cell")[attempt.function], attempt.answer, attempt.forward) == attempt.misconception


def bias_missing_and_argument_overwritten(x, h, W, U, b):
    h[:] = np.tanh(x @ W + h @ U)
    return h, x


def kernel_transposed_and_tanh_of_exponentials(x, h, W, U, b):
    a = x @ W + h @ U.T + b
    return (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a)), None


@pytest.mark.parametrize(
    ("answer", "hint", "besides"),
    [
        (bias_missing_and_argument_overwritten, "something is missing: the bias b", "write into h"),
        (kernel_transposed_and_tanh_of_exponentials, "a transpose too many: U", "exponential overflows"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_of_two_faults_both_are_said(answer, hint, besides):
    fixture = fixtures("rnn-cell")["rnn_step"]
    failure = diagnose(subject(answer, None, fixture, part="visible"), fixture)
    assert hint in failure.suspect.hint
    assert len(failure.besides) == 1
    assert besides in failure.besides[0]


def test_a_sigmoid_cut_off_at_twenty_is_right():
    """Its error of 2e-9 is far below the accuracy that the assignment states, and below that of float32 near 1."""
    assert called(fixtures("rnn-cell")["sigmoid"], lambda a: 1 / (1 + np.exp(-np.clip(a, -20, 20)))) == RIGHT


def echo(*edits):
    return model_answer("rnn-cell", "echo_state", *edits)


def test_the_model_answer_passes(monkeypatch):
    assert said(judge_echo, echo(), monkeypatch) == [""] * len(KEYS)


@pytest.mark.parametrize("scale", ["0 * rng", "9 * rng"])
def test_nets_without_memory_do_not_pass(scale, monkeypatch):
    assert "" not in said(judge_echo, echo(("0.9 * rng", scale)), monkeypatch)


def test_states_that_meet_the_answers_of_other_steps_do_not_pass(monkeypatch):
    mixed = echo(("Hs.reshape(-1", "Hs.swapaxes(0, 1).reshape(-1"))
    assert "" not in said(judge_echo, mixed, monkeypatch)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        *NO_NETS,
        (zero_net(4), "relative error of"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_came_back_instead_is_said(answer, words):
    with pytest.raises(CheckFailed, match=words):
        judge_echo(lambda X, y, rng: answer)


def test_weights_prepared_for_each_delay_do_not_pass(monkeypatch):
    prepared = {}
    for delay in (3, 4, 5):
        prepared[delay] = echo()(*tasks.delayed_echo(np.random.default_rng(0), 20, 50, delay), np.random.default_rng(1))

    def recognised(X, y, rng):
        likeness = {delay: abs(np.sum(y[:, delay:] * X[:, :-delay, 0])) for delay in prepared}
        return prepared[max(likeness, key=likeness.get)]

    assert "" not in said(judge_echo, recognised, monkeypatch)


def test_the_practice_cell_says_which_array_has_another_shape(capsys):
    swapped = ("return W, U, b", "return U, W, b")
    assert "✗ echo_state: W has the shape" in practised("rnn-cell", "echo_state", [swapped], capsys)


@pytest.mark.parametrize(
    ("of", "edit", "where"),
    [
        ("echo_state", ("y.reshape(-1)", "y"), "inside echo_state (relative_error → echo_state)"),
        (
            "rnn_forward",
            ("rnn_step(X[:, t]", "rnn_step(X[t]"),
            "(relative_error → echo_state → rnn_forward → rnn_step)",
        ),
    ],
)
def test_the_practice_cell_says_where_an_error_was_raised(of, edit, where, capsys):
    with pytest.raises(ValueError):
        practised("rnn-cell", "echo_state", [edit], capsys, of=of)
    assert where in capsys.readouterr().out
