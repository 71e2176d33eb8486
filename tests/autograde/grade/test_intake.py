"""Intake: whatever a student hands in, the rebuilt notebook is the release with their answers in place."""

import json
import os
import time
import tracemalloc
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograde.course.cells import METADATA
from autograde.course.policy import FROM_STUDENT
from autograde.course.strangers import LARGEST_FILE, UnreadableError, read_submission
from autograde.grade.intake import rebuild, template_of
from autograde.grade.placing import ELSEWHERE
from autograde.grade.reading import LONGEST_SOURCE
from autograde.grade.rebuilding import FOUND_OTHERWISE, NOTHING_FOUND, TEXT_ELSEWHERE
from tests.depth import examples

STUB = "def double(x):\n    raise NotImplementedError()"
RIGHT = "def double(x):\n    return 2 * x"
HIDDEN = "# 3 points.\n### BEGIN HIDDEN TESTS\nassert double(1) == 2\n### END HIDDEN TESTS"


def graded(cell, grade_id, **roles):
    cell.metadata["nbgrader"] = {"grade_id": grade_id, "schema_version": 3, "solution": False, "grade": False, **roles}
    cell.id = grade_id
    return cell


def make(answer: str, test: str):
    return new_notebook(
        cells=[
            new_markdown_cell("# Tiny", id="title"),
            new_code_cell("import numpy as np", id="imports"),
            graded(new_code_cell(answer), "double", solution=True),
            graded(new_code_cell(test), "double-values", grade=True, points=3),
            graded(new_markdown_cell("YOUR ANSWER HERE"), "why", solution=True, grade=True, points=1),
        ]
    )


RELEASE = make(STUB, "# 3 points.")
TEMPLATE = template_of(make("### BEGIN SOLUTION\nsecret\n### END SOLUTION", HIDDEN), RELEASE)


def submission(edit=None) -> bytes:
    notebook = nbformat.from_dict(json.loads(json.dumps(RELEASE)))
    notebook.cells[2].source = RIGHT
    if edit is not None:
        edit(notebook)
    return json.dumps(notebook).encode()


def sources(rebuilt):
    return [cell.source for cell in rebuilt.notebook.cells]


def test_the_template_has_stubs_and_hidden_tests_but_no_solution():
    assert TEMPLATE.cells[2].source == STUB
    assert TEMPLATE.cells[3].source == HIDDEN
    assert "secret" not in str(TEMPLATE)


def test_answers_are_taken_and_hidden_tests_put_back():
    rebuilt = rebuild(submission(), TEMPLATE)
    assert sources(rebuilt) == ["# Tiny", "import numpy as np", RIGHT, HIDDEN, "YOUR ANSWER HERE"]
    assert rebuilt.remarks == [] and rebuilt.readable


def test_extra_cells_keep_their_place():
    def edit(notebook):
        notebook.cells.insert(3, new_code_cell("helper = 1"))
        notebook.cells[-1].source = "Because."
        notebook.cells.append(new_markdown_cell("my notes"))

    assert sources(rebuild(submission(edit), TEMPLATE))[2:] == [
        RIGHT,
        "helper = 1",
        HIDDEN,
        "Because.",
        "my notes",
    ]


def test_the_points_behind_a_heading_of_a_former_release_are_no_text_of_the_students():
    now, before = (
        new_notebook(cells=[new_markdown_cell(f"## 1. Doubling · {points}\n\nDouble it.", id="h"), *RELEASE.cells[2:]])
        for points in ("3 points", "2 points")
    )
    template = template_of(now, now)
    rebuilt = rebuild(json.dumps(before).encode(), template)
    assert sources(rebuilt) == [cell.source for cell in template.cells]
    before.cells[0].source += " I did."
    assert "I did." in sources(rebuild(json.dumps(before).encode(), template))[1]


def test_an_edited_cell_of_the_release_runs_after_the_original():
    def edit(notebook):
        notebook.cells[1].source = "import numpy as np\nimport math"

    assert sources(rebuild(submission(edit), TEMPLATE))[1:3] == [
        "import numpy as np",
        "import numpy as np\nimport math",
    ]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda nb: nb.cells.pop(3), "'double-values' was missing; it was put back"),
        (lambda nb: nb.cells.append(nb.cells[3]), "'double-values' was there several times; one was kept"),
        (
            lambda nb: nb.cells[3].update(source="pass"),
            "'double-values' was edited; it was restored, and what was added follows",
        ),
        (lambda nb: nb.cells[3].update(cell_type="markdown"), "'double-values' had another type"),
        (lambda nb: nb.cells[2].update(cell_type="raw"), "'double' had another type; its text was used"),
        (lambda nb: nb.cells.append(nb.cells[2]), "'double' was there several times; one was used"),
    ],
)
def test_a_damaged_notebook_is_repaired_and_the_repair_is_told(edit, words):
    rebuilt = rebuild(submission(edit), TEMPLATE)
    assert sources(rebuilt)[2:4] == [RIGHT, HIDDEN]
    assert [remark for remark in rebuilt.remarks if words in remark]


def test_a_missing_answer_counts_as_not_answered():
    rebuilt = rebuild(submission(lambda nb: nb.cells.pop(2)), TEMPLATE)
    assert sources(rebuilt)[2] == STUB
    assert "counts as not answered" in rebuilt.remarks[0]


def test_both_halves_of_a_split_answer_are_used():
    def split(notebook):
        second = nbformat.from_dict(notebook.cells[2])
        notebook.cells[2].source = "half = 2"
        notebook.cells.insert(3, second)

    assert sources(rebuild(submission(split), TEMPLATE))[2] == f"half = 2\n\n{RIGHT}"


def test_a_stub_left_beside_the_answer_does_not_undo_it():
    def copy_stub(notebook):
        stub = nbformat.from_dict(notebook.cells[2])
        stub.source = STUB
        notebook.cells.insert(3, stub)

    assert sources(rebuild(submission(copy_stub), TEMPLATE))[2] == RIGHT


def without_marks(notebook):
    for cell in notebook.cells:
        cell.metadata, cell.id = {}, f"x{cell.id}"


def own(source, kind=new_code_cell):
    return kind(source, id="own")


@pytest.mark.parametrize(
    "edit",
    [
        without_marks,
        lambda nb: [cell.metadata.clear() for cell in nb.cells],
        lambda nb: [cell.update(id=f"x{cell.id}") for cell in nb.cells],
        lambda nb: [cell.metadata.nbgrader.update(grade_id=f"y2024_{cell.id}") for cell in nb.cells[2:]],
    ],
)
def test_lost_or_foreign_marks_cost_nothing(edit):
    rebuilt = rebuild(submission(edit), TEMPLATE)
    assert sources(rebuilt) == ["# Tiny", "import numpy as np", RIGHT, HIDDEN, "YOUR ANSWER HERE"]
    assert rebuilt.remarks in ([], [FOUND_OTHERWISE])


def test_an_answer_that_was_merged_into_another_cell_counts():
    def merge(notebook):
        notebook.cells[1].source += f"\n\n{RIGHT}"
        notebook.cells.pop(2)

    rebuilt = rebuild(submission(merge), TEMPLATE)
    assert sources(rebuilt)[1:4] == ["import numpy as np", f"import numpy as np\n\n{RIGHT}", HIDDEN]


def test_the_stub_of_a_function_that_an_own_cell_defines_is_left_out():
    def edit(notebook):
        notebook.cells[2].source = STUB
        notebook.cells.insert(2, own(RIGHT))

    rebuilt = rebuild(submission(edit), TEMPLATE)
    assert sources(rebuilt)[2:5] == [RIGHT, ELSEWHERE, HIDDEN]
    assert (
        "'double' is missing or untouched; its function is defined in another cell, and that counts"
        in rebuilt.remarks[0]
    )


def test_the_tests_of_a_function_stand_behind_the_cell_that_defines_it():
    def move(notebook):
        notebook.cells.append(own(RIGHT))
        notebook.cells[2].source = STUB
        notebook.cells[4].source = "Because."

    assert sources(rebuild(submission(move), TEMPLATE))[2:] == [STUB, "Because.", RIGHT, HIDDEN]


def test_of_several_definitions_the_last_counts_and_a_person_is_asked():
    def scatter(notebook):
        notebook.cells[2].source = STUB
        notebook.cells.insert(2, own(RIGHT))
        notebook.cells.append(own("def double(x):\n    return x + x"))

    rebuilt = rebuild(submission(scatter), TEMPLATE)
    assert sources(rebuilt)[-2:] == ["def double(x):\n    return x + x", HIDDEN]
    assert "defined in several other cells, and the last counts: a person should look." in rebuilt.remarks[0]


@pytest.mark.parametrize(
    "extra", ["from scipy import double", "print('def double')", "def other(x): pass", "def double(:"]
)
def test_a_stub_is_left_out_only_where_the_student_defines_its_function(extra):
    def edit(notebook):
        notebook.cells[2].source = STUB
        notebook.cells.insert(2, own(extra))

    assert STUB in sources(rebuild(submission(edit), TEMPLATE))


def test_a_stub_in_an_own_cell_does_not_undo_the_answer():
    def edit(notebook):
        notebook.cells.insert(3, own(f"x = 1\n{STUB}"))

    assert sources(rebuild(submission(edit), TEMPLATE))[2:5] == [RIGHT, "x = 1\n", HIDDEN]


def test_what_a_student_adds_to_a_cell_of_the_release_runs_and_is_never_trusted():
    locked = graded(new_code_cell("import numpy as np"), "locked", locked=True)
    template = new_notebook(cells=[locked, *RELEASE.cells])
    notebook = nbformat.from_dict(json.loads(json.dumps(template)))
    notebook.cells[3].source = RIGHT
    notebook.cells[0].source = "import numpy as np\nimport evil as np"
    notebook.cells[4].source = "double = 3"
    rebuilt = rebuild(json.dumps(notebook).encode(), template)
    assert sources(rebuilt)[:2] == ["import numpy as np", "import numpy as np\nimport evil as np"]
    assert sources(rebuilt)[5:7] == ["# 3 points.", "double = 3"]
    added = [cell for cell in rebuilt.notebook.cells if cell.source in ("double = 3", sources(rebuilt)[1])]
    assert [cell.metadata for cell in added] == [{METADATA: FROM_STUDENT}] * 2
    assert "'locked', 'double-values' were edited; they were restored, and what was added follows" in rebuilt.remarks[0]


ASKED = ": a person should look."


@pytest.mark.parametrize("kind", [new_markdown_cell, new_raw_cell])
@pytest.mark.parametrize("place", [4, 5])
def test_text_beside_an_untouched_written_answer_is_taken_for_it_and_a_person_is_asked(kind, place):
    rebuilt = rebuild(submission(lambda nb: nb.cells.insert(place, own("Because.", kind))), TEMPLATE)
    assert sources(rebuilt)[4:] == ["Because."]
    assert "what the student wrote beside it was taken for it" in rebuilt.remarks[0] and rebuilt.remarks[0].endswith(
        ASKED
    )


def test_code_beside_an_untouched_written_answer_runs_and_is_quoted_in_it():
    rebuilt = rebuild(submission(lambda nb: nb.cells.append(own("x = 'Because.'"))), TEMPLATE)
    assert sources(rebuilt)[4:] == ["```python\nx = 'Because.'\n```", "x = 'Because.'"]
    assert rebuilt.remarks[0].endswith(ASKED)


def test_a_written_answer_that_was_deleted_and_typed_anew_is_taken_for_it():
    def retype(notebook):
        notebook.cells[4] = own("Because.", new_markdown_cell)

    rebuilt = rebuild(submission(retype), TEMPLATE)
    assert sources(rebuilt)[4:] == ["Because."] and "the text in its place was taken for it." in rebuilt.remarks[0]


def test_text_far_from_an_untouched_written_answer_stays_and_a_person_is_asked():
    rebuilt = rebuild(submission(lambda nb: nb.cells.insert(1, own("Because.", new_markdown_cell))), TEMPLATE)
    assert sources(rebuilt)[1] == "Because." and sources(rebuilt)[-1] == TEXT_ELSEWHERE, "no zero for it"
    assert "the student wrote text elsewhere" in rebuilt.remarks[0] and rebuilt.remarks[0].endswith(ASKED)


def test_text_between_two_untouched_answers_is_taken_for_both():
    def two(*between):
        stubs = [
            graded(new_markdown_cell("YOUR ANSWER HERE"), name, solution=True, grade=True, points=1) for name in "ab"
        ]
        return new_notebook(cells=[new_code_cell("1", id="top"), stubs[0], *between, stubs[1]])

    rebuilt = rebuild(json.dumps(two(own("Because.", new_markdown_cell))).encode(), two())
    assert sources(rebuilt) == ["1", "Because.", "Because."]
    assert rebuilt.remarks[0].startswith("The answer cells 'a', 'b' are missing or untouched; what")
    assert rebuilt.remarks[0].endswith(ASKED)
    gone = new_notebook(cells=[*two().cells[:1], own("Because.", new_markdown_cell)])
    rebuilt = rebuild(json.dumps(gone).encode(), two())
    assert rebuilt.remarks[0].startswith("Nothing of this assignment")
    gone.cells.append(graded(new_code_cell("x = 1"), "c"))
    template = new_notebook(cells=[*two().cells, graded(new_code_cell("x = 1"), "c", grade=True, points=1)])
    rebuilt = rebuild(json.dumps(gone).encode(), template)
    assert sources(rebuilt) == ["1", "Because.", "Because.", "x = 1"]
    assert any(remark.endswith(ASKED) for remark in rebuilt.remarks)


def test_a_written_answer_in_its_place_asks_nobody():
    def answer(notebook):
        notebook.cells[4].source = "Because."
        notebook.cells.append(own("More.", new_markdown_cell))

    rebuilt = rebuild(submission(answer), TEMPLATE)
    assert sources(rebuilt)[4:] == ["Because.", "More."] and rebuilt.remarks == []


def test_text_or_code_beside_an_untouched_code_answer_asks_for_a_person():
    for extra in (own("I could not do it.", new_markdown_cell), own("def doubled(x): return 2 * x")):

        def edit(notebook, extra=extra):
            notebook.cells[2].source = STUB
            notebook.cells.insert(3, extra)

        rebuilt = rebuild(submission(edit), TEMPLATE)
        assert sources(rebuilt)[2:4] == [STUB, extra.source]
        assert "'double' is missing or untouched, but the student wrote beside it: a person" in rebuilt.remarks[0]


def test_an_answer_by_hand_in_a_code_cell_takes_what_stands_beside_it_as_comments():
    stub = "# YOUR CODE HERE\nraise NotImplementedError()"
    template = new_notebook(cells=[graded(new_code_cell(stub), "plot", solution=True, grade=True, points=1)])
    notebook = new_notebook(cells=[*template.cells, own("plot(x)\nshow()")])
    rebuilt = rebuild(json.dumps(notebook).encode(), template)
    assert sources(rebuilt) == ["# plot(x)\n# show()", "plot(x)\nshow()"]


@pytest.mark.parametrize(
    "found",
    [
        [],
        [new_markdown_cell("YOUR ANSWER HERE")],
        [new_markdown_cell("My essay.")],
        [new_code_cell("print('hello')"), new_markdown_cell("# Other")],
    ],
)
def test_a_file_in_which_nothing_of_the_release_is_found_is_one_remark_and_nothing_is_graded(found):
    rebuilt = rebuild(json.dumps(new_notebook(cells=found)).encode(), TEMPLATE)
    assert rebuilt.remarks == [NOTHING_FOUND] and not rebuilt.readable
    assert {cell.source for cell in found} <= set(sources(rebuilt))  # a person sees what it is


def test_a_notebook_pasted_into_itself_counts_once_with_a_remark_of_each_kind():
    rebuilt = rebuild(submission(lambda nb: nb.cells.extend(nb.cells[2:])), TEMPLATE)
    assert sources(rebuilt)[:4] == ["# Tiny", "import numpy as np", RIGHT, HIDDEN]
    assert rebuilt.remarks == [
        "The answer cells 'double', 'why' were there several times; one of each was used.",
        "The cell 'double-values' was there several times; one was kept.",
    ]


def test_an_answer_that_was_typed_below_its_question_is_taken_for_it():
    template = new_notebook(cells=[new_markdown_cell("Why?", id="question"), *TEMPLATE.cells[2:]])
    template.cells.insert(1, template.cells.pop())
    notebook = nbformat.from_dict(json.loads(json.dumps(template)))
    notebook.cells[0].source += "\n\nBecause."
    rebuilt = rebuild(json.dumps(notebook).encode(), template)
    assert sources(rebuilt)[:2] == ["Why?", "Why?\n\nBecause."]
    assert rebuilt.remarks[0].endswith(ASKED)


def test_many_missing_cells_are_one_remark():
    tests = [graded(new_code_cell(f"# {number}"), f"t{number}", grade=True, points=1) for number in range(9)]
    template = new_notebook(cells=[*RELEASE.cells, *tests])
    (remark,) = rebuild(submission(), template).remarks
    assert remark == "9 cells ('t0', 't1', 't2', …) were missing; they were put back: a person should look."
    notebook = new_notebook(cells=[*RELEASE.cells, *tests[:5]])
    (remark,) = rebuild(json.dumps(notebook).encode(), template).remarks
    assert remark == "4 cells ('t5', 't6', 't7', …) were missing; they were put back."


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param(b"", "it is empty", id="empty"),
        pytest.param(b"\xff\xfe\x00binary", "it is not text", id="binary"),
        pytest.param(b"PK\x03\x04", "not JSON", id="zip"),
        pytest.param(b"[" * 100_000, "not JSON", id="deep"),
        pytest.param(b"3", "not a notebook", id="number"),
        pytest.param(b"{}", "without cells", id="no cells"),
        pytest.param(b'{"cells": 3}', "without cells", id="odd cells"),
        pytest.param(b" " * (LARGEST_FILE + 1), "larger than 100 MB", id="large"),
        pytest.param(b'{"cells": [' + b"{}," * 3000 + b"{}]}", "more than 2000 cells", id="many cells"),
    ],
)
def test_an_unreadable_file_gives_the_untouched_release_and_the_reason(raw, words):
    rebuilt = rebuild(raw, TEMPLATE)
    assert rebuilt.notebook == TEMPLATE
    assert not rebuilt.readable and words in rebuilt.remarks[0]


def test_a_notebook_in_the_old_format_is_read():
    cells = [{"cell_type": "code", "input": [RIGHT], "metadata": {"nbgrader": {"grade_id": "double"}}}]
    raw = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode()
    assert sources(rebuild(raw, TEMPLATE))[2] == RIGHT


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda nb: nb.cells[2].update(source=f"{RIGHT}  # \u202e txet"), "turn the direction of writing"),
        (lambda nb: nb.cells.insert(1, new_code_cell("#" * (LONGEST_SOURCE + 1))), "the rest of it was cut"),
    ],
)
def test_what_a_person_should_know_is_said_once(edit, words):
    rebuilt = rebuild(submission(edit), TEMPLATE)
    assert [words in remark for remark in rebuilt.remarks] == [True]
    assert any(RIGHT in source for source in sources(rebuilt)) and max(map(len, sources(rebuilt))) <= LONGEST_SOURCE


def test_the_last_of_two_equal_keys_counts_as_in_jupyter():
    raw = submission().decode()
    twice = raw.replace('{"cells":', '{"cells": [], "cells":', 1)
    assert sources(rebuild(twice.encode(), TEMPLATE)) == sources(rebuild(raw.encode(), TEMPLATE))


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"cells": [' + b"{}," * 6_000_000 + b"{}]}", id="millions of cells"),
        pytest.param(b'{"cells": [' + b"{}," * 1_900_000 + b"{}]}", id="as many cells as are read"),
        pytest.param(b'{"a":' * 3_000_000, id="deep objects"),
        pytest.param(b'{"cells": [{"source": [' + b'"a",' * 4_000_000 + b'"a"]}]}', id="millions of lines"),
        pytest.param(b'{"nbformat": ' + b"9" * 10_000_000 + b"}", id="a long number"),
        pytest.param(b'"' + b"\\u0000" * 3_000_000 + b'"', id="nul characters"),
    ],
)
def test_a_huge_file_is_dealt_with_in_bounded_time(raw):
    began = time.process_time()
    tracemalloc.start()
    check_rebuilt(rebuild(raw, TEMPLATE))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - began < 20
    assert most < 500_000_000


def test_a_file_is_read_and_cut_at_the_limit(tmp_path):
    path = tmp_path / "tiny.ipynb"
    path.write_bytes(b"0123456789")
    assert read_submission(path, largest=10) == b"0123456789"
    with pytest.raises(UnreadableError, match="larger than"):
        read_submission(path, largest=9)


def test_only_ordinary_files_are_opened(tmp_path):
    peer = tmp_path / "peer.ipynb"
    peer.write_text("secret", "utf-8")
    (tmp_path / "link").symlink_to(peer)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name, words in {
        "link": "symbolic link",
        "pipe": "no ordinary file",
        "folder": "no ordinary file",
        "missing": "cannot be opened",
    }.items():
        with pytest.raises(UnreadableError, match=words):
            read_submission(tmp_path / name)
    with pytest.raises(UnreadableError, match="no ordinary file"):
        read_submission(Path("/dev/zero"))


def test_text_that_cannot_be_written_is_made_writable():
    rebuilt = rebuild(submission(lambda nb: nb.cells[2].update(source="x = '\ud800'")), TEMPLATE)
    assert nbformat.writes(rebuilt.notebook).encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
marked = st.fixed_dictionaries({"grade_id": st.sampled_from(["double", "double-values"])})
cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | json_values,
        "source": st.text() | st.lists(st.text(), max_size=3) | json_values,
        "id": st.sampled_from(["title", "imports", "double"]) | json_values,
        "metadata": json_values | st.fixed_dictionaries({"nbgrader": json_values | marked}),
        "outputs": json_values,
    },
)
notebooks = st.fixed_dictionaries(
    {"cells": st.lists(cells | json_values, max_size=6)}, optional={"nbformat": json_values}
)


@settings(max_examples=examples(200), deadline=None)
@given(notebooks | json_values)
def test_nothing_a_student_sends_changes_a_test(document):
    check_rebuilt(rebuild(json.dumps(document).encode(), TEMPLATE))


@settings(max_examples=examples(50), deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_intake_fail(raw):
    check_rebuilt(rebuild(raw, TEMPLATE))


def check_rebuilt(rebuilt):
    nbformat.validate(rebuilt.notebook)
    by_id = {
        cell.metadata["nbgrader"]["grade_id"]: cell for cell in rebuilt.notebook.cells if "nbgrader" in cell.metadata
    }
    assert sorted(by_id) == ["double", "double-values", "why"]
    for grade_id, index in (("double", 2), ("double-values", 3), ("why", 4)):
        assert by_id[grade_id].metadata == TEMPLATE.cells[index].metadata
    assert by_id["double-values"] == TEMPLATE.cells[3]
    assert rebuilt.notebook.cells.count(TEMPLATE.cells[1]) == 1
