"""What grading an assignment needs, read once for all its submissions."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from autograde import __version__
from autograde.course.cells import is_test
from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.grade.history import fingerprint
from autograde.grade.intake import template_of

# What hidden tests of former releases import, and where it is now.
FORMER_IMPORTS = {
    "from solutions.behaviour import judge_echo": "from solutions.exercises.rnn_cell.behaviour import judge_echo",
    "from solutions.behaviour import judge_training": "from solutions.exercises.bptt.behaviour import judge_training",
    "from solutions.by_hand import": "from solutions.exercises.lstm_forward.behaviour import",
    "from solutions.cell_path import": "from solutions.exercises.lstm_backward.cell_path import",
    "from solutions.gru_lag import": "from solutions.exercises.gru.behaviour import",
    "from solutions.long_lag import": "from solutions.exercises.vanishing.behaviour import",
    "from solutions.marked_sign import": "from solutions.exercises.lstm_backward.behaviour import",
}


@dataclass(frozen=True)
class Assignment:
    """What grading an assignment needs, read once.

    template: the notebook that submissions are rebuilt on, hidden tests in place.
    files: what lies beside it when it runs.
    fingerprint: of the two, so that a new release grades everything again.
    private: folders that student code may not see.
    """

    slug: str
    template: NotebookNode
    files: dict[str, bytes]
    fingerprint: str
    private: tuple[str, ...] = ()


def load_assignment(course: Course, slug: str) -> Assignment:
    """Read a released assignment. Raises CourseError where its notebooks cannot be read."""
    folder = course.source / slug
    try:
        source = nbformat.read(course.source_notebook(slug), 4)
        release = nbformat.read(course.release_notebook(slug), 4)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"The released notebook of {slug!r} cannot be read.", "Run `autograde release` again."
        ) from error
    template = template_of(source, release)
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".ipynb"}
    contents = [part for name, content in files.items() for part in (name.encode(), content)]
    text = json.dumps(template, sort_keys=True).encode()
    mark = fingerprint(__version__.encode(), text, *contents)
    private = tuple(map(str, course.private_folders()))
    return Assignment(slug, with_present_imports(template), files, mark, private)


def with_present_imports(template: NotebookNode) -> NotebookNode:
    """The template, its tests' imports those of this version where a former one released them."""
    template = copy.deepcopy(template)
    for cell in filter(is_test, template.cells):
        for former, present in FORMER_IMPORTS.items():
            cell.source = cell.source.replace(former, present)
    return template
