"""Contract of `skip_gram_loss`: the loss of pairs against negative samples, and its gradients.

unrolled-canary-5b83f2e0a6d4
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from solutions.judging import kit
from solutions.reference import texts

READ = "text-classification#eq-text-skip-gram"
GRADIENT = "text-classification#eq-text-skip-gram-gradient"
SIZES = kit.Sizes(batch=5, steps=3, inputs=4, hidden=4, outputs=2)
UNIT = 2.0**30  # no step of a finite difference is short for E in this unit, and long enough for C in the other
MANY = kit.Sizes(batch=128, steps=16, inputs=64, hidden=3000, outputs=2)  # differences would take minutes
TOLERANCE = 1e-3


def _draw(rng: np.random.Generator, sizes: kit.Sizes, dtype: type) -> kit.Arguments:
    """V vectors of D numbers, V above `hidden`; N pairs, in which words come again; S negative samples of each."""
    words, pairs, negatives = sizes.hidden + 2, sizes.batch, sizes.steps
    scale = sizes.inputs**-0.25
    arguments = {
        "E": kit.normal(rng, words, sizes.inputs, dtype=dtype, scale=scale),
        "C": kit.normal(rng, words, sizes.inputs, dtype=dtype, scale=scale),
        "centre": rng.integers(1, words, pairs),
        "context": rng.integers(1, words, pairs),
        "negatives": rng.integers(1, words, (pairs, negatives)),
    }
    # Some words come twice, in each of the three.
    for name in ("centre", "context"):
        arguments[name][-1] = arguments[name][0]
    arguments["negatives"][:, -1] = arguments["negatives"][:, 0]
    return arguments


def _same_words(rng: np.random.Generator) -> kit.Arguments:
    arguments = _draw(rng, SIZES, np.float64)
    return arguments | {name: np.full_like(arguments[name], 2) for name in ("centre", "context", "negatives")}


def _no_word_twice(rng: np.random.Generator) -> kit.Arguments:
    E, C = rng.standard_normal((2, 20, 3))
    centre, context = rng.permutation(np.arange(1, 20))[:8].reshape(2, 4)
    negatives = rng.permutation(np.setdiff1d(np.arange(1, 20), context))[:8].reshape(4, 2)
    return {"E": E, "C": C, "centre": centre, "context": context, "negatives": negatives}


def _large_scores(rng: np.random.Generator) -> kit.Arguments:
    arguments = _draw(rng, SIZES, np.float64)
    return arguments | {name: 100 * (arguments[name] + np.sign(arguments[name])) for name in ("E", "C")}


def _without_whole_numbers(part: kit.Part) -> kit.Part:
    # Vectors that are trained are never whole numbers.
    def given(rng: np.random.Generator) -> Iterator[kit.Given]:
        return (one for one in part.draw(rng) if one.label != "whole numbers")

    return replace(part, draw=given)


def _measured(function: kit.Function, rng: np.random.Generator) -> bool:
    arguments = _draw(rng, SIZES, np.float64)
    _, dE, dC = function(*arguments.values())
    _, dE_other, dC_other = function(*(arguments | {"E": arguments["E"] * UNIT, "C": arguments["C"] / UNIT}).values())
    if not (_alike(np.multiply(dE_other, UNIT), dE) and _alike(np.divide(dC_other, UNIT), dC)):
        return True
    large = _draw(rng, MANY, np.float64)
    # No word twice: whoever loses those that come again loses other points.
    words = rng.permutation(np.arange(1, len(large["E"])))
    large["centre"] = words[: MANY.batch]
    large["context"], large["negatives"] = words[: MANY.batch], words[MANY.batch :][: large["negatives"].size]
    large["negatives"] = large["negatives"].reshape(MANY.batch, MANY.steps)
    _, dE, dC = function(*large.values())
    # A score is linear in both, so that both sums are equal.
    one, two = float((large["E"] * dE).sum()), float((large["C"] * dC).sum())
    return not abs(one - two) <= TOLERANCE * max(abs(one), abs(two)) or one == 0


def _alike(one: np.ndarray, two: np.ndarray) -> bool:
    return np.allclose(one, two, rtol=TOLERANCE, atol=TOLERANCE * float(np.abs(two).max()))


skip_gram_loss = kit.Contract(
    reference=texts.skip_gram_loss,
    outputs=kit.near("loss", "dE", "dC"),
    read=READ,
    parts=tuple(
        _without_whole_numbers(part)
        for part in kit.of_gradients(
            _draw,
            kit.Special("one word in every place", _same_words),
            kit.Special("no word twice", _no_word_twice),
            kit.Special("large scores", _large_scores, forbid_overflow=True),
        )
    ),
    rules=(
        kit.Rule(
            "measured-not-derived",
            "gradients hold in other units of the vectors, and those of 3,000 words take no minutes. Finite "
            "differences do not: derive them.",
            _measured,
            GRADIENT,
        ),
    ),
)

WORDS = {
    "e": "the centres' vectors",
    "c": "the contexts' vectors",
    "others": "the negative samples' vectors",
    "score": "the scores of the pairs",
    "scores": "the scores of the negative samples",
    "slope": "the slopes of the pairs",
    "slopes": "the slopes of the negative samples",
    "N": "the number of pairs",
}


@skip_gram_loss.derivation(words=WORDS)
def all_pairs_at_once(E, C, centre, context, negatives):
    N = len(centre)
    e, c, others = E[centre], C[context], C[negatives]
    score = (e * c).sum(axis=1)
    scores = (e[:, None] * others).sum(axis=2)
    #: eq-text-skip-gram: the pairs + the negative samples
    loss = (np.logaddexp(0, -score).sum() + np.logaddexp(0, scores).sum()) / N
    slope = -np.exp(-np.logaddexp(0, score)) / N  #: eq-text-skip-gram-gradient
    slopes = np.exp(-np.logaddexp(0, -scores)) / N  #: eq-text-skip-gram-gradient
    #: eq-text-skip-gram-gradient: the pair's share + the negative samples' share
    de = slope[:, None] * c + (slopes[:, :, None] * others).sum(axis=1)
    dc = slope[:, None] * e  #: eq-text-skip-gram-gradient
    dothers = slopes[:, :, None] * e[:, None]  #: eq-text-skip-gram-gradient
    dE, dC = np.zeros(E.shape), np.zeros(C.shape)
    np.add.at(dE, centre, de)  #: eq-text-skip-gram-gradient
    np.add.at(dC, context, dc)  #: eq-text-skip-gram-gradient
    np.add.at(dC, negatives, dothers)  #: eq-text-skip-gram-gradient
    return loss, dE, dC


@skip_gram_loss.derivation()
def pair_by_pair(E, C, centre, context, negatives):
    loss, dE, dC = 0.0, np.zeros(E.shape), np.zeros(C.shape)
    for n in range(len(centre)):
        e = E[centre[n]]
        for word, y in [(context[n], 1), *((word, 0) for word in negatives[n])]:
            score = e @ C[word]
            loss += np.logaddexp(0, score) - y * score
            slope = np.exp(-np.logaddexp(0, -score)) - y
            dE[centre[n]] += slope * C[word]
            dC[word] += slope * e
    return loss / len(centre), dE / len(centre), dC / len(centre)


@skip_gram_loss.variant
def through_one_hot_rows(E, C, centre, context, negatives):
    N, V = len(centre), len(E)
    here, there = np.eye(V)[centre], np.eye(V)[context]
    e = here @ E
    scores = np.einsum("nd,nsd->ns", e, C[negatives])
    score = np.einsum("nd,nd->n", e, there @ C)
    loss = (np.logaddexp(0, -score).sum() + np.logaddexp(0, scores).sum()) / N
    slope, slopes = (np.tanh(score / 2) - 1) / 2 / N, (np.tanh(scores / 2) + 1) / 2 / N
    weights = there * slope[:, None] + (np.eye(V)[negatives] * slopes[..., None]).sum(axis=1)
    return loss, here.T @ (weights @ C), weights.T @ e


@skip_gram_loss.variant
def side_by_side(E, C, centre, context, negatives):
    words = np.column_stack([context, negatives])
    y = np.zeros(words.shape)
    y[:, 0] = 1
    e = E[centre]
    scores = (C[words] @ e[:, :, None])[:, :, 0]
    loss = -np.where(y == 1, -np.logaddexp(0, -scores), -np.logaddexp(0, scores)).sum(axis=1).mean()
    d = (0.5 * (1 + np.tanh(0.5 * scores)) - y) / len(e)
    dE, dC = np.zeros(E.shape), np.zeros(C.shape)
    np.add.at(dE, centre, (d[:, None, :] @ C[words])[:, 0])
    np.add.at(dC, words.ravel(), (d[:, :, None] * e[:, None, :]).reshape(-1, e.shape[1]))
    return loss, dE, dC


DE = "np.add.at(dE, centre, de)"
DC_CONTEXT = "np.add.at(dC, context, dc)"
DC_NEGATIVES = "np.add.at(dC, negatives, dothers)"
TWICE = (
    "A word that comes several times keeps one share of its gradient: dE[ids] += … writes each row once. np.add.at "
    "adds up all."
)
for name, hint, *edits in (
    (
        "repeated-words-lost",
        TWICE,
        (DE, "dE[centre] += de"),
        (DC_CONTEXT, "dC[context] += dc"),
        (DC_NEGATIVES, "dC[negatives] += dothers"),
    ),
    ("repeated-centres-lost", TWICE, (DE, "dE[centre] += de")),
    ("repeated-contexts-lost", TWICE, (DC_CONTEXT, "dC[context] += dc")),
    ("repeated-negatives-lost", TWICE, (DC_NEGATIVES, "dC[negatives] += dothers")),
    (
        "repeated-words-lost-in-dC",
        TWICE,
        (DC_CONTEXT, "dC[context] += dc"),
        (DC_NEGATIVES, "dC[negatives] += dothers"),
    ),
    (
        "negatives-pulled",
        "The negative samples have the wrong sign: their scores have to fall. It is log σ(−score).",
        ("np.logaddexp(0, scores)", "np.logaddexp(0, -scores)"),
        ("slopes = np.exp(-np.logaddexp(0, -scores)) / N", "slopes = -np.exp(-np.logaddexp(0, scores)) / N"),
    ),
    (
        "sign-in-the-loss-alone",
        "In the loss the negative samples have the wrong sign: log σ(−score). The gradients are right.",
        ("np.logaddexp(0, scores)", "np.logaddexp(0, -scores)"),
    ),
    (
        "sign-in-the-slopes-alone",
        "In the gradients the negative samples have the wrong sign: their slope is σ(score), that of a "
        "pair is σ(score) − 1.",
        ("slopes = np.exp(-np.logaddexp(0, -scores)) / N", "slopes = -np.exp(-np.logaddexp(0, scores)) / N"),
    ),
    (
        "slopes-positive-for-pairs",
        "The slope of a pair has the wrong sign: it is σ(score) − 1, below 0.",
        ("slope = -np.exp", "slope = np.exp"),
    ),
    (
        "slope-without-one",
        "The slope of a pair is σ(score) − 1: the − 1 is missing.",
        ("-np.exp(-np.logaddexp(0, score)) / N", "np.exp(-np.logaddexp(0, -score)) / N"),
    ),
    (
        "gradients-not-divided",
        "The loss is a mean over the pairs: the gradients are divided by N, too.",
        ("(0, score)) / N", "(0, score))"),
        ("(0, -scores)) / N", "(0, -scores))"),
    ),
    (
        "loss-not-divided",
        "The loss is a sum over the pairs. Divide it by N.",
        ("np.logaddexp(0, scores).sum()) / N", "np.logaddexp(0, scores).sum())"),
    ),
    (
        "nothing-divided",
        "Nothing is divided by the number of pairs. Divide the loss and both gradients by N.",
        ("N = len(centre)", "N = 1"),
    ),
    (
        "divided-by-all-scores",
        "You divide by all scores, N (1 + S). Divide by the pairs, N.",
        ("N = len(centre)", "N = len(centre) + negatives.size"),
    ),
    (
        "negatives-averaged",
        "The negative samples are averaged. They are added up for each pair.",
        ("np.logaddexp(0, scores).sum()", "np.logaddexp(0, scores).mean(axis=1).sum()"),
        ("(0, -scores)) / N", "(0, -scores)) / N / negatives.shape[1]"),
    ),
    (
        "negatives-averaged-in-the-loss",
        "In the loss the negative samples are averaged. They are added up for each pair.",
        ("np.logaddexp(0, scores).sum()", "np.logaddexp(0, scores).mean(axis=1).sum()"),
    ),
    (
        "negatives-left-out",
        "The negative samples are left out. Without them all vectors grow in one direction, and the loss is 0.",
        ("scores = (e[:, None] * others).sum(axis=2)", "scores = (e[:, None] * others).sum(axis=2) - np.inf"),
    ),
    (
        "pairs-left-out",
        "The pairs are left out: only the negative samples count.",
        ("score = (e * c).sum(axis=1)", "score = (e * c).sum(axis=1) + np.inf"),
    ),
    (
        "negatives-give-dE-nothing",
        "The negative samples give dE nothing. Each pulls at the centre's vector, too.",
        (" + (slopes[:, :, None] * others).sum(axis=1)", ""),
    ),
    ("negatives-give-dC-nothing", "The negative samples give dC nothing. Each has a row in C.", (DC_NEGATIVES, "pass")),
    ("contexts-give-dC-nothing", "The contexts give dC nothing. Each has a row in C.", (DC_CONTEXT, "pass")),
    (
        "one-table",
        "Contexts and negative samples are read from E. Their vectors stand in C.",
        ("C[context], C[negatives]", "E[context], E[negatives]"),
    ),
    (
        "negatives-from-E",
        "The negative samples are read from E. Their vectors stand in C, as the contexts' do.",
        ("C[negatives]", "E[negatives]"),
    ),
    ("contexts-from-E", "The contexts are read from E. Their vectors stand in C.", ("C[context]", "E[context]")),
    (
        "tables-exchanged",
        "E and C are exchanged: centres stand in E, contexts and negative samples in C.",
        ("E[centre], C[context], C[negatives]", "C[centre], E[context], E[negatives]"),
    ),
    (
        "centre-and-context-exchanged",
        "Centre and context are exchanged. The centre's vector stands in E.",
        ("E[centre], C[context]", "E[context], C[centre]"),
        (DE, "np.add.at(dE, context, de)"),
        (DC_CONTEXT, "np.add.at(dC, centre, dc)"),
    ),
    (
        "dE-in-the-contexts-rows",
        "dE is written into the rows of the contexts. It belongs to the centres.",
        (DE, "np.add.at(dE, context, de)"),
    ),
    (
        "dC-in-the-centres-rows",
        "The gradient of the contexts is written into the rows of the centres.",
        (DC_CONTEXT, "np.add.at(dC, centre, dc)"),
    ),
    (
        "all-in-dE",
        "The gradient of C is added to dE. Each table has its own.",
        (DC_CONTEXT, "np.add.at(dE, context, dc)"),
        (DC_NEGATIVES, "np.add.at(dE, negatives, dothers)"),
    ),
    (
        "step-taken",
        "You return new vectors, one step down. The gradients alone are asked for.",
        ("return loss, dE, dC", "return loss, E - dE, C - dC"),
    ),
    (
        "uphill",
        "Your gradients point down. They point up, and whoever trains takes them away.",
        ("return loss, dE, dC", "return loss, -dE, -dC"),
    ),
    (
        "logarithm-of-sigmoid",
        "For a score far from 0, σ(score) rounds to 0 and its logarithm is −∞. log σ(s) = −log(1 + e^{−s}): "
        "np.logaddexp(0, -s).",
        ("np.logaddexp(0, -score).sum()", "-np.log(0.5 * (1 + np.tanh(0.5 * score))).sum()"),
        ("np.logaddexp(0, scores).sum()", "-np.log(0.5 * (1 - np.tanh(0.5 * scores))).sum()"),
    ),
    (
        "plain-exponentials",
        "exp overflows where a score is large. Take np.logaddexp for log(1 + e^s), and a stable sigmoid.",
        ("np.logaddexp(0, -score).sum()", "np.log(1 + np.exp(-score)).sum()"),
        ("np.logaddexp(0, scores).sum()", "np.log(1 + np.exp(scores)).sum()"),
        ("-np.exp(-np.logaddexp(0, score)) / N", "(1 / (1 + np.exp(-score)) - 1) / N"),
        ("np.exp(-np.logaddexp(0, -scores)) / N", "1 / (1 + np.exp(-scores)) / N"),
    ),
    (
        "scores-for-slopes",
        "The sigmoid is missing in the slopes: they are σ(score) − 1 and σ(score).",
        ("slope = -np.exp(-np.logaddexp(0, score)) / N", "slope = (score - 1) / N"),
        ("slopes = np.exp(-np.logaddexp(0, -scores)) / N", "slopes = scores / N"),
    ),
    (
        "logarithm-missing",
        "The logarithm is missing in the loss: it is −log σ(…), not −σ(…) or 1 − σ(…).",
        ("np.logaddexp(0, -score).sum()", "(1 - np.exp(-np.logaddexp(0, -score))).sum()"),
        ("np.logaddexp(0, scores).sum()", "np.exp(-np.logaddexp(0, -scores)).sum()"),
    ),
    (
        "loss-negative",
        "The loss has the wrong sign: the logarithms are below 0, and the loss is minus their mean.",
        ("return loss, dE, dC", "return -loss, dE, dC"),
    ),
):
    skip_gram_loss.slip(name, hint, *edits)
skip_gram_loss.mistakes(
    """
    begins-with-step-1-n: The first pair is left out: the loop begins with 1.
    last-step-left-out-n: The last pair is left out.
    returned-in-the-loop: The return stands inside the loop: only the first pair counts. Indent it less.
    returned-in-the-loop-2: The return stands inside both loops: only the first score counts. Indent it less.
    """
)
