"""Contract of `next_distribution`, the probabilities of the next token after temperature, top-k and nucleus.

unrolled-canary-b29c6d778304
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.reference import language_model

READ = "language-model#eq-lm-temperature"
TOP_K, NUCLEUS = "language-model#eq-lm-top-k", "language-model#eq-lm-nucleus"


def _logits(rng: np.random.Generator, size: int, dtype: type = np.float64) -> np.ndarray:
    # Spread evenly, so that no probability is nearly another, and in any order.
    return (rng.permutation(np.linspace(-2, 2, size)) + rng.uniform(-0.1, 0.1, size)).astype(dtype)


def _mass(logits: np.ndarray, temperature: float, top_k: int, inside: int, share: float) -> float:
    """A top_p that `inside` tokens reach and one less does not: no rounding decides."""
    p = np.exp(np.sort(np.asarray(logits, dtype=float))[::-1] / temperature)[:top_k]
    total = np.cumsum(p / p.sum())
    before = total[inside - 2] if inside > 1 else 0.0
    return float(before + share * (total[inside - 1] - before))


def _given(
    rng: np.random.Generator, size: int, temperature: float, top_k: int, inside: int, dtype: type = np.float64
) -> kit.Arguments:
    """`inside` tokens are left of the `top_k`; 0: all of them."""
    logits = _logits(rng, size, dtype)
    top_p = _mass(logits, temperature, top_k, inside, rng.uniform(0.3, 0.7)) if inside else 1.0
    return {"logits": logits, "temperature": temperature, "top_k": top_k, "top_p": top_p}


def _values(rng: np.random.Generator) -> Iterator[kit.Given]:
    low, high = rng.uniform(0.4, 0.7), rng.uniform(1.5, 2.5)
    yield kit.Given("temperature alone", _given(rng, 6, low, 6, 0))
    yield kit.Given("temperature alone", _given(rng, 7, high, 7, 0, np.float32))
    yield kit.Given("top-k alone", _given(rng, 8, 1.0, int(rng.integers(3, 6)), 0))
    yield kit.Given("nucleus alone", _given(rng, 8, 1.0, 8, int(rng.integers(3, 6))))
    yield kit.Given("a nucleus of the most likely", _given(rng, 7, 1.3, 7, 1))
    # Much falls away behind the top k: a nucleus of what they had before would hold more tokens.
    yield kit.Given("all three", _given(rng, 12, high, 5, 3))
    yield kit.Given("all three", _given(rng, 11, high, 6, 3))
    yield kit.Given("all three", _given(rng, 9, rng.uniform(0.7, 0.9), 5, 2))


def _equal_ones(rng: np.random.Generator) -> np.ndarray:
    # The largest one alone, then four that are equal, and two small ones.
    return rng.permutation(np.array([2.0, 1, 1, 1, 1, -1, -2]))


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    def given(label: str, logits: np.ndarray, *others: float, forbid: bool = False, rare: bool = False) -> kit.Given:
        names = "temperature", "top_k", "top_p"
        return kit.Given(label, {"logits": logits} | dict(zip(names, others, strict=True)), forbid, rare)

    yield given("temperature 0", _logits(rng, 6), 0.0, 6, 1.0, forbid=True)
    yield given("temperature 0, and two are the largest", rng.permutation([3.0, 3, 1, 0, -1]), 0.0, 5, 1.0, forbid=True)
    yield given("temperature 0 with top-k and nucleus", _logits(rng, 6), 0.0, 3, 0.8, forbid=True)
    # Before the temperature one token is enough for this nucleus; behind it three are.
    yield given("a high temperature and a nucleus", rng.permutation([3, 1.5, 1, 0.5, 0, -1]), 3.0, 6, 0.6)
    yield given("equal ones where top-k ends", _equal_ones(rng), 1.0, 3, 1.0)
    yield given("equal ones where the nucleus ends", _equal_ones(rng), 1.0, 7, 0.6)
    yield given("equal ones where both end", _equal_ones(rng), 1.0, 4, 0.8)
    yield given("all are equal", np.zeros(5), 1.5, 3, 0.9)
    yield given("all are equal, and more than half of them are the nucleus", np.zeros(6), 1.0, 6, 0.55)
    yield given("top-k of 1", _logits(rng, 5), 1.3, 1, 1.0)
    yield given("a nucleus of one token", _logits(rng, 6), 1.0, 6, 1e-6)
    yield given("large scores", 1e4 + kit.eighths(rng, 5), 1.0, 5, 1.0, forbid=True)
    yield given("a tiny temperature", _logits(rng, 6), 1e-3, 4, 0.9, forbid=True)
    yield given("very negative scores", -1e4 + kit.eighths(rng, 5), 0.8, 3, 1.0, forbid=True)
    yield given("a vocabulary of one", rng.standard_normal(1), 0.7, 1, 0.5, rare=True)
    yield given("two tokens", _logits(rng, 2), 1.0, 2, 0.999, rare=True)
    yield given("in any layout", np.repeat(_logits(rng, 8), 2)[::2], 0.9, 5, 1.0, rare=True)


def _not_a_distribution(function: kit.Function, rng: np.random.Generator) -> bool:
    for size in (5, 8):
        given = _given(rng, size, float(rng.uniform(0.5, 2)), size - 1, 2)
        p, shifted = (np.asarray(function(*(given | {"logits": given["logits"] + by}).values())) for by in (0, 3.0))
        if not (np.isclose(p.sum(), 1, atol=1e-6) and (p >= 0).all() and np.allclose(p, shifted, atol=1e-6)):
            return True
    return False


next_distribution = kit.Contract(
    reference=language_model.next_distribution,
    outputs=kit.near("p"),
    read=READ,
    parts=(kit.Part("values", _values), kit.Part("edges", _edges)),
    rules=(
        kit.Rule(
            "not-a-distribution",
            "the probabilities sum to 1, and one number added to all scores changes nothing.",
            _not_a_distribution,
            READ,
        ),
    ),
)

WORDS = {"p": "the probabilities", "order": "the tokens, the most likely first", "logits": "the scores"}
WORDS |= {"before": "the sum before each", "a": "the scores at this temperature", "e": "the exponentials"}


@next_distribution.derivation(words=WORDS)
def zeros_behind_the_best(logits, temperature, top_k, top_p):
    order = np.argsort(-logits, kind="stable")
    if temperature == 0:
        return np.eye(len(logits))[order[0]]  #: eq-lm-temperature
    a = logits / temperature
    e = np.exp(a - a.max())
    p = e / e.sum()  #: eq-lm-temperature
    p[order[top_k:]] = 0  #: eq-lm-top-k
    p = p / p.sum()  #: eq-lm-top-k
    before = np.cumsum(p[order]) - p[order]  #: eq-lm-nucleus
    p[order[before >= top_p]] = 0  #: eq-lm-nucleus
    return p / p.sum()  #: eq-lm-nucleus


@next_distribution.derivation(words=WORDS | {"kept": "how many are kept", "best": "the most likely ones"})
def counted_nucleus(logits, temperature, top_k, top_p):
    p = np.zeros(len(logits))
    best = np.argsort(-logits, kind="stable")[:top_k]
    if temperature == 0:
        p[best[0]] = 1
        return p
    a = (logits[best] - logits[best[0]]) / temperature
    shares = np.exp(a) / np.exp(a).sum()  #: eq-lm-top-k
    kept = (np.cumsum(shares) < top_p).sum() + 1  #: eq-lm-nucleus
    p[best[:kept]] = shares[:kept] / shares[:kept].sum()  #: eq-lm-nucleus
    return p


@next_distribution.variant
def scores_struck_out(logits, temperature, top_k, top_p):
    if temperature == 0:
        temperature, top_k = 1, 1
    a = np.array(logits, dtype=float) / temperature
    order = np.lexsort((np.arange(len(a)), -a))
    a[order[top_k:]] = -np.inf
    p = np.exp(a - a[order[0]])
    p /= p.sum()
    total = 0.0
    for place, token in enumerate(order):
        if total >= top_p and place > 0:
            p[token] = 0
        total += p[token]
    return p / p.sum()


@next_distribution.variant
def plain_python(logits, temperature, top_k, top_p):
    import math

    ranked = sorted(range(len(logits)), key=lambda v: (-float(logits[v]), v))
    if temperature == 0:
        return np.array([float(v == ranked[0]) for v in range(len(logits))])
    best = ranked[:top_k]
    weights = {v: math.exp((float(logits[v]) - float(logits[best[0]])) / temperature) for v in best}
    whole, total, kept = sum(weights.values()), 0.0, []
    for v in best:
        kept.append(v)
        total += weights[v] / whole
        if total >= top_p:
            break
    inside = sum(weights[v] for v in kept)
    return np.array([weights[v] / inside if v in kept else 0.0 for v in range(len(logits))])


@next_distribution.variant
def through_ranks(logits, temperature, top_k, top_p):
    n = len(logits)
    rank = np.array([sum(logits > one) + sum(logits[:v] == one) for v, one in enumerate(logits)])
    if temperature == 0:
        return (rank == 0).astype(float)
    log_p = logits / temperature - np.logaddexp.reduce(logits / temperature)
    p = np.where(rank < top_k, np.exp(log_p), 0)
    p = p / p.sum()
    before = np.array([p[rank < r].sum() for r in rank])
    p = np.where((before < top_p) | (rank == 0), p, 0)
    return p / p.sum() * np.ones(n)


@next_distribution.variant
def by_first_place(logits, temperature, top_k, top_p):
    order = np.argsort(-np.asarray(logits, dtype=float), kind="mergesort")
    answer = np.zeros(len(order))
    if temperature == 0:
        answer[np.argmax(logits)] = 1.0
        return answer
    shifted = (logits[order] - logits.max()) / temperature
    p = np.exp(shifted[:top_k])
    p = p / p.sum()
    reached = np.flatnonzero(np.cumsum(p) >= top_p)
    m = reached[0] + 1 if len(reached) else len(p)
    answer[order[:m]] = p[:m] / p[:m].sum()
    return answer


@next_distribution.variant
def three_helpers(logits, temperature, top_k, top_p):
    def heated(a):
        if temperature == 0:
            return np.where(np.arange(len(a)) == np.argmax(a), 1.0, 0.0)
        e = np.exp((a - np.max(a)) / temperature)
        return e / np.sum(e)

    def sorted_down(p):
        return np.argsort(-p, kind="stable")

    def best(p):
        mask = np.zeros(len(p), dtype=bool)
        mask[sorted_down(p)[:top_k]] = True
        return p * mask / np.sum(p * mask)

    def nucleus(p):
        order = sorted_down(p)
        m = np.searchsorted(np.cumsum(p[order]), top_p) + 1
        mask = np.isin(np.arange(len(p)), order[:m])
        return p * mask / np.sum(p * mask)

    return nucleus(best(heated(logits)))


KEPT = "p[order[before >= top_p]] = 0  #: eq-lm-nucleus"
REVERSED = (
    "Of equal ones you take the highest number first: a sort that is turned round turns these, too. Sort the negative "
    'scores, with kind="stable".'
)
next_distribution.slip(
    "equals-in-reverse-throughout",
    REVERSED,
    ('order = np.argsort(-logits, kind="stable")', 'order = np.argsort(logits, kind="stable")[::-1]'),
    read=TOP_K,
    further=True,
)
next_distribution.mistakes(
    f"""
    multiplied-by-the-temperature: You multiply the scores by the temperature. Divide: a high temperature evens out.
        logits / temperature → logits * temperature
    probabilities-divided: You divide the probabilities by the temperature, which changes nothing once they are divided
      by their sum. Divide the scores, before the exponential.
        a = logits / temperature → a = logits / 1.0
    temperature-behind-the-cuts: The temperature comes last: the nucleus is then cut from other probabilities. First the
      temperature, then top-k, then the nucleus.
        a = logits / temperature → a = logits / 1.0
        return p / p.sum() → p = p ** (1 / temperature); return p / p.sum()
    root-of-the-temperature: The scores are divided by the root of the temperature, or by its square. Divide by it.
        logits / temperature → logits / np.sqrt(temperature)
    temperature-zero-divides: At temperature 0 you divide by zero. There everything goes to the largest score.
        if temperature == 0: → if False:
    temperature-zero-shared: At temperature 0 you share between all that are the largest. The lowest number has it all.
        np.eye(len(logits))[order[0]] → (logits == logits.max()) / (logits == logits.max()).sum()
    temperature-zero-last-of-equals: At temperature 0 the last of the largest ones is taken. Take the lowest number:
      np.argmax does.
        np.eye(len(logits))[order[0]] → np.eye(len(logits))[len(logits) - 1 - np.argmax(logits[::-1])]
    temperature-zero-number: At temperature 0 you return the token's number. Return the probabilities: 1 there, else 0.
        np.eye(len(logits))[order[0]] → order[0]
    temperature-zero-smallest: At temperature 0 everything goes to the smallest score. It goes to the largest.
        np.eye(len(logits))[order[0]] → np.eye(len(logits))[order[-1]]
    temperature-zero-is-one: At temperature 0 you return the probabilities at temperature 1. All goes to the largest.
        return np.eye(len(logits))[order[0]] → temperature = 1
    exponential-not-shifted: exp overflows for large scores. Subtract the largest first.
        np.exp(a - a.max()) → np.exp(a)
    equals-all-kept: You keep all that are as likely as the k-th, more than k where some are equal. Keep k: of equal
      ones the lowest numbers. [{TOP_K}]
        p[order[top_k:]] = 0 → p[p < p[order[top_k - 1]]] = 0
    equals-of-the-nucleus-all-kept: You keep all that are as likely as the last one of the nucleus. Of equal ones the
      lowest numbers come first, and only as many as it takes. [{NUCLEUS}]
        {KEPT} → p[p < p[order[before < top_p]].min()] = 0
    equals-in-reverse: {REVERSED} [{TOP_K}]
        order = np.argsort(-logits, kind="stable") → order = np.argsort(logits, kind="stable")[::-1]
        np.eye(len(logits))[order[0]] → np.eye(len(logits))[np.argmax(logits)]
    least-likely-kept: You keep the least likely ones: argsort begins with the smallest. [{TOP_K}]
        order = np.argsort(-logits, kind="stable") → order = np.argsort(logits, kind="stable")
        np.eye(len(logits))[order[0]] → np.eye(len(logits))[order[-1]]
    first-tokens-kept: You keep the first k tokens of the vocabulary, not the k most likely ones: sort. [{TOP_K}]
        p[order[top_k:]] = 0 → p[top_k:] = 0
    top-k-one-more: You keep one more than k. [{TOP_K}]
        order[top_k:] → order[top_k + 1 :]
    top-k-one-less: You keep one less than k. [{TOP_K}]
        order[top_k:] → order[max(top_k - 1, 1) :]
    top-k-ignored: top_k does nothing. [{TOP_K}]
        p[order[top_k:]] = 0 → pass
    not-divided-after-top-k: Your nucleus is cut from probabilities from before top-k, or from those that top-k leaves,
      not yet divided by their sum. Top-k first, then divide, then the nucleus. [{NUCLEUS}]
        p = p / p.sum() → pass
    struck-scores-of-zero: You set the scores of what is dropped to 0, which is a score like any other. Set their
      probabilities to 0, or their scores to −∞. [{TOP_K}]
        a = logits / temperature → a = logits / temperature; a[order[top_k:]] = 0
        p[order[top_k:]] = 0 → pass
        np.argsort(-logits, kind="stable") → np.argsort(-logits, kind="stable"); logits = logits.copy()
    crossing-token-dropped: You drop the token with which the sum reaches top_p. It belongs to the nucleus. [{NUCLEUS}]
        before >= top_p → (before + p[order] > top_p) & (before > 0)
    crossing-token-dropped-to-none: You drop the token with which the sum reaches top_p, and with it all where it is the
      first. It belongs to the nucleus. [{NUCLEUS}]
        before >= top_p → before + p[order] > top_p
    nucleus-one-more: You keep one token more than top_p needs: the nucleus ends with the one that reaches it.
      [{NUCLEUS}]
        before >= top_p → before - np.concatenate([[0], p[order][:-1]]) >= top_p
    nucleus-not-sorted: You add up in the order of the vocabulary. Add up from the most likely one on. [{NUCLEUS}]
        np.cumsum(p[order]) - p[order] → (np.cumsum(p) - p)[order]
    nucleus-not-put-back: Your nucleus says which places of the sorted order are kept, and you take these for tokens.
      Put it back through the order. [{NUCLEUS}]
        {KEPT} → p[before >= top_p] = 0
    top-p-as-a-threshold: You keep what is at least as likely as top_p. It is a sum that has to be reached. [{NUCLEUS}]
        {KEPT} → p[(p < top_p) & (p < p.max())] = 0
    top-p-as-a-share-of-the-largest: You keep what has at least top_p of the largest probability. top_p is a sum that
      has to be reached. [{NUCLEUS}]
        {KEPT} → p[p < top_p * p.max()] = 0
    rest-of-the-nucleus: You keep what lies outside the nucleus, or the share 1 − top_p of it. [{NUCLEUS}]
        before >= top_p → before >= 1 - top_p + 1e-9
    top-p-as-a-share-of-the-tokens: You keep a share top_p of the tokens. It is a share of the probability. [{NUCLEUS}]
        {KEPT} → p[order[int(np.ceil(top_p * min(top_k, len(p)))) :]] = 0
    nucleus-ignored: top_p does nothing. [{NUCLEUS}]
        {KEPT} → pass
    not-divided-at-the-end: What you return does not sum to 1: divide by the sum of what is left. [{NUCLEUS}]
        return p / p.sum() → return p
    softmax-of-what-is-left: You take a softmax of the probabilities that are left. Divide them by their sum.
      [{NUCLEUS}]
        return p / p.sum() → p = np.where(p > 0, np.exp(p), 0); return p / p.sum()
    """
)
