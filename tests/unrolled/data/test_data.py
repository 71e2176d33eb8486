"""The text that ships with Python, and its encoding."""

import numpy as np

from unrolled.data.text import alphabet, encode, python_reference


def test_reference_is_long_lower_case_and_free_of_repeated_paragraphs():
    text = python_reference()
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    assert len(text) > 200_000
    assert text == text.lower()
    assert len(paragraphs) == len(set(paragraphs))


def test_alphabet_keeps_frequent_characters_in_order():
    assert alphabet("b" * 3 + "a" * 3 + "c" * 2, at_least=3) == "ab"


def test_encoding_numbers_known_characters_from_one_and_others_zero():
    ids = encode("abxa", "ab")
    assert ids.dtype == np.int64
    assert ids.tolist() == [1, 2, 0, 1]


def test_encoding_can_be_undone():
    text = python_reference()[:2000]
    symbols = alphabet(text, at_least=1)
    assert "".join(symbols[i - 1] for i in encode(text, symbols)) == text
