"""The table of counts of whole texts, against the same recursion written plainly."""

import numpy as np
import pytest

from unrolled.lab.counts import surprises

SIZE, LONGEST = 4, 3


def plainly(train, context, symbol):
    """The chance of a symbol behind a context, by Witten and Bell's formula."""
    shorter = plainly(train, context[1:], symbol) if context else 1 / SIZE
    ends = range(len(context), len(train))
    after = [train[end] for end in ends if train[end - len(context) : end] == context]
    if not after:
        return shorter
    different = len(set(after))
    return (after.count(symbol) + different * shorter) / (len(after) + different)


def test_it_is_the_recursion_of_witten_and_bell():
    rng = np.random.default_rng(1)
    train, text = rng.integers(0, SIZE - 1, 60), rng.integers(0, SIZE, 40)  # one symbol never came
    found = surprises(train, text, SIZE, LONGEST)
    assert found.shape == (LONGEST, len(text) - LONGEST + 1)
    for length in range(1, LONGEST + 1):
        wanted = [
            plainly(train.tolist(), text[place - length + 1 : place].tolist(), text[place])
            for place in range(LONGEST - 1, len(text))
        ]
        np.testing.assert_allclose(2 ** -found[length - 1], wanted, rtol=1e-12)


def test_it_learns_what_repeats():
    text = np.tile([0, 1, 2], 200)
    assert surprises(text, text[:30], SIZE, LONGEST)[-1].max() < 0.1


def test_too_long_pieces_and_too_short_texts_are_refused():
    text = np.zeros(50, dtype=int)
    with pytest.raises(ValueError, match="take shorter ones"):
        surprises(text, text, 100, 10)
    with pytest.raises(ValueError, match="shorter than the pieces"):
        surprises(text, text[:2], 3, 3)
