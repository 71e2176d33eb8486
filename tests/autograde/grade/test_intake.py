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
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograde.course.strangers import LARGEST_FILE, UnreadableError, read_submission
from autograde.grade.intake import rebuild, template_of
from autograde.grade.reading import LONGEST_SOURCE
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
        (lambda nb: nb.cells.append(nb.cells[3]), "'double-values' was there 2 times"),
        (
            lambda nb: nb.cells[3].update(source="pass"),
            "'double-values' was edited; it was restored, and what was added follows",
        ),
        (lambda nb: nb.cells[3].update(cell_type="markdown"), "'double-values' had another type"),
        (lambda nb: nb.cells[2].update(cell_type="raw"), "'double' had another type; its text was used"),
        (lambda nb: nb.cells.append(nb.cells[2]), "'double' was there 2 times; one was used"),
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
