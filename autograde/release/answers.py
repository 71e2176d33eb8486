"""The model answers of an assignment as a notebook, made of its source, from the day that course.yml states for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograde.course import cells
from autograde.course.errors import CourseError
from autograde.course.folder import Course, notebook_name, write_whole
from autograde.course.plan import PLAN_NAME, Plan, read_plan
from autograde.release.release import leaks_in_answers, refuse_leaks, secret_of

FOLDER = "answers"
FOR_THE_GRADER = re.compile(r"^\*\*For the grader\.\*\*", re.MULTILINE)  # to the end of the answer
MARKERS = re.compile(rf"^[ \t]*### (BEGIN|END) {cells.SOLUTION}[ \t]*\n?", re.MULTILINE)
ABOUT = (
    "**Model answers.** One right way of many: what your code gives decides, not how it is written. What the hidden "
    "tests draw is not here."
)


def answers_notebook(source: NotebookNode) -> NotebookNode:
    """What students may read after the deadline: the source notebook with the answers in place.

    The hidden tests, the notes for the grader and nbgrader's metadata are left out, and no cell was run.
    """
    made = [new_markdown_cell(ABOUT, id="about")]
    for cell in source.cells:
        text = cells.without(cell.source, cells.HIDDEN_TESTS)
        if cells.is_answer(cell):
            text = MARKERS.sub("", _without_notes(text))
        one = nbformat.from_dict(
            {"id": cell.id, "cell_type": cell.cell_type, "metadata": {}, "source": text.strip("\n")}
        )
        if cell.cell_type == "code":
            one.update(outputs=[], execution_count=None)
        made.append(one)
    metadata = {name: source.metadata[name] for name in ("kernelspec", "language_info") if name in source.metadata}
    notebook = nbformat.v4.new_notebook(cells=made, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def _without_notes(text: str) -> str:
    found = FOR_THE_GRADER.search(text)
    return text if found is None else text[: found.start()].rstrip("\n")


def given_out(course: Course, slugs: Iterable[str], now: datetime | None = None) -> list[str]:
    """Those of the assignments whose model answers may be given out now."""
    plan = read_plan(course)
    return [slug for slug in slugs if _why_not(plan, slug, now or datetime.now(UTC)) is None]


def held_back(course: Course, slugs: Iterable[str], now: datetime | None = None) -> list[str]:
    """Why the model answers wait, of each of the assignments for which course.yml states a date; in sentences."""
    plan = read_plan(course)
    dated = [slug for slug in slugs if plan.of(slug).answers]
    return [reason.what for slug in dated if (reason := _why_not(plan, slug, now or datetime.now(UTC))) is not None]


def write_answers(course: Course, slug: str, *, now: datetime | None = None, secret: Path | None = None) -> Path:
    """Write the model answers of one assignment into `_build/answers`; returns the notebook's path.

    Args:
        secret: the tree of the sources; default: the course's.

    Raises:
        CourseError: course.yml states no date for them or a later one, somebody may still hand in, or there would be a
            hidden test in them.
    """
    refused = _why_not(read_plan(course), slug, now or datetime.now(UTC))
    if refused is not None:
        raise refused
    path = course.build / FOLDER / notebook_name(slug)
    text = nbformat.writes(answers_notebook(nbformat.read(course.source_notebook(slug), 4)))
    found = leaks_in_answers(path.name, text.encode(), slug, secret or secret_of(course))
    refuse_leaks(found, "The answers were not written: put what is hidden between its markers.")
    write_whole(path, text + "\n")
    return path


def _why_not(plan: Plan, slug: str, now: datetime) -> CourseError | None:
    stated = plan.of(slug).answers
    if stated is None:
        return CourseError(
            f"{PLAN_NAME} does not say from when on the model answers of {slug!r} may be given out.",
            f"Write there, under assignments: {slug}: {{answers: 2026-11-07 08:00}}",
        )
    if now < stated:
        return CourseError(
            f"The model answers of {slug!r} may be given out from {plan.local(stated)} on ({plan.timezone}).",
            f"Wait, or change `answers` in {PLAN_NAME}.",
        )
    waiting = {student: dates[slug] for student, dates in plan.extensions.items() if slug in dates}
    last = max(waiting, key=lambda student: waiting[student], default=None)
    if last is not None and now < waiting[last]:
        return CourseError(
            f"{last} may hand in {slug!r} until {plan.local(waiting[last])} ({plan.timezone}), by an extension.",
            f"Give the model answers out after it, or shorten the extension in {PLAN_NAME}.",
        )
    return None
