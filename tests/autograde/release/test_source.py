"""The converter: text source to nbgrader's source notebook, and a clear sentence for each kind of fault."""

from pathlib import Path

import pytest

from autograde.course.errors import CourseError
from autograde.release.source import points_of, read_source

HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
canary: unrolled-canary-00000000aaaa
---

"""
SOLUTION = """```{code-cell} ipython3
:ng: solution double

def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
```
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "tiny.md"
    path.write_text(HEAD + text, "utf-8")
    return read_source(path)


def code(option: str, source: str) -> str:
    return f"```{{code-cell}} ipython3\n:ng: {option}\n\n{source}\n```\n\n"


def test_roles_become_nbgraders_metadata(tmp_path):
    text = SOLUTION + "\n" + code("test double-values 3", "assert double(1) == 2")
    text += 'Why?\n\n+++ {"ng": "manual why 1.5"}\n\nBecause.\n\n+++\n\nDone.\n'
    cells = [cell.metadata.get("nbgrader") for cell in read(tmp_path, text).cells]
    assert cells[0]["solution"] and not cells[0]["grade"] and "points" not in cells[0]
    assert cells[1] == {
        "schema_version": 3,
        "grade_id": "double-values",
        "cell_type": "code",
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "points": 3,
    }
    assert cells[2] is None and cells[4] is None
    assert cells[3]["grade"] and cells[3]["solution"] and cells[3]["points"] == 1.5


def test_a_check_says_what_it_judges(tmp_path):
    text = SOLUTION + code(
        "test double-values 3", '### BEGIN HIDDEN TESTS\ncheck(double, hidden="values")\n### END HIDDEN TESTS'
    )
    _, check, other = read(tmp_path, text + code("test double-other 1", "assert double(1) == 2")).cells
    assert check.metadata["unrolled"] == {"function": "double", "part": "values"}
    assert "unrolled" not in other.metadata


def test_points_add_up(tmp_path):
    assert points_of(read(tmp_path, SOLUTION + code("test a 3", "pass") + code("test b 0.5", "pass"))) == 3.5


def test_cell_ids_are_the_same_each_time(tmp_path):
    first, second = (read(tmp_path, "# Title\n\n" + SOLUTION) for _ in range(2))
    assert [cell.id for cell in first.cells] == [cell.id for cell in second.cells]


def test_the_canary_stays_out_of_the_notebook(tmp_path):
    assert "canary" not in str(read(tmp_path, SOLUTION))


def test_the_kernel_is_python3(tmp_path):
    assert read(tmp_path, SOLUTION).metadata.kernelspec.name == "python3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (code("answer double", "x = 1"), "role 'answer' is unknown"),
        (code("solution", "x = 1"), "id is missing"),
        (code("solution a/b", "x = 1"), "id is missing or has odd characters"),
        (code("test a", "pass"), "needs points"),
        (code("test a many", "pass"), "needs points"),
        (code("test a 0", "pass"), "needs points"),
        (code("test a nan", "pass"), "needs points"),
        (code("test a 1 2", "pass"), "needs points"),
        (code("locked a 1", "pass"), "earns no points"),
        (SOLUTION + SOLUTION, "'double' is used twice"),
        (code("solution a", "def f(): pass"), "without a solution region"),
        (code("solution a", "### BEGIN SOLUTION\nx = 1"), "no partner"),
        (code("solution a", "x = 1\n### END SOLUTION"), "no partner"),
        (code("solution a", "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION"), "no partner"),
        (code("test a 1", "### BEGIN HIDDEN TESTS\npass"), "no partner"),
        (code("locked a", "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"), "would reach the students"),
        (code("locked a", "### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS"), "would reach the students"),
        ("```{code-cell} ipython3\n### BEGIN SOLUTION\nx = 1\n### END SOLUTION\n```\n", "would reach the students"),
        (code("test a 1", ""), "must hold code"),
        ('Text\n\n+++ {"ng": "test a 1"}\n\nNo code.\n', "must hold code"),
    ],
)
def test_each_fault_is_named_with_file_cell_and_remedy(tmp_path, text, words):
    with pytest.raises(CourseError) as caught:
        read(tmp_path, text)
    assert words in caught.value.what
    assert caught.value.what.startswith("tiny.md, cell ")
    assert caught.value.remedy.endswith(".")


def test_text_that_is_no_notebook_is_named(tmp_path):
    path = tmp_path / "tiny.md"
    path.write_text("---\njupytext: [\n---\n", "utf-8")
    with pytest.raises(CourseError, match="not a readable MyST notebook"):
        read_source(path)
