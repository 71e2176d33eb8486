"""A course folder that a former version released is graded as before: its hidden tests import modules by old names."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograde.course.folder import Course
from autograde.demo import fill, reference_answers
from autograde.grade.assignment import with_present_imports
from autograde.grade.grade import grade, grade_one
from autograde.grade.results import results
from autograde.release.release import release
from tests.autograde.conftest import SOURCE, no_fixtures

pytestmark = pytest.mark.slow

FORMER = [
    "from solutions.behaviour import judge_echo",
    "from solutions.behaviour import judge_training",
    "from solutions.by_hand import judge_counter",
    "from solutions.by_hand import judge_latch",
    "from solutions.by_hand import judge_parity",
    "from solutions.cell_path import judge_cell_path",
    "from solutions.gru_lag import judge_marked_sign",
    "from solutions.long_lag import judge_long_lag",
    "from solutions.marked_sign import judge_marked_sign",
]
HEAD = SOURCE[: SOURCE.index("# Tiny")]
TEXT = '''# Tiny

```{code-cell} ipython3
import numpy as np
```

```{code-cell} ipython3
:ng: solution cell_path

def cell_path(F):
    """The product of the gates from each step to the last."""
    ### BEGIN SOLUTION
    return np.cumprod(F[:, ::-1], axis=1)[:, ::-1]
    ### END SOLUTION
```

```{code-cell} ipython3
:ng: test cell_path-values 2

# 2 points: the values.
### BEGIN HIDDEN TESTS
from solutions.cell_path import judge_cell_path

judge_cell_path(cell_path)
### END HIDDEN TESTS
```
'''


@pytest.mark.parametrize("statement", FORMER)
def test_each_former_import_is_one_that_works(statement):
    role = {"grade": True, "solution": False, "grade_id": "t", "points": 1}
    test = new_code_cell(f"{statement}\n", metadata={"nbgrader": role})
    answer = new_code_cell(f"{statement}\n", metadata={"nbgrader": role | {"solution": True}})
    made = with_present_imports(new_notebook(cells=[test, answer]))
    names: dict = {}
    exec(made.cells[0].source, names)  # our own modules
    assert callable(names[statement.split()[-1]])
    assert made.cells[1].source == answer.source and test.source == f"{statement}\n"


def test_a_former_release_earns_every_point(tmp_path):
    place = tmp_path / "solutions" / "exercises" / "tiny" / "tiny.md"
    place.parent.mkdir(parents=True)
    place.write_text(HEAD + TEXT, "utf-8")
    course = Course(tmp_path / "course")
    course.root.mkdir()
    release(course, ["tiny"], secret=tmp_path / "solutions", fixtures=no_fixtures)
    source = nbformat.read(course.source_notebook("tiny"), 4)
    assert "from solutions.cell_path import" in str(source), "this test is about the former name"
    handed_in = course.submitted / "ada" / "tiny" / "tiny.ipynb"
    handed_in.parent.mkdir(parents=True)
    released = nbformat.read(course.release_notebook("tiny"), 4)
    nbformat.write(fill(released, reference_answers(source)), handed_in)
    assert [row.status for row in grade(course, "tiny")] == ["graded"]
    (found,) = results(course, "tiny")
    assert (found.points, found.max_points, found.cells[0].outcome) == (2.0, 2.0, "right")
    assert [cell.outcome for cell in grade_one(course, "tiny", handed_in).cells] == ["right"]
    assert [row.status for row in grade(course, "tiny")] == ["unchanged"]
