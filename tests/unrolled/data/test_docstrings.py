"""Sentences of the standard library come with the package in which they stand, each once."""

from unrolled.data.docstrings import docstrings


def test_each_sentence_stands_once_with_its_package():
    found = docstrings(["email", "xml"])
    sentences = [" ".join(words) for words, _ in found]
    assert len(sentences) == len(set(sentences)) > 200
    assert {package for _, package in found} == {"email", "xml"}
    assert ("a package for parsing handling and generating email messages", "email") in zip(
        sentences, (package for _, package in found), strict=True
    )


def test_words_are_letters_in_lower_case():
    for words, _ in docstrings(["json"]):
        assert len(words) >= 3
        assert all(word.isascii() and word.isalpha() and word.islower() for word in words)
