"""A cell's role and its marked regions."""

import pytest
from nbformat.v4 import new_code_cell

from autograde.course import cells

TEST = {"grade_id": "f-values", "solution": False, "grade": True, "points": 1}


def cell(**role):
    return new_code_cell("x", metadata={cells.NBGRADER: role} if role else {})


@pytest.mark.parametrize(
    ("found", "answer", "graded", "test"),
    [
        (cell(), False, False, False),
        (cell(grade_id="f", solution=True, grade=False), True, False, False),
        (cell(grade_id="f", solution=False, grade=True, points=3), False, True, True),
        (cell(grade_id="f", solution=True, grade=True, points=3), True, True, False),
        (cell(grade_id="f", solution=False, grade=False, locked=True), False, False, False),
    ],
)
def test_a_cell_is_what_nbgrader_says(found, answer, graded, test):
    assert (cells.is_answer(found), cells.is_graded(found), cells.is_test(found)) == (answer, graded, test)
    assert cells.grade_id(found) == ("f" if cells.role(found) else "")
    assert cells.points(found) == (3.0 if graded else 0.0)


def test_plain_json_is_read_as_well():
    assert cells.grade_id({"metadata": {"nbgrader": {"grade_id": "f"}}}) == "f"
    assert cells.grade_id({"metadata": {}}) == ""


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('check(f, hidden="values")', ("f", "values")),
        ("# 1 point.\ncheck( f , forward=g, hidden = 'gradient')", ("f", "gradient")),
        ("check(f)", ("", "")),
        ("judge_it(f, 'values')", ("", "")),
    ],
)
def test_function_and_part_of_a_former_release_are_found_in_the_test(source, found):
    assert cells.function_and_part(new_code_cell(source, metadata={cells.NBGRADER: TEST})) == found


def test_function_and_part_are_what_the_release_wrote():
    about = {cells.NBGRADER: TEST, cells.METADATA: {"function": "f", "part": "edges"}}
    assert cells.function_and_part(new_code_cell('check(g, hidden="values")', metadata=about)) == ("f", "edges")


@pytest.mark.parametrize("about", ["student", {}, {"function": "f"}, {"function": ["f"], "part": {}}])
def test_a_student_who_writes_metadata_says_no_function(about):
    # Plain `nbgrader autograde` leaves them in the notebook that feedback and report read.
    written = new_code_cell("x", metadata={cells.NBGRADER: TEST, cells.METADATA: about})
    assert cells.function_and_part(written) == ("", "")


def test_a_written_answer_says_no_function():
    answer = new_code_cell('check(f, hidden="values")', metadata={cells.NBGRADER: TEST | {"solution": True}})
    assert cells.function_and_part(answer) == ("", "")
