"""The assignment `seq2seq`: wrong attempts are called by their names; a reader without attention fails."""

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.exercises.seq2seq.behaviour import judge_reader
from solutions.judging.judging import judge_part
from solutions.judging.limit import TooLongError, cpu_limit
from solutions.judging.parts import PROPERTY
from solutions.reference import seq2seq
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
from unrolled.checking.check import CheckFailed

ANSWERS = {
    "teacher_batch": """
def teacher_batch(sentences, bos, eos, pad):
    B = len(sentences)
    T = max(len(s) for s in sentences) + 1
    inputs = np.ones((B, T), dtype=int) * pad
    targets = np.ones((B, T), dtype=int) * pad
    mask = np.zeros((B, T), dtype=int)
    for i, s in enumerate(sentences):
        n = len(s)
        inputs[i, 0] = bos
        inputs[i, 1:n + 1] = s
        targets[i, :n] = s
        targets[i, n] = eos
        mask[i, :n + 1] = 1
    return inputs, targets, mask
""",
    "attend": """
def attend(scores, values, mask):
    s = np.where(mask > 0, scores, -np.inf)
    s = s - np.max(s, axis=1, keepdims=True)
    w = np.exp(s)
    w = w / np.sum(w, axis=1, keepdims=True)
    context = np.einsum("bt,btd->bd", w, values)
    return context, w
""",
    "additive_scores": """
def additive_scores(q, Hs, W, U, v):
    query = (q @ W)[:, None, :]
    keys = Hs @ U
    return np.tanh(query + keys) @ v
""",
    "attention_forward": """
def attention_forward(q, Hs, W, mask):
    qW = q @ W
    scores = np.einsum("bd,btd->bt", qW, Hs)
    context, weights = attend(scores, Hs, mask)
    return context, weights, (q, Hs, W, qW, weights)
""",
    "attention_backward": """
def attention_backward(dcontext, cache):
    q, Hs, W, qW, weights = cache
    dweights = np.einsum("bd,btd->bt", dcontext, Hs)
    dHs = weights[:, :, None] * dcontext[:, None, :]
    dscores = weights * (dweights - np.sum(weights * dweights, axis=1, keepdims=True))
    dqW = np.einsum("bt,btd->bd", dscores, Hs)
    dHs = dHs + dscores[:, :, None] * qW[:, None, :]
    dq = dqW @ W.T
    dW = q.T @ dqW
    return dq, dHs, dW
""",
    "edit_distance": """
def edit_distance(a, b):
    n, m = len(a), len(b)
    D = [[0] * (m + 1) for _ in range(n + 1)]
    for i in range(n + 1):
        D[i][0] = i
    for j in range(m + 1):
        D[0][j] = j
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            D[i][j] = min(D[i - 1][j] + 1, D[i][j - 1] + 1, D[i - 1][j - 1] + cost)
    return D[n][m]
""",
    "string_scores": """
def string_scores(gold, predicted):
    exact = np.mean([g == p for g, p in zip(gold, predicted)])
    edits = sum(edit_distance(g, p) for g, p in zip(gold, predicted))
    total = sum(len(g) for g in gold)
    return exact, edits / total
""",
    "beam_search": """
def beam_search(score, bos, eos, width, longest, alpha):
    beams = [([bos], 0.0)]
    done = []
    for _ in range(longest):
        candidates = []
        for tokens, total in beams:
            log_p = score(tokens)
            for k in range(len(log_p)):
                candidates.append((tokens + [k], total + log_p[k]))
        candidates.sort(key=lambda c: c[1], reverse=True)
        beams = []
        for tokens, total in candidates[:width]:
            if tokens[-1] == eos:
                done.append((tokens, total))
            else:
                beams.append((tokens, total))
        if not beams:
            break
    done = done + beams
    results = []
    for tokens, total in done:
        n = len(tokens) - 1
        lp = ((5 + n) / 6) ** alpha
        results.append((tokens[1:], total / lp))
    results.sort(key=lambda r: r[1], reverse=True)
    return [r[0] for r in results], [r[1] for r in results]
""",
}


def space(name, *edits):
    """What the answers define, with edits of one of them."""
    return run(ANSWERS, name, edits)


def verdict(name, *edits, of=None):
    """What `check` calls the answer to `name` after the edits, which are of another answer where `of` names one."""
    defined = space(of or name, *edits)
    forward = defined["attention_forward"] if name == "attention_backward" else None
    return called(fixtures("seq2seq")[name], defined[name], forward)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("teacher_batch", "        targets[i, n] = eos\n", "", "without-the-end"),
        ("teacher_batch", "inputs[i, 0] = bos", "inputs[i, 0] = eos", "another-value-inputs-n-steps-bos-eos"),
        ("teacher_batch", "mask[i, :n + 1]", "mask[i, :n]", "end-not-counted"),
        (
            "teacher_batch",
            "return inputs, targets, mask",
            "return inputs, targets, (targets != pad) * 1",
            "mask-by-the-padding",
        ),
        ("teacher_batch", "return inputs, targets, mask", "return targets, inputs, mask", "shifted-the-wrong-way"),
        ("teacher_batch", "return inputs, targets, mask", "return targets, targets, mask", "not-shifted"),
        ("teacher_batch", "targets[i, n] = eos", "targets[i, -1] = eos", "end-behind-the-padding"),
        ("attend", "np.where(mask > 0, scores, -np.inf)", "scores", "mask-ignored"),
        ("attend", "np.where(mask > 0, scores, -np.inf)", "scores * mask", "padding-scored-zero"),
        ("attend", "-np.inf", "0", "padding-scored-zero"),
        ("attend", "mask > 0", "mask == 0", "mask-turned-round"),
        ("attend", "    s = s - np.max(s, axis=1, keepdims=True)\n", "", "naive-softmax"),
        ("attend", "np.max(s, axis=1, keepdims=True)", "np.max(s)", "largest-of-the-batch"),
        ("attend", "np.sum(w, axis=1, keepdims=True)", "np.sum(w)", "divided-by-all"),
        ("attend", "return context, w", "return w, context", "answers-swapped-1-2"),
        ("additive_scores", "np.tanh(query + keys)", "(query + keys)", "without-the-tanh"),
        ("additive_scores", "query + keys", "query * keys", "multiplied"),
        ("additive_scores", "query + keys", "keys", "without-the-query"),
        ("additive_scores", "np.tanh(query + keys) @ v", "np.tanh((query + keys) @ v)", "tanh-around-the-score"),
        ("additive_scores", "np.tanh(query + keys) @ v", "np.tanh(query + keys).sum(axis=2)", "units-added-up"),
        ("attention_forward", "scores = np", "scores = 1 / np.sqrt(Hs.shape[2]) * np", "divided-by-a-root"),
        ("attention_forward", "attend(scores, Hs, mask)", "attend(scores, Hs, mask * 0 + 1)", "mask-ignored"),
        (
            "attention_forward",
            "attend(scores, Hs, mask)",
            "attend(scores * mask, Hs, mask * 0 + 1)",
            "scores-masked-to-zero",
        ),
        ("attention_forward", "qW = q @ W", "qW = q", "without-the-kernel"),
        ("attention_forward", "qW = q @ W", "qW = np.tanh(q @ W)", "tanh-of-the-query"),
        ("attention_backward", "    dHs = dHs + dscores[:, :, None] * qW[:, None, :]\n", "", "compared-path-forgotten"),
        ("attention_backward", "dHs = dHs + dscores", "dHs = dscores", "read-path-forgotten"),
        ("attention_backward", " - np.sum(weights * dweights, axis=1, keepdims=True)", "", "mean-forgotten"),
        ("attention_backward", "dscores = weights * (dweights", "dscores = (dweights", "not-times-the-weights"),
        ("attention_backward", "* qW[:, None, :]", "* q[:, None, :]", "query-alone-in-the-states"),
        ("attention_backward", "dq = dqW @ W.T", "dq = dqW @ W", "kernel-not-turned"),
        ("attention_backward", "dW = q.T @ dqW", "dW = q.T @ dqW / len(q)", "mean-over-the-batch"),
        ("attention_backward", "dW = q.T @ dqW", "dW = dqW.T @ q", "kernel-gradient-turned-round"),
        (
            "attention_backward",
            "dscores = weights * (dweights - np.sum(weights * dweights, axis=1, keepdims=True))",
            "dscores = weights * (1 - weights) * dweights",
            "slope-of-a-sigmoid",
        ),
        ("edit_distance", "D[i][0] = i", "D[i][0] = 0", "first-column-forgotten"),
        ("edit_distance", "D[0][j] = j", "D[0][j] = 0", "first-row-forgotten"),
        ("edit_distance", "else 1", "else 2", "replacement-costs-two"),
        ("edit_distance", "cost = 0 if a[i - 1] == b[j - 1] else 1", "cost = 1", "replacement-always-costs"),
        ("edit_distance", "cost = 0 if a[i - 1] == b[j - 1] else 1", "cost = 0", "replacement-costs-nothing"),
        ("edit_distance", "0 if", "1 if", "replacement-always-costs"),
        ("edit_distance", "D[i][j] = min(", "D[i][j] = max(", "longest-way"),
        ("edit_distance", "D[i - 1][j] + 1, ", "", "no-deletion"),
        ("edit_distance", "D[i][j - 1] + 1, ", "", "no-insertion"),
        ("string_scores", "edits / total", "edits / len(gold)", "edits-of-a-text"),
        ("string_scores", "len(g) for g in gold", "len(p) for p in predicted", "divided-by-the-answers"),
        ("string_scores", "edits / total", "1 - edits / total", "accuracy-for-error"),
        ("string_scores", "edits / total", "min(edits / total, 1)", "cut-at-one"),
        ("string_scores", "np.mean(", "np.sum(", "count-for-share"),
        ("string_scores", "g == p for", "g != p for", "wrong-for-right"),
        ("string_scores", "return exact, edits / total", "return edits / total, exact", "answers-swapped-1-2"),
        ("beam_search", "candidates[:width]", "candidates[:1]", "greedy-grown-width"),
        ("beam_search", "candidates[:width]", "candidates", "none-dropped-grown-width"),
        ("beam_search", "total + log_p[k]", "log_p[k]", "terms-missing-grown-the-sum-so-far-next-token"),
        ("beam_search", "                done.append((tokens, total))\n", "                pass\n", "ended-ones-lost"),
        ("beam_search", "done = done + beams", "pass", "cut-off-ones-lost"),
        ("beam_search", "done = done + beams", "done = done or beams", "cut-off-ones-lost-beside-others"),
        ("beam_search", "n = len(tokens) - 1", "n = len(tokens)", "beginning-counted"),
        ("beam_search", "n = len(tokens) - 1", "n = len(tokens) - 1 - (tokens[-1] == eos)", "end-not-counted"),
        ("beam_search", "lp = ((5 + n) / 6) ** alpha", "lp = n**alpha", "divided-by-the-length"),
        ("beam_search", "total / lp", "total * lp", "multiplied-by-the-penalty"),
        ("beam_search", "total / lp", "total", "penalty-forgotten"),
        ("beam_search", "tokens[1:]", "tokens", "beginning-among-the-tokens"),
        ("beam_search", "    results.sort(key=lambda r: r[1], reverse=True)\n", "", "unsorted"),
        (
            "beam_search",
            "reverse=True)\n    return",
            "reverse=True)\n    results = results[:width]\n    return",
            "as-many-as-the-width",
        ),
        ("beam_search", "        if not beams:\n", "        if done:\n", "stopped-at-the-first-end"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


@pytest.mark.parametrize(
    ("name", "of", "old", "new", "wanted"),
    [
        ("attention_forward", "attend", "mask > 0", "mask == 0", "attend:mask-turned-round"),
        ("string_scores", "edit_distance", "else 1", "else 2", "edit_distance:replacement-costs-two"),
    ],
)
def test_a_mistake_in_an_earlier_function_is_known_in_a_later_one(name, of, old, new, wanted):
    assert verdict(name, (old, new), of=of) == wanted


ATTEMPTS = Attempts()


@ATTEMPTS.at("attend", "masked-behind-the-softmax")
def softmax_first(scores, values, mask):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = e / e.sum(axis=1, keepdims=True) * mask
    return (weights[:, :, None] * values).sum(axis=1), weights


@ATTEMPTS.at("attend", "largest-of-the-padding")
def masked_exponentials(scores, values, mask):
    e = np.exp(scores - scores.max(axis=1, keepdims=True)) * mask
    weights = e / e.sum(axis=1, keepdims=True)
    return np.einsum("bt,btd->bd", weights, values), weights


@ATTEMPTS.at("edit_distance", "place-by-place")
def compared_where_they_stand(a, b):
    n = max(len(a), len(b))
    return sum(k >= len(a) or k >= len(b) or a[k] != b[k] for k in range(n))


@ATTEMPTS.at("string_scores", "mean-over-texts")
def rates_averaged(gold, predicted):
    distance = space("edit_distance")["edit_distance"]
    rates = [distance(g, p) / max(len(g), 1) for g, p in zip(gold, predicted, strict=True)]
    return np.mean([g == p for g, p in zip(gold, predicted, strict=True)]), np.mean(rates)


@ATTEMPTS.at("beam_search", "ended-ones-stay")
def finished_ones_compete(score, bos, eos, width, longest, alpha):
    beams = [([bos], 0.0)]
    for _ in range(longest):
        candidates = []
        for tokens, total in beams:
            if len(tokens) > 1 and tokens[-1] == eos:
                candidates.append((tokens, total))
            else:
                candidates += [([*tokens, k], total + p) for k, p in enumerate(score(tokens))]
        beams = sorted(candidates, key=lambda one: one[1], reverse=True)[:width]
    scored = [(tokens[1:], total / ((4 + len(tokens)) / 6) ** alpha) for tokens, total in beams]
    scored.sort(key=lambda one: -one[1])
    return [tokens for tokens, _ in scored], [value for _, value in scored]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("seq2seq")[attempt.function], attempt.answer) == attempt.misconception


def by_differences(dcontext, cache):
    """The gradient, measured; the cache holds the arguments."""
    forward = space("attention_forward")["attention_forward"]
    *inputs, mask = (np.array(one, dtype=float) for one in cache)
    gradients = []
    for array in inputs:
        gradients.append(np.zeros(array.shape))
        for entry in np.ndindex(*array.shape):
            sides = []
            for step in (1e-5, -1e-5):
                array[entry] += step
                sides.append((forward(*inputs, mask)[0] * dcontext).sum())
                array[entry] -= step
            gradients[-1][entry] = (sides[0] - sides[1]) / 2e-5
    return tuple(gradients)


def with_arguments(q, Hs, W, mask):
    context, weights, _ = space("attention_forward")["attention_forward"](q, Hs, W, mask)
    return context, weights, (q, Hs, W, mask)


def test_a_gradient_that_is_measured_is_no_answer():
    contract = contract_of("attention_backward")
    *given, dcontext = next(contract.part("gradient").draw(np.random.default_rng(0))).arguments.values()
    *_, cache = seq2seq.attention_forward(*given)
    right = contract.reference(dcontext, cache)
    for one, other in zip(by_differences(dcontext, given), right, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    with pytest.raises((CheckFailed, TooLongError)), cpu_limit(5):
        judge_part(contract, by_differences, PROPERTY, "key", with_arguments)


NO_ATTENTION = [("W = 0.1 * rng", "W = 0.0 * rng"), ("W = W - rate * dW", "pass")]
BOTH_SIGNS = [("Wy - rate", "Wy + rate"), ("W = W - rate", "W = W + rate")]
MIXED_UP = [("p - right[n]", "p - right[:batch]")]


def reader(*edits):
    return model_answer("seq2seq", "train_reader", *edits)


def test_the_model_answer_passes(monkeypatch):
    assert not any(said(judge_reader, reader(), monkeypatch, [f"key {number}" for number in range(40)]))


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        (NO_ATTENTION, "W is 0, so that every pair gets the same weight"),
        ([("W = W - rate * dW", "pass")], "the weights do not look for the key"),
        (MIXED_UP, "the weights do not look for the key"),
        (BOTH_SIGNS, "Is each gradient taken away?"),
        ([("rate, batch = 3, 50", "rate, batch = 0.03, 50")], "95 % is asked for"),
        ([("rate, batch = 3, 50", "rate, batch = 1e300, 50")], "not finite"),
        ([("return W, Wy", "return W")], "it returned something else"),
        ([("return W, Wy", "return W, 'Wy'")], "no array of numbers"),
        ([("return W, Wy", "return W.T, Wy")], "W does not fit: it has to be of shape (12, 24)"),
    ],
)
def test_a_reader_that_misses_something_fails_under_every_key(edits, sentence, monkeypatch):
    with np.errstate(all="ignore"):
        texts = said(judge_reader, reader(*edits), monkeypatch, KEYS)
    for text in texts:
        assert sentence in " ".join(text.split())


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([], "✓ train_reader"),
        (NO_ATTENTION, "✗ train_reader: key"),
        ([("rate, batch = 3, 50", "rate, batch = 1e300, 50")], "no numbers any more"),
        ([("return W, Wy", "return W")], "✗ train_reader has to return"),
        ([("rate, batch = 3, 50", "raise NotImplementedError")], "is not written yet"),
    ],
)
def test_the_practice_cell_says_what_is_wrong(edits, sentence, capsys):
    with np.errstate(all="ignore"):
        assert sentence in practised("seq2seq", "train_reader", edits, capsys)
