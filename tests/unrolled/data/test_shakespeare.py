"""Tiny Shakespeare: the publisher's file, cut where nanoGPT cuts it."""

import dataclasses
import hashlib

import pytest

from unrolled.data import shakespeare

TEXT = "First Citizen:\nSpeak.\n\nAll:\n"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with a small file of the same kind, taken for the published one."""
    published = dataclasses.replace(
        shakespeare.TINY_SHAKESPEARE, files={"input.txt": hashlib.sha256(TEXT.encode()).hexdigest()}
    )
    monkeypatch.setattr(shakespeare, "TINY_SHAKESPEARE", published)
    (tmp_path / "shakespeare").mkdir()
    (tmp_path / "shakespeare/input.txt").write_text(TEXT, encoding="utf-8", newline="")
    return tmp_path


def test_the_first_nine_tenths_are_trained_on(root):
    train, validation = shakespeare.halves(root)
    assert train + validation == TEXT
    assert len(train) == int(0.9 * len(TEXT)) == 25


def test_an_absent_file_is_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"karpathy/char-rnn.*UNROLLED_DATA"):
        shakespeare.halves(tmp_path)
