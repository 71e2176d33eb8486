"""What the tokenizer knows of each character, and files that are in one part only."""

import numpy as np
import pytest

from unrolled.data import source_code
from unrolled.data.source_code import SIGNS, joined, parse

TEXT = 'def f(a):\n    x = ["ab", r\'c\']  # hi\n    """doc"""\n'


def marked(values) -> str:
    """The characters of TEXT at which something holds, all others as dots."""
    return "".join(symbol if value else "." for symbol, value in zip(TEXT.replace("\n", "↵"), values, strict=True))


@pytest.mark.parametrize(
    ("sign", "where"),
    [
        ("string", "." * 19 + '"ab' + "." * 4 + "'c" + "." * 23),
        ("comment", "." * 32 + "# hi" + "." * 15),
        ("triple-quoted text", "." * 41 + '"""doc""' + ".."),
        ("bracket depth", ".....(a........." + "..[\"ab\", r'c'" + "." * 22),
    ],
)
def test_a_sign_begins_with_the_character_that_opens_and_ends_with_the_one_that_closes(sign, where):
    assert marked(parse(TEXT).signs[sign]) == where


def test_blanks_and_columns_are_counted_as_they_are_read():
    signs = parse(TEXT).signs
    assert signs["indentation"][10:16].tolist() == [1, 2, 3, 4, 4, 4]
    assert signs["column"][:11].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


@pytest.mark.parametrize(
    ("sign", "decided"), [("string", "\"'"), ("comment", "\n"), ("triple-quoted text", '"'), ("bracket depth", ")]")]
)
def test_what_closes_is_where_one_has_to_know(sign, decided):
    found = parse(TEXT).decided[sign]
    assert [TEXT[place] for place in np.flatnonzero(found)] == list(decided)


def test_depth_counts_brackets_in_brackets():
    assert parse("f([(1)])\n").signs["bracket depth"].tolist() == [0, 1, 2, 3, 3, 2, 1, 0, 0]


def test_a_string_with_fields_is_one_string():
    assert parse("x = f'a{b}c'\n").signs["string"].tolist() == [0] * 5 + [1] * 6 + [0, 0]


def test_brackets_in_strings_are_letters():
    assert parse('x = "(["\n').signs["bracket depth"].max() == 0


def test_what_is_no_python_is_refused():
    with pytest.raises((SyntaxError, source_code.tokenize.TokenError)):
        parse("x = (\n")


def test_files_behind_each_other_are_as_long_as_their_texts():
    both = joined([parse(TEXT), parse("y = 1\n")])
    assert len(both.text) == len(TEXT) + 6
    assert all(len(both.signs[sign]) == len(both.decided[sign]) == len(both.text) for sign in SIGNS)
    assert both.signs["column"][-6:].tolist() == [1, 2, 3, 4, 5, 0]


def test_each_file_is_in_one_part():
    parts = [set(source_code.files(part)) for part in ("train", "search", "test")]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]
    assert len(parts[0]) > 200 and min(map(len, parts)) >= 10
    assert "shutil.py" in {path.name for path in parts[2]}  # of which the page shows a function
