"""Files in GloVe's format are read; a ragged one is refused by its line."""

import numpy as np
import pytest

from unrolled.data.glove import read_vectors


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "glove.txt"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_words_and_numbers_in_the_files_order(written):
    words, vectors = read_vectors(written("the 0.1 -2e-1 3\n, 1 2 3\n电影 0 0 0.5\n"))
    assert words == ["the", ",", "电影"]
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [[0.1, -0.2, 3], [1, 2, 3], [0, 0, 0.5]], rtol=1e-6)


def test_a_word_may_hold_spaces(written):
    words, vectors = read_vectors(written("the 1 2\n. . . 3 4\nat name@domain.com 5 6\n"))
    assert words == ["the", ". . .", "at name@domain.com"] and vectors.shape == (3, 2)


def test_only_the_wanted_words_are_kept(written):
    words, vectors = read_vectors(written("a 1 2\nb 3 4\nc 5 6\n"), keep={"b", "x"})
    assert words == ["b"] and vectors.tolist() == [[3, 4]]
    words, vectors = read_vectors(written("a 1 2\n"), keep=())
    assert words == [] and vectors.shape == (0, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a 1 2 3\nb 1 2\n", r"line 2: a word and 3 numbers"),
        ("a 1 2\nb 1 2 3\n", r"line 2: a word and 2 numbers"),
        ("400000 50\nthe 1 2 3\n", r"line 2: a word and 1 numbers"),
        ("a 1 2\n\nb 1 2\n", r"line 2: a word and 2 numbers"),
        ("a 1 2\nb 1 two\n", r"line 2: not all of these are numbers"),
        ("word\n", r"line 1: a word and some numbers"),
        ("", r"is empty"),
    ],
)
def test_a_ragged_file_is_refused_by_its_line(written, text, said):
    with pytest.raises(ValueError, match=said):
        read_vectors(written(text))
