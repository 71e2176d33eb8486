"""Reading a submitted file: encodings, formats and cells of odd shapes; what is no notebook says why."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograde.course.strangers import UnreadableError, text_of
from autograde.grade.reading import GUESSED, Given, read_cells

TEXT = "# Über λ 李 😀"


def notebook(source=TEXT):
    document = {"cells": [{"cell_type": "code", "id": "one", "metadata": {}, "source": source}]}
    return json.dumps(document, ensure_ascii=False)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_unicode_of_every_width_is_read_without_a_remark(encoding):
    given, remarks = read_cells(notebook().encode(encoding))
    assert given == [Given("code", TEXT, "", "one")] and remarks == []


def test_marks_of_either_order_are_read():
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert read_cells(mark + notebook().encode(encoding))[0][0].source == TEXT


def test_single_bytes_of_western_editors_are_read_and_told():
    raw = (
        notebook("caf@ in @1985@, λ")
        .encode()
        .replace(b"@", b"\xe9", 1)
        .replace(b"@", b"\x93", 1)
        .replace(b"@", b"\x94")
    )
    given, remarks = read_cells(raw)
    assert given[0].source == "café in “1985”, λ"
    assert remarks == [GUESSED]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\xff", "it is not text"),
        (notebook().encode("utf-16")[:-1], "it is not text"),
        ("Grüße".encode("latin-1"), "it is not text"),
        (b"<html>Sign in</html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
    ],
)
def test_what_is_no_text_or_no_notebook_says_so(raw, words):
    with pytest.raises(UnreadableError, match=words):
        read_cells(raw)


@given(st.binary(max_size=60))
def test_all_bytes_are_text_or_a_refusal(raw):
    try:
        text, _ = text_of(raw)
    except UnreadableError:
        return
    assert isinstance(text, str)


@given(st.text(max_size=60))
def test_utf_8_is_never_guessed(text):
    raw = text.encode("utf-8", "replace")
    if json.detect_encoding(raw) == "utf-8":
        assert text_of(raw) == (raw.decode(), False)
