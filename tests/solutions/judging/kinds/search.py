"""A beam search."""

import numpy as np
from scipy.special import logsumexp

from solutions.judging.contract import Contract, Rule
from solutions.judging.families import ARRAYS
from solutions.judging.families.search import search
from solutions.judging.parts import Given, Part
from unrolled.checking.outputs import exact, near
from unrolled.checking.probes import Probe


def tables(*sizes, label="unequal sizes"):
    def draw(rng):
        for tokens, beam, steps in sizes:
            yield Given(label, table(rng, tokens, beam, steps))

    return draw


def table(rng, tokens, beam, steps):
    """Log-probabilities; the end, which is token 1, is likely enough to come early."""
    scores = rng.standard_normal((steps, tokens, tokens))
    scores[..., 1] += 0.5
    log_p = scores - logsumexp(scores, axis=-1, keepdims=True)
    return {"table": log_p, "bos": 0, "eos": 1, "beam": beam, "steps": steps}


def beam_search(score, bos, eos, beam, steps):
    """Token lists, the best first, and the sums of their log-probabilities."""
    kept = [(0.0, [bos])]
    for _ in range(steps):
        longer = [one for one in kept if one[1][-1] == eos]
        for total, tokens in kept:
            if tokens[-1] != eos:
                longer += [(total + p, [*tokens, k]) for k, p in enumerate(score(tokens))]
        kept = sorted(longer, key=lambda one: -one[0])[:beam]
    return [tokens for _, tokens in kept], np.array([total for total, _ in kept])


def _misses_the_best(function, rng):
    given = table(rng, 3, 200, 4)
    exhaustive, _ = function(*given.values())
    greedy, _ = function(*{**given, "beam": 1}.values())
    tokens = [0]
    while tokens[-1] != 1 and len(tokens) < 5:
        tokens.append(int(given["table"][len(tokens) - 1, tokens[-1]].argmax()))
    return len(exhaustive) < 20 or greedy != [tokens]


searching = Contract(
    reference=beam_search,
    probe=Probe("on_a_table"),
    outputs=(exact("sequences"), *near("scores")),
    read="Graves (2012)",
    parts=(
        Part("values", tables((5, 3, 4), (4, 2, 5), (3, 4, 5), (6, 2, 4), (4, 6, 3))),
        Part(
            "edges",
            tables(
                (4, 1, 4), (3, 30, 3), (3, 2, 1), (5, 3, 4), (6, 4, 3), label="a beam of one, a wide beam, one step"
            ),
        ),
    ),
    rules=(
        Rule(
            "misses-the-best",
            "a beam of one is greedy, and a beam wide enough finds everything.",
            _misses_the_best,
            "Graves (2012)",
        ),
    ),
)


@searching.derivation(
    words={"beams": "the hypotheses", "grown": "the longer hypotheses", "total": "the score so far"},
    families=(search, *ARRAYS),
)
def sorted_each_step(score, bos, eos, beam, steps):
    beams = [([bos], 0.0)]
    for _ in range(steps):
        grown = []
        for tokens, total in beams:
            if tokens[-1] == eos:
                grown.append((tokens, total))
                continue
            for token, log_p in enumerate(score(tokens)):
                grown.append(([*tokens, token], total + log_p))
        beams = sorted(grown, key=lambda one: one[1], reverse=True)[:beam]
    return [tokens for tokens, _ in beams], [total for _, total in beams]


@searching.variant
def best_of_each_first(score, bos, eos, beam, steps):
    beams = [(0.0, (bos,))]
    for _ in range(steps):
        grown = []
        for total, tokens in beams:
            if tokens[-1] == eos:
                grown.append((total, tokens))
            else:
                log_p = score(list(tokens))
                grown += [(total + log_p[k], (*tokens, int(k))) for k in np.argsort(-log_p)[:beam]]
        grown.sort()
        beams = grown[: -beam - 1 : -1]
    return [list(tokens) for _, tokens in beams], np.array([total for total, _ in beams])


@searching.variant
def tuples_throughout(score, bos, eos, beam, steps):
    done, live = [], [((bos,), 0.0)]
    for _ in range(steps):
        longer = [((*s, k), t + p) for s, t in live for k, p in enumerate(score(s))]
        best = sorted(done + longer, key=lambda one: one[1])[::-1][:beam]
        done = [one for one in best if one[0][-1] == eos]
        live = [one for one in best if one[0][-1] != eos]
    best = sorted(done + live, key=lambda one: -one[1])
    return tuple(s for s, _ in best), tuple(t for _, t in best)


searching.slip(
    "cut-before-adding",
    "You compare the last step's log-probabilities alone. Add them to the score so far, then compare.",
    ("grown.append(([*tokens, token], total + log_p))", "grown.append(([*tokens, token], total + log_p, log_p))"),
    ("grown.append((tokens, total))", "grown.append((tokens, total, 0.0))"),
    (
        "sorted(grown, key=lambda one: one[1], reverse=True)[:beam]",
        "[one[:2] for one in sorted(grown, key=lambda one: one[2], reverse=True)[:beam]]",
    ),
)
