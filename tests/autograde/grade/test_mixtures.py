"""Right hand-ins whose cells were merged, split, moved, retyped, doubled, or lost their marks keep all their points."""

import ast
import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograde.course import cells
from autograde.grade.intake import rebuild
from tests.autograde.grade.test_intake import graded
from tests.depth import examples

ANSWERS = {
    "double": "def double(x):\n    twice = 2 * x\n    return twice",
    "triple": "def triple(x):\n    return double(x) + x",
    "Counter": (
        "class Counter:\n    def __init__(self):\n        self.count = triple(0)\n\n"
        "    def up(self):\n        self.count += 1\n        return self.count"
    ),
}
STUBS = {
    "double": 'def double(x):\n    """2 x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()',
    "triple": "def triple(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "Counter": "class Counter:\n    def up(self):\n        # YOUR CODE HERE\n        raise NotImplementedError()",
}
TESTS = {"double": "assert double(2) == 4", "triple": "assert triple(2) == 6", "Counter": "assert Counter().up() == 1"}
WHY, TEXT = "YOUR ANSWER HERE", "Because two and one is three."


def exercise(number, name):
    return [
        new_markdown_cell(f"## {number}. Write {name}", id=f"text-{number}"),
        graded(new_code_cell(STUBS[name]), name, solution=True),
        graded(new_code_cell(f"check({name})"), f"{name}-check", locked=True),
        graded(new_code_cell(f"# {number} points."), f"{name}-values", grade=True, points=number),
        graded(new_code_cell("# 1 point."), f"{name}-edges", grade=True, points=1),
    ]


RELEASE = new_notebook(
    cells=[
        new_markdown_cell("# Mixed", id="title"),
        graded(new_code_cell("import math"), "imports", locked=True),
        *(cell for number, name in enumerate(STUBS, 1) for cell in exercise(number, name)),
        new_markdown_cell("## 4. Why?", id="text-4"),
        graded(new_markdown_cell(WHY), "why", solution=True, grade=True, points=2),
        new_markdown_cell("The end.", id="end"),
    ]
)
TEMPLATE = copy.deepcopy(RELEASE)
for made in TEMPLATE.cells:
    if cells.is_test(made):
        made.source += f"\n### BEGIN HIDDEN TESTS\n{TESTS[cells.grade_id(made).split('-')[0]]}\n### END HIDDEN TESTS"


def solved():
    notebook = json.loads(json.dumps(RELEASE))
    for cell in notebook["cells"]:
        cell["source"] = {**ANSWERS, "why": TEXT}.get(cells.grade_id(cell), cell["source"])
    return notebook["cells"]


def is_code(cell):
    return cell["cell_type"] == "code"


def is_written(cell):
    return cell["source"] in ANSWERS.values() or cell["source"] == TEXT


def metadata_lost(found, draw):
    for cell in draw(some(found)):
        cell["metadata"] = {}


def ids_lost(found, draw):
    for cell in draw(some(found)):
        cell["id"] = draw(st.sampled_from(["0", "17", "c0ffee00"])) + str(draw(st.integers(0, 99)))


def of_another_release(found, draw):
    for cell in draw(some(found)):
        if cells.grade_id(cell):
            cell["metadata"]["nbgrader"]["grade_id"] = f"y2024_{cells.grade_id(cell)}"


def merged(found, draw):
    # As Jupyter does it: the first keeps its marks. Any two of one kind, the first above the second.
    kind = draw(st.sampled_from(["code", "markdown"]))
    numbers = [number for number, cell in enumerate(found) if cell["cell_type"] == kind]
    if len(numbers) > 1:
        first, second = sorted(draw(st.lists(st.sampled_from(numbers), min_size=2, max_size=2, unique=True)))
        found[first]["source"] += f"\n\n{found[second]['source']}"
        del found[second]


def merged_downwards(found, draw):
    numbers = [number for number, cell in enumerate(found) if is_code(cell)]
    first, second = sorted(draw(st.lists(st.sampled_from(numbers), min_size=2, max_size=2, unique=True)))
    found[second]["source"] = f"{found[first]['source']}\n\n{found[second]['source']}"
    del found[first]


def split(found, draw):
    numbers = [number for number, cell in enumerate(found) if is_code(cell) and "\n" in cell["source"]]
    if numbers:
        number = draw(st.sampled_from(numbers))
        lines = found[number]["source"].split("\n")
        at = draw(st.integers(1, len(lines) - 1))
        below = copy.deepcopy(found[number])
        below["id"] += "x"
        if draw(st.booleans()):
            below["metadata"] = {}
        found[number]["source"], below["source"] = "\n".join(lines[:at]), "\n".join(lines[at:])
        found.insert(number + 1, below)


def moved(found, draw):
    cell = found.pop(draw(st.integers(0, len(found) - 1)))
    found.insert(draw(st.integers(0, len(found))), cell)


def retyped(found, draw):
    # Deleted, and written anew in a cell of one's own.
    number = draw(st.integers(0, len(found) - 1))
    found[number] = {"cell_type": found[number]["cell_type"], "source": found[number]["source"], "metadata": {}}


def beside(found, draw):
    # The answer stands in a cell of one's own, near the stub.
    numbers = [number for number, cell in enumerate(found) if is_written(cell) and cells.grade_id(cell)]
    if numbers:
        number = draw(st.sampled_from(numbers))
        own = {"cell_type": found[number]["cell_type"], "source": found[number]["source"], "metadata": {}}
        found[number]["source"] = {**STUBS, "why": WHY}.get(cells.grade_id(found[number]).removeprefix("y2024_"), "")
        found.insert(number + draw(st.integers(0, 1)), own)


def doubled(found, draw):
    number = draw(st.integers(0, len(found) - 1))
    again = copy.deepcopy(found[number])
    again["id"] = "again"
    found.insert(number + 1, again)


def stub_kept(found, draw):
    name = draw(st.sampled_from(sorted(STUBS)))
    stub = {"cell_type": "code", "source": STUBS[name], "metadata": {}}
    found.insert(draw(st.integers(0, len(found))), stub)


def deleted(found, draw):
    numbers = [number for number, cell in enumerate(found) if not any(name in cell["source"] for name in NEEDED)]
    if numbers:
        del found[draw(st.sampled_from(numbers))]


def added(found, draw):
    made = draw(st.sampled_from([("code", "print(1 + 1)"), ("code", "helper = 3"), ("markdown", "My notes.")]))
    found.insert(draw(st.integers(0, len(found))), {"cell_type": made[0], "source": made[1], "metadata": {}})


def other_kind(found, draw):
    # Its marks still say what it is.
    numbers = [number for number, cell in enumerate(found) if cells.grade_id(cell) and is_written(cell)]
    if numbers:
        found[draw(st.sampled_from(numbers))]["cell_type"] = draw(st.sampled_from(["raw", "code", "markdown"]))


NEEDED = ("def ", "class ", TEXT)
DAMAGES = [
    metadata_lost, ids_lost, of_another_release, merged, merged_downwards, split, moved, retyped, beside, doubled,
    stub_kept, deleted, added, other_kind,
]  # fmt: skip


def some(found):
    return st.just(found) | st.lists(st.sampled_from(found), unique_by=id)


@st.composite
def mixtures(draw):
    found = solved()
    done = []
    for damage in draw(st.lists(st.sampled_from(DAMAGES), min_size=1, max_size=4)):
        for cell in found:
            cell.setdefault("id", "")
        damage(found, draw)
        done.append(damage.__name__)
    return found, done


def names_after(sources):
    """The names after a run of cells, in which errors stop a cell as in Jupyter."""
    names = {"check": lambda *arguments: None}
    for source in sources:
        run(source, names)
    return names


def run(source, names):
    try:
        exec(compile(ast.parse(source), "<cell>", "exec"), names)
    except Exception as error:
        return error
    return None


def is_right(names, name):
    return run(TESTS[name], dict(names)) is None


def earned(notebook):
    """The tests that pass, each with the names as they were where it stands."""
    names, found = names_after([]), []
    later = []
    for cell in notebook.cells:
        if cells.is_test(cell):
            later.append((cell, dict(names)))
        elif cell.cell_type == "code":
            run(cell.source, names)
    for cell, then in later:
        names.clear()
        names.update(then)
        if run(cell.source, names) is None:
            found.append(cells.grade_id(cell))
    return found


@settings(max_examples=examples(100), deadline=None)
@given(mixtures())
def test_a_right_hand_in_keeps_its_points_whatever_happened_to_its_cells(mixture):
    found, done = mixture
    # What would run from top to bottom in Jupyter, but for the stubs beside answers; a half cell is no cell there.
    code = [cell["source"] for cell in found if is_code(cell) or cells.grade_id(cell).removeprefix("y2024_") in STUBS]
    right_in_jupyter = [name for name in STUBS if is_right(names_after(code), name)]
    rebuilt = rebuild(json.dumps({"cells": found, "nbformat": 4}).encode(), TEMPLATE)
    passed = earned(rebuilt.notebook)
    for name in right_in_jupyter:
        assert {f"{name}-values", f"{name}-edges"} <= set(passed), (done, name, rebuilt.remarks)
    why = next(cell for cell in rebuilt.notebook.cells if cells.grade_id(cell) == "why")
    told = any(remark.endswith(": a person should look.") for remark in rebuilt.remarks)
    assert TEXT in why.source or told, (done, rebuilt.remarks)
