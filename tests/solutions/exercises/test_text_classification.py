"""The assignment `text-classification`: wrong attempts are called by their names; what counts words alone fails."""

import re
from collections import Counter

import numpy as np
import pytest

from solutions.exercises.catalogue import contract_of
from solutions.exercises.text_classification.behaviour import judge_negation
from solutions.judging.audit import lost_parts
from tests.solutions.exercises.attempts import (
    KEYS,
    NO_NETS,
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
from unrolled.data import negation

ANSWERS = {
    "tokenize": r"""
def tokenize(text):
    out = []
    cur = ""
    text = text.lower()
    for i, ch in enumerate(text):
        if "\u4e00" <= ch <= "\u9fff":
            if cur:
                out.append(cur)
            cur = ""
            out.append(ch)
        elif ch.isalnum():
            cur += ch
        elif ch == "'" and cur and text[i + 1:i + 2].isalnum() and not "\u4e00" <= text[i + 1] <= "\u9fff":
            cur += ch
        else:
            if cur:
                out.append(cur)
            cur = ""
    if cur:
        out.append(cur)
    return out
""",
    "vocabulary": """
def vocabulary(sentences, size):
    cnt = Counter()
    for s in sentences:
        cnt.update(s)
    ws = sorted(cnt.items(), key=lambda kv: (-kv[1], kv[0]))
    return ["<pad>", "<unk>"] + [w for w, c in ws][:size - 2]
""",
    "encode": """
def encode(sentences, words, length):
    w2i = {w: i for i, w in enumerate(words)}
    ids = np.zeros((len(sentences), length), dtype=np.int64)
    mask = np.zeros((len(sentences), length))
    for i, s in enumerate(sentences):
        s = s[:length]
        for j, w in enumerate(s):
            ids[i, j] = w2i.get(w, 1)
            mask[i, j] = 1.0
    return ids, mask
""",
    "masked_mean": """
def masked_mean(X, mask):
    s = np.sum(X * mask[..., None], axis=1)
    n = np.sum(mask, axis=1, keepdims=True)
    return s / np.maximum(n, 1)
""",
    "skip_gram_pairs": """
def skip_gram_pairs(ids, window):
    out = []
    T = len(ids)
    for i in range(T):
        if ids[i] == 0:
            continue
        for j in range(i - window, i + window + 1):
            if j < 0 or j >= T:
                continue
            if j == i:
                continue
            if ids[j] == 0:
                continue
            out.append([ids[i], ids[j]])
    return np.array(out)
""",
    "skip_gram_loss": """
def skip_gram_loss(E, C, centre, context, negatives):
    N = centre.shape[0]
    v = E[centre]
    u = C[context]
    w = C[negatives]
    pos = np.sum(v * u, axis=1)
    neg = np.einsum("nd,nsd->ns", v, w)
    loss = (np.sum(np.logaddexp(0, -pos)) + np.sum(np.logaddexp(0, neg))) / N
    gpos = np.exp(-np.logaddexp(0, -pos)) - 1
    gneg = np.exp(-np.logaddexp(0, -neg))
    dE = np.zeros_like(E)
    dC = np.zeros_like(C)
    np.add.at(dE, centre, gpos[:, None] * u + np.einsum("ns,nsd->nd", gneg, w))
    np.add.at(dC, context, gpos[:, None] * v)
    np.add.at(dC, negatives, gneg[..., None] * v[:, None, :])
    return loss, dE / N, dC / N
""",
    "calibration_error": """
def calibration_error(p, y, bins):
    idx = np.floor(p * bins).astype(int)
    idx[idx == bins] = bins - 1
    ece = 0.0
    for k in range(bins):
        m = idx == k
        if m.sum() == 0:
            continue
        ece += m.sum() / len(p) * np.abs(p[m].mean() - y[m].mean())
    return ece
""",
}


def verdict(name, *edits):
    """What `check` calls the answer to `name` after the edits."""
    made = run({name: ANSWERS[name]}, name, edits, Counter=Counter, re=re)[name]
    return called(fixtures("text-classification")[name], made)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("tokenize", "text = text.lower()", "pass", "call-left-out-text-lower"),
        ("tokenize", "ch.isalnum()", "ch.isalnum() or ch == '_'", "underscores-kept"),
        ("tokenize", "ch.isalnum()", "ch.isalpha()", "digits-dropped"),
        ("tokenize", "ch.isalnum()", "ch in 'abcdefghijklmnopqrstuvwxyz0123456789'", "letters-of-english-alone"),
        ("tokenize", 'elif ch == "\'" and cur and', "elif False and", "apostrophes-separate"),
        ("tokenize", "return out", "return sorted(out)", "sorted"),
        ("tokenize", "return out", "return ' '.join(out)", "joined-again"),
        ("vocabulary", '["<pad>", "<unk>"] + [w for w, c in ws][:size - 2]', "[w for w, c in ws][:size]", "no-slots"),
        ("vocabulary", '["<pad>", "<unk>"]', '["<unk>", "<pad>"]', "unknown-first"),
        ("vocabulary", '["<pad>", "<unk>"]', '["<unk>"]', "no-pad-2"),
        ("vocabulary", "size - 2", "size", "size-without-the-special-ones"),
        ("vocabulary", "[:size - 2]", "", "nothing-cut"),
        ("vocabulary", "cnt.update(s)", "cnt.update(set(s))", "sentences-counted"),
        (
            "vocabulary",
            "sorted(cnt.items(), key=lambda kv: (-kv[1], kv[0]))",
            "cnt.most_common()",
            "by-first-appearance",
        ),
        ("vocabulary", "(-kv[1], kv[0])", "(kv[1], kv[0])", "rare-ones-first"),
        ("encode", "get(w, 1)", "get(w, 0)", "unknown-is-padding"),
        ("encode", "w2i.get(w, 1)", "w2i[w]", "unknown-refused"),
        ("encode", "s = s[:length]", "s = s[-length:]", "cut-at-the-wrong-end"),
        ("encode", "s = s[:length]", "s = [w for w in s if w in w2i][:length]", "unknown-left-out"),
        ("encode", "s = s[:length]", "pass", "not-cut-place-by-place"),
        ("encode", "enumerate(words)", "enumerate(words, 2)", "special-slots-twice"),
        ("encode", "return ids, mask", "return ids, 1 - mask", "mask-turned-round"),
        ("encode", "return ids, mask", "return ids, ids > 1", "unknown-hidden"),
        ("encode", "return ids, mask", "return ids, ids > 0", RIGHT),
        ("masked_mean", "s / np.maximum(n, 1)", "X.mean(axis=1)", "padding-counted"),
        ("masked_mean", "s / np.maximum(n, 1)", "s / X.shape[1]", "divided-by-all-places"),
        ("masked_mean", "X * mask[..., None]", "X", "padding-summed"),
        ("masked_mean", "np.maximum(n, 1)", "n", "empty-is-nan"),
        ("masked_mean", "np.maximum(n, 1)", "(n + 1e-9)", RIGHT),
        ("skip_gram_pairs", "            if j == i:\n                continue\n", "", "with-itself"),
        ("skip_gram_pairs", "if j == i", "if ids[j] == ids[i]", "no-word-with-its-like"),
        ("skip_gram_pairs", "            if ids[j] == 0:\n                continue\n", "", "padding-as-context"),
        ("skip_gram_pairs", "i + window + 1", "i + window", "window-one-short-on-the-right"),
        ("skip_gram_pairs", "j < 0 or j >= T", "j >= T", "over-the-left-end"),
        ("skip_gram_pairs", "[ids[i], ids[j]]", "[ids[j], ids[i]]", "context-first"),
        ("skip_gram_pairs", "[ids[i], ids[j]]", "[i, j]", "places-for-words"),
        ("skip_gram_loss", "return loss, dE / N, dC / N", "return loss, dE, dC", "gradients-not-divided"),
        ("skip_gram_loss", ", neg))) / N", ", -neg))) / N", "sign-in-the-loss-alone"),
        ("skip_gram_loss", "np.exp(-np.logaddexp(0, -pos)) - 1", "np.exp(-np.logaddexp(0, -pos))", "slope-without-one"),
        ("skip_gram_loss", ' + np.einsum("ns,nsd->nd", gneg, w)', "", "negatives-give-dE-nothing"),
        (
            "skip_gram_loss",
            "    np.add.at(dC, negatives, gneg[..., None] * v[:, None, :])\n",
            "",
            "negatives-give-dC-nothing",
        ),
        ("skip_gram_loss", "w = C[negatives]", "w = E[negatives]", "negatives-from-E"),
        ("skip_gram_loss", "dE / N, dC / N", "E - dE / N, C - dC / N", "step-taken"),
        ("calibration_error", "idx[idx == bins] = bins - 1", "pass", "one-dropped"),
        ("calibration_error", "m.sum() / len(p)", "1 / bins", "bins-not-weighted"),
        ("calibration_error", "np.abs(p[m].mean() - y[m].mean())", "np.abs(p[m] - y[m]).mean()", "each-by-itself"),
        ("calibration_error", "np.abs(p[m].mean()", "np.abs((k + 0.5) / bins", "middle-of-the-bin"),
        ("calibration_error", "np.abs(p", "(p", "signs-cancel"),
        ("calibration_error", "y[m].mean())", "((p[m] > 0.5) == y[m]).mean())", "answers-for-shares"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    found = verdict(name, (old, new))
    assert found == ("neither-pad-nor-unknown-size" if wanted == "no-slots" else wanted)


def test_rows_that_are_written_once_are_called_so():
    lost = [
        (
            'np.add.at(dE, centre, gpos[:, None] * u + np.einsum("ns,nsd->nd", gneg, w))',
            "dE[centre] += gpos[:, None] * u + np.einsum('ns,nsd->nd', gneg, w)",
        ),
        ("np.add.at(dC, context, gpos[:, None] * v)", "dC[context] += gpos[:, None] * v"),
        (
            "np.add.at(dC, negatives, gneg[..., None] * v[:, None, :])",
            "dC[negatives] += gneg[..., None] * v[:, None, :]",
        ),
    ]
    assert verdict("skip_gram_loss", *lost) == "repeated-words-lost"
    assert verdict("skip_gram_loss", lost[0]) == "repeated-centres-lost"


def test_plain_exponentials_cost_the_edges_alone(recwarn):
    plain = ANSWERS["skip_gram_loss"].replace("np.logaddexp(0, -pos)", "np.log(1 + np.exp(-pos))")
    answer = run({"skip_gram_loss": plain})["skip_gram_loss"]
    assert set(lost_parts(contract_of("skip_gram_loss"), answer, "key")) == {"edges"}


ATTEMPTS = Attempts()


@ATTEMPTS.at("tokenize", "split-at-spaces")
def split_at_spaces(text):
    return [word for word in text.lower().split() if word]


@ATTEMPTS.at("tokenize", "apostrophes-at-the-ends")
def letters_and_apostrophes(text):
    return re.findall(r"[\u4e00-\u9fff]|(?:[^\W_\u4e00-\u9fff]|')+", text.lower())


@ATTEMPTS.at("tokenize", "chinese-letters-in-words")
def words_of_any_letters(text):
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower())


@ATTEMPTS.at("vocabulary", "spelling-reversed")
def both_reversed(sentences, size):
    counts = Counter(word for sentence in sentences for word in sentence)
    pairs = sorted([(count, word) for word, count in counts.items()], reverse=True)
    return ["<pad>", "<unk>", *[word for _, word in pairs]][:size]


@ATTEMPTS.at("encode", "as-keras-does")
def at_the_front(sentences, words, length):
    rows = [[words.index(w) if w in words else 1 for w in s][-length:] for s in sentences]
    ids = np.array([[0] * (length - len(row)) + row for row in rows])
    return ids, (ids > 0).astype(int)


@ATTEMPTS.at("skip_gram_pairs", "padding-taken-out-first")
def padding_taken_out(ids, window):
    ids = [k for k in ids if k]
    return [(ids[t], ids[s]) for t in range(len(ids)) for s in range(len(ids)) if 0 < abs(s - t) <= window]


@ATTEMPTS.at("skip_gram_pairs", "left-side-missing")
def contexts_behind(ids, window):
    return [(a, b) for t, a in enumerate(ids) for b in ids[t + 1 : t + 1 + window] if a and b]


@ATTEMPTS.at("calibration_error", "open-below")
def edges_to_the_bin_below(p, y, bins):
    k = np.clip(np.ceil(p * bins) - 1, 0, None)
    return sum((k == b).mean() * abs(p[k == b].mean() - y[k == b].mean()) for b in np.unique(k))


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("text-classification")[attempt.function], attempt.answer) == attempt.misconception


def test_finite_differences_lose_the_property_alone():
    loss_of = contract_of("skip_gram_loss").reference

    def measured(E, C, centre, context, negatives):
        gradients = []
        for array in (E, C):
            gradient = np.zeros(array.shape)
            if array.size > 10_000:  # minutes, in which the judge would stop it
                return loss_of(E, C, centre, context, negatives)[0], np.zeros(E.shape), np.zeros(C.shape)
            for place in np.ndindex(array.shape):
                slopes = []
                for step in (1e-5, -1e-5):
                    moved = [one.astype(float) for one in (E, C)]
                    moved[len(gradients)][place] += step
                    slopes.append(loss_of(*moved, centre, context, negatives)[0] / 2e-5)
                gradient[place] = slopes[0] - slopes[1]
            gradients.append(gradient)
        return loss_of(E, C, centre, context, negatives)[0], *gradients

    assert set(lost_parts(contract_of("skip_gram_loss"), measured, "key")) <= {"property", "edges"}
    assert "property" in lost_parts(contract_of("skip_gram_loss"), measured, "key")


STEPS = negation.LONGEST


def judged(answer, part="not"):
    return judge_negation(answer, part, steps=STEPS, enough=1)


MISTAKES = {
    "no memory": ([("W, U, b, Wy, by, _ =", "W, _, b, Wy, by, _ ="), (".Q", ".Q * 0")], "does not use the order"),
    "not trained": ([("in range(updates)", "in range(1)")], "does not use the order"),
    "not long enough": ([("700", "100")], "do not learn the task"),
}


@pytest.mark.slow
def test_the_model_answer_passes_under_many_keys(monkeypatch):
    assert not any(said(judged, model_answer("text-classification", "train"), monkeypatch, KEYS))


@pytest.mark.slow
@pytest.mark.parametrize("name", MISTAKES)
def test_what_does_not_learn_fails(name):
    edits, sentence = MISTAKES[name]
    with pytest.raises(CheckFailed) as failure:
        judged(model_answer("text-classification", "train", *edits))
    assert sentence in " ".join(str(failure.value).split())


def bag(X, y):
    """Weights of a net whose state adds up vectors of words, as far as tanh lets it: a bag of words."""
    units = 8
    counts = np.c_[X.sum(axis=1), np.ones(len(X))]
    *w, c = np.linalg.lstsq(counts, y, rcond=1e-6)[0]
    W, Wy = np.zeros((X.shape[2], units)), np.zeros((units, 1))
    W[:, 0], Wy[0] = 1e-3 * np.array(w), 1e3
    return W, np.eye(units), np.zeros(units), Wy, np.array([c])


def test_a_bag_of_words_is_guessing(monkeypatch):
    for text in said(judged, lambda X, y, rng: bag(X, y), monkeypatch):
        assert "does not use the order" in " ".join(text.split())


@pytest.mark.parametrize(("answer", "sentence"), NO_NETS)
def test_what_is_no_net_is_named(answer, sentence):
    def widened(X, y, rng):
        if isinstance(answer, list) and len(answer) == 5:
            return [np.zeros((X.shape[2], len(answer[1]))), *answer[1:]]
        return answer

    with pytest.raises(CheckFailed, match=sentence):
        judged(widened)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edits", "of", "words"),
    [
        ([], "train", "A bag of words: .*✓ train"),
        ([("700", "1")], "train", "does not use the order"),
        ([("return W, U", "return W.T, U")], "train", "✗ train has to return W, U, b, Wy, by"),
        ([("    hidden, batch", "    raise NotImplementedError\n    hidden, batch")], "train", "is not written yet"),
    ],
    ids=["right", "not trained", "turned", "not written"],
)
def test_the_practice_cell_says_what_is_wrong(edits, of, words, capsys):
    assert re.search(words, practised("text-classification", "train", edits, capsys, of=of), re.DOTALL)
