"""Keras' newswires and reviews, from tiny files of the same format: no network is needed."""

import json
import os

import numpy as np
import pytest

from unrolled.data.keras_texts import keras_texts

pytestmark = pytest.mark.slow  # imports Keras
os.environ.setdefault("KERAS_BACKEND", "torch")  # read at the import


@pytest.fixture
def published(tmp_path, monkeypatch):
    """An npz and a list of words as Keras downloads them: x (lists of numbers from 1), y; words from 1 by frequency."""
    (tmp_path / "index.json").write_text(json.dumps({"the": 1, "film": 2, "good": 3, "bad": 4}), encoding="utf-8")
    X = np.empty(4, dtype=object)
    X[:] = [[1, 2, 3], [1, 4], [3, 3], [2, 1, 2, 4]]
    y = np.array([1, 0, 1, 0])
    np.savez(tmp_path / "reuters.npz", x=X, y=y)
    np.savez(tmp_path / "imdb.npz", x_train=X[:2], y_train=y[:2], x_test=X[2:], y_test=y[2:])
    from keras.src.datasets import imdb, reuters

    def get_file(fname, **_):
        return str(tmp_path / ("index.json" if fname.endswith("json") else fname))

    monkeypatch.setattr(imdb, "get_file", get_file)
    monkeypatch.setattr(reuters, "get_file", get_file)


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_numbers_are_turned_into_words_three_places_further(published, name):
    found = keras_texts(name)
    assert found.words == ["", "<start>", "<unknown>", "<unused>", "the", "film", "good", "bad"]
    texts = {found.text(numbers) for numbers in found.train[0] + found.test[0]}
    assert texts == {"<start> the film good", "<start> the bad", "<start> good good", "<start> film the film bad"}
    labels = dict(zip(map(found.text, found.train[0]), found.train[1], strict=True))
    assert all(label == ("good" in text) for text, label in labels.items())


def test_words_beyond_the_known_are_unknown_and_padding_is_nothing(published):
    found = keras_texts("imdb", known=6)
    assert found.words == ["", "<start>", "<unknown>", "<unused>", "the", "film"]
    assert found.text([0, 0, *found.train[0][0]]) == "<start> the film <unknown>"


def test_another_name_is_refused():
    with pytest.raises(ValueError, match="reuters and imdb"):
        keras_texts("ptb")


def test_without_a_network_the_address_is_named(monkeypatch):
    from keras.src.datasets import imdb

    def get_file(fname, **options):
        raise Exception(f"URL fetch failure on {options['origin']}")

    monkeypatch.setattr(imdb, "get_file", get_file)
    with pytest.raises(OSError, match=r"imdb could not be had: .*imdb\.npz"):
        keras_texts("imdb")
