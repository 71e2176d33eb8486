"""What a student lost is told in a few lines: by function, the cause that says most, the gradebook's points."""

from autograde.grade.outcomes import CellResult
from autograde.grade.results import Result
from autograde.reports.lost import summary


def cell(name, part, points, most, outcome="wrong", misconception="", message=""):
    return CellResult(f"{name}-{part}", name, part, points, most, outcome, misconception, message)


def test_parts_of_a_function_are_one_line_with_the_cause_that_says_most():
    result = Result(
        "ada", "tiny", "graded", 3.0, 12.0, penalty=1.0, waiting={"why": 2.0},
        cells=[
            cell("step", "shapes", 1, 1, "right"),
            cell("step", "values", 0, 3, message="✗ step is not right yet."),
            cell("step", "edges", 0, 1, misconception="no-bias", message="✗ x\n  Likely cause   the bias is missing."),
            cell("loss", "values", 0, 2, "not written"),
            cell("loss", "edges", 0, 1, "not written"),
            CellResult("net-behaviour", "", "", 0, 2, "wrong", "", "✗ It does not solve the task."),
            CellResult("why", "", "", 0, 2, "for a person"),
        ],
    )  # fmt: skip
    assert summary(result, {}) == [
        "2 of 10 points so far, 2 for a person. 1 points less for handing in late.",
        "step (values, edges): 0 of 4. the bias is missing.",
        "net-behaviour: 0 of 2. It does not solve the task.",
        "Not written: loss.",
    ]


def test_points_that_a_person_gave_count():
    result = Result("ada", "tiny", "graded", 3.0, 3.0, cells=[cell("step", "values", 0, 3)])
    assert summary(result, {"step-values": 3.0}) == ["3 of 3 points."]
    assert summary(result, {"step-values": 1.5}) == ["3 of 3 points.", "step (values): 1.5 of 3."]


def test_where_nothing_was_graded_nothing_is_said():
    assert summary(Result("ada", "tiny", "failed"), {}) == []
