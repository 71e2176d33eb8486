"""The book's address: one setting, read alike for hints, for the bundle's README, and for feedback pages."""

import pytest

from autograde.course import book
from autograde.course.errors import CourseError
from solutions.judging import places
from unrolled.checking.messages import Message

HINT = "The recurrent cell, section 1.2 “One step”, Eq. (1.3): {}book/recurrence/rnn-cell.html#equation-eq-rnn-step"
PAGE = "book/recurrence/rnn-cell.html#equation-eq-rnn-step"


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("html: {baseurl: 'https://book.example/course/'}", "https://book.example/course/"),
        ("html: {baseurl: https://book.example}", "https://book.example/"),
        ("html: {baseurl: ''}", ""),
        ("html: {baseurl: }", ""),
        ("html: {}", ""),
        ("html:", ""),
        ("title: The book", ""),
        ("", ""),
    ],
)
def test_the_address_is_that_of_the_books_own_setting(tmp_path, monkeypatch, setting, address):
    monkeypatch.setattr(book, "CONFIG", tmp_path / "_config.yml")
    assert book.address() == ""
    (tmp_path / "_config.yml").write_text(setting, "utf-8")
    assert book.address() == address
    assert (f"The book: {address}\n" in book.about()) == bool(address)


@pytest.mark.parametrize("setting", ["html: [", "html: https://book.example", "just text"])
def test_a_setting_that_cannot_be_read_is_a_sentence(tmp_path, monkeypatch, setting):
    monkeypatch.setattr(book, "CONFIG", tmp_path / "_config.yml")
    (tmp_path / "_config.yml").write_text(setting, "utf-8")
    with pytest.raises(CourseError, match="cannot be read"):
        book.address()


def test_hints_have_the_same_setting():
    text = places.reading("rnn-cell#eq-rnn-step")
    assert book.PLACE.search(text)["address"] is None
    assert book.PLACE.search(places.addressed(text))["address"] == (book.address() or None)
    assert book.linked(text, "https://book.example/") == (book.PLACE.sub("", text), f"https://book.example/{PAGE}")


def test_a_message_names_the_address(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "CONFIG", tmp_path / "_config.yml")
    message = Message("rnn_step", "values", (("", "✗ wrong"), ("Read", HINT.format("")))).text()
    assert PAGE in message and book.with_address(message) == message
    (tmp_path / "_config.yml").write_text("html: {baseurl: 'https://book.example'}", "utf-8")
    told = book.with_address(message)
    assert f" https://book.example/{PAGE}\n" in told and book.with_address(told) == told


@pytest.mark.parametrize("former", ["", "https://elsewhere.example/old/"])
def test_a_hint_becomes_a_link_to_where_the_book_is_now(former):
    text, link = book.linked(HINT.format(former), "https://book.example/")
    assert text.endswith("Eq. (1.3)") and link == f"https://book.example/{PAGE}"
    assert book.linked(HINT.format(former), "") == (HINT.format(former), "")


@pytest.mark.parametrize(
    "text",
    [
        "Elman (1990)",
        "here: https://elsewhere.example/book.html#x",
        f"here: javascript:alert(1)//{PAGE}",
        "here: book/../../secret.html#x",
        'here: book/a".html#x',
        f"here: {PAGE} and more",
    ],
)
def test_nothing_else_becomes_a_link(text):
    assert book.linked(text, "https://book.example/") == (text, "")
