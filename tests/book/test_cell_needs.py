"""What has to run before a cell, found in the code: names, changes, random draws, and what is not in the page."""

import sys

import pytest

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book" / "extensions"))

from cell_needs import Needs


def before(*cells: str) -> list[str]:
    """The statements that the last of these cells needs."""
    needs = Needs(cells)
    return [needs.statements[place].code.strip() for place in needs.before(len(cells) - 1)[0]]


def missing(*cells: str) -> set[str]:
    return Needs(cells).before(len(cells) - 1)[1]


def test_of_a_cell_of_imports_only_what_is_used_runs():
    imports = "import torch\nimport numpy as np\n\nused = 1"
    assert before(imports, "print(np.ones(2))") == ["import numpy as np"]
    assert missing(imports, "print(np.ones(2))") == set()
    assert missing(imports, "print(torch.ones(2))") == {"torch"}


def test_needs_are_followed_through_values_and_functions():
    cells = ["scale = 2", "def twice(x):\n    return scale * x", "a = twice(3)", "unused = 5", "print(a)"]
    assert before(*cells) == [cells[0], cells[1], cells[2]]


def test_what_a_function_reads_counts_where_it_is_called():
    cells = ["def f():\n    return n", "n = 1", "n = 2", "f()"]
    assert before(*cells) == ["def f():\n    return n", "n = 2"]


def test_only_the_last_binding_runs():
    assert before("x = 1", "x = 2", "x + 1") == ["x = 2"]
    assert before("x = 1", "x += 2", "x + 1") == ["x = 1", "x += 2"]
    assert before("x = 1", "if True:\n    x = 2", "x + 1") == ["x = 1", "if True:\n    x = 2"]


@pytest.mark.parametrize(
    "change",
    [
        "x[0] = 5",
        "x.sort()",
        "fill(x)",
        "for row in x:\n    row += 1",
        "done = fill(x)",
        "np.add.at(x, 0, 1)",
    ],
)
def test_what_changes_an_object_runs(change):
    cells = ["import numpy as np", "x = np.ones(3)", "def fill(a):\n    a[:] = 7", change, "print(x)"]
    assert change in before(*cells)


@pytest.mark.parametrize("look", ["print(x)", "y = x + 1", "total = x.sum()", "y = np.tanh(x)"])
def test_what_only_looks_at_an_object_does_not_run(look):
    assert look not in before("import numpy as np", "x = np.ones(3)", look, "print(x * 2)")


def test_every_draw_of_a_generator_runs():
    cells = ["import numpy as np", "rng = np.random.default_rng(0)", "a = rng.normal()", "b = rng.normal()", "print(b)"]
    assert before(*cells) == cells[:4]


def test_a_draw_beside_a_framework_makes_later_draws_impossible_here():
    cells = ["import numpy as np\nimport torch\nrng = np.random.default_rng(0)", "a = torch.tensor(rng.normal())"]
    assert missing(*cells, "print(rng.normal())") == {"torch"}


def test_a_cell_s_own_names_are_its_own():
    cells = ["import torch\nx = torch.ones(2)\nk = torch.ones(1)"]
    assert before(*cells, "for x in (1, 2):\n    k = x\n    print(k)") == []
    assert before(*cells, "x = 1\nprint([x for k in (x, 2)])") == []


def test_helpers_of_the_course_are_known_by_what_they_import():
    assert missing("from unrolled.lab.evidence import verify", "verify('a', 1, 1)") == set()
    assert missing("from unrolled.page import interval", "interval([1, 2])") == {"scipy"}
    assert missing("from unrolled.lab.small_cells import CELLS", "CELLS") == {"torch"}
    assert missing("from unrolled import data", "data.python_reference()") == {"pydoc_data"}
    assert "files" in missing("from unrolled.lab.records import recorded", "recorded('x')").pop()
    assert missing("from unrolled.plotting import show", "show") == set()


def test_a_function_for_tensors_needs_what_makes_them():
    step = "import math\nimport numpy as np\ndef step(a):\n    return a.sigmoid()"
    assert missing(step) == {"torch"}
    assert missing(step, "def unroll(X):\n    return [step(x) for x in X]") == {"torch"}
    assert missing(step, "def step(a):\n    return np.tanh(a) * math.exp(a.sum())") == set()


def test_a_name_is_given_with_all_that_makes_it():
    needs = Needs(["import numpy as np\nimport torch", "a = np.ones(2)", "t = torch.ones(2)"])
    assert needs.of_name("a", len(needs.statements)) == ([0, 2], set())
    assert needs.of_name("t", len(needs.statements))[1] == {"torch"}
