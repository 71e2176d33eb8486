"""Contract of `continue_text`, a text that goes on token by token.

unrolled-canary-201d3b129b57
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from solutions.exercises.language_model.choice import zeros_behind_the_best as next_distribution
from solutions.exercises.rnn_cell.forward import list_of_states as rnn_forward
from solutions.judging import kit
from solutions.reference import language_model
from solutions.reference.numerics import Array

READ = "language-model#eq-lm-chain"
DRAW, CARRIED = "language-model#eq-lm-draw", "language-model#eq-lm-carried"
NEARBY = 1 - 1e-3, 1 + 1e-3
FEW = 3  # different tokens: a text of fewer tells little


def continue_text(*arguments: Any) -> Array:
    """The tokens as an array."""
    return np.array(language_model.continue_text(*arguments), dtype=int)


def _drawn(
    rng: np.random.Generator, tokens: int, hidden: int, prompt: int, length: int, dtype: type = np.float64
) -> kit.Arguments:
    net = kit.cell(rng, kit.Sizes(1, 1, tokens, hidden, tokens), dtype)
    # No token twice in a row, so that a prompt's last one that is read twice shows.
    ids = np.cumsum(rng.integers(1, tokens, prompt)) % tokens
    return {
        "prompt": ids,
        "u": rng.uniform(0.02, 0.98, length),
        "temperature": float(rng.uniform(0.7, 1.3)),
        "top_k": tokens - 1,
        "top_p": float(rng.uniform(0.85, 0.95)),
        **net,
        "U": 1.5 * net["U"],  # what was read long ago counts
        "Wy": kit.normal(rng, hidden, tokens, dtype=dtype, scale=2 * hidden**-0.5),
        "by": kit.normal(rng, tokens, dtype=dtype, scale=0.3),
    }


def _by_a_hair(given: kit.Arguments) -> bool:
    # Whether a number that is off by a thousandth makes another text.
    def made(**others: object) -> list[int]:
        return language_model.continue_text(*(given | others).values())

    text = made()
    changes = [{name: given[name] * by} for name in ("u", "temperature", "top_p", "Wy") for by in NEARBY]
    changes = [one for one in changes if one.get("top_p", 0) <= 1]
    return any(made(**one) != text for one in changes)


def _given(
    rng: np.random.Generator, sizes: tuple[int, int, int, int], dtype: type = np.float64, **others: object
) -> kit.Arguments:
    while True:
        given = _drawn(rng, *sizes, dtype=dtype) | others
        if not _by_a_hair(given):
            return given


def _values(rng: np.random.Generator) -> Iterator[kit.Given]:
    for tokens, hidden, prompt, length in ((6, 5, 4, 9), (7, 4, 5, 8), (5, 6, 3, 10)):
        yield kit.Given("a prompt of several tokens", _given(rng, (tokens, hidden, prompt, length)))
    yield kit.Given("temperature 0", _given(rng, (6, 5, 4, 8), temperature=0.0))
    yield kit.Given("all tokens", _given(rng, (6, 4, 3, 8), top_k=6, top_p=1.0))
    yield kit.Given("float32", _given(rng, (7, 5, 4, 8), dtype=np.float32))


def _never(rng: np.random.Generator) -> np.ndarray:
    return np.concatenate([[-30], rng.normal(scale=0.3, size=5)])


def _edges(rng: np.random.Generator) -> Iterator[kit.Given]:
    yield kit.Given("a prompt of one token", _given(rng, (6, 4, 1, 8)))
    yield kit.Given("as many tokens as units", _given(rng, (5, 5, 3, 6)))
    yield kit.Given("one new token", _given(rng, (6, 5, 4, 1)))
    yield kit.Given("u of 0, and token 0 is never left", _given(rng, (6, 5, 4, 6), u=np.zeros(6), by=_never(rng)))
    yield kit.Given("a long prompt", _given(rng, (6, 5, 25, 4)))
    yield kit.Given("a single unit", _given(rng, (5, 1, 3, 6)), rare=True)
    yield kit.Given("no new token", _given(rng, (6, 5, 4, 0)), rare=True)


def _goes_on_otherwise(function: kit.Function, rng: np.random.Generator) -> bool:
    # What was made, put behind the prompt, goes on as it did.
    given = _given(rng, (6, 5, 4, 9))
    while len(set(continue_text(*given.values()))) < FEW:
        given = _given(rng, (6, 5, 4, 9))
    whole = np.asarray(function(*given.values()))
    prompt = np.concatenate([given["prompt"], whole[:4]])
    rest = function(*(given | {"prompt": prompt, "u": given["u"][4:]}).values())
    return not np.array_equal(rest, whole[4:]) or len(np.unique(whole)) < FEW


continuation = kit.Contract(
    reference=continue_text,
    outputs=(kit.exact("tokens"),),
    read=READ,
    parts=(kit.Part("values", _values), kit.Part("edges", _edges)),
    rules=(kit.Rule("another-way-on", "a text that is cut goes on as the whole one does.", _goes_on_otherwise, READ),),
)

WORDS = {"h": "the state", "made": "the new tokens", "p": "the probabilities", "token": "the token"}
WORDS |= {"number": "the uniform number", "X": "the prompt as rows of zeros and a one", "Hs": "the states"}


@continuation.derivation(words=WORDS)
def token_by_token(prompt, u, temperature, top_k, top_p, W, U, b, Wy, by):
    one_hot = np.eye(len(W))
    h = np.zeros((1, len(U)))
    Hs, _ = rnn_forward(one_hot[prompt][None], h, W, U, b)  #: eq-lm-carried
    h = Hs[:, -1]
    made = []
    for number in u:
        logits = h[0] @ Wy + by
        p = next_distribution(logits, temperature, top_k, top_p)  #: eq-lm-temperature
        token = (np.cumsum(p) <= number).sum()  #: eq-lm-draw
        made.append(int(token))
        Hs, _ = rnn_forward(one_hot[[[token]]], h, W, U, b)  #: eq-lm-chain
        h = Hs[:, -1]
    return made


@continuation.variant
def one_loop_for_both(prompt, u, temperature, top_k, top_p, W, U, b, Wy, by):
    text, h = [int(token) for token in prompt], np.zeros(U.shape[0])
    for place in range(len(prompt) + len(u) - 1):
        h = np.tanh(W[text[place]] + h @ U + b)
        if place >= len(prompt) - 1:
            p = next_distribution(h @ Wy + by, temperature, top_k, top_p)
            text.append(int(np.searchsorted(np.cumsum(p), u[place - len(prompt) + 1], side="right")))
    return text[len(prompt) :]


@continuation.variant
def whole_text_each_time(prompt, u, temperature, top_k, top_p, W, U, b, Wy, by):
    text = np.array(prompt)
    for number in u:
        Hs, _ = rnn_forward(np.eye(len(W))[text[None]], np.zeros((1, len(U))), W, U, b)
        p = next_distribution((Hs @ Wy + by)[0, -1], temperature, top_k, top_p)
        text = np.append(text, np.argmax(np.cumsum(p) > number))
    return text[len(prompt) :]


@continuation.variant
def state_as_a_vector(prompt, u, temperature, top_k, top_p, W, U, b, Wy, by):
    h = np.zeros(len(U))
    for token in prompt:
        h = np.tanh(W[token] + h @ U + b)
    made = np.zeros(len(u), dtype=int)
    for k, number in enumerate(u):
        total = np.cumsum(next_distribution(h @ Wy + by, temperature, top_k, top_p))
        made[k] = np.flatnonzero(total > number)[0]
        h = np.tanh(W[made[k]] + h @ U + b)
    return made


@continuation.variant
def added_until_it_is_above(prompt, u, temperature, top_k, top_p, W, U, b, Wy, by):
    def read(tokens, h):
        Hs, _ = rnn_forward(np.eye(len(W))[np.array(tokens)[None]], h, W, U, b)
        return Hs[:, -1]

    h, made = read(prompt, np.zeros((1, len(U)))), []
    for number in u:
        p = next_distribution((h @ Wy + by)[0], temperature, top_k, top_p)
        token, total = 0, p[0]
        for share in p[1:]:
            if total > number:
                break
            token, total = token + 1, total + share
        made.append(token)
        h = read([token], h)
    return tuple(made)


@continuation.variant
def drawn_first_read_later(prompt, u, temperature, top_k, top_p, W, U, b, Wy, by):
    h, made, token = np.zeros((1, len(U))), [], prompt[-1]
    if len(prompt) > 1:
        h = rnn_forward(np.eye(len(W))[prompt[None, :-1]], h, W, U, b)[0][:, -1]
    for k in range(len(u)):
        h = rnn_forward(np.eye(len(W))[np.array([[token]])], h, W, U, b)[0][:, 0]
        p = next_distribution(np.squeeze(h @ Wy + by, axis=0), temperature, top_k, top_p)
        token = len(p) - (np.cumsum(p) > u[k]).sum()
        made += [token]
    return np.array(made)


READS_ON = "Hs, _ = rnn_forward(one_hot[[[token]]], h, W, U, b)"
continuation.mistakes(
    f"""
    prompt-not-read: The prompt's last token alone is read. The state has to have read the whole prompt. [{CARRIED}]
        one_hot[prompt][None] → one_hot[prompt[-1:]][None]
    first-token-of-the-prompt-missing: The prompt's first token is not read. [{CARRIED}]
        one_hot[prompt][None] → one_hot[prompt[min(1, len(prompt) - 1):]][None]
    state-lost-behind-the-prompt: The text begins from a state of zeros: what the prompt left is lost. [{CARRIED}]
        made = [] → made, h = [], 0 * h
    state-lost-at-each-token: Each new token is read from a state of zeros, so that the net knows one token alone. Hand
      the state on. [{CARRIED}]
        {READS_ON} → Hs, _ = rnn_forward(one_hot[[[token]]], 0 * h, W, U, b)
    state-not-handed-on: The state stays that of the prompt, and every token is read from it. Hand the state on.
      [{CARRIED}]
        made = [] → made, kept = [], h
        {READS_ON} → Hs, _ = rnn_forward(one_hot[[[token]]], kept, W, U, b)
    new-token-not-read: What was drawn is not read: every token comes from the state behind the prompt. Read each token
      before you draw the next.
        {READS_ON} → Hs = h[:, None]
    last-token-of-the-prompt-read-twice: You read the prompt's last token twice: once with the prompt, once to begin.
      The state that has read the prompt gives the first new token.
        made = [] → made, h = [], rnn_forward(one_hot[prompt[-1:]][None], Hs[:, -1], W, U, b)[0][:, -1]
    prompt-read-on: You go on reading the prompt's last token, not what was drawn. Each new token is the next input.
        one_hot[[[token]]] → one_hot[[[prompt[-1]]]]
    token-read-twice: Each new token is read twice. Once is enough.
        {READS_ON} → Hs, _ = rnn_forward(one_hot[[[token, token]]], h, W, U, b)
    prompt-returned-too: You return the prompt with what follows it. Return the new tokens alone.
        return made → return [int(one) for one in prompt] + made
    one-token-too-few: You return one token too few: as many as u has numbers.
        for number in u: → for number in u[:-1]:
    one-token-too-many: You return one token too many: as many as u has numbers.
        for number in u: → for number in [*u, 0.5]:
    one-number-for-all: The first uniform number decides for every token. Each has its own: u[k]. [{DRAW}]
        (np.cumsum(p) <= number) → (np.cumsum(p) <= u[0])
    most-likely-one: You always take the most likely token, whatever u says. [{DRAW}]
        (np.cumsum(p) <= number).sum() → np.argmax(p)
    own-numbers: You draw numbers of your own. Here u decides, so that the result can be checked. [{DRAW}]
        (np.cumsum(p) <= number).sum() → np.random.default_rng(0).choice(len(p), p=p)
    one-token-too-low: You take the last token whose sum is not yet above u, one too low. Take the first one whose sum
      is above it. [{DRAW}]
        (np.cumsum(p) <= number).sum() → max((np.cumsum(p) <= number).sum() - 1, 0)
    one-token-too-high: You take the token behind the first one whose sum is above u. [{DRAW}]
        (np.cumsum(p) <= number).sum() → min((np.cumsum(p) <= number).sum() + 1, len(p) - 1)
    zero-takes-the-first: Where u is 0 and the first tokens have probability 0, you take one of these. The sum has to be
      above u, not as large as it. [{DRAW}]
        np.cumsum(p) <= number → np.cumsum(p) < number
    from-the-last-token-on: You add up from the last token on. Add up from token 0. [{DRAW}]
        (np.cumsum(p) <= number).sum() → (np.cumsum(p[::-1]) > number).sum() - 1
    sorted-before-the-draw: You add up from the most likely token on, and forget that the places are no tokens any more.
      [{DRAW}]
        (np.cumsum(p) <= number) → (np.cumsum(np.sort(p)[::-1]) <= number)
    share-compared: You take the first token whose own probability is above u. Compare the sum up to it. [{DRAW}]
        (np.cumsum(p) <= number).sum() → np.argmax(p > number)
    distribution-not-cut: You draw from a plain softmax: temperature, top_k and top_p do nothing.
      [language-model#eq-lm-temperature]
        next_distribution(logits, temperature, top_k, top_p) → np.exp(logits) / np.exp(logits).sum()
    logits-without-the-bias: The readout's bias is missing.
        h[0] @ Wy + by → h[0] @ Wy
    """
)
