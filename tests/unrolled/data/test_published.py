"""Files of public data sets: found, checked, and asked for in words that help."""

import hashlib

import pytest

from unrolled.data.published import Published

TEXT = "First Citizen:\n"
SET = Published(
    folder="shakespeare",
    files={"input.txt": hashlib.sha256(TEXT.encode()).hexdigest()},
    source="It is published by someone, in the public domain.",
)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "shakespeare").mkdir()
    return tmp_path


def test_a_file_is_read_from_the_folder_that_is_named(root, monkeypatch):
    (root / "shakespeare/input.txt").write_text(TEXT, encoding="utf-8")
    assert SET.text("input.txt", root) == TEXT
    monkeypatch.setenv("UNROLLED_DATA", str(root))
    assert SET.text("input.txt") == TEXT


def test_an_absent_file_is_asked_for_by_name(root):
    with pytest.raises(FileNotFoundError, match=r"published by someone.*UNROLLED_DATA"):
        SET.path("input.txt", root)


def test_another_file_is_refused(root):
    (root / "shakespeare/input.txt").write_text("Second Citizen:\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not the file that was published"):
        SET.path("input.txt", root)


def test_a_record_depends_on_the_files_hashes():
    (line,) = SET.hashes
    assert line.startswith("shakespeare/input.txt ") and line.endswith(SET.files["input.txt"])
