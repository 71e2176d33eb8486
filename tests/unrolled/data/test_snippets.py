"""Rated sentences are read from an archive in an archive."""

import hashlib
import io
import tarfile
from dataclasses import replace

import numpy as np
import pytest

from unrolled.data import snippets

TEXTS = "1\t-3.5\tAwful.\r\n2\t0.5\tIt's a film.\r\n3\t2.5\tA joy, start to end.\r\n4\t0.5\tIt's a film.\r\n"
RATINGS = "1\t-3.5\t0.5\t[-4, -3]\n2\t0.5\t1.1\t[0, 2, -1, 1]\n3\t2.5\t0.5\t[2, 3]\n4\t0.5\t0.1\t[1, 0]\n"


def packed(files):
    """The bytes of an archive of these files."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return whole.getvalue()


def test_sentences_come_with_their_ratings_each_once(tmp_path, monkeypatch):
    inner = packed({snippets.TEXTS: TEXTS.encode(), snippets.RATINGS: RATINGS.encode()})
    outer = packed({snippets.INNER: inner})
    (tmp_path / "vader").mkdir()
    (tmp_path / "vader" / snippets.ARCHIVE).write_bytes(outer)
    files = {snippets.ARCHIVE: hashlib.sha256(outer).hexdigest()}
    monkeypatch.setattr(snippets, "SNIPPETS", replace(snippets.SNIPPETS, files=files))
    found = snippets.snippets(tmp_path)
    assert [one.text for one in found] == ["Awful.", "It's a film.", "A joy, start to end."]
    assert found[1].ratings == (0, 2, -1, 1)
    assert [one.label for one in found] == [0, 2, 4]


def test_an_edge_belongs_to_the_upper_class():
    ratings = np.array([-4, -2.41, -2.4, -0.8, 0, 0.8, 2.4, 4])
    assert snippets.in_classes(ratings).tolist() == [0, 0, 1, 2, 2, 3, 4, 4]


def test_a_line_of_another_form_is_named():
    with pytest.raises(ValueError, match="line 2 has 2 columns instead of 3"):
        snippets.read("1\t0\tA film.\n2\t0\n", RATINGS)
    with pytest.raises(ValueError, match="snippet 9 has no ratings"):
        snippets.read("9\t0\tA film.\n", RATINGS)


def test_without_the_archive_it_says_how_to_get_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="pip download"):
        snippets.snippets(tmp_path)
