"""Feedback pages: what was right, what was not, the likely mistake, where to read; never a hidden test."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import default

from autograde.course import book, cells, gradebook, rubric
from autograde.course.errors import explain
from autograde.course.folder import SECRET, TIMESTAMP, Course
from autograde.course.policy import EXTRA_CELL
from autograde.course.rubric import Comment, RubricItem, marked, read_comment, rubrics_in
from autograde.course.settings import TEMPLATES
from autograde.course.strangers import printable
from autograde.grade import outcomes, results
from autograde.grade.history import fingerprint
from autograde.grade.outcomes import CHECK_FAILED, CellResult, cell_results, error_of
from autograde.grade.results import Result, graded_students, of_most, submission, submissions
from autograde.reports import rendering
from unrolled.checking import messages
from unrolled.checking.messages import READ, Message

# What decides how a page looks: a change of any makes every page anew.
MAKERS = (
    *(Path(str(module.__file__)) for module in (book, cells, rubric, outcomes, rendering, results, messages)),
    Path(__file__),
    TEMPLATES / "style.css",
    *sorted(TEMPLATES.glob("feedback_page/*")),
)

SHORTEST_SECRET = 8  # characters; shorter lines of a hidden test say nothing
NO_PAGE = "there is no feedback page: run `autograde feedback`"
OLD_PAGE = "the feedback page is older than the grades: run `autograde feedback`"
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


class FeedbackExporter(TemplateExporter):
    """Fills our own page. nbconvert's HTML exporter would parse the page again, a third of the time."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """The template's filters; those for what students wrote are ours."""
        yield from super().default_filters()
        yield from (("markdown", rendering.markdown), ("code", rendering.code))


class ReduceOutputs(NbGraderPreprocessor):
    """Leaves of test cells' outputs only what a student may read, of other cells' outputs text and images."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        hidden = hidden_lines(nb)
        rendering.shorten_extra_cells(nb)
        for cell in nb.cells:
            if cell.cell_type == "code":
                reduce = _of_test if cells.is_test(cell) else _of_student
                cell.outputs = [_without(output, hidden) for output in reduce(cell)]
        return nb, resources


class Summarise(NbGraderPreprocessor):
    """Arranges what the feedback page shows, in `resources["feedback"]`."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        about = resources["nbgrader"]
        course = Course(Path(resources["metadata"]["path"]).parents[2])
        found = submission(course, about["assignment"], about["student"])
        rubrics = rubrics_in(course.source_notebook(about["assignment"]))
        items = _items(nb, found, rubrics) if found.points is not None else []
        resources["feedback"] = {
            "title": _title(nb, about["assignment"]),
            "student": about["student"],
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
            "style": (TEMPLATES / "style.css").read_text("utf-8"),
        }
        return nb, resources


def write_feedback(
    course: Course,
    slug: str,
    *,
    started: Callable[[int], None] = lambda count: None,
    finished: Callable[[str], None] = lambda student: None,
) -> tuple[list[Path], dict[str, str]]:
    """Write feedback/<student>/<slug>/<slug>.html for every graded submission; those that are up to date stay.

    Returns all pages, and the reason for each student whose page could not be written.

    Raises:
        CourseError: a fault of this machine (full disk, locked gradebook, …).
    """
    config = copy.deepcopy(course.config)
    config.CourseDirectory.ignore = ["*.npz", "*.txt"]  # nbgrader would copy them beside the page
    marks = _fingerprints(course, slug)
    started(len(marks))
    pages, failures = [], {}
    for student, mark in marks.items():
        page, made_from = course.feedback_page(student, slug), _mark_file(course, slug, student)
        try:
            if not _is_current(course, slug, student, mark):
                gradebook.convert(GenerateFeedback, root=course.root, config=config, slug=slug, student=student)
                _add_what_a_release_needs(course, slug, student)
                made_from.parent.mkdir(parents=True, exist_ok=True)
                made_from.write_text(mark, "utf-8")
            pages.append(page)
        except Exception as error:
            known = explain(error)
            if known is not None:
                raise known from error
            failures[student] = f"{type(error).__name__}: {error}"
        finished(student)
    return pages, failures


def _add_what_a_release_needs(course: Course, slug: str, student: str) -> None:
    # nbgrader puts the page of a hand-in through the exchange where only this student looks, by its secret.
    graded = course.notebook(student, slug).parent
    if (graded / SECRET).is_file():
        for name in (SECRET, TIMESTAMP):
            shutil.copyfile(graded / name, course.feedback_page(student, slug).parent / name)


def current_pages(course: Course, slug: str) -> tuple[dict[str, Path], dict[str, str]]:
    """The pages that show the grades as they are now, by student; and why another who was graded has none such."""
    pages, missing = {}, {}
    for student, mark in _fingerprints(course, slug).items():
        page = course.feedback_page(student, slug)
        if _is_current(course, slug, student, mark):
            pages[student] = page
        else:
            missing[student] = OLD_PAGE if page.is_file() else NO_PAGE
    return pages, missing


def _mark_file(course: Course, slug: str, student: str) -> Path:
    return course.record_file(slug, student).with_suffix(".page")


def _is_current(course: Course, slug: str, student: str, mark: str) -> bool:
    page, made_from = course.feedback_page(student, slug), _mark_file(course, slug, student)
    return page.is_file() and made_from.is_file() and made_from.read_text("utf-8") == mark


def _fingerprints(course: Course, slug: str) -> dict[str, str]:
    # For each student, a hash of all that the page shows: notebook, remarks, grades, comments, what waits, the
    # rubrics, the book's address, and the page's own code.
    rubrics = repr(rubrics_in(course.source_notebook(slug)))
    maker = [book.address().encode(), rubrics.encode(), *(path.read_bytes() for path in MAKERS)]
    points = {found.student: found for found in submissions(course, slug)}
    marks = {}
    with gradebook.gradebook(course) as opened:
        for student in sorted(graded_students(course, slug)):
            row = opened.find_submission(slug, student)
            found = [
                (part.name, getattr(part, "score", None), getattr(part, "comment", None))
                for notebook in row.notebooks
                for part in (*notebook.grades, *notebook.comments)
            ]
            now = points[student]
            shown = [
                now.status,
                now.points,
                now.penalty,
                now.late,
                sorted(now.waiting),
                now.remarks,
                sorted(found, key=str),
            ]
            notebook = course.notebook(student, slug)
            secret = notebook.with_name(SECRET)
            files = [path.read_bytes() for path in (notebook, secret) if path.is_file()]
            marks[student] = fingerprint(json.dumps(shown, default=str).encode(), *files, *maker)
    return marks


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
    if any(line in str(output) for line in hidden):
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
