"""Rubrics: what stands in a source, and what a grader writes about it."""

import pytest

from autograde.course.errors import CourseError
from autograde.course.rubric import (
    Comment,
    Remark,
    RubricError,
    RubricItem,
    marked,
    read_comment,
    read_rubric,
    what_is_wrong,
)
from autograde.release.source import read_source
from tests.autograde.conftest import SOURCE

TEXT = "Model answer.\n\n**Rubric.**\n\n- a 0.5: it fades\n- b 1: it is laid over\n\n### END SOLUTION"
RUBRIC = [RubricItem("a", 0.5, "it fades"), RubricItem("b", 1.0, "it is laid over")]


def test_a_rubric_is_read_where_there_is_one():
    assert read_rubric(TEXT) == RUBRIC
    assert read_rubric("No **Rubric.** in a line of its own") == []


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ("- a: it fades", "is no item"),
        ("- a 1: x\n- a 1: y", "stands there twice"),
        ("", "no items"),
        ("- A 1: x", "is no item"),
    ],
)
def test_what_is_no_rubric_is_refused(items, why):
    with pytest.raises(RubricError, match=why):
        read_rubric(f"**Rubric.**\n{items}\n### END SOLUTION")


@pytest.mark.parametrize(("items", "why"), [("- a 1: x", "give 1 points, the question 2"), ("- x", "cannot be read")])
def test_a_release_refuses_a_rubric_that_does_not_fit(tmp_path, items, why):
    path = tmp_path / "tiny.md"
    path.write_text(SOURCE.replace("Because zero", f"**Rubric.**\n\n{items}\n\nBecause zero"), "utf-8")
    with pytest.raises(CourseError, match=why):
        read_source(path)


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("", Comment()),
        ("a good answer", Comment(None, "a good answer")),
        ("a", Comment(("a",))),
        ("a b: Well.", Comment(("a", "b"), "Well.")),
        ("b, a\nWell.", Comment(("b", "a"), "Well.")),
        ("a: x\n> words\nwhy\nso?\n>more", Comment(("a",), "x", (Remark("words", "why\nso?"), Remark("more", "")))),
        ("> words\nwhy?", Comment(None, "", (Remark("words", "why?"),))),
    ],
)
def test_a_comment_chooses_items_and_points_at_words(text, comment):
    assert read_comment(text, RUBRIC) == comment


def test_without_a_rubric_letters_are_words():
    assert read_comment("a: x") == Comment(None, "a: x")


def test_remarks_are_numbered_in_the_answer_where_their_words_are():
    remarks = [Remark("is laid", ""), Remark("nowhere", ""), Remark("It", "")]
    assert marked("It is\nlaid over (*).", remarks) == "It [3] is\nlaid [1] over (*)."


@pytest.mark.parametrize(
    ("text", "points", "wrong"),
    [
        ("a b", 1.5, ""),
        ("a: x", 1.0, "give 0.5"),
        ("a c", 0.5, "chooses c"),
        ("a c", 1.0, "does not have, and the items a give 0.5"),
        ("Good.", 0.0, ""),
    ],
)
def test_points_that_do_not_fit_are_named(text, points, wrong):
    found = what_is_wrong(text, RUBRIC, points)
    assert wrong in found and bool(found) == bool(wrong)
