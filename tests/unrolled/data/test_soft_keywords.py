"""Words with two meanings: the labels are the grammar's, also where the text alone would mislead."""

import sys
from collections import Counter

import pytest

from unrolled.data.soft_keywords import LEFT_OUT, Code, balance, library, logical_lines, read

MIXED = """
match = case = 1
match match:
    case case if case > 0: type(case)
    case (_): _ = match (match)
print(match, "match", f"{match}")  # match
"""


def labels(text):
    return [(token.text, "keyword" if keyword else "name") for token, keyword in Code(text).soft_keywords()]


def test_the_grammar_decides_what_is_a_keyword():
    assert labels(MIXED) == [
        ("match", "name"),
        ("case", "name"),
        ("match", "keyword"),
        ("match", "name"),
        ("case", "keyword"),
        ("case", "name"),
        ("case", "name"),
        ("type", "name"),
        ("case", "name"),
        ("case", "keyword"),
        ("_", "keyword"),
        ("_", "name"),
        ("match", "name"),
        ("match", "name"),
        ("match", "name"),
    ]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="`type` is a soft keyword from Python 3.12 on")
def test_type_statement():
    assert labels("type type = int\n") == [("type", "keyword"), ("type", "name")]


def test_columns_are_right_behind_letters_of_several_bytes():
    assert labels("'é中'; _ = 1\nmatch 'é', _:\n    case 'é', _: pass\n") == [
        ("_", "name"),
        ("match", "keyword"),
        ("_", "name"),
        ("case", "keyword"),
        ("_", "keyword"),
    ]
    (found,) = Code("f('é中', type=1)\n").bindings()
    assert (found.word, found.meaning) == ("type", "argument")


def test_a_statement_over_several_lines_is_one_logical_line_and_an_f_string_one_token():
    lines = list(logical_lines("f(1,\n  f\"{a}{f'{b}'}\")\nif x:\n    y\n"))
    assert [[token.text for token in line] for line in lines] == [
        ["f", "(", "NUMBER", ",", "STRING", ")"],
        ["if", "x", ":"],
        ["INDENT", "y"],
    ]


def test_parameters_are_told_from_arguments_also_inside_each_other():
    found = Code("def f(a, /, b=1, *c, d=g(b=2), e, h: int = 3, **k): f(d=lambda b=0: b)\n").bindings()
    assert [(one.word, one.meaning) for one in found] == [
        ("b", "parameter"),
        ("d", "parameter"),
        ("b", "argument"),
        ("d", "argument"),
        ("b", "parameter"),
    ]
    assert all(one.tokens[one.place + 1] == "=" for one in found)


def test_match_pairs_differ_in_the_colon_only():
    pairs = list(Code("f(a, g(b[1:2]))\nh(c=1)\nk()\n").match_pairs())
    assert [" ".join(call.tokens) for call, _ in pairs] == [
        "match ( a , g ( b [ NUMBER : NUMBER ] ) )",
        "match ( b [ NUMBER : NUMBER ] )",
    ]
    for call, statement in pairs:
        assert (call.meaning, statement.meaning) == ("name", "keyword")
        assert (*call.tokens, ":") == statement.tokens


def test_after_balancing_the_word_says_nothing():
    text = "def f(a=1, b=2): g(a=3, a1=4)\ndef h(a=1): g(a=5) + g(b=6) + g(b=7)\n"
    kept = balance(Code(text).bindings())
    assert Counter((one.word, one.meaning) for one in kept) == {
        ("a", "parameter"): 2,
        ("a", "argument"): 2,
        ("b", "parameter"): 1,
        ("b", "argument"): 1,
    }


def test_library_is_there_without_its_tests():
    files = library()
    assert len(files) > 300
    assert not any(LEFT_OUT.intersection(path.parts[-3:]) for path in files)


def test_what_is_found_in_a_library_file_stands_in_it():
    path = next(path for path in library() if path.name == "dataclasses.py")
    found = read(path).bindings()
    assert {one.meaning for one in found} == {"parameter", "argument"}
    assert all(one.tokens[one.place + 1] == "=" for one in found)


def test_what_is_not_python_is_refused():
    with pytest.raises(SyntaxError):
        Code("def (:\n").bindings()
