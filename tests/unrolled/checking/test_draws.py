"""Tokens are judged by their distribution: any right way of drawing passes, and what is wrong is said."""

import numpy as np
import pytest

from unrolled.checking.draws import FAR, _is_far, trouble


def by_sums(p, count, rng):
    return np.searchsorted(np.cumsum(p), rng.random(count) * p.sum(), side="right")


def by_gumbel(p, count, rng):
    with np.errstate(divide="ignore"):
        return np.argmax(np.log(p) + rng.gumbel(size=(count, len(p))), axis=1)


RIGHT = {
    "choice": lambda p, count, rng: rng.choice(len(p), size=count, p=p),
    "sums": by_sums,
    "gumbel": by_gumbel,
    "multinomial": lambda p, count, rng: rng.multinomial(1, p, size=count).argmax(axis=1),
    "a list": lambda p, count, rng: by_sums(p, count, rng).tolist(),
    "shuffled numbers": lambda p, count, rng: rng.permutation(by_sums(p, count, rng)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_every_right_way_of_drawing_passes(name):
    assert [trouble(RIGHT[name], np.random.default_rng(key)) for key in range(20)] == [""] * 20


def of_quotas(p, count, rng):
    ends = np.round(np.concatenate([[0], np.cumsum(p)]) * count).astype(int)
    return rng.permutation(np.repeat(np.arange(len(p)), np.diff(ends)))


WRONG = {
    "the likeliest": (lambda p, count, rng: np.full(count, p.argmax()), "The same token comes every time"),
    "one for all": (lambda p, count, rng: np.full(count, rng.choice(len(p), p=p)), "The same token comes every time"),
    "p ignored": (lambda p, count, rng: rng.integers(0, len(p), count), "All tokens come equally often"),
    "off by one": (lambda p, count, rng: by_sums(p, count, rng) + 1, "no token"),
    "off by one, cut": (lambda p, count, rng: np.maximum(by_sums(p, count, rng) - 1, 0), "comes too|off by one|is 0"),
    "turned by one": (lambda p, count, rng: (by_sums(p, count, rng) + 1) % len(p), "off by one"),
    "sharpened": (lambda p, count, rng: by_sums(p**2 / (p**2).sum(), count, rng), "comes too often"),
    "evened out": (lambda p, count, rng: by_sums(p**0.5 / (p**0.5).sum(), count, rng), "comes too"),
    "share compared": (
        lambda p, count, rng: np.array([np.argmax(p > u) for u in rng.random(count)]),
        "comes too|same token",
    ),
    "sorted": (lambda p, count, rng: np.sort(by_sums(p, count, rng)), "hang together"),
    "sorted places": (lambda p, count, rng: by_sums(np.sort(p)[::-1], count, rng), "comes too|is 0|off by one"),
    "quotas": (of_quotas, "One token a call"),
    "fixed seed": (lambda p, count, rng: by_sums(p, count, np.random.default_rng(0)), "generator of your own"),
    "other generator": (lambda p, count, rng: by_sums(p, count, np.random.default_rng()), "do not come from rng"),
    "counts": (lambda p, count, rng: rng.multinomial(count, p), "array of 4000 tokens"),
    "one number": (lambda p, count, rng: int(rng.choice(len(p), p=p)), "array of 4000 tokens"),
    "fractions": (lambda p, count, rng: by_sums(p, count, rng) + 0.5, "whole numbers"),
    "nothing": (lambda p, count, rng: None, "array of 4000 tokens"),
    "impossible ones": (lambda p, count, rng: by_sums(0.999 * p + 0.001 / len(p), count, rng), "probability is 0"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_under_every_key(name):
    draw, sentence = WRONG[name]
    for key in range(5):
        said = trouble(draw, np.random.default_rng(key))
        assert any(piece in said for piece in sentence.split("|")), said


def test_a_right_function_is_called_wrong_less_than_once_in_a_million():
    # 6 distributions of at most 8 tokens, 2 facts about pairs, 3 tokens one by one: each too often or too rarely.
    sides = 2 * (6 * (8 + 2) + 3)
    assert sides * np.exp(-FAR) < 1e-6


def test_the_bound_holds_for_the_binomial_distribution():
    from scipy.stats import binom

    for count, chance in ((200, 0.3), (4000, 0.05), (4000, 0.5)):
        far = np.array([_is_far(c / count, chance, count) for c in range(count + 1)])
        assert 0 < binom.pmf(np.flatnonzero(far), count, chance).sum() < 2 * np.exp(-FAR)
