"""What one feedback page shows: what was right, what was not, the likely mistake, where to read; no hidden test."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograde.course import book, cells
from autograde.course.policy import EXTRA_CELL
from autograde.course.rubric import Comment, RubricItem, marked, read_comment
from autograde.course.settings import TEMPLATES
from autograde.course.strangers import printable
from autograde.grade.outcomes import CHECK_FAILED, CellResult, cell_results, error_of
from autograde.grade.results import Result, of_most
from autograde.reports import rendering
from unrolled.checking.messages import READ, Message

SHORTEST_SECRET = 8  # characters; shorter lines of a hidden test say nothing
EARLIER = "What you handed in last could not be graded. The points are those of the hand-in before."
REMOVED = "[this output quoted a hidden test and was removed]"
HEADING = re.compile(r"^#{1,3}\s+(.+)$", re.MULTILINE)
COMMENT = re.compile(r"^#\s*(?:[\d.]+ points?:\s*)?(.+)$", re.MULTILINE)
SIGNS = {
    "right": ("✓", "good"),
    "wrong": ("✗", "bad"),
    "not written": ("–", "open"),
    "not run": ("✗", "bad"),
    "for a person": ("…", "open"),
}


@dataclass(frozen=True)
class InGradebook:
    """What the gradebook has of a submission's cells, by grade id.

    grades: points and the most that they could be. comments: what a person wrote, None where nobody did.
    """

    grades: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    comments: Mapping[str, str | None] = field(default_factory=dict)


def page_of(notebook: NotebookNode, found: Result, given: InGradebook, rubrics: Mapping[str, list[RubricItem]]) -> str:
    """The page of one submission as HTML.

    Args:
        notebook: as it was graded; it is changed.
        rubrics: those of the assignment, by grade id.

    Raises LookupError where the gradebook has nothing of one of the notebook's cells.
    """
    _enter(notebook, given)
    reduce_outputs(notebook)
    items = _items(notebook, found, rubrics) if found.points is not None else []
    shown = {
        "title": _title(notebook, found.assignment),
        "student": found.student,
        "score": None if found.score is None else _number(found.score),
        "of_most": of_most(found.max_points, found.waiting_points),
        "late": found.late,
        "too_late": found.status == "failed" and found.points is None,
        "penalty": _number(found.penalty) if found.penalty else "",
        "remarks": [
            *([EARLIER] if found.status == "failed" and found.points is not None else []),
            *map(printable, found.remarks),
        ],
        "graded": [item for item in items if item["kind"] in ("test", "written")],
        "cells": items,
    }
    return _template().render(page=shown)


@cache
def _template() -> Template:
    loader = FileSystemLoader(TEMPLATES)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    made.filters["code"] = lambda text: Markup(rendering.code(text))
    made.filters["markdown"] = lambda text: Markup(rendering.markdown(text))
    made.globals["style"] = Markup((TEMPLATES / "style.css").read_text("utf-8"))
    return made.get_template("feedback.html")


def _enter(notebook: NotebookNode, given: InGradebook) -> None:
    # Into the cells' metadata, as nbgrader does.
    for cell in notebook.cells:
        about, grade_id = cells.role(cell), cells.grade_id(cell)
        if (cells.is_answer(cell) and grade_id not in given.comments) or (
            cells.is_graded(cell) and grade_id not in given.grades
        ):
            raise LookupError(f"the gradebook has nothing of the cell {grade_id!r}")
        if cells.is_answer(cell):
            about["comment"] = given.comments[grade_id]
        if cells.is_graded(cell):
            about["score"], about["points"] = given.grades[grade_id]


def reduce_outputs(notebook: NotebookNode) -> None:
    """Leave of test cells' outputs only what a student may read, of other cells' outputs text and images."""
    hidden = hidden_lines(notebook)
    rendering.shorten_extra_cells(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            reduce = _of_test if cells.is_test(cell) else _of_student
            cell.outputs = [_without(output, hidden) for output in reduce(cell)]


def hidden_lines(notebook: NotebookNode) -> list[str]:
    """The telling lines of a notebook's hidden tests."""
    lines = []
    for cell in notebook.cells:
        if cells.is_test(cell):
            for region in cells.lines_inside(cell.source, cells.HIDDEN_TESTS):
                lines += [line.strip() for line in region if len(line.strip()) >= SHORTEST_SECRET]
    return lines


def _of_test(cell: NotebookNode) -> list[NotebookNode]:
    # Whatever a test cell printed may hold hidden inputs.
    error = error_of(cell)
    return [error] if error is not None else []


def _of_student(cell: NotebookNode) -> list[NotebookNode]:
    return rendering.harmless(cell.outputs)


def _without(output: NotebookNode, hidden: list[str]) -> NotebookNode:
    text = str(output)
    if any(line in text for line in hidden):
        return new_output("stream", name="stdout", text=REMOVED)
    return output


def _title(notebook: NotebookNode, slug: str) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := HEADING.search(cell.source)):
            return found[1]
    return slug


def _items(notebook: NotebookNode, found: Result, rubrics: Mapping[str, list[RubricItem]]) -> list[dict[str, Any]]:
    base = book.address()
    graded = {cell.grade_id: cell for cell in cell_results(notebook)}
    items: list[dict[str, Any]] = []
    for cell in notebook.cells:
        grade_id = cells.grade_id(cell)
        if grade_id in graded and cells.is_answer(cell):
            asked = rubrics.get(grade_id, [])
            items.append(_written(cell, graded[grade_id], asked, waits=grade_id in found.waiting))
        elif grade_id in graded:
            items.append(_test(cell, graded[grade_id], base, waits=grade_id in found.waiting))
        elif cells.is_answer(cell):
            items.append({"kind": "answer", "text": cell.source, "comment": _comment(cell), **_shown(cell)})
        elif cell.id.startswith(EXTRA_CELL):
            is_code = cell.cell_type == "code"
            items.append({"kind": "extra", "text": cell.source, "is_code": is_code, **_shown(cell)})
        elif cell.cell_type == "markdown":
            items += [{"kind": "heading", "text": text} for text in HEADING.findall(cell.source)][-1:]
        elif (error := error_of(cell)) is not None and error.ename == CHECK_FAILED:
            items.append({"kind": "check", "rows": _rows(error.evalue, base)})
    return items[1:] if items and items[0]["kind"] == "heading" else items


def _test(cell: NotebookNode, result: CellResult, base: str, *, waits: bool) -> dict[str, Any]:
    about = COMMENT.search(cells.without(cell.source, cells.HIDDEN_TESTS))
    label = f"{result.function}, {result.part}" if result.function else result.grade_id
    shown = {"label": label, "about": about[1] if about else "", "rows": _rows(result.message, base)}
    return {"kind": "test", **shown, **_marks(cell, result, waits=waits)}


def _rows(message: str, base: str) -> list[tuple[str, str, str]]:
    # Title, text and link; where to read is a link if the book has an address.
    return [
        (title, *(book.linked(text, base) if title == READ else (text, "")))
        for title, text in Message.read(message).rows
    ]


def _written(cell: NotebookNode, result: CellResult, asked: list[RubricItem], *, waits: bool) -> dict[str, Any]:
    comment = _comment(cell, asked)
    marks = _marks(cell, result, waits=waits)
    if result.outcome == "for a person" and not waits:
        marks["outcome"] = "read by a person"
    return {
        "kind": "written",
        "label": "Your answer",
        "text": marked(cell.source, comment.remarks),
        "comment": comment,
        "chosen": [
            {"text": item.text, "points": _number(item.points), "has_it": item.letter in comment.letters}
            for item in asked
            if comment.letters is not None
        ],
        **_shown(cell),
        **marks,
    }


def _marks(cell: NotebookNode, result: CellResult, *, waits: bool) -> dict[str, Any]:
    sign, tone = SIGNS["for a person" if waits else result.outcome]
    return {
        "anchor": f"cell-{result.grade_id}",
        "outcome": "waits for a person" if waits else result.outcome,
        "sign": sign,
        "tone": tone,
        "box": f"is-{tone}",
        "points": "–" if waits else _number(cells.role(cell).get("score", result.points)),
        "max_points": _number(result.max_points),
    }


def _comment(cell: NotebookNode, asked: Sequence[RubricItem] = ()) -> Comment:
    return read_comment(cells.role(cell).get("comment") or "", asked)


def _shown(cell: NotebookNode) -> dict[str, Any]:
    shown = []
    for output in cell.get("outputs", []):
        if output.output_type == "stream":
            shown.append({"text": strip_ansi(output.text)})
        elif output.output_type == "error":
            shown.append({"text": strip_ansi("\n".join(output.traceback) or output.evalue)})
        elif "image/png" in output.data:
            shown.append({"image": f"data:image/png;base64,{output.data['image/png']}"})
        else:
            shown.append({"text": output.data.get("text/plain", "")})
    return {"outputs": shown}


def _number(value: float) -> str:
    return f"{float(value):g}"
