"""The assignment `deep-bidirectional`: wrong attempts are called by their names; what reads one side alone fails."""

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.exercises.deep_bidirectional.behaviour import STEPS, TRIPLETS, draw, judge_between
from solutions.judging.audit import lost_parts
from solutions.judging.judging import KEY_VARIABLE, fresh
from solutions.reference.rnn import rnn_forward
from tests.solutions.exercises.attempts import (
    KEYS,
    RIGHT,
    Attempts,
    called,
    fixtures,
    model_answer,
    practised,
    run,
    said,
)
from unrolled.checking.check import CheckFailed, subject
from unrolled.checking.diagnose import diagnose

ANSWERS = {
    "reverse_padded": """
def reverse_padded(X, lengths):
    out = np.zeros_like(X)
    for i in range(X.shape[0]):
        n = lengths[i]
        out[i, :n] = X[i, :n][::-1]
        out[i, n:] = X[i, n:]
    return out
""",
    "bidirectional_forward": """
def bidirectional_forward(X, lengths, W_f, U_f, b_f, W_b, U_b, b_b):
    B, T, D = X.shape
    H = U_f.shape[0]
    h0 = np.zeros((B, H))
    fwd, _ = rnn_forward(X, h0, W_f, U_f, b_f)
    Xr = reverse_padded(X, lengths)
    bwd_r, _ = rnn_forward(Xr, h0, W_b, U_b, b_b)
    bwd = reverse_padded(bwd_r, lengths)
    Hs = np.concatenate([fwd, bwd], axis=-1)
    last = np.zeros((B, 2 * H))
    for n in range(B):
        last[n, :H] = fwd[n, lengths[n] - 1]
        last[n, H:] = bwd[n, 0]
        Hs[n, lengths[n]:] = 0
    return Hs, last
""",
    "variational_dropout": """
def variational_dropout(X, u, p, training):
    if training:
        keep = (u >= p).astype(float) / (1 - p)
        return X * keep[:, np.newaxis, :]
    else:
        return X.copy()
""",
    "stack_forward": """
def stack_forward(X, W, U, b, masks):
    B, T, H = X.shape
    inp = X
    last = []
    for l in range(W.shape[0]):
        out, _ = rnn_forward(inp, np.zeros((B, H)), W[l], U[l], b[l])
        last.append(out[:, -1, :])
        if l < W.shape[0] - 1:
            inp = out * masks[l][:, None, :]
    return out, np.array(last)
""",
}


def space(name, *edits):
    """What the answers define, with edits of one of them."""
    return run(ANSWERS, name, edits, rnn_forward=rnn_forward)


def verdict(name, *edits, of=None):
    """What `check` calls the answer to `name` after the edits, which are of another answer where `of` names one."""
    return called(fixtures("deep-bidirectional")[name], space(of or name, *edits)[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("reverse_padded", "n = lengths[i]", "n = X.shape[1]", "lengths-ignored"),
        ("reverse_padded", "n = lengths[i]", "n = lengths[i] - 1", "one-too-few"),
        ("reverse_padded", "        out[i, n:] = X[i, n:]\n", "", "begins-with-zeros-Y-X-copy"),
        ("reverse_padded", "X[i, n:]\n", "X[i, n:][::-1]\n", "padding-turned-too"),
        ("reverse_padded", "X[i, :n][::-1]", "X[i, n - 1 :: -1]", RIGHT),
        ("reverse_padded", "X[i, :n][::-1]", "X[i, ::-1][:n]", "turned-before-it-is-cut"),
        ("reverse_padded", "n = lengths[i]", "n = max(lengths)", "longest-for-all"),
        ("reverse_padded", "n = lengths[i]", "n = lengths[0]", "other-index-L-n-0"),
        ("reverse_padded", "[::-1]", "[:, ::-1]", "inputs-reversed"),
        ("reverse_padded", "[::-1]", "", "nothing-turned"),
        ("reverse_padded", "np.zeros_like(X)", "X", "another-value-everywhere-Y-n-L-X"),
        ("reverse_padded", "    return out", "        return out", "first-sequence-alone"),
        ("bidirectional_forward", "bwd = reverse_padded(bwd_r, lengths)", "bwd = bwd_r", "not-turned-back"),
        ("bidirectional_forward", "= reverse_padded(X, lengths)", "= X", "input-not-turned"),
        (
            "bidirectional_forward",
            "bwd = reverse_padded(bwd_r, lengths)",
            "bwd = bwd_r[:, ::-1]",
            "turned-back-as-a-whole",
        ),
        ("bidirectional_forward", "h0, W_b, U_b, b_b)", "h0, W_f, U_f, b_f)", "forward-weights-twice"),
        ("bidirectional_forward", "h0, W_b, U_b, b_b)", "fwd[:, -1], W_b, U_b, b_b)", "begins-where-the-padding-ended"),
        ("bidirectional_forward", "bwd[n, 0]", "bwd[n, -1]", "last-backward-state-at-the-end"),
        ("bidirectional_forward", "bwd[n, 0]", "bwd[n, lengths[n] - 1]", "last-backward-state-at-its-length"),
        ("bidirectional_forward", "bwd[n, 0]", "bwd_r[n, -1]", "last-backward-state-of-the-padding"),
        ("bidirectional_forward", "fwd[n, lengths[n] - 1]", "fwd[n, -1]", "last-forward-state-of-the-padding"),
        ("bidirectional_forward", "fwd[n, lengths[n] - 1]", "fwd[n, lengths[n]]", "complement-last_f-lengths-1"),
        ("bidirectional_forward", "        Hs[n, lengths[n]:] = 0\n", "", "padding-left-in"),
        ("bidirectional_forward", "Hs[n, lengths[n]:]", "Hs[n, lengths[n] + 1:]", "one-step-of-padding-left-in"),
        ("bidirectional_forward", "[fwd, bwd]", "[bwd, fwd]", "joined-in-another-order-Hs-Hs_f-Hs_b-2"),
        ("bidirectional_forward", "np.concatenate([fwd, bwd], axis=-1)", "fwd + bwd", "summed"),
        ("bidirectional_forward", "return Hs, last", "return last, Hs", "answers-swapped-1-2"),
        ("variational_dropout", "u >= p", "u < p", "dropped-and-kept-exchanged"),
        ("variational_dropout", " / (1 - p)", "", "scale-missing"),
        ("variational_dropout", "/ (1 - p)", "/ p", "complement-mask-1-p"),
        ("variational_dropout", "/ (1 - p)", "* (1 - p)", "scaled-down"),
        ("variational_dropout", "X.copy()", "X * (1 - p)", "scaled-in-evaluation"),
        ("variational_dropout", "if training", "if not training", "training-turned-round"),
        ("variational_dropout", "if training", "if True", "dropped-in-evaluation"),
        ("variational_dropout", "keep[:, np.newaxis, :]", "keep[np.newaxis]", "mask-over-the-batch"),
        ("variational_dropout", "keep[:, np.newaxis, :]", "keep", "mask-without-the-step"),
        ("variational_dropout", "keep[:, np.newaxis, :]", "keep[:1, None]", "first-sequence-for-all"),
        ("stack_forward", "rnn_forward(inp", "rnn_forward(X", "every-layer-reads-X"),
        ("stack_forward", "W[l], U[l], b[l]", "W[0], U[0], b[0]", "first-layer-for-all"),
        ("stack_forward", " * masks[l][:, None, :]", "", "masks-left-out"),
        ("stack_forward", "masks[l][:, None, :]", "masks[0][:, None, :]", "same-mask-for-all-layers"),
        ("stack_forward", "masks[l][:, None, :]", "(masks[l][:, None, :] != 0)", "masks-as-zero-and-one"),
        ("stack_forward", "out[:, -1, :]", "out[:, 0, :]", "first-states"),
        ("stack_forward", "np.array(last)", "np.stack(last, axis=1)", "batch-before-the-layers"),
        ("stack_forward", "return out, np.array(last)", "return out, last[-1]", "last-entry-alone-last"),
        ("stack_forward", "out * masks", "inp + out * masks", "residual-connection-in-front-of-a-layer"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


def test_a_sequence_that_is_turned_with_its_padding_is_called_so():
    whole = [("= reverse_padded(X, lengths)", "= X[:, ::-1]"), ("= reverse_padded(bwd_r, lengths)", "= bwd_r[:, ::-1]")]
    assert verdict("bidirectional_forward", *whole) == "turned-as-a-whole"


def test_both_directions_side_by_side_in_no_other_way():
    both = [
        ("np.concatenate([fwd, bwd], axis=-1)", "fwd + bwd"),
        ("np.zeros((B, 2 * H))", "np.zeros((B, H))"),
        ("last[n, :H] = fwd[n, lengths[n] - 1]", "last[n] = fwd[n, lengths[n] - 1] + bwd[n, 0]"),
        ("        last[n, H:] = bwd[n, 0]\n", ""),
    ]
    assert verdict("bidirectional_forward", *both) == "summed-both"


def test_the_last_column_is_not_the_last_state():
    assert verdict("bidirectional_forward", ("return Hs, last", "return Hs, Hs[:, -1]")) == "last-column"
    forward = ("fwd[n, lengths[n] - 1]", "fwd[n, -1]")
    assert verdict("bidirectional_forward", forward, ("bwd[n, 0]", "bwd[n, -1]")) == "last-column-of-both"
    assert verdict("bidirectional_forward", forward, ("bwd[n, 0]", "bwd_r[n, -1]")) == "last-states-of-the-padding"


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("n = lengths[i]", "n = X.shape[1]", "turned-as-a-whole"),
        ("n = lengths[i]", "n = lengths[i] - 1", "reverse_padded:one-too-few"),
        ("n = lengths[i]", "n = min(lengths)", "reverse_padded:shortest-for-all"),
        ("[::-1]", "", "nothing-turned"),
    ],
)
def test_a_mistake_in_the_reversal_is_known_in_both_directions(old, new, wanted):
    assert verdict("bidirectional_forward", (old, new), of="reverse_padded") == wanted


def test_a_write_into_an_argument_is_named_beside_a_mistake():
    fixture = fixtures("deep-bidirectional")["reverse_padded"]
    wrong = space("reverse_padded", ("np.zeros_like(X)", "X"), ("n = lengths[i]", "n = lengths[i] - 1"))[
        "reverse_padded"
    ]
    found = diagnose(subject(wrong, None, fixture, part="visible"), fixture)
    assert found.suspect is not None and "write into X" in " ".join([found.suspect.hint, *found.besides])


ATTEMPTS = Attempts()


@ATTEMPTS.at("reverse_padded", "lengths-ignored")
def lengths_ignored(X, lengths):
    return np.flip(X, axis=1).copy()


@ATTEMPTS.at("reverse_padded", "batch-reversed")
def batch_reversed(X, lengths):
    return X[::-1].copy()


@ATTEMPTS.at("reverse_padded", "padding-turned-too")
def padding_turned_too(X, lengths):
    t = np.arange(X.shape[1])
    return X[np.arange(len(X))[:, None], lengths[:, None] - 1 - t]


@ATTEMPTS.at("reverse_padded", "nothing-turned")
def nothing_turned(X, lengths):
    Y = X.copy()
    for n, length in enumerate(lengths):
        for t in range(length):
            Y[n, [t, length - 1 - t]] = Y[n, [length - 1 - t, t]]
    return Y


@ATTEMPTS.at("reverse_padded", "read-from-what-is-overwritten")
def read_from_what_is_overwritten(X, lengths):
    Y = np.array(X)
    for y, length in zip(Y, lengths, strict=True):
        for t in range(length):
            y[t] = y[length - 1 - t]
    return Y


@ATTEMPTS.at("bidirectional_forward", "padding-zeroed-and-turned-as-a-whole")
def padding_zeroed_and_turned_as_a_whole(X, lengths, W_f, U_f, b_f, W_b, U_b, b_b):
    inside = (np.arange(X.shape[1]) < lengths[:, None])[..., None]
    X, h0 = np.where(inside, X, 0), np.zeros((len(X), len(U_f)))
    ahead = rnn_forward(X, h0, W_f, U_f, b_f)[0]
    back = rnn_forward(X[:, ::-1], h0, W_b, U_b, b_b)[0][:, ::-1]
    last = np.take_along_axis(ahead, lengths[:, None, None] - 1, axis=1)[:, 0]
    return np.where(inside, np.concatenate([ahead, back], axis=2), 0), np.hstack([last, back[:, 0]])


@ATTEMPTS.at("variational_dropout", "scaled-at-the-other-time")
def scaled_at_the_other_time(X, u, p, training):
    return X * (u >= p)[:, None] if training else X * (1 - p)


@ATTEMPTS.at("variational_dropout", "mask-piles-up")
def mask_piles_up(X, u, p, training):
    Y, mask = X.copy(), 1.0
    for t in range(X.shape[1]):
        if training:
            mask = mask * (u >= p) / (1 - p)
        Y[:, t] = X[:, t] * mask
    return Y


@ATTEMPTS.at("stack_forward", "one-step-late-for-each-layer")
def one_step_late_for_each_layer(X, W, U, b, masks):
    L, H = b.shape
    h = [np.zeros((len(X), H))] * L
    top = []
    for t in range(X.shape[1]):
        before = list(h)
        for k in range(L):
            below = X[:, t] if k == 0 else before[k - 1] * masks[k - 1]
            h[k] = np.tanh(below @ W[k] + before[k] @ U[k] + b[k])
        top.append(h[-1])
    return np.stack(top, axis=1), np.stack(h)


@ATTEMPTS.at("stack_forward", "residual-connection")
def residual_connection(X, W, U, b, masks):
    Hs, last = X, []
    for k in range(len(W)):
        into = Hs if k == 0 else Hs * masks[k - 1][:, None]
        Hs = into + rnn_forward(into, np.zeros((len(X), X.shape[2])), W[k], U[k], b[k])[0]
        last.append(Hs[:, -1])
    return Hs, np.stack(last)


@ATTEMPTS.at("stack_forward", "masked-last-states")
def masked_last_states(X, W, U, b, masks):
    Hs, last = X, []
    for k in range(len(W)):
        Hs = rnn_forward(Hs, np.zeros((len(X), X.shape[2])), W[k], U[k], b[k])[0]
        if k + 1 < len(W):
            Hs = Hs * masks[k][:, None]
        last.append(Hs[:, -1])
    return Hs, np.stack(last)


@ATTEMPTS.at("stack_forward", "begins-where-the-layer-below-ended")
def begins_where_the_layer_below_ended(X, W, U, b, masks):
    Hs, h, last = X, np.zeros((len(X), X.shape[2])), []
    for k in range(len(W)):
        Hs = rnn_forward(Hs if k == 0 else Hs * masks[k - 1][:, None], h, W[k], U[k], b[k])[0]
        h = Hs[:, -1]
        last.append(h)
    return Hs, np.stack(last)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("deep-bidirectional")[attempt.function], attempt.answer) == attempt.misconception


def test_x_itself_in_evaluation_costs_one_part(monkeypatch):
    wrong = space("variational_dropout", ("X.copy()", "X"))["variational_dropout"]
    assert set(lost_parts(contract_of("variational_dropout"), wrong, "key")) == {"edges"}


MANY = [f"key {number}" for number in range(200)]


def test_the_model_answer_passes_under_every_key(monkeypatch):
    assert not any(said(judge_between, model_answer("deep-bidirectional", "between"), monkeypatch, MANY))


def answers_by_one_side(X, lengths, y):
    """For each side: whether equal readings from there have two right answers, so that no function of them is right."""
    clash = [False, False]
    for side in range(2):
        right = {}
        for n, length in enumerate(lengths):
            bits = X[n, :length, 0].astype(int).tolist()
            for t in range(length):
                read = bits[: t + 1] if side == 0 else bits[t:]
                clash[side] |= right.setdefault(str(read), y[n, t]) != y[n, t]
    return clash


def test_no_net_that_reads_one_side_can_pass_under_any_key(monkeypatch):
    for key in MANY:
        monkeypatch.setenv(KEY_VARIABLE, key)
        assert answers_by_one_side(*draw(fresh("between"), TRIPLETS, STEPS)) == [True, True]


ONE = "W, U, b, W, U, b, np.full((2, 1), 2.0), np.full(1, -3.0)"


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("W, U, b, W, U, b, np.array([[2.0], [0]]), np.full(1, -1.0)", "behind the last one"),
        ("W, U, b, W, U, b, np.array([[0], [2.0]]), np.full(1, -1.0)", "before the first one"),
        ("W, U, b, W, U, b, np.full((2, 1), 2.0), np.full(1, -1.0)", "before the first one"),
        ("W, U, b, W, U, b, np.full((2, 1), 2.0), np.full(1, -4.0)", "from the first one to the last one"),
        ("W, U / 20, b, W, U / 20, b, np.full((2, 1), 2.0), np.full(1, -3.0)", "from the first one to the last one"),
        ("W, U, b, 0 * W, U, b, np.full((2, 1), 2.0), np.full(1, -1.0)", "behind the last one"),
        ("W, U, b, W, U, b, np.full((2, 1), 2.0)", "it returned something else"),
        ("W, U, b, W, U, b, np.full((1, 1), 2.0), np.full(1, -3.0)", "Wy does not fit"),
        ("W, U, b, W, U, b, np.full((2, 1), np.nan), np.full(1, -3.0)", "not finite"),
        ("W, U, b, W, U, b, np.full((2, 1), 2.0), 'by'", "no array of numbers"),
        ("W, np.zeros((9, 9)), b, W, U, b, np.full((2, 1), 2.0), np.full(1, -3.0)", "1 to 8 units"),
    ],
)
def test_weights_that_miss_a_case_fail_under_every_key(new, sentence, monkeypatch):
    wrong = model_answer("deep-bidirectional", "between", (ONE, new))
    for text in said(judge_between, wrong, monkeypatch, KEYS):
        assert sentence in " ".join(text.split())


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([], "✓ between: right at every step of 200 sequences"),
        ([("-3.0", "-1.0")], "✗ between is wrong in"),
        ([("np.full((2, 1), 2.0)", "np.full((1, 1), 2.0)")], "✗ between has to return"),
        ([("return W", "raise NotImplementedError\n    return W")], "✗ between is not written yet"),
    ],
)
def test_the_practice_cell_says_what_is_wrong(edits, sentence, capsys):
    assert sentence in practised("deep-bidirectional", "between", edits, capsys)


def test_the_practice_cell_shows_the_steps_of_a_short_sequence(capsys):
    shown = practised("deep-bidirectional", "between", [("-3.0", "-1.0")], capsys)
    assert "← wrong" in shown and len(shown.splitlines()) < 20


def test_what_is_no_answer_is_refused():
    with pytest.raises(CheckFailed, match="something else"):
        judge_between(lambda: None)
