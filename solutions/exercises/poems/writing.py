"""Contract of `generate`, a poem that is written token by token, from bos to eos.

unrolled-canary-6b1c0055a593
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from solutions.judging import kit
from solutions.reference import poems

READ = "poems#eq-poem-chain"
ALLOWED, DRAW = "poems#eq-poem-allowed", "language-model#eq-lm-draw"
NEARBY = 1 - 1e-3, 1 + 1e-3
FEW = 3  # different tokens: a poem of fewer tells little
EOS = 2


def generate(*arguments: Any) -> list[int]:
    """The poem."""
    return poems.generate(*arguments)


def _drawn(
    rng: np.random.Generator, tokens: int, inputs: int, hidden: int, length: int, dtype: type = np.float64
) -> kit.Arguments:
    net = kit.cell(rng, kit.Sizes(1, 1, inputs, hidden, tokens), dtype)
    by = rng.normal(scale=0.5, size=tokens)
    by[:2] = by.max() + 1  # pad and bos are what a net that is not told otherwise would say
    return {
        "u": rng.uniform(0.02, 0.98, length),
        "temperature": float(rng.uniform(0.5, 0.8) if rng.random() < 1 / 2 else rng.uniform(1.3, 2)),
        "E": kit.normal(rng, tokens, inputs, dtype=dtype),
        **net,
        "U": 1.5 * net["U"],  # what was read long ago counts
        "Wy": kit.normal(rng, hidden, tokens, dtype=dtype, scale=2 * hidden**-0.5),
        "by": by.astype(dtype),
    }


def _by_a_hair(given: kit.Arguments) -> bool:
    # Whether a number that is off by a thousandth makes another poem.
    def made(**others: object) -> list[int]:
        return generate(*(given | others).values())

    poem = made()
    return any(made(**{name: given[name] * by}) != poem for name in ("u", "temperature", "Wy") for by in NEARBY)


def _given(
    rng: np.random.Generator,
    sizes: tuple[int, int, int, int],
    dtype: type = np.float64,
    *,
    ends: bool | None = None,
    **others: Any,
) -> kit.Arguments:
    """A net and its numbers. `ends`: whether the poem comes to its eos, behind three tokens, before u is used up."""
    while True:
        given = _drawn(rng, *sizes, dtype=dtype) | others
        if ends is False:
            given["by"][EOS] = -50
        made = generate(*given.values())
        if _by_a_hair(given) or (ends and not 3 <= len(made) <= sizes[-1] - 3):
            continue
        if len(set(made)) >= min(FEW, sizes[-1]) or "temperature" in others or ends is None:
            return given


def _tempted(rng: np.random.Generator, sizes: tuple[int, int, int, int]) -> kit.Arguments:
    """A net at temperature 0 that would say pad or bos at some of its steps, and at others not."""
    while True:
        given = _given(rng, sizes, ends=False, temperature=0.0)
        _, _, E, W, U, b, Wy, by = given.values()
        h, scores = np.zeros(len(U)), []
        for token in [1, *generate(*given.values())][:-1]:
            h = np.tanh(E[token] @ W + h @ U + b)
            scores.append(h @ Wy + by)
        tempted = [int(one.argmax()) < EOS for one in scores]
        if 2 <= sum(tempted) <= len(tempted) - 2 and len({int(one.argmax()) for one in scores}) >= FEW:
            return given


def _values(rng: np.random.Generator) -> Iterator[kit.Given]:
    for sizes in ((7, 3, 5, 10), (8, 5, 4, 9), (6, 4, 6, 12)):
        yield kit.Given("a poem that ends", _given(rng, sizes, ends=True))
    yield kit.Given("a poem that does not end", _given(rng, (8, 4, 5, 8), ends=False))
    yield kit.Given("temperature 0", _tempted(rng, (9, 5, 6, 8)))
    yield kit.Given("float32", _given(rng, (7, 4, 5, 9), np.float32, ends=True))


def _biased(rng: np.random.Generator, tokens: int, **by: float) -> np.ndarray:
    bias = rng.normal(scale=0.3, size=tokens)
    for token, value in by.items():
        bias[int(token.removeprefix("of_"))] = value
    return bias


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    yield kit.Given("eos at once", _given(rng, (6, 3, 4, 6), by=_biased(rng, 6, of_2=40.0)))
    yield kit.Given("eos never", _given(rng, (6, 3, 4, 6), ends=False))
    surely = _biased(rng, 7, of_0=40.0, of_1=45.0, of_2=-40.0)
    yield kit.Given("pad and bos have large scores", _given(rng, (7, 3, 5, 8), by=surely))
    yield kit.Given("temperature 0, and bos has the largest score", _tempted(rng, (7, 3, 5, 8)))
    yield kit.Given("a tiny temperature", _given(rng, (7, 5, 4, 6), ends=False, temperature=1e-4), forbid_overflow=True)
    high = _biased(rng, 6, of_2=0.0) + 2000
    yield kit.Given("large scores", _given(rng, (6, 3, 5, 6), by=high), forbid_overflow=True)
    low = _biased(rng, 6, of_2=-30.0) - 2000
    yield kit.Given("scores far below 0", _given(rng, (6, 3, 5, 6), by=low), forbid_overflow=True)
    yield kit.Given("u of 0", _given(rng, (6, 3, 5, 5), u=np.zeros(5), by=_biased(rng, 6, of_2=-60.0)))
    yield kit.Given("equal scores at temperature 0", _equal(rng))
    yield kit.Given("one number", _given(rng, (6, 4, 3, 1), ends=False))
    yield kit.Given("as many inputs as units and tokens", _given(rng, (7, 7, 7, 6), ends=False))
    yield kit.Given("a single unit", _given(rng, (5, 3, 1, 6)), rare=True)
    yield kit.Given("a single input", _given(rng, (5, 1, 3, 6)), rare=True)
    yield kit.Given("no number", _given(rng, (6, 4, 5, 0)), rare=True)


def _equal(rng: np.random.Generator) -> kit.Arguments:
    # Two columns of the readout are the same: of equal scores the lower number comes.
    given = _drawn(rng, 7, 4, 5, 4) | {"temperature": 0.0}
    given["Wy"][:, 5] = given["Wy"][:, 3] = 0
    given["by"][:] = [3, 3, -60, 60, 0, 60, 0]
    return given


def _goes_on_behind_eos(function: kit.Function, rng: np.random.Generator) -> bool:
    # More numbers than a poem needs change nothing; fewer cut it; neither pad, bos nor eos stands in it.
    given = _given(rng, (8, 4, 5, 12), ends=True)
    whole = [int(token) for token in function(*given.values())]
    longer = given | {"u": np.concatenate([given["u"], rng.uniform(0.02, 0.98, 3)])}
    shorter = given | {"u": given["u"][:2].copy()}
    if len(set(whole)) < FEW or min(whole) <= EOS:
        return True
    return list(function(*longer.values())) != whole or list(function(*shorter.values())) != whole[:2]


generation = kit.Contract(
    reference=generate,
    outputs=(kit.exact("tokens"),),
    read=READ,
    parts=(kit.Part("values", _values), kit.Part("edges", _edges)),
    rules=(
        kit.Rule(
            "goes-on-behind-eos",
            "numbers that a poem does not need change nothing, and where they are too few, it is cut.",
            _goes_on_behind_eos,
            READ,
        ),
    ),
)


@generation.derivation(
    words={
        "h": "the state",
        "made": "the poem",
        "p": "the probabilities",
        "token": "the token",
        "number": "the uniform number",
        "scores": "the scores",
    },
    # What makes no vector of the state, or no probabilities of the scores, is as wrong in many ways.
    without=(
        "added-to-itself-token-2",
        "entry-by-entry-h-U",
        "kernel-left-out-h-U-2",
        "made-too-early-p-by-2",
        "subtracted-for-divided-p-sum",
        "upside-down-p-scores-max-temperature",
    ),
)
def token_by_token(u, temperature, E, W, U, b, Wy, by):
    h, token, made = np.zeros(len(U)), 1, []
    for number in u:
        h = np.tanh(E[token] @ W + h @ U + b)  #: eq-poem-chain: what the token says + what the state says + the bias
        scores = h @ Wy + by  #: eq-poem-chain: what the state says + the readout's bias
        scores[:2] = -np.inf  #: eq-poem-allowed
        if temperature == 0:
            token = int(scores.argmax())  #: eq-poem-allowed
        else:
            p = np.exp((scores - scores.max()) / temperature)  #: eq-poem-allowed
            p = p / p.sum()  #: eq-poem-allowed
            token = int((np.cumsum(p) <= number).sum())  #: language-model#eq-lm-draw
        if token == 2:  #: eq-poem-chain
            break
        made.append(token)
    return made


@generation.variant
def allowed_ones_alone(u, temperature, E, W, U, b, Wy, by):
    h, poem = np.zeros((1, U.shape[0])), [1]
    for number in u:
        h = np.tanh(E[poem[-1:]] @ W + h @ U + b)
        scores = (h @ Wy + by)[0, 2:]
        if temperature == 0:
            p = (np.arange(len(scores)) == np.argmax(scores)) * 1.0
        else:
            scores = scores - scores.max()
            p = np.exp(scores / temperature) / np.exp(scores / temperature).sum()
        poem.append(2 + int(np.searchsorted(np.cumsum(p), number, side="right")))
        if poem[-1] == 2:
            return poem[1:-1]
    return poem[1:]


@generation.variant
def while_it_lasts(u, temperature, E, W, U, b, Wy, by):
    h, token, k, made = np.zeros(U.shape[0]), 1, 0, []
    while k < len(u) and token != 2:
        h = np.tanh(np.dot(E[token], W) + np.dot(h, U) + b)
        scores = np.dot(h, Wy) + by
        if temperature == 0:
            token = max(range(2, len(scores)), key=lambda v: scores[v])
        else:
            scores = (scores - max(scores[2:])) / temperature
            e = [0.0, 0.0] + [float(np.exp(one)) for one in scores[2:]]
            token, total = 0, e[0] / sum(e)
            for v in range(1, len(e)):
                if total > u[k]:
                    break
                token, total = v, total + e[v] / sum(e)
        made.append(token)
        k += 1
    return made[:-1] if made and made[-1] == 2 else made


@generation.variant
def probabilities_set_to_zero(u, temperature, E, W, U, b, Wy, by):
    read = E @ W + b
    h, token, made = np.zeros(len(b)), 1, np.zeros(0, dtype=int)
    for number in u:
        h = np.tanh(read[token] + h @ U)
        scores = h @ Wy + by
        scores = scores - scores[2:].max()
        if temperature == 0:
            token = 2 + np.argmax(scores[2:])
        else:
            p = np.zeros(len(scores))
            p[2:] = np.exp(scores[2:] / temperature)
            token = np.argmax(np.cumsum(p / p.sum()) > number)
        if token == 2:
            return made
        made = np.append(made, token)
    return made


@generation.variant
def cut_afterwards(u, temperature, E, W, U, b, Wy, by):
    h, token, made = np.zeros(len(U)), 1, []
    for k in range(len(u)):
        h = np.tanh(E[token] @ W + h @ U + b)
        z = np.delete(h @ Wy + by, [0, 1])
        if temperature == 0:
            token = int(z.argmax()) + 2
        else:
            log_p = z / temperature - np.logaddexp.reduce(z / temperature)
            token = int(np.flatnonzero(np.cumsum(np.exp(log_p)) > u[k])[0]) + 2
        made.append(token)
    return tuple(made[: made.index(2)]) if 2 in made else tuple(made)


DRAWN = "int((np.cumsum(p) <= number).sum())"
STATE = "h = np.tanh(E[token] @ W + h @ U + b)"
generation.mistakes(
    f"""
    bos-not-read: Nothing is read before the first token. Begin with bos, token 1.
        made = np.zeros(len(U)), 1, [] → made = np.zeros(len(U)), None, []
        {STATE} → h = np.tanh(E[token] @ W + h @ U + b) if token is not None else h
    begins-with-pad: The poem begins with token 0, the padding. It begins with bos, token 1.
        np.zeros(len(U)), 1, [] → np.zeros(len(U)), 0, []
    begins-with-eos: The poem begins with token 2, eos. It begins with bos, token 1.
        np.zeros(len(U)), 1, [] → np.zeros(len(U)), 2, []
    nothing-forbidden: pad and bos may be drawn in your function. A poem has neither: their probability is 0, and the
      others are divided by what is left. [{ALLOWED}]
        scores[:2] = -np.inf → pass
    pad-alone-forbidden: bos may be drawn in your function: it has the probability 0, as pad has. [{ALLOWED}]
        scores[:2] → scores[:1]
    bos-alone-forbidden: pad may be drawn in your function: it has the probability 0, as bos has. [{ALLOWED}]
        scores[:2] → scores[1:2]
    eos-forbidden: eos is forbidden, too: your poems never end. Only pad and bos are. [{ALLOWED}]
        scores[:2] → scores[:3]
    eos-alone-forbidden: You forbid eos. Forbid pad and bos: eos has to come. [{ALLOWED}]
        scores[:2] → scores[2:3]
    scores-of-0-for-forbidden: The forbidden tokens get the score 0, and with it a probability. Their score is −inf.
      [{ALLOWED}]
        scores[:2] = -np.inf → scores[:2] = 0
    forbidden-and-not-divided: You set the probabilities of pad and bos to 0, and do not divide by what is left.
      [{ALLOWED}]
        scores[:2] = -np.inf → all_scores = 1 * scores; scores[:2] = -np.inf
        p / p.sum() → p / np.exp((all_scores - scores.max()) / temperature).sum()
    forbidden-ones-drawn-again: Where pad or bos comes, you take the most likely other token. Forbid both before the
      draw, so that the others keep their proportions. [{ALLOWED}]
        scores[:2] = -np.inf → allowed = 1 * scores; allowed[:2] = -np.inf
        scores.argmax() → allowed.argmax()
        {DRAWN} → {DRAWN} if {DRAWN} > 1 else int(allowed.argmax())
    numbers-of-the-allowed-ones: You number the allowed tokens from 0. Their numbers begin with 2.
        made.append(token) → made.append(token - 2)
    does-not-end: Your poem goes on behind eos. It ends there, and eos is no part of it.
        break → pass
    eos-returned: You return eos with the poem. It ends it, and is no part of it.
        break → made.append(token); break
    eos-left-out-and-on: You leave out eos, but go on behind it. The poem ends there.
        break → continue
    bos-returned: You return bos with the poem. It begins it, and is no part of it.
        return made → return [1] + made
    state-lost-at-each-token: Each token is read from a state of zeros, so that the net knows one token alone. Hand the
      state on.
        + h @ U + b → + 0 * h @ U + b
    new-token-not-read: What was drawn is not read: every step reads bos. Each token is the next input.
        E[token] → E[1]
    one-number-for-all: The first uniform number decides for every token. Each has its own. [{DRAW}]
        (np.cumsum(p) <= number) → (np.cumsum(p) <= u[0])
    temperature-ignored: The temperature does nothing. Divide the scores by it, before the exponential. [{ALLOWED}]
        (scores - scores.max()) / temperature → (scores - scores.max())
    temperature-multiplied: You multiply the scores by the temperature. Divide by it. [{ALLOWED}]
        (scores - scores.max()) / temperature → (scores - scores.max()) * temperature
    always-greedy: You always take the most likely token. At a temperature above 0 u decides. [{DRAW}]
        {DRAWN} → int(p.argmax())
    greedy-among-all: At temperature 0 pad and bos may come. They are forbidden there, too. [{ALLOWED}]
        scores[:2] = -np.inf → of_all = 1 * scores; scores[:2] = -np.inf
        scores.argmax() → of_all.argmax()
    last-of-equals: Of equal scores at temperature 0 you take the last. The lowest number comes. [{ALLOWED}]
        int(scores.argmax()) → int(len(scores) - 1 - scores[::-1].argmax())
    divided-by-a-temperature-of-0: You divide by a temperature of 0. There the token with the largest score comes,
      without a draw. [{ALLOWED}]
        if temperature == 0: → if False:
    own-numbers: You draw numbers of your own. Here u decides, so that the result can be checked. [{DRAW}]
        {DRAWN} → int(np.random.default_rng(0).choice(len(p), p=p))
    one-token-too-low: You take the last token whose sum is not yet above u, one too low. Take the first one whose sum
      is above it. [{DRAW}]
        {DRAWN} → max(int((np.cumsum(p) <= number).sum()) - 1, 0)
    one-token-too-high: You take the token behind the first one whose sum is above u. [{DRAW}]
        {DRAWN} → min(int((np.cumsum(p) <= number).sum()) + 1, len(p) - 1)
    zero-takes-the-first: Where u is 0 you take token 0, whose probability is 0. The sum has to be above u, not as large
      as it. [{DRAW}]
        np.cumsum(p) <= number → np.cumsum(p) < number
    from-the-last-token-on: You add up from the last token on. Add up from token 0. [{DRAW}]
        {DRAWN} → int((np.cumsum(p[::-1]) > number).sum() - 1)
    sorted-before-the-draw: You add up from the most likely token on, and forget that the places are no tokens any more.
      [{DRAW}]
        np.cumsum(p) <= → np.cumsum(np.sort(p)[::-1]) <=
    share-compared: You take the first token whose own probability is above u. Compare the sum up to it. [{DRAW}]
        {DRAWN} → int(np.argmax(p > number))
    naive-softmax: The exponential overflows where scores are large. Take the largest from all first. [{ALLOWED}]
        (scores - scores.max()) / → scores /
    one-token-too-few: You return one token too few where no eos comes: as many as u has numbers.
        for number in u: → for number in u[:-1]:
    embedding-transposed-away: You read a token as a row of zeros and a one. Its row of E is what the net reads.
        E[token] @ W → np.eye(len(E))[token][: W.shape[0]] @ W[: len(E)]
    """
)
