"""Whether tokens were drawn as their probabilities say, whatever way of drawing was taken.

A right function is called wrong with a probability below one in a million: see `FAR`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Draw = Callable[[np.ndarray, int, np.random.Generator], object]

COUNT, CALLS = 4000, 200  # tokens of one call; calls for one token each
# With n independent draws, each with the chance q, a share as far from q as c has a probability of at most
# exp(−n KL(c, q)), on either side (Chernoff 1952). 21 makes this 8e-10; fewer than 200 such sides are looked at.
FAR = 21.0


def trouble(draw: Draw, rng: np.random.Generator) -> str:
    """What is wrong with the tokens that `draw(p, count, rng)` gives, in a sentence; "" where nothing is.

    Args:
        draw: has to return `count` independent token numbers, an array or a list, token v with the probability p[v].
        rng: where the probabilities and the generators come from.
    """
    for p in _probabilities(rng):
        seed = int(rng.integers(2**31))
        generator = np.random.default_rng(seed)
        tokens, wrong = _tokens(draw(p.copy(), COUNT, generator), COUNT, len(p))
        found = wrong or _unlike(tokens, p) or _of_pairs(tokens, p)
        if found:
            return found
        if p.max() < 1 and (found := _of_generators(draw, p, seed, tokens)):
            return found
    p = np.array([0.5, 0.3, 0.2])
    one_by_one = [_tokens(draw(p.copy(), 1, generator), 1, len(p)) for _ in range(CALLS)]
    wrong = next((wrong for _, wrong in one_by_one if wrong), "")
    found = wrong or _unlike(np.concatenate([tokens for tokens, _ in one_by_one]), p)
    return f"{found} (One token a call.)" if found else ""


def _probabilities(rng: np.random.Generator) -> list[np.ndarray]:
    with_zeros = rng.permutation(np.array([0.4, 0.35, 0.25, 0, 0, 0]))
    return [
        rng.dirichlet(np.full(6, 3.0)),
        np.concatenate([[0], with_zeros, [0]]),
        rng.permutation(np.array([0.9, 0.06, 0.03, 0.01])),
        np.array([0.25, 0.75]),
        np.eye(5)[rng.integers(5)],
        np.ones(1),
    ]


def _tokens(answer: object, count: int, size: int) -> tuple[np.ndarray, str]:
    # The tokens, or what is wrong with the answer.
    try:
        tokens = np.asarray(answer)
    except (TypeError, ValueError):
        tokens = np.array(None)
    if tokens.shape != (count,):
        return tokens, f"It has to return an array of {count} tokens where count is {count}; yours: {tokens.shape}."
    if tokens.dtype.kind not in "iu" and not (tokens.dtype.kind == "f" and np.all(tokens % 1 == 0)):
        return tokens, "Tokens are whole numbers."
    if tokens.min() < 0 or tokens.max() >= size:
        return tokens, "There are numbers that are no token: they run from 0 to V − 1."
    return tokens.astype(int), ""


def _unlike(tokens: np.ndarray, p: np.ndarray) -> str:
    shares = np.bincount(tokens, minlength=len(p)) / len(tokens)
    if np.any(shares[p == 0] > 0):
        return "A token whose probability is 0 was drawn."
    off = [v for v in range(len(p)) if _is_far(shares[v], p[v], len(tokens))]
    if not off:
        return ""
    v = max(off, key=lambda v: abs(shares[v] - p[v]))
    if shares[v] == 1:
        return f"The same token comes every time, and has the probability {p[v]:.2f}. Each one is drawn for itself."
    # Who takes another token's probability, or forgets them, shows it.
    if len(set(p.round(6))) > 1 and not any(_is_far(share, 1 / len(p), len(tokens)) for share in shares):
        return "All tokens come equally often. Token v has the probability p[v]."
    for by in (1, -1) if len(p) > 2 else ():
        if not any(_is_far(share, q, len(tokens)) for share, q in zip(shares, np.roll(p, by), strict=True)):
            return "Each token comes as often as its neighbour should: the numbers are off by one."
    often = "often" if shares[v] > p[v] else "rarely"
    return f"Token {v} comes too {often}: {100 * shares[v]:.0f} % of the draws, where p[{v}] is {p[v]:.2f}."


def _of_pairs(tokens: np.ndarray, p: np.ndarray) -> str:
    first, second = tokens[::2], tokens[1::2]
    equal = float(p @ p)
    for share, chance in ((np.mean(first == second), equal), (np.mean(first < second), (1 - equal) / 2)):
        if _is_far(float(share), chance, len(first)):
            return "Tokens hang together with the ones drawn before them. Each is drawn for itself."
    return ""


def _of_generators(draw: Draw, p: np.ndarray, seed: int, tokens: np.ndarray) -> str:
    again = np.asarray(draw(p.copy(), COUNT, np.random.default_rng(seed)))
    if not np.array_equal(tokens, again):
        return "Two equal generators give different tokens: some of your random numbers do not come from rng."
    if np.array_equal(tokens, np.asarray(draw(p.copy(), COUNT, np.random.default_rng(seed + 1)))):
        return "Two different generators give the same tokens: draw from rng, not from a generator of your own."
    return ""


def _is_far(share: float, chance: float, count: int) -> bool:
    # By Chernoff's bound; log 0 is met only where it is multiplied by 0, or where the share is impossible.
    distance = 0.0
    for c, q in ((share, chance), (1 - share, 1 - chance)):
        if c > 0:
            distance += c * np.log(c / q) if q > 1e-12 else np.inf
    return bool(count * distance > FAR)
