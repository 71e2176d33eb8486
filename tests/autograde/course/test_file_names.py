"""Names of notebooks: a copy's name still says which assignment it is; another name says none."""

import pytest

from autograde.course.file_names import assignment_named, is_archive, is_disguised, is_notebook

SLUGS = ["rnn-cell", "lstm", "lstm-2"]


@pytest.mark.parametrize(
    "file",
    [
        "rnn-cell.ipynb",
        "rnn-cell.IPYNB",
        "rnn-cell (1).ipynb",
        "rnn-cell(12).ipynb",
        "rnn-cell-1.ipynb",
        "rnn-cell-Copy1.ipynb",
        "rnn-cell-Copy.ipynb",
        "rnn-cell copy.ipynb",
        "rnn-cell copy 2.ipynb",
        "rnn-cell - Copy.ipynb",
        "rnn-cell - Copy (3).ipynb",
        "rnn-cell-2 (1).ipynb",
        "rnn-cell.ipynb.txt",
        "rnn-cell (1).ipynb.json",
    ],
)
def test_a_copy_is_of_its_assignment(file):
    assert assignment_named(file, SLUGS) == "rnn-cell"


@pytest.mark.parametrize("file", ["", ".ipynb", "rnn.ipynb", "my-rnn-cell.ipynb", "rnn-cell-final.ipynb", "cell.ipynb"])
def test_other_names_say_none(file):
    assert assignment_named(file, SLUGS) == ""


def test_a_name_that_is_an_assignments_own_is_no_copy_of_another():
    assert assignment_named("lstm-2.ipynb", SLUGS) == assignment_named("lstm-2 (1).ipynb", SLUGS) == "lstm-2"
    assert assignment_named("lstm-3.ipynb", SLUGS) == "lstm"


def test_kinds_of_files():
    assert is_notebook("a.ipynb") and not is_notebook("a.ipynb.txt") and not is_notebook("a.txt")
    assert is_disguised("a.ipynb.txt") and is_disguised("a.IPYNB.JSON") and not is_disguised("a.txt")
    assert is_archive("a.tar.gz") and is_archive("A.ZIP") and not is_archive("a.ipynb")
