"""The assignment `sequence-autoencoder`: wrong attempts are called by their names; poor nets are refused."""

import re

import numpy as np
import pytest

from solutions.exercises.sequence_autoencoder.behaviour import UNITS, judge_detector
from tests.solutions.exercises.attempts import (
    KEYS,
    RIGHT,
    Attempts,
    called,
    fixtures,
    model_answer,
    model_answers,
    practised,
    run,
    said,
)
from unrolled.checking.check import CheckFailed

NAME = "sequence-autoencoder"
ANSWERS = {
    "encode_padded": """
def encode_padded(X, lengths, W, U, b):
    B, T, D = X.shape
    out = np.zeros((B, U.shape[0]))
    for i in range(B):
        h = np.zeros(U.shape[0])
        for t in range(lengths[i]):
            h = np.tanh(X[i, t] @ W + h @ U + b)
        out[i] = h
    return out
""",
    "decode_padded": """
def decode_padded(code, lengths, steps, W, U, b, Wy, by):
    B = code.shape[0]
    Y = np.zeros((B, steps, Wy.shape[1]))
    for i in range(B):
        h = code[i]
        t = lengths[i] - 1
        while t >= 0:
            y = h @ Wy + by
            Y[i, t] = y
            h = np.tanh(y @ W + h @ U + b)
            t -= 1
    return Y
""",
    "reconstruction_errors": """
def reconstruction_errors(X, Y, lengths):
    result = []
    for i in range(len(X)):
        d = X[i, :lengths[i]] - Y[i, :lengths[i]]
        result.append(np.mean(d ** 2))
    return np.array(result)
""",
    "reconstruction_loss": """
def reconstruction_loss(X, Y, lengths):
    B, T, D = X.shape
    mask = np.arange(T)[None, :] < lengths[:, None]
    diff = np.where(mask[..., None], Y - X, 0.0)
    n = mask.sum() * D
    loss = np.sum(diff ** 2) / n
    dY = 2 * diff / n
    return loss, dY
""",
    "autoencoder_update": """
def autoencoder_update(X, lengths, W, U, b, Ud, bd, Wy, by, rate):
    B, T, D = X.shape
    H = U.shape[0]
    idx = np.arange(B)
    Hs, enc_cache = rnn_forward(X, np.zeros((B, H)), W, U, b)
    code = Hs[idx, lengths - 1]
    S, dec_cache = rnn_forward(np.zeros((B, T, 1)), code, np.zeros((1, H)), Ud, bd)
    S_all = np.concatenate([code[:, None, :], S], axis=1)[:, :T]
    Y = S_all @ Wy + by
    target = np.zeros_like(X)
    for i in range(B):
        target[i, :lengths[i]] = X[i, :lengths[i]][::-1]
    loss, dY = reconstruction_loss(target, Y, lengths)
    dWy = np.einsum('bth,btd->hd', S_all, dY)
    dby = dY.sum(axis=(0, 1))
    dS_all = dY @ Wy.T
    dS = np.zeros_like(S)
    dS[:, :T - 1] = dS_all[:, 1:]
    _, dcode, _, dUd, dbd = rnn_backward(dS, dec_cache)
    dcode = dcode + dS_all[:, 0]
    dHs = np.zeros_like(Hs)
    dHs[idx, lengths - 1] = dcode
    _, _, dW, dU, db = rnn_backward(dHs, enc_cache)
    return (W - rate * dW, U - rate * dU, b - rate * db, Ud - rate * dUd, bd - rate * dbd,
            Wy - rate * dWy, by - rate * dby, loss)
""",
    "alarm_threshold": """
def alarm_threshold(scores, rate):
    s = np.sort(scores)
    n = len(s)
    k = int(np.ceil((n + 1) * (1 - rate)))
    if k > n:
        return np.inf
    return s[k - 1]
""",
    "alarm_rates": """
def alarm_rates(scores, labels, threshold):
    normal = scores[labels == 0]
    anomalies = scores[labels == 1]
    fa = np.sum(normal > threshold) / len(normal) if len(normal) > 0 else 0.0
    det = np.sum(anomalies > threshold) / len(anomalies) if len(anomalies) > 0 else 0.0
    return fa, det
""",
}
BROUGHT = ("rnn_forward", "rnn_backward", "reconstruction_loss")  # what the update may call


def verdict(name, *edits):
    """What `check` calls the answer to `name` after the edits."""
    brought = {one: model_answers(NAME)[one] for one in BROUGHT if one != name}
    made = run(brought | {name: ANSWERS[name]}, name, edits)[name]
    return called(fixtures(NAME)[name], made)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("encode_padded", "range(lengths[i])", "range(T)", "padding-is-read"),
        ("encode_padded", "range(lengths[i])", "range(min(lengths[i] + 1, T))", "one-step-too-many"),
        ("encode_padded", "range(lengths[i])", "reversed(range(lengths[i]))", "read-backwards"),
        ("encode_padded", "X[i, t] @ W + h @ U + b", "X[i, t] @ W + b", "state-not-carried"),
        ("encode_padded", "range(lengths[i])", "range(lengths.max())", "longest-for-all"),
        ("decode_padded", "Y[i, t] = y", "Y[i, lengths[i] - 1 - t] = y", "forwards"),
        ("decode_padded", "t = lengths[i] - 1\n", "t = steps - 1\n", "padding-decoded"),
        ("decode_padded", "y @ W + h @ U + b", "h @ U + b", "nothing-read"),
        ("decode_padded", "y @ W + h @ U + b", "y @ W + b", "state-forgotten"),
        ("decode_padded", "y @ W + h @ U + b", "y @ W + code[i] @ U + b", "code-at-every-step"),
        ("decode_padded", "h = code[i]", "h = np.tanh(code[i] @ U + b)", "step-before-the-first-output"),
        ("decode_padded", "while t >= 0", "while t > 0", "first-step-missing"),
        ("reconstruction_errors", "np.mean(d ** 2)", "np.sum(d ** 2) / lengths[i]", "inputs-added-up"),
        ("reconstruction_errors", "np.mean(d ** 2)", "np.sqrt(np.mean(d ** 2))", "root"),
        ("reconstruction_errors", "np.mean(d ** 2)", "np.mean(np.abs(d))", "absolute"),
        ("reconstruction_errors", "np.mean(d ** 2)", "np.mean(d) ** 2", "squared-at-the-end"),
        ("reconstruction_errors", "np.mean(d ** 2)", "np.mean((X[i] - Y[i]) ** 2)", "padding-counted"),
        ("reconstruction_errors", "np.mean(d ** 2)", "np.sum(d ** 2) / X[i].size", "divided-by-all-steps"),
        ("reconstruction_loss", "mask.sum() * D", "B * T * D", "divided-by-all-entries"),
        ("reconstruction_loss", "mask.sum() * D", "mask.sum()", "divided-by-the-steps-alone"),
        ("reconstruction_loss", "mask.sum() * D", "B", "divided-by-the-sequences"),
        ("reconstruction_loss", "dY = 2 * diff / n", "dY = diff / n", "two-missing"),
        ("reconstruction_loss", "dY = 2 * diff / n", "dY = 2 * (Y - X) / n", "gradient-not-masked"),
        ("reconstruction_loss", "dY = 2 * diff / n", "dY = -2 * diff / n", "gradient-of-x"),
        ("reconstruction_loss", "dY = 2 * diff / n", "dY = 2 * diff", "gradient-not-divided"),
        (
            "reconstruction_loss",
            "np.sum(diff ** 2) / n",
            "np.mean(np.sum(diff ** 2, axis=(1, 2)) / (lengths * D))",
            "mean-of-sequences-in-the-loss",
        ),
        (
            "autoencoder_update",
            "target[i, :lengths[i]] = X[i, :lengths[i]][::-1]",
            "target[i] = X[i]",
            "not-turned-round",
        ),
        (
            "autoencoder_update",
            "target[i, :lengths[i]] = X[i, :lengths[i]][::-1]",
            "target[i] = X[i, ::-1]",
            "turned-with-the-padding",
        ),
        ("autoencoder_update", "    dcode = dcode + dS_all[:, 0]\n", "", "first-output-forgotten"),
        ("autoencoder_update", "dcode = dcode + dS_all[:, 0]", "dcode = dS_all[:, 0]", "first-output-alone"),
        ("autoencoder_update", "dHs[idx, lengths - 1] = dcode", "dHs[:, -1] = dcode", "gradient-into-the-last-step"),
        ("autoencoder_update", "dHs[idx, lengths - 1] = dcode", "dHs += dcode[:, None]", "gradient-into-all-steps"),
        ("autoencoder_update", "dS[:, :T - 1] = dS_all[:, 1:]", "dS[:] = dS_all", "gradients-one-step-late"),
        ("alarm_threshold", "(n + 1) * (1 - rate)", "n * (1 - rate)", "n-for-n-plus-one"),
        ("alarm_threshold", "return s[k - 1]", "return s[k] if k < n else np.inf", "one-place-too-far"),
        ("alarm_threshold", "return np.inf", "return s[-1]", "largest-for-infinity"),
        ("alarm_threshold", "np.ceil", "np.floor", "rounded-down"),
        (
            "alarm_threshold",
            "return s[k - 1]",
            "return np.quantile(scores, 1 - rate)",
            "quantile-of-numpy-with-infinity",
        ),
        ("alarm_threshold", "(1 - rate)", "rate", "rate-for-one-minus-rate"),
        ("alarm_rates", "normal > threshold", "normal >= threshold", "at-the-threshold-of-normal-ones"),
        ("alarm_rates", "np.sum(anomalies > threshold) / len(anomalies)", "np.mean(anomalies <= threshold)", "misses"),
        ("alarm_rates", "return fa, det", "return det, fa", "rates-exchanged"),
        (
            "alarm_rates",
            "np.sum(normal > threshold) / len(normal)",
            "np.sum(normal > threshold) / len(scores)",
            "false-share-of-all",
        ),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


ATTEMPTS = Attempts()


@ATTEMPTS.at("encode_padded", "padding-as-zeros")
def padding_set_to_zero(X, lengths, W, U, b):
    X = np.where((np.arange(X.shape[1]) < lengths[:, None])[:, :, None], X, 0)
    h = np.zeros((len(X), len(U)))
    for t in range(X.shape[1]):
        h = np.tanh(X[:, t] @ W + h @ U + b)
    return h


@ATTEMPTS.at("encode_padded", "zero-behind-the-end")
def states_times_the_mask(X, lengths, W, U, b):
    h = np.zeros((len(X), len(U)))
    for t in range(X.shape[1]):
        h = np.tanh(X[:, t] @ W + h @ U + b) * (t < lengths)[:, None]
    return h


@ATTEMPTS.at("decode_padded", "turned-with-the-padding")
def outputs_flipped(code, lengths, steps, W, U, b, Wy, by):
    h, outputs = code, []
    for k in range(steps):
        y = h @ Wy + by
        h = np.tanh(y @ W + h @ U + b)
        outputs.append(y * (k < lengths)[:, None])
    return np.stack(outputs[::-1], axis=1)


@ATTEMPTS.at("decode_padded", "from-the-end-of-the-batch")
def masked_at_the_end(code, lengths, steps, W, U, b, Wy, by):
    h, Y = code, np.zeros((len(code), steps, len(by)))
    for t in range(steps - 1, -1, -1):
        Y[:, t] = h @ Wy + by
        h = np.tanh(Y[:, t] @ W + h @ U + b)
    return Y * (np.arange(steps) < lengths[:, None])[..., None]


@ATTEMPTS.at("reconstruction_loss", "padding-counted")
def plain_mean(X, Y, lengths):
    return ((Y - X) ** 2).mean(), 2 * (Y - X) / X.size


@ATTEMPTS.at("reconstruction_loss", "mean-of-sequences")
def sequences_averaged(X, Y, lengths):
    B, T, D = X.shape
    error = np.where((np.arange(T) < lengths[:, None])[..., None], Y - X, 0)
    weight = (lengths * D * B)[:, None, None]
    return (error**2 / weight).sum(), 2 * error / weight


@ATTEMPTS.at("alarm_threshold", "quantile-of-numpy")
def the_quantile(scores, rate):
    return np.quantile(scores, 1 - rate)


@ATTEMPTS.at("alarm_threshold", "mean-and-deviations")
def three_sigmas(scores, rate):
    return scores.mean() + 3 * scores.std()


@ATTEMPTS.at("alarm_rates", "at-the-threshold")
def with_the_threshold(scores, labels, threshold):
    alarm = scores >= threshold
    return [np.mean(alarm[labels == k]) if np.any(labels == k) else 0.0 for k in (0, 1)]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures(NAME)[attempt.function], attempt.answer) == attempt.misconception


def test_the_model_answer_passes_under_many_keys(monkeypatch):
    assert not any(said(judge_detector, model_answer(NAME, "train_detector"), monkeypatch, KEYS))


FIRST = "weights = [W, U, np.zeros(H), Ud, np.zeros(H), Wy, np.zeros(1)]"
UPDATE = "X[rows], lengths[rows], *weights, rate\n            )"
ONCE = ("for _ in range(4)", "for _ in range(1)")
LAST = "alarm_threshold(errors, 0.05)"
REFUSED = {
    "without a memory": (
        [(UPDATE, f"{UPDATE}\n            weights[1] = weights[3] = np.zeros((H, H))"), ONCE],
        "has no memory",
    ),
    "a code that forgets": ([(UPDATE, f"{UPDATE}\n            weights[1] = np.zeros((H, H))"), ONCE], "has no memory"),
    "the distance from the mean": (
        [(FIRST, f"{FIRST}\n        weights[5] = 0 * Wy"), ("rate = 0.25", "rate = 0.0"), ONCE],
        "no better than a 0",
    ),
    "not trained": ([("rate = 0.25", "rate = 0.0"), ONCE], "no better than a 0"),
    "uphill": ([("rate = 0.25", "rate = -0.02"), ONCE], "no better than a 0"),
    "a threshold of infinity": ([(LAST, "np.inf")], "the threshold is too high"),
    "a threshold of 50 %": ([(LAST, "alarm_threshold(errors, 0.5)")], "the threshold is too low"),
    "the mean for a threshold": ([(LAST, "errors.mean()")], "the threshold is too low"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_finds_nothing_or_cries_wolf_is_refused(name, monkeypatch):
    edits, sentence = REFUSED[name]
    for text in said(judge_detector, model_answer(NAME, "train_detector", *edits), monkeypatch, KEYS[:2]):
        assert sentence in " ".join(text.split())


def net(units):
    """A net and a threshold that are all zeros."""
    shapes = (1, units), (units, units), (units,), (units, units), (units,), (units, 1), (1,), ()
    return [np.zeros(shape) for shape in shapes]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "something else"),
        (net(4)[:7], "something else"),
        (net(UNITS + 1), f"1 to {UNITS} units"),
        (net(0), f"1 to {UNITS} units"),
        ([*net(4)[:5], np.zeros(4), *net(4)[6:]], "Wy does not fit"),
        ([*net(4)[:7], np.zeros(3)], "threshold does not fit"),
        ([*net(4)[:7], "high"], "no array of numbers"),
        ([*net(4)[:6], np.array([np.nan]), 0.1], "by holds numbers that are not finite"),
    ],
)
def test_what_is_no_net_is_named(answer, sentence):
    with pytest.raises(CheckFailed) as failure:
        judge_detector(lambda *_: answer)
    assert sentence in " ".join(str(failure.value).split())


def test_an_answer_that_stops_is_named_without_what_it_says():
    def stops(X, lengths, rng):
        raise ZeroDivisionError("a secret")

    with pytest.raises(CheckFailed) as failure:
        judge_detector(stops)
    assert "stopped with ZeroDivisionError" in str(failure.value)
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([], "✓ train_detector"),
        ([(LAST, "errors.mean()")], "not trained on"),
        ([("updates = 8, len(X) // 2, 300", "updates = 8, len(X) // 2, 2")], "train longer"),
        ([(f"*weights, {LAST}", "weights")], "eight things"),
        ([(f"*weights, {LAST}", f"*weights[:6], np.zeros(2), {LAST}")], "the shapes have to be"),
        ([("rate = 0.25", "rate = np.nan"), ONCE], "no numbers any more"),
        ([("    H, N, updates", "    raise NotImplementedError\n    H, N, updates")], "written yet"),
    ],
    ids=["right", "a low threshold", "hardly trained", "no threshold", "another shape", "ran away", "not written"],
)
def test_the_practice_cell_says_what_is_wrong(edits, words, capsys):
    assert re.search(words, practised(NAME, "train_detector", edits, capsys))
