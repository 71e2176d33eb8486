"""The language of brackets: what opened closes, and nothing else can be known."""

import numpy as np
import pytest

from unrolled.data.brackets import ALPHABET, BEST_BITS, CLOSING, INSIDE, LETTERS, OPENING, brackets, written


def test_every_bracket_is_closed_by_the_one_that_fits():
    text = written(brackets(np.random.default_rng(0), 7 * 50))
    for start in range(0, len(text), INSIDE + 2):
        opening, *inside, closing = text[start : start + INSIDE + 2]
        assert CLOSING[OPENING.index(opening)] == closing
        assert set(inside) <= set(LETTERS)


@pytest.mark.parametrize("length", [1, 6, 7, 8, 100])
def test_a_text_is_as_long_as_asked_for(length):
    ids = brackets(np.random.default_rng(1), length)
    assert ids.shape == (length,) and ids.max() < len(ALPHABET)


def test_all_that_may_come_is_as_likely():
    ids = brackets(np.random.default_rng(2), 70_000).reshape(-1, INSIDE + 2)
    opened = np.bincount(ids[:, 0], minlength=4) / len(ids)
    letters = np.bincount(ids[:, 1:-1].ravel() - 8, minlength=3) / ids[:, 1:-1].size
    assert np.allclose(opened, 1 / 4, atol=0.02) and np.allclose(letters, 1 / 3, atol=0.02)


def test_the_best_possible_is_the_entropy():
    assert pytest.approx((2 + 5 * np.log2(3)) / 7) == BEST_BITS


def test_a_short_context_cannot_reach_what_the_assignment_asks_for():
    # The best that any table of n characters of context can do, counted on its own text.
    ids = brackets(np.random.default_rng(3), 200_000)
    for n, least in ((1, 2.1), (3, 2.05), (5, 1.65)):
        windows = np.lib.stride_tricks.sliding_window_view(ids, n + 1)
        _, contexts = np.unique(windows[:, :-1], axis=0, return_inverse=True)
        _, grams = np.unique(windows, axis=0, return_inverse=True)
        of_context, of_gram = np.bincount(contexts)[contexts], np.bincount(grams)[grams]
        assert np.mean(np.log2(of_context / of_gram)) > least
