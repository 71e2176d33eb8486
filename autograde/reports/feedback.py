"""Feedback pages: which are to be written, and writing them."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Comment, Grade, Gradebook

from autograde.course import book, cells, rubric
from autograde.course.errors import explain
from autograde.course.folder import SECRET, TIMESTAMP, Course, write_whole
from autograde.course.gradebook import gradebook, rows_of_cells
from autograde.course.rubric import rubrics_in
from autograde.course.settings import TEMPLATES
from autograde.grade import outcomes, results
from autograde.grade.history import fingerprint
from autograde.grade.results import Result, graded_students, submissions
from autograde.reports import feedback_page, rendering
from autograde.reports.feedback_page import InGradebook
from unrolled.checking import messages

# What decides how a page looks: a change of any makes every page anew.
MAKERS = (
    *(
        Path(str(module.__file__))
        for module in (book, cells, rubric, outcomes, rendering, results, messages, feedback_page)
    ),
    Path(__file__),
    TEMPLATES / "style.css",
    TEMPLATES / "feedback.html",
)
AT_A_TIME = 100  # students whose part of the gradebook is held

NO_PAGE = "there is no feedback page: run `autograde feedback`"
OLD_PAGE = "the feedback page is older than the grades: run `autograde feedback`"


@dataclass(frozen=True)
class _Material:
    # What the page of one student is made of; mark: a hash of it all, and of what makes the page.
    found: Result
    notebook: bytes
    given: InGradebook
    mark: str


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
    students = sorted(graded_students(course, slug))
    rubrics = rubrics_in(course.source_notebook(slug))
    started(len(students))
    pages, failures = [], {}
    for material in _materials(course, slug, students):
        student = material.found.student
        page, made_from = course.feedback_page(student, slug), _mark_file(course, slug, student)
        try:
            if not _is_current(course, slug, student, material.mark):
                notebook = nbformat.v4.reads(material.notebook.decode("utf-8"))
                write_whole(page, feedback_page.page_of(notebook, material.found, material.given, rubrics))
                _add_what_a_release_needs(course, slug, student)
                made_from.parent.mkdir(parents=True, exist_ok=True)
                made_from.write_text(material.mark, "utf-8")
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
    graded, beside = course.notebook(student, slug).parent, course.feedback_page(student, slug).parent
    for name in (SECRET, TIMESTAMP):
        if (graded / SECRET).is_file():
            shutil.copyfile(graded / name, beside / name)
        else:
            (beside / name).unlink(missing_ok=True)


def current_pages(course: Course, slug: str) -> tuple[dict[str, Path], dict[str, str]]:
    """The pages that show the grades as they are now, by student; and why another who was graded has none such."""
    pages, missing = {}, {}
    for material in _materials(course, slug, sorted(graded_students(course, slug))):
        student = material.found.student
        page = course.feedback_page(student, slug)
        if _is_current(course, slug, student, material.mark):
            pages[student] = page
        else:
            missing[student] = OLD_PAGE if page.is_file() else NO_PAGE
    return pages, missing


def _mark_file(course: Course, slug: str, student: str) -> Path:
    return course.record_file(slug, student).with_suffix(".page")


def _is_current(course: Course, slug: str, student: str, mark: str) -> bool:
    page, made_from = course.feedback_page(student, slug), _mark_file(course, slug, student)
    return page.is_file() and made_from.is_file() and made_from.read_text("utf-8") == mark


def _materials(course: Course, slug: str, students: Sequence[str]) -> Iterator[_Material]:
    # One student after the other. The mark is of notebook, remarks, grades, comments, what waits, the rubrics, the
    # book's address, and the page's own code.
    rubrics = repr(rubrics_in(course.source_notebook(slug)))
    maker = fingerprint(book.address().encode(), rubrics.encode(), *(path.read_bytes() for path in MAKERS)).encode()
    points = {found.student: found for found in submissions(course, slug)}
    for first in range(0, len(students), AT_A_TIME):
        some = students[first : first + AT_A_TIME]
        with gradebook(course) as opened:
            in_gradebook = _in_gradebook(opened, slug, some)
        for student in some:
            now, given = points[student], in_gradebook[student]
            shown = [now.status, now.points, now.penalty, now.late, sorted(now.waiting), now.remarks, vars(given)]
            notebook = course.notebook(student, slug)
            secret = notebook.with_name(SECRET)
            raw, *more = [path.read_bytes() for path in (notebook, secret) if path.is_file()]
            about = json.dumps(shown, sort_keys=True, default=str).encode()
            yield _Material(now, raw, given, fingerprint(about, raw, *more, maker))


def _in_gradebook(opened: Gradebook, slug: str, students: Sequence[str]) -> dict[str, InGradebook]:
    grades: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    comments: dict[str, dict[str, str | None]] = defaultdict(dict)
    for student, cell, score, most in rows_of_cells(opened, Grade, (Grade.score, Grade.max_score), slug, students):
        grades[student][cell] = (score, most)
    for student, cell, comment in rows_of_cells(opened, Comment, (Comment.comment,), slug, students):
        comments[student][cell] = comment
    return {student: InGradebook(grades[student], comments[student]) for student in students}
