"""`{judged}` blocks: the cells that they stand for, the points of headings, and a clear sentence for each fault."""

import re

import pytest

from autograde.course import cells
from autograde.course.errors import CourseError
from autograde.release.judged import MODEL_ANSWER
from autograde.release.source import points_of, read_source
from solutions.exercises.catalogue import ASSIGNMENTS, contract_of, contracts_of, earlier_of, source_of
from tests.autograde.release.test_source import HEAD, SOLUTION, code


def read(tmp_path, text: str):
    """A source of the assignment gru, whose contracts blocks may name."""
    path = tmp_path / "gru.md"
    path.write_text(HEAD + text, "utf-8")
    return read_source(path)


def block(name: str, *lines: str) -> str:
    return "\n".join([f"```{{judged}} {name}", *lines, "```", "", ""])


STEP = block("gru_step", "shapes: 1", "values: 2.5", "edges: 1 sizes of one.")
BACKWARD = block("gru_backward", "forward: gru_forward", "gradient: 4", "property: 1")


def test_the_part_that_counts_manners_says_so(tmp_path):
    sources = {cells.grade_id(cell): cell.source for cell in read(tmp_path, SOLUTION + STEP).cells}
    made = {name: source.replace("\n# ", " ") for name, source in sources.items()}
    assert "of one. What you are given stays as it is, and" in made["gru_step-edges"]
    assert "stays as it is" not in made["gru_step-values"] + made["gru_step-shapes"]


def test_a_block_becomes_the_cells_that_it_stands_for(tmp_path):
    text = SOLUTION + STEP + "Text between.\n\n" + BACKWARD + "Text behind."
    made = read(tmp_path, text).cells
    assert [(cells.grade_id(cell), cells.points(cell), cells.is_test(cell)) for cell in made] == [
        ("double", 0, False),
        ("gru_step-check", 0, False),
        ("gru_step-shapes", 1, True),
        ("gru_step-values", 2.5, True),
        ("gru_step-edges", 1, True),
        ("", 0, False),
        ("gru_backward-check", 0, False),
        ("gru_backward-gradient", 4, True),
        ("gru_backward-property", 1, True),
        ("", 0, False),
    ]
    assert made[1].source == "check(gru_step)" and made[1].metadata.nbgrader.locked
    assert made[3].source == "\n".join(
        [
            "# 2.5 points: the values, on fresh inputs.",
            "### BEGIN HIDDEN TESTS",
            'check(gru_step, hidden="values")',
            "### END HIDDEN TESTS",
        ]
    )
    assert made[3].metadata.unrolled == {"function": "gru_step", "part": "values"}
    assert made[4].source.startswith("# 1 point: sizes of one. What you are given stays")
    assert made[5].source == "Text between." and made[9].source == "Text behind."
    assert made[6].source == "check(gru_backward, forward=gru_forward)"
    comment = " ".join(line.removeprefix("# ") for line in made[8].source.split("\n"))
    assert comment.startswith("1 point: your gradients are those of your own gru_forward")
    assert 'check(gru_backward, forward=gru_forward, hidden="property")' in made[8].source


def test_a_function_that_students_bring_along_is_checked_without_points(tmp_path):
    (check,) = read(tmp_path, block("sigmoid")).cells
    assert check.source == "check(sigmoid)" and not cells.is_graded(check)


def test_the_model_answer_is_the_contracts_derivation(tmp_path):
    body = ["def gru_step(x, h, W, U, b):", '    """One step."""', "    ### BEGIN SOLUTION", f"    {MODEL_ANSWER}"]
    cell = code("solution gru_step", "\n".join([*body, "    ### END SOLUTION"]))
    (answer,) = read(tmp_path, cell).cells
    lines = answer.source.split("\n")
    begin, end = lines.index("    ### BEGIN SOLUTION"), lines.index("    ### END SOLUTION")
    derived = contract_of("gru_step").text.answer.split("\n")
    assert [line.removeprefix("    ") for line in lines[begin + 1 : end]] == derived
    assert MODEL_ANSWER not in answer.source and "#:" not in answer.source
    compile(answer.source, "<answer>", "exec")


@pytest.mark.parametrize(
    ("role", "words"),
    [("locked other", "a cell that is no answer"), ("solution other", "no contract for 'other'")],
)
def test_a_model_answer_that_nobody_has_is_an_error(tmp_path, role, words):
    with pytest.raises(CourseError, match=words):
        read(tmp_path, code(role, MODEL_ANSWER))


def test_headings_get_the_points_of_their_sections(tmp_path):
    text = (
        "# Title ·\n\n## Brought along ·\n\n"
        + block("sigmoid")
        + "## One step ·\n\nText.\n\n"
        + STEP
        + "Nothing between.\n\n## Said by hand · 7 points\n\n## A question ·\n\n"
        + '+++ {"ng": "manual why 1"}\n\n## The answer ·\n\n+++\n\n## Last ·\n\n'
        + block("gru_forward", "values: 1")
    )
    said = re.findall(
        "^#.*$", "\n".join(c.source for c in read(tmp_path, text).cells if c.cell_type == "markdown"), re.M
    )
    assert said == [
        "# Title ·",
        "## Brought along · no points",
        "## One step · 4.5 points",
        "## Said by hand · 7 points",
        "## A question · 1 point, read by a person",
        "## The answer ·",
        "## Last · 1 point",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (block("gru_stop", "values: 1"), "there is no contract for 'gru_stop'"),
        (block("", "values: 1"), "there is no contract for ''"),
        (block("gru_step", "speed: 1"), "'speed' is no part of the exercise"),
        (block("gru_step", "points: 1"), "'points' is no part of the exercise"),
        (block("gru_step", "values: 1", "values: 2"), "'values' stands there twice"),
        (block("gru_step", "values:"), "'values' needs points"),
        (block("gru_step", "values"), "'values' needs points"),
        (block("gru_step", "values: 0"), "'values' needs points"),
        (block("gru_step", "values: -1"), "'values' needs points"),
        (block("gru_step", "values: many"), "'values' needs points"),
        (block("gru_step", "edges: 1"), "'edges' does not say what it looks at"),
        (block("gru_step", "property: 1"), "'property' does not say what it looks at"),
        (block("gru_step"), "needs parts with points"),
        (block("sigmoid", "values: 1"), "needs parts with points"),
        (block("gru_backward", "gradient: 1"), "needs `forward`"),
        (block("gru_step", "forward: gru_forward", "values: 1"), "needs `forward`"),
        (block("gru_step", "values: 1") * 2, "is used twice"),
        (block("gru_step", "values: 1") + code("test gru_step-values 1", "pass"), "is used twice"),
        ("```{judged} gru_step\nvalues: 1\n", "is not closed"),
        (block("gru_step", "values: 1") + "Text\n\n```{judged} gru_forward\nvalues: 1\n", "is not closed"),
    ],
)
def test_each_fault_is_named_with_file_cell_and_remedy(tmp_path, text, words):
    with pytest.raises(CourseError) as caught:
        read(tmp_path, text)
    assert words in caught.value.what
    assert caught.value.what.startswith("gru.md, cell ")
    assert caught.value.remedy.endswith(".")


def test_an_assignment_without_contracts_has_none_to_name(tmp_path):
    path = tmp_path / "tiny.md"
    path.write_text(HEAD + STEP, "utf-8")
    with pytest.raises(CourseError, match="no contract for 'gru_step'"):
        read_source(path)


@pytest.mark.parametrize("slug", ASSIGNMENTS)
def test_every_contract_is_asked_for_and_the_last_line_says_all_points(slug):
    notebook = read_source(source_of(slug))
    ids = {cells.grade_id(cell) for cell in notebook.cells}
    assert {f"{name}-check" for name in contracts_of(slug) | earlier_of(slug)} <= ids
    assert f"That is all: {points_of(notebook):g} points." in notebook.cells[-1].source
