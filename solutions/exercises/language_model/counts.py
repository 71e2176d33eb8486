"""Contract of `witten_bell`, an n-gram model that interpolates each context with the shorter one.

unrolled-canary-756b22dd07b4
"""

from collections.abc import Iterator

import numpy as np

from solutions.judging import kit
from solutions.reference import language_model

READ = "language-model#eq-lm-interpolated"


def _text(rng: np.random.Generator, size: int, length: int) -> np.ndarray:
    # A few tokens are frequent, and each has its followers: contexts come back, and differ.
    likely = rng.dirichlet(np.full(size, 0.7), size)
    ids = [int(rng.integers(size))]
    while len(ids) < length:
        ids.append(int(rng.choice(size, p=likely[ids[-1]])))
    return np.array(ids)


def _given(rng: np.random.Generator, size: int, length: int, n: int) -> kit.Arguments:
    # The context stands in the text, and something follows it there.
    ids = _text(rng, size, length)
    start = int(rng.integers(0, length - n))
    return {"ids": ids, "context": ids[start : start + n].copy(), "size": size}


def _followed(rng: np.random.Generator, n: int, kinds: int) -> kit.Arguments:
    """A context that at least so many different tokens follow, and one of them several times."""
    while True:
        given = _given(rng, int(rng.integers(4, 7)), int(rng.integers(60, 90)), n)
        ids, context, size = given.values()
        counts = np.bincount([t for t, *c in _grams(ids, n) if c == list(context)], minlength=size)
        if np.count_nonzero(counts) >= kinds and counts.max() > 2:
            return given


def _grams(ids: np.ndarray, n: int) -> Iterator[list[int]]:
    # Each token that n others stand before, then these.
    for end in range(n, len(ids)):
        yield [int(ids[end]), *map(int, ids[end - n : end])]


def _values(rng: np.random.Generator) -> Iterator[kit.Given]:
    for n, kinds in ((1, 3), (2, 2), (3, 2), (2, 3)):
        yield kit.Given(f"a context of {n}", _followed(rng, n, kinds))


def _never_seen(rng: np.random.Generator) -> kit.Arguments:
    # Its last token alone is known.
    given = _given(rng, 4, 30, 2)
    return given | {"size": 6, "context": np.array([5, 4, int(given["ids"][3])])}


def _turned(rng: np.random.Generator) -> kit.Arguments:
    first, second, *others = rng.permutation(5)
    pairs = [(first, second), (second, first)] * 3
    ids = [token for pair, other in zip(pairs, np.repeat(others, 2), strict=True) for token in (*pair, other)]
    return {"ids": np.array([*ids, second, first, first]), "context": np.array([first, second]), "size": 5}


def _only_at_the_end(rng: np.random.Generator) -> kit.Arguments:
    # The last two tokens have never stood side by side before.
    ids = np.append(np.where(_text(rng, 4, 24) == 3, 2, _text(rng, 3, 24)), [0, 3])
    return {"ids": ids, "context": np.array([0, 3]), "size": 4}


def _also_at_the_end(rng: np.random.Generator) -> kit.Arguments:
    # A context that the text ends with, too: there nothing follows it.
    given = _followed(rng, 2, 2)
    return given | {"ids": np.append(given["ids"], given["context"])}


def _overlapping(rng: np.random.Generator) -> kit.Arguments:
    a, b, c = rng.permutation(9)[:3]
    many = int(rng.integers(5, 10))
    return {"ids": np.array([a] * many + [b, a, a, c]), "context": np.array([a, a]), "size": 9}


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    empty = np.zeros(0, dtype=int)
    yield kit.Given("no context", _given(rng, 5, 30, 0))
    yield kit.Given("no context, and tokens that never occur", _given(rng, 3, 20, 0) | {"size": 6})
    yield kit.Given("a context that stands there the other way round, too", _turned(rng))
    yield kit.Given("a context that was never seen", _never_seen(rng))
    yield kit.Given("a context that stands at the end alone", _only_at_the_end(rng))
    yield kit.Given("a context that stands at the end, too", _also_at_the_end(rng))
    yield kit.Given("a context that overlaps itself", _overlapping(rng))
    few = rng.permutation(30)[:3]
    yield kit.Given("a context as long as the text", {"ids": few, "context": few.copy(), "size": 30}, rare=True)
    longer = {"ids": few[:2], "context": np.append(rng.integers(0, 30, 2), few[:2]), "size": 30}
    yield kit.Given("a context longer than the text", longer, rare=True)
    one = {"ids": rng.integers(0, 30, 1), "context": empty, "size": 30}
    yield kit.Given("a text of one token", one, rare=True)
    yield kit.Given(
        "a vocabulary of one", {"ids": np.zeros(4, dtype=int), "context": np.zeros(1, dtype=int), "size": 1}, rare=True
    )


def _does_not_sum_to_one(function: kit.Function, rng: np.random.Generator) -> bool:
    ids = _text(rng, 4, 40)
    contexts = [ids[-n:].copy() for n in (1, 2, 3)] + [rng.integers(0, 5, n) for n in (1, 2, 3)]
    answers = [np.asarray(function(ids.copy(), context.copy(), 5)) for context in contexts]
    return not all(np.isclose(p.sum(), 1, atol=1e-6) and (p > 0).all() for p in answers)


witten_bell = kit.Contract(
    reference=language_model.witten_bell,
    outputs=kit.near("p", rtol=1e-5, atol=1e-6),
    read=READ,
    parts=(kit.Part("values", _values), kit.Part("edges", _edges)),
    rules=(
        kit.Rule(
            "not-a-distribution",
            "the probabilities of all tokens sum to 1, and none is 0.",
            _does_not_sum_to_one,
            READ,
        ),
    ),
)

WORDS = {"p": "the probabilities behind the shorter context", "counts": "how often each token follows"}
WORDS |= {
    "kinds": "how many different tokens follow",
    "total": "how often anything follows",
    "tail": "the context's end",
}


@witten_bell.derivation(words=WORDS)
def shortest_context_first(ids, context, size):
    p = np.full(size, 1 / size)
    for n in range(len(context) + 1):
        tail = list(context[len(context) - n :])
        counts = np.zeros(size)
        for end in range(n, len(ids)):
            if list(ids[end - n : end]) == tail:
                counts[ids[end]] += 1
        kinds = (counts > 0).sum()
        total = counts.sum()
        if total > 0:
            #: eq-lm-interpolated: what was counted + the share of the shorter context
            p = (counts + kinds * p) / (total + kinds)
    return p


@witten_bell.derivation(words=WORDS | {"shares": "the shares", "weight": "the weight of the counts"})
def weighted_mean(ids, context, size):
    p = np.ones(size) / size
    for n in range(len(context) + 1):
        tail = tuple(context[len(context) - n :])
        followers = [ids[end] for end in range(n, len(ids)) if tuple(ids[end - n : end]) == tail]
        if followers:
            shares = np.bincount(followers, minlength=size) / len(followers)
            weight = len(followers) / (len(followers) + len(set(followers)))
            p = (
                weight * shares + (1 - weight) * p
            )  #: eq-lm-interpolated: what was counted + the share of the shorter context
    return p


@witten_bell.variant
def longest_context_first(ids, context, size):
    def behind(context):
        n = len(context)
        lower = behind(context[1:]) if n else [1 / size] * size
        places = [k for k in range(n, len(ids)) if all(ids[k - n + j] == context[j] for j in range(n))]
        counts = [sum(ids[k] == v for k in places) for v in range(size)]
        kinds = sum(count > 0 for count in counts)
        if not places:
            return lower
        return [(count + kinds * q) / (len(places) + kinds) for count, q in zip(counts, lower, strict=True)]

    return np.array(behind(list(context)))


@witten_bell.variant
def by_windows(ids, context, size):
    p = np.full(size, 1.0 / size)
    for n in range(min(len(context), len(ids) - 1) + 1):
        grams = np.lib.stride_tricks.sliding_window_view(ids, n + 1)
        follow = grams[(grams[:, :n] == context[len(context) - n :]).all(axis=1), -1]
        counts = np.bincount(follow, minlength=size)
        unlike = len(np.unique(follow))
        if len(follow):
            p = counts / (len(follow) + unlike) + unlike / (len(follow) + unlike) * p
    return p


@witten_bell.variant
def from_a_table(ids, context, size):
    table = {}
    ids = [int(one) for one in ids]
    for n in range(len(context) + 1):
        for end in range(n, len(ids)):
            row = table.setdefault(tuple(ids[end - n : end]), {})
            row[ids[end]] = row.get(ids[end], 0) + 1
    p = [1 / size for _ in range(size)]
    for n in range(len(context) + 1):
        row = table.get(tuple(int(one) for one in context[len(context) - n :]))
        if row is not None:
            below = sum(row.values()) + len(row)
            p = [(row.get(v, 0) + len(row) * p[v]) / below for v in range(size)]
    return np.array(p)


@witten_bell.variant
def token_by_token(ids, context, size):
    def share(token, n):
        if n < 0:
            return 1 / size
        tail = context[len(context) - n :]
        followers = [ids[k] for k in range(n, len(ids)) if np.array_equal(ids[k - n : k], tail)]
        u = len(set(map(int, followers)))
        lower = share(token, n - 1)
        return (followers.count(token) + u * lower) / (len(followers) + u) if followers else lower

    return np.array([share(v, len(context)) for v in range(size)])


@witten_bell.variant
def narrowing_down(ids, context, size):
    # The places that a context leaves are among those that the shorter one left.
    places = np.arange(len(ids))
    p = np.full(size, 1 / size)
    for n in range(len(context) + 1):
        if n:
            places = places[places >= n]
            places = places[ids[places - n] == context[-n]]
        if not len(places):
            return p
        counts = np.zeros(size)
        np.add.at(counts, ids[places], 1)
        u = np.count_nonzero(counts)
        p = (counts + u * p) / (len(places) + u)
    return p


witten_bell.mistakes(
    """
    backwards: You begin with the longest context. Begin with the empty one: each is made from the next shorter one.
    other-comparison-list-ids-end-n-tail: You count what follows other contexts: != stands in the place of ==.
    maximum-likelihood: You return the shares of what followed, without the shorter context: what never followed gets
      probability 0. Interpolate.
        p = (counts + kinds * p) / (total + kinds) → p = counts / total
    add-one: You add one to every count. Here the shorter context says how much is added to each.
        p = (counts + kinds * p) / (total + kinds) → p = (counts + 1) / (total + size)
    backed-off: Where a token followed, you take its share alone, and the shorter context only elsewhere. Then the sum
      is more than 1. Interpolate: both count for every token.
        p = (counts + kinds * p) / (total + kinds) → p = np.where(counts > 0, counts / total, p)
    whole-vocabulary-for-the-followers: You take the size of the vocabulary for the number of different tokens that
      follow. Count those whose count is above 0.
        kinds = (counts > 0).sum() → kinds = size
    all-followers-for-the-different-ones: Counts and shorter context weigh half each: a fixed weight, or you count every
      token that follows for kinds. It is the number of different ones, those whose count is above 0.
        kinds = (counts > 0).sum() → kinds = counts.sum()
    seen-once-for-the-different-ones: You count the tokens that followed once. Count all that followed, each once.
        kinds = (counts > 0).sum() → kinds = (counts == 1).sum()
    different-tokens-of-the-text: You count the different tokens of the whole text. Count those that follow this
      context.
        kinds = (counts > 0).sum() → kinds = len(set(ids.tolist()))
    weights-exchanged: The weights are exchanged: the counts have total / (total + kinds), the shorter context has the
      rest.
        p = (counts + kinds * p) / (total + kinds) → p = (kinds * counts / total + total * p) / (total + kinds)
    newest-token-dropped: You shorten a context by its newest token. Drop the oldest: the last tokens tell most.
        tail = list(context[len(context) - n :]) → tail = list(context[:n])
    not-interpolated-with-uniform: The empty context is not interpolated: a token that the text does not have gets
      probability 0. Below it stands 1/V for every token.
        p = (counts + kinds * p) / (total + kinds) → p = (counts + kinds * p) / (total + kinds) if n else counts / total
    starts-with-the-tokens-of-the-text: You begin with 1 over the number of tokens that occur. Begin with 1/V for all
      tokens of the vocabulary.
        p = np.full(size, 1 / size) → p = np.bincount(ids, minlength=size) > 0; p = p / p.sum()
    only-the-longest: You interpolate the longest context with 1/V alone. Each context is interpolated with the next
      shorter one, down to the empty one.
        for n in range(len(context) + 1) → for n in [len(context)]
    longest-left-out: The longest context is left out: a context of n tokens counts, too. range(n + 1) ends with n.
        for n in range(len(context) + 1) → for n in range(len(context))
    empty-context-left-out: The empty context is left out: how often each token occurs at all. Begin with n = 0.
        for n in range(len(context) + 1) → for n in range(1, len(context) + 1)
    unseen-is-uniform: For a context that was never seen you return 1/V. Return what the shorter context says.
        total = counts.sum() → total = counts.sum(); p = p if total else np.full(size, 1 / size)
    unseen-divides-by-zero: Nothing follows a context that was never seen, and you divide 0 by 0. There the shorter
      context is the answer.
        if total > 0: → if True:
    end-of-the-text-counted: You count how often the context occurs. At the end of the text nothing follows it: take the
      sum of the counts, or the probabilities do not sum to 1.
        total = counts.sum() → total = sum(list(ids[end - n : end]) == tail for end in range(n, len(ids) + 1))
    overlaps-left-out: Occurrences that overlap are counted once. Look at every place of the text.
        counts = np.zeros(size) → counts, free = np.zeros(size), 0
        counts[ids[end]] += 1 → counts[ids[end]] += end - n >= free; free = end if end - n >= free else free
    not-divided: You do not divide by the sum, so that the probabilities do not sum to 1.
        / (total + kinds) → * 1.0
    order-of-the-context-ignored: You compare which tokens a context has, not their order.
        if list(ids[end - n : end]) == tail → if sorted(ids[end - n : end]) == sorted(tail)
    last-token-alone-compared: You compare the context's last token alone. All n tokens have to be the same.
        if list(ids[end - n : end]) == tail → if list(ids[end - n : end])[-1:] == tail[-1:]
    any-token-compared: You ask whether any token of the context is the same. All of them have to be: np.all.
        if list(ids[end - n : end]) == tail → if n == 0 or (ids[end - n : end] == np.array(tail)).any()
    predecessors-counted: You count what stands before the context. Count what follows it.
        for end in range(n, len(ids)) → for end in range(n + 1, len(ids) + 1)
        counts[ids[end]] += 1 → counts[ids[end - n - 1]] += 1
    context-counted-as-its-own-follower: You count the context's last token again and again, not the one that follows.
        counts[ids[end]] += 1 → counts[ids[end - 1]] += 1
    """
)
