"""Released notebooks fit JupyterLab in a window of 1280 pixels: 108 characters beside the list of files."""

import pytest
from nbconvert.preprocessors import Preprocessor
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from autograde.release import judged
from autograde.release.source import read_source
from solutions.exercises.catalogue import ASSIGNMENTS, source_of

MOST = 100  # a scrollbar, and fonts that are a little wider, take the rest


def as_students_see_it(slug: str):
    """The notebook without answers and hidden tests, cleared by nbgrader's own steps."""
    notebook = read_source(source_of(slug))
    steps: tuple[Preprocessor, ...] = (ClearSolutions(), ClearHiddenTests())
    for step in steps:
        notebook, _ = step.preprocess(notebook, {})
    return notebook


@pytest.mark.parametrize("slug", ASSIGNMENTS)
def test_no_line_of_code_or_of_a_docstring_is_cut_off(slug):
    code = [cell for cell in as_students_see_it(slug).cells if cell.cell_type == "code"]
    assert len(code) > 10
    too_long = [line for cell in code for line in cell.source.split("\n") if len(line) > MOST]
    assert too_long == []


def test_what_a_part_looks_at_is_wrapped():
    assert judged.WIDTH <= MOST
    long = "sizes of one, " * 12 + "and a last word."
    made = [source for _, source in judged._cells("gru_step", [f"edges: 1 {long}"], "gru", "here")]
    comment = [line for line in made[1].split("\n") if not line.startswith("###") and line.startswith("# ")]
    assert len(comment) > 1 and max(map(len, comment)) <= judged.WIDTH
    assert " ".join(line.removeprefix("# ") for line in comment).startswith(f"1 point: {long}")
