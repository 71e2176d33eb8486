"""The assignment `tagging`: wrong attempts are called by their names; a tagger without its steps or its right fails."""

import numpy as np
import pytest

from autograde.course.cells import grade_id
from autograde.release.source import read_source
from solutions.exercises.catalogue import contract_of, source_of
from solutions.exercises.tagging.behaviour import TAGS, WORDS, judge_tagger, windows
from solutions.judging.judging import judge_part
from solutions.judging.limit import TooLongError, cpu_limit
from solutions.judging.parts import PROPERTY
from tests.solutions.exercises.attempts import (
    KEYS,
    RIGHT,
    Attempts,
    called,
    fixtures,
    model_answer,
    model_answers,
    run,
    said,
)
from unrolled.checking.check import CheckFailed

ANSWERS = {
    "entities": """
def entities(tags):
    result = []
    start, kind = None, None
    for i in range(len(tags)):
        tag = tags[i]
        if tag == "O":
            if kind is not None:
                result.append((start, i, kind))
            start, kind = None, None
        else:
            prefix, t = tag.split("-", 1)
            if prefix == "B" or t != kind:
                if kind is not None:
                    result.append((start, i, kind))
                start, kind = i, t
    if kind is not None:
        result.append((start, len(tags), kind))
    return result
""",
    "entity_f1": """
def entity_f1(gold, predicted):
    tp = fp = fn = 0
    for g, p in zip(gold, predicted):
        g_set, p_set = set(entities(g)), set(entities(p))
        tp += len(g_set & p_set)
        fp += len(p_set - g_set)
        fn += len(g_set - p_set)
    precision = tp / (tp + fp) if tp + fp > 0 else 0.0
    recall = tp / (tp + fn) if tp + fn > 0 else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
    return precision, recall, f1
""",
    "masked_token_loss": """
def masked_token_loss(logits, tags, mask):
    B, T, K = logits.shape
    z = logits - logits.max(axis=2, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=2, keepdims=True)
    n = mask.sum()
    b, t = np.indices((B, T))
    logp = z[b, t, tags] - np.log(np.exp(z).sum(axis=2))
    loss = -(logp * mask).sum() / n
    d = p.copy()
    d[b, t, tags] -= 1
    d = d * mask[:, :, None] / n
    return loss, d
""",
    "crf_score": """
def crf_score(E, A, start, end, tags):
    T = len(tags)
    s = start[tags[0]] + E[0, tags[0]]
    for t in range(1, T):
        s += A[tags[t - 1], tags[t]]
        s += E[t, tags[t]]
    s += end[tags[-1]]
    return s
""",
    "crf_log_partition": """
def logsumexp(x, axis):
    m = x.max(axis=axis, keepdims=True)
    return (m + np.log(np.exp(x - m).sum(axis=axis, keepdims=True))).squeeze(axis)

def crf_log_partition(E, A, start, end):
    T, K = E.shape
    alpha = start + E[0]
    for t in range(1, T):
        alpha = logsumexp(alpha[:, None] + A + E[t][None, :], axis=0)
    return logsumexp(alpha + end, axis=0)
""",
    "viterbi": """
def viterbi(E, A, start, end):
    T, K = E.shape
    delta = np.zeros((T, K))
    psi = np.zeros((T, K), dtype=int)
    delta[0] = start + E[0]
    for t in range(1, T):
        scores = delta[t - 1][:, None] + A
        psi[t] = np.argmax(scores, axis=0)
        delta[t] = np.max(scores, axis=0) + E[t]
    final = delta[-1] + end
    path = [int(np.argmax(final))]
    for t in range(T - 1, 0, -1):
        path.append(int(psi[t][path[-1]]))
    path.reverse()
    return np.array(path), final.max()
""",
    "crf_marginals": """
def crf_marginals(E, A, start, end):
    T, K = E.shape
    alpha = np.zeros((T, K))
    beta = np.zeros((T, K))
    alpha[0] = start + E[0]
    for t in range(1, T):
        alpha[t] = logsumexp(alpha[t - 1][:, None] + A, axis=0) + E[t]
    beta[T - 1] = end
    for t in range(T - 2, -1, -1):
        beta[t] = logsumexp(A + (E[t + 1] + beta[t + 1])[None, :], axis=1)
    logZ = logsumexp(alpha[T - 1] + end, axis=0)
    unary = np.exp(alpha + beta - logZ)
    pair = np.zeros((T - 1, K, K))
    for t in range(T - 1):
        pair[t] = np.exp(alpha[t][:, None] + A + E[t + 1] + beta[t + 1] - logZ)
    return unary, pair
""",
    "crf_gradient": """
def crf_gradient(E, A, start, end, tags):
    unary, pair = crf_marginals(E, A, start, end)
    T, K = E.shape
    dE = unary.copy()
    dE[np.arange(T), tags] -= 1
    dA = pair.sum(axis=0)
    for t in range(T - 1):
        dA[tags[t], tags[t + 1]] -= 1
    dstart = unary[0].copy()
    dstart[tags[0]] -= 1
    dend = unary[-1].copy()
    dend[tags[-1]] -= 1
    return dE, dA, dstart, dend
""",
}


def space(name, *edits):
    """What the answers define, with edits of one of them."""
    return run(ANSWERS, name, edits)


def verdict(name, *edits, of=None):
    """What `check` calls the answer to `name` after the edits, which are of another answer where `of` names one."""
    return called(fixtures("tagging")[name], space(of or name, *edits)[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_are_right(name):
    assert verdict(name) == RIGHT


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        (
            "crf_marginals",
            "alpha[t][:, None] + A + E[t + 1] + beta[t + 1]",
            "(alpha[t][:, None] + A + E[t + 1] + beta[t + 1]).T",
            "pairs-turned-round",
        ),
        ("entities", 'if prefix == "B" or t != kind:', 'if prefix == "B" or kind is None:', "i-of-another-kind-joined"),
        ("entities", 'if prefix == "B" or t != kind:', 'if prefix == "B":', "only-b-begins"),
        ("entities", 'if prefix == "B" or t != kind:', "if t != kind:", "b-after-b-joined"),
        (
            "entities",
            "    if kind is not None:\n        result.append((start, len(tags), kind))\n    return",
            "    return",
            "last-one-lost",
        ),
        ("entities", 'tag.split("-", 1)', 'tag.rsplit("-", 1)', "kind-behind-the-last-hyphen"),
        ("entities", 'prefix, t = tag.split("-", 1)', 'prefix, t = tag.split("-")', "hyphens-refused"),
        ("entity_f1", "return precision, recall, f1", "return recall, precision, f1", "precision-and-recall-exchanged"),
        ("entity_f1", "return precision, recall, f1", "return f1", "answer-alone-1"),
        (
            "entity_f1",
            "2 * precision * recall / (precision + recall) if",
            "(precision + recall) / 2 if",
            "mean-of-precision-and-recall",
        ),
        (
            "entity_f1",
            "2 * precision * recall / (precision + recall) if",
            "precision * recall / (precision + recall) if",
            "two-forgotten",
        ),
        (
            "entity_f1",
            "g_set, p_set = set(entities(g)), set(entities(p))",
            "g_set, p_set = {(a, b) for a, b, _ in entities(g)}, {(a, b) for a, b, _ in entities(p)}",
            "kinds-not-compared",
        ),
        (
            "entity_f1",
            "set(entities(g)), set(entities(p))",
            "set(enumerate(g)), set(enumerate(p))",
            "accuracy-of-words",
        ),
        ("entity_f1", " if tp + fp > 0 else 0.0", "", "precision-divided-by-nothing"),
        ("masked_token_loss", "z = logits - logits.max(axis=2, keepdims=True)", "z = logits", "naive-softmax"),
        ("masked_token_loss", "-(logp * mask).sum() / n", "-logp.mean()", "padding-in-the-loss"),
        ("masked_token_loss", "n = mask.sum()", "n = B * T", "divided-by-all-words"),
        ("masked_token_loss", "n = mask.sum()", "n = B", "divided-by-the-sentences"),
        ("masked_token_loss", "d * mask[:, :, None] / n", "d / n", "gradient-not-masked"),
        ("masked_token_loss", "d * mask[:, :, None] / n", "d * mask[:, :, None]", "gradient-not-divided"),
        (
            "masked_token_loss",
            "    d[b, t, tags] -= 1\n",
            "",
            "terms-missing-dlogits-the-right-tags-one-hot-probabilities",
        ),
        ("masked_token_loss", "-(logp", "(logp", "minus-missing-losses-log_p-right-sum-1"),
        ("masked_token_loss", "    return loss, d", "    return loss, -d", "gradient-of-log-p"),
        ("masked_token_loss", "d = p.copy()", "d = z - np.log(np.exp(z).sum(axis=2, keepdims=True))", "log-p-for-p"),
        ("crf_score", "A[tags[t - 1], tags[t]]", "A[tags[t], tags[t - 1]]", "transitions-turned-round"),
        ("crf_score", "    s += end[tags[-1]]\n", "", "terms-missing-score-the-of-last-tag-first-and"),
        ("crf_score", "start[tags[0]] + ", "", "terms-missing-score-the-of-first-tag-emissions-and"),
        (
            "crf_score",
            "        s += A[tags[t - 1], tags[t]]\n",
            "",
            "terms-missing-score-the-transitions-of-first-tag-and",
        ),
        ("crf_score", "E[0, tags[0]]", "0", "begins-with-step-1-t"),
        ("crf_score", "return s", "return np.exp(s)", "probability-for-score"),
        ("crf_log_partition", "alpha[:, None]", "alpha[None]", "sums-lined-up-with-the-new-tag"),
        (
            "crf_log_partition",
            "E[t][None, :], axis=0",
            "E[t][None, :], axis=1",
            "summed-over-the-new-tag-with-its-scores",
        ),
        ("crf_log_partition", "+ A +", "+ A.T +", "transitions-turned-round-paths-A"),
        ("crf_log_partition", "alpha + end", "alpha", "end-forgotten"),
        ("crf_log_partition", "start + E[0]", "E[0]", "start-forgotten"),
        (
            "crf_log_partition",
            "(m + np.log(np.exp(x - m).sum(axis=axis, keepdims=True)))",
            "np.log(np.exp(x).sum(axis=axis, keepdims=True))",
            "naive-logsumexp-alpha-any",
        ),
        ("crf_log_partition", "(m + np.log(np.exp(x - m).sum(axis=axis, keepdims=True)))", "m", "best-path-alone"),
        (
            "crf_log_partition",
            "alpha = logsumexp(alpha[:, None] + A + E[t][None, :], axis=0)",
            "alpha = (alpha[:, None] + A + E[t][None, :]).max(axis=0)",
            "largest-at-every-word-best-at-the-end",
        ),
        (
            "crf_log_partition",
            "return logsumexp(alpha + end, axis=0)",
            "return np.exp(logsumexp(alpha + end, axis=0))",
            "partition-for-its-logarithm",
        ),
        ("crf_log_partition", "return logsumexp(alpha + end, axis=0)", "return alpha + end", "last-sum-missing"),
        ("viterbi", "    path.reverse()\n", "", "path-from-the-end"),
        ("viterbi", "final = delta[-1] + end", "final = delta[-1]", "end-forgotten"),
        ("viterbi", "np.argmax(final)", "np.argmax(delta[-1])", "end-forgotten-in-the-path"),
        ("viterbi", "final.max()", "delta[-1].max()", "end-forgotten-in-the-score"),
        ("viterbi", "start + E[0]", "E[0]", "start-forgotten"),
        ("viterbi", "[:, None] + A", "[:, None] + A.T", "transitions-turned-round"),
        ("viterbi", "[:, None] + A", "[None] + A", "best-lined-up-with-the-new-tag"),
        ("viterbi", "argmax(scores, axis=0)", "argmax(scores, axis=1)", "pointers-over-the-new-tag"),
        ("viterbi", "np.max(scores, axis=0)", "np.logaddexp.reduce(scores, axis=0)", "log-sum-exp-for-largest"),
        ("viterbi", "range(T - 1, 0, -1)", "range(1, T)", "pointers-read-forwards"),
        ("viterbi", "psi[t][path[-1]]", "np.argmax(delta[t - 1])", "best-end-of-each-word"),
        ("viterbi", "psi[t][path[-1]]", "psi[t - 1][path[-1]]", "pointers-of-the-word-before"),
        ("viterbi", "axis=0) + E[t]", "axis=0)", "scores-counted-once-more"),
        ("crf_marginals", "beta[T - 1] = end", "beta[T - 1] = 0", "statement-missing-beta-1"),
        ("crf_marginals", "alpha[T - 1] + end", "alpha[T - 1]", "terms-missing-log_Z-end-alpha-1"),
        (
            "crf_marginals",
            "A + (E[t + 1] + beta[t + 1])[None, :], axis=1",
            "A + (E[t + 1] + beta[t + 1])[:, None], axis=0",
            "transitions-turned-round-on-the-way-back",
        ),
        (
            "crf_marginals",
            "A + (E[t + 1] + beta[t + 1])[None, :], axis=1",
            "A + (E[t + 1] + beta[t + 1])[None, :], axis=0",
            "summed-over-the-tag-before",
        ),
        ("crf_marginals", "(E[t + 1] + beta[t + 1])", "(E[t] + beta[t + 1])", "complement-beta-t-1-5"),
        ("crf_marginals", "(E[t + 1] + beta[t + 1])", "beta[t + 1]", "terms-missing-beta-t-E-1-A-and"),
        ("crf_marginals", "A + E[t + 1] + beta[t + 1] - logZ", "A + beta[t + 1] - logZ", "second-word-forgotten"),
        (
            "crf_marginals",
            "A + E[t + 1] + beta[t + 1] - logZ",
            "E[t + 1] + beta[t + 1] - logZ",
            "transitions-forgotten-in-pairs",
        ),
        ("crf_marginals", "alpha + beta - logZ", "alpha + beta + E - logZ", "own-scores-twice"),
        ("crf_marginals", "alpha + beta - logZ", "alpha + beta", "terms-missing-of_tags-the-sum-over-all-sums-what"),
        ("crf_marginals", "return unary, pair", "return unary, pair.transpose(0, 2, 1)", "pairs-turned-round"),
        ("crf_marginals", "range(T - 2, -1, -1)", "range(T - 2, 0, -1)", "first-step-left-out-t"),
        (
            "crf_gradient",
            "        dA[tags[t], tags[t + 1]] -= 1\n",
            "        dA[tags[t + 1], tags[t]] -= 1\n",
            "observed-steps-turned-round",
        ),
        (
            "crf_gradient",
            "    for t in range(T - 1):\n        dA[tags[t], tags[t + 1]] -= 1\n",
            "",
            "steps-observed-forgotten",
        ),
        (
            "crf_gradient",
            "    for t in range(T - 1):\n        dA[tags[t], tags[t + 1]] -= 1\n",
            "    dA[tags[:-1], tags[1:]] -= 1\n",
            "each-step-once",
        ),
        ("crf_gradient", "    dend[tags[-1]] -= 1\n", "", "terms-missing-dend-what-is-observed-expected"),
        ("crf_gradient", "return dE, dA, dstart, dend", "return -dE, -dA, -dstart, -dend", "observed-minus-expected"),
        ("crf_gradient", "pair.sum(axis=0)", "pair.mean(axis=0)", "expected-steps-averaged"),
        ("crf_gradient", "unary[-1].copy()", "unary[0].copy()", "first-row-for-all-dend-of_tags"),
        ("crf_gradient", "dE[np.arange(T), tags] -= 1", "dE[:, tags] -= 1", "right-tags-at-every-word"),
        ("crf_gradient", "return dE, dA, dstart, dend", "return dE, dA, dend, dstart", "start-and-end-exchanged"),
    ],
)
def test_a_wrong_attempt_is_called_by_its_name(name, old, new, wanted):
    assert verdict(name, (old, new)) == wanted


@pytest.mark.parametrize(
    ("name", "of", "old", "new", "wanted"),
    [
        ("entity_f1", "entities", "t != kind", "kind is None", "entities:i-of-another-kind-joined"),
        (
            "crf_gradient",
            "crf_marginals",
            "return unary, pair",
            "return unary, pair.transpose(0, 2, 1)",
            "crf_marginals:pairs-turned-round",
        ),
        (
            "crf_gradient",
            "crf_marginals",
            "alpha + beta - logZ",
            "alpha + beta + E - logZ",
            "crf_marginals:own-scores-twice",
        ),
    ],
)
def test_a_mistake_in_an_earlier_function_is_known_in_a_later_one(name, of, old, new, wanted):
    assert verdict(name, (old, new), of=of) == wanted


ATTEMPTS = Attempts()


@ATTEMPTS.at("entities", "stray-i-dropped")
def begun_by_a_b(tags):
    found, t = [], 0
    while t < len(tags):
        end = t + 1
        if tags[t].startswith("B-"):
            while end < len(tags) and tags[end] == tags[t].replace("B-", "I-", 1):
                end += 1
            found.append((t, end, tags[t][2:]))
        t = end
    return found


@ATTEMPTS.at("entity_f1", "mean-over-sentences")
def sentence_by_sentence(gold, predicted):
    entities = space("entities")["entities"]
    rows = []
    for g, p in zip(gold, predicted, strict=True):
        there, found = set(entities(g)), set(entities(p))
        right = len(there & found)
        precision, recall = right / max(len(found), 1), right / max(len(there), 1)
        rows.append((precision, recall, 2 * right / max(len(there) + len(found), 1)))
    return tuple(np.mean(rows, axis=0))


@ATTEMPTS.at("entity_f1", "over-words")
def words_for_entities(gold, predicted):
    g, p = np.concatenate(gold), np.concatenate(predicted)
    right = np.sum((g == p) & (g != "O"))
    precision, recall = right / max(np.sum(p != "O"), 1), right / max(np.sum(g != "O"), 1)
    return precision, recall, 2 * right / max(np.sum(p != "O") + np.sum(g != "O"), 1)


@ATTEMPTS.at("masked_token_loss", "mean-of-sentences")
def one_sentence_after_the_other(logits, tags, mask):
    loss, dlogits = 0.0, np.zeros(logits.shape)
    counting = [n for n in range(len(logits)) if mask[n].any()]
    for n in counting:
        p = np.exp(logits[n] - logits[n].max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        words = np.arange(len(p))
        losses = np.logaddexp.reduce(logits[n], axis=1) - logits[n, words, tags[n]]
        loss += (losses * mask[n]).sum() / mask[n].sum() / len(counting)
        p[words, tags[n]] -= 1
        dlogits[n] = p * mask[n][:, None] / mask[n].sum() / len(counting)
    return loss, dlogits


@ATTEMPTS.at("viterbi", "best-tag-of-each-word")
def greedy(E, A, start, end):
    path = E.argmax(axis=1)
    return path, space("viterbi")["viterbi"](E, A, start, end)[1]


@ATTEMPTS.at("crf_log_partition", "without-transitions")
def independent_words(E, A, start, end):
    scores = np.array(E, dtype=float)
    scores[0] += start
    scores[-1] += end
    return np.logaddexp.reduce(scores, axis=1).sum()


@ATTEMPTS.at("crf_marginals", "words-alone")
def softmax_of_words(E, A, start, end):
    p = np.exp(E - E.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True), space("crf_marginals")["crf_marginals"](E, A, start, end)[1]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_an_attempt_is_called_by_its_name(attempt):
    assert called(fixtures("tagging")[attempt.function], attempt.answer) == attempt.misconception


def by_differences(E, A, start, end, tags):
    """The gradient, measured."""
    given = [np.array(one, dtype=float) for one in (E, A, start, end)]
    log_partition, score = (run(ANSWERS)[name] for name in ("crf_log_partition", "crf_score"))
    gradients = []
    for array in given:
        gradients.append(np.zeros(array.shape))
        for entry in np.ndindex(*array.shape):
            sides = []
            for step in (1e-5, -1e-5):
                array[entry] += step
                sides.append(log_partition(*given) - score(*given, tags))
                array[entry] -= step
            gradients[-1][entry] = (sides[0] - sides[1]) / 2e-5
    return tuple(gradients)


def test_a_gradient_that_is_measured_is_no_answer():
    contract = contract_of("crf_gradient")
    given = next(contract.part("values").draw(np.random.default_rng(0))).arguments
    for one, other in zip(by_differences(*given.values()), contract.reference(*given.values()), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    with pytest.raises(TooLongError), cpu_limit(2):
        judge_part(contract, by_differences, PROPERTY, "key")


GIVEN = {"windows": windows, "V": WORDS, "K": len(TAGS)}  # what a locked cell defines
ALL_SIGNS = [(f"{name} - rate", f"{name} + rate") for name in ("W", "A", "start", "end")]
NO_STEPS = [("A = A - rate * dA", "pass")]
NO_RIGHT = [("X = windows(sentences[n])", "X = windows(sentences[n]); X[:, 2 * V:] = 0")]


def tagger(*edits):
    return model_answer("tagging", "train_tagger", *edits, **GIVEN)


# Under 200 keys the least F1 of the model answer was 0.99; without steps the most was 0.37, without the right 0.58.
def test_the_model_answer_passes(monkeypatch):
    assert not any(said(judge_tagger, tagger(), monkeypatch, [f"key {number}" for number in range(40)]))


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        (NO_STEPS, "the transition scores are 0"),
        (NO_RIGHT, "the word to the right has no scores"),
        (ALL_SIGNS, "the sign of the update is wrong"),
        ([("rate = 0.3", "rate = 0.0003")], "95 % is asked for"),
        ([("rate = 0.3", "rate = 1e300")], "not finite"),
        ([("return W, A, start, end", "return W, A, start")], "it returned something else"),
        ([("return W, A, start, end", "return W, A, start, 'end'")], "no array of numbers"),
        ([("return W, A, start, end", "return W[:V], A, start, end")], "W does not fit: it has to be of shape (72, 5)"),
    ],
)
def test_a_tagger_that_misses_something_fails_under_every_key(edits, sentence, monkeypatch):
    for text in said(judge_tagger, tagger(*edits), monkeypatch, KEYS):
        assert sentence in " ".join(text.split())


def test_what_is_no_answer_is_refused():
    with pytest.raises(CheckFailed, match="something else"):
        judge_tagger(lambda *given: None)


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([], "✓ train_tagger"),
        (NO_STEPS, "← wrong"),
        ([("rate = 0.3", "rate = 1e300")], "no numbers any more"),
        ([("return W, A, start, end", "return W, A")], "✗ train_tagger has to return"),
        ([("rate = 0.3", "raise NotImplementedError")], "is not written yet"),
    ],
)
def test_the_practice_cell_says_what_is_wrong(edits, sentence, capsys):
    cells = {
        grade_id(cell): cell.source for cell in read_source(source_of("tagging")).cells if cell.cell_type == "code"
    }
    given = {name: cells[name] for name in ("imports", "windows")}
    space = run(given | model_answers("tagging"), "train_tagger", edits)
    exec(cells["train_tagger-check"], space)
    assert sentence in capsys.readouterr().out
