"""Numbers in words: languages, lengths, pairs."""

import numpy as np
import pytest

from unrolled.data import numerals


@pytest.mark.parametrize(
    ("language", "words"), [("de", "vierundachtzig"), ("fr", "quatre-vingt-quatre"), ("es", "ochenta y cuatro")]
)
def test_a_number_is_said_as_its_language_says_it(language, words):
    assert numerals.in_words(84, language) == words


def test_a_strange_language_is_named():
    with pytest.raises(ValueError, match="qq"):
        numerals.in_words(3, "qq")


def test_each_length_is_as_frequent():
    found = numerals.drawn(np.random.default_rng(2), 6000, shortest=3)
    lengths = [len(str(number)) for number in found]
    assert set(lengths) == {3, 4, 5, 6}
    for length in set(lengths):
        assert abs(lengths.count(length) / 6000 - 0.25) < 0.03  # 5.4 standard deviations


def test_pairs_hold_words_digits_and_language():
    found = numerals.written([7, 421, 90_000], ("de", "en"), np.random.default_rng(2))
    assert [digits for _, digits, _ in found] == ["7", "421", "90000"]
    assert all(words == numerals.in_words(int(digits), language) for words, digits, language in found)
