"""Rebuilds a submission on the release: only the answers and extra cells come from the student's file."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograde.course import cells
from autograde.course.strangers import UnreadableError
from autograde.grade.reading import read_cells
from autograde.grade.rebuilding import Rebuilding


@dataclass
class Rebuilt:
    """A submission ready to run.

    notebook: the template with the student's answers and extra cells in place.
    remarks: what was repaired or ignored, in plain words.
    readable: False where nothing of the assignment could be taken from the file, so that no answer is in place.
    """

    notebook: NotebookNode
    remarks: list[str] = field(default_factory=list)
    readable: bool = True


def template_of(source: NotebookNode, release: NotebookNode) -> NotebookNode:
    """What a submission is rebuilt on: the release notebook with the hidden tests back in their cells."""
    tests = {
        cells.grade_id(cell): cell.source for cell in source.cells if cells.grade_id(cell) and not cells.is_answer(cell)
    }
    template = cells.copied(release)
    for cell in template.cells:
        cell.source = tests.get(cells.grade_id(cell), cell.source)
    return template


def rebuild(raw: bytes, template: NotebookNode) -> Rebuilt:
    """Rebuild a submission from the bytes of its file. Never raises for anything a student could send."""
    try:
        given, remarks = read_cells(raw)
    except UnreadableError as error:
        remark = f"The file could not be read: {error}. Nothing in it could be graded."
        return Rebuilt(cells.copied(template), [remark], readable=False)
    rebuilding = Rebuilding(given, template)
    notebook = rebuilding.run()
    return Rebuilt(notebook, remarks + rebuilding.remarks.written(), rebuilding.is_anything_found)
