"""The one writer: scores executed submissions with nbgrader, into its gradebook and autograded/; safe to repeat."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbformat.v4.rwbase import split_lines
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, Execute, SaveAutoGrades
from nbgrader.utils import compute_checksum, determine_grade, is_solution, is_task
from traitlets import import_item

from autograde.course import cells, gradebook
from autograde.course.errors import CourseError
from autograde.course.folder import SECRET, TIMESTAMP, Course
from autograde.course.plan import read_plan
from autograde.course.policy import is_students
from autograde.grade.assignment import with_present_imports
from autograde.grade.history import LATE, fingerprint, mark_of
from autograde.grade.outcomes import CellResult, cell_results
from autograde.grade.penalties import penalties
from autograde.grade.pieces import pieces_of, stubs_of
from autograde.grade.points import is_read
from autograde.grade.rows import Entry, Rows

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg")
NO_NOTEBOOK = new_notebook()  # where a step looks at the gradebook alone
READ_ONLY = 0o444  # as nbgrader leaves what it graded
ENTRY = "entry"  # among a step's resources: the submission's rows
Step = Callable[[NotebookNode, dict], tuple[NotebookNode, dict]]


@dataclass(frozen=True)
class Executed:
    """A submission to record.

    notebook: rebuilt on the sanitised template, with its outputs.
    timestamp: text of the submission's timestamp.txt, for late penalties.
    read: as the former recording returned it.
    secret: text of the submission's submission_secret.txt.
    """

    student: str
    notebook: NotebookNode
    timestamp: str | None = None
    read: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""


@dataclass(frozen=True)
class Recorded:
    """What the gradebook now holds of a submission.

    points: of the cells that are scored by their tests, by grade id; and what the late penalty took, as LATE.
    read: for each cell that a person gave points for, a hash of what that person had read.
    notebook, cells, pieces: of what was written to autograded/, as in a Record.
    """

    points: dict[str, float]
    read: dict[str, str]
    notebook: str
    cells: list[CellResult]
    pieces: str


class Recorder:
    """nbgrader's own steps over one assignment, with its gradebook held open. For one thread.

    nbgrader reads the steps, opens the gradebook and checks the locked cells anew for each notebook. Submissions are
    rebuilt on a template whose locked cells were checked before, so that what remains is to score and to write.
    """

    def __init__(self, course: Course, slug: str, book: gradebook.OpenGradebook) -> None:
        self.course, self.slug, self.book = course, slug, book
        self._stubs: dict[str, str] = {}
        self._rows = Rows(book, slug)
        stock = Autograde(config=course.config)
        self._sanitising = _built(_classes(stock.sanitize_preprocessors), course)
        # The cells were run already, and their metadata are the template's.
        left = [step for step in _classes(stock.autograde_preprocessors) if step not in (Execute, CheckCellMetadata)]
        late: Any = AssignLatePenalties
        if read_plan(course).late is not None:
            late = self._assign_penalty
            left = [*(step for step in left if step is not AssignLatePenalties), AssignLatePenalties]
        own = {SaveAutoGrades: self._save_scores, AssignLatePenalties: self._penalise}
        self._scoring = _built([own.get(step, step) for step in left], course)
        (self._late,) = _built([late], course)
        self._pictures = [path for path in sorted((course.source / slug).iterdir()) if path.suffix in PICTURES]

    def sanitise(self, template: NotebookNode) -> NotebookNode:
        """The template as nbgrader's own sanitising leaves it; submissions are rebuilt on this.

        Raises:
            CourseError: the gradebook does not hold this version of the assignment.
        """
        try:
            with self.book.transaction():
                sanitised = self._apply(self._sanitising, copy.deepcopy(template), student="")
                sanitised = with_present_imports(sanitised)  # the gradebook put the former ones back
                self._stubs = stubs_of(sanitised.cells)
        except (MissingEntry, RuntimeError):  # nbgrader's words for cells it does not know
            sanitised = None
        if sanitised is None or _essence(sanitised) != _essence(template):
            raise CourseError(
                "The gradebook holds another version of the assignment than source/, or none.",
                "Run `autograde release` and grade again.",
            )
        return sanitised

    def record(self, submissions: Sequence[Executed]) -> list[Recorded]:
        """Score executed submissions: all of them reach the gradebook, each of them whole, or none.

        Together they wait once for the disk, not each for itself.

        What a person gave (points, comments, extra credit) stays. It waits to be confirmed only where the answer's text
        is not the one that this person had read; of a test, where any of the student's code is another.
        """
        paths = [self._beside(one.student) for one in submissions]
        try:
            with self.book.transaction():
                found = [self._write(one, path) for one, path in zip(submissions, paths, strict=True)]
                for path in paths:
                    _sync(path)
        except BaseException:
            for path in paths:
                path.unlink(missing_ok=True)
            raise
        for one, path in zip(submissions, paths, strict=True):
            self._settle(path, one)
        return [
            replace(recorded, notebook=mark_of(self.course.notebook(one.student, self.slug)))
            for one, recorded in zip(submissions, found, strict=True)
        ]

    def _beside(self, student: str) -> Path:
        # Where the graded notebook waits for the gradebook.
        return self.course.notebook(student, self.slug).with_name(f"{self.slug}.new")

    def _write(self, one: Executed, path: Path) -> Recorded:
        entry = self._rows.enter(one.student, one.timestamp)
        read = {**one.read, **self._read_by_now(one.student, entry)}
        scored = self._apply(self._scoring, one.notebook, one.student, entry)
        self._confirm(entry, scored, read)
        points = {**points_of(scored), LATE: 0.0 - self._rows.penalty(entry)}
        outcomes, pieces = cell_results(scored), pieces_of(scored.cells, self._stubs)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without nbformat's indentation, which Python writes, not C: several times as slow.
        text = json.dumps(split_lines(cells.copied(scored)), ensure_ascii=False) + "\n"
        path.write_text(text, "utf-8", errors="replace")  # a student may print half a character
        return Recorded(points, read, "", outcomes, pieces)

    def penalise(self, students: Iterable[str]) -> dict[str, tuple[float, float]]:
        """Bring the late penalties of recorded submissions up to the present due date, settings, and points.

        Returns the penalties before and after, of those who have handed in late by the former or the present due date.
        """
        penalties = {}
        with self.book.transaction():
            late = self._rows.late_or_penalised()
            for student in late.intersection(students):
                before = self._penalty(student)
                self._apply([self._late], NO_NOTEBOOK, student)
                penalties[student] = (before, self._penalty(student))
        return penalties

    def _save_scores(self, notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        # As nbgrader's SaveAutoGrades.
        points = {cells.grade_id(cell): determine_grade(cell)[0] for cell in notebook.cells if cells.is_graded(cell)}
        remarks = {cells.grade_id(cell): _remark(cell) for cell in notebook.cells if is_solution(cell) or is_task(cell)}
        self._rows.score(resources[ENTRY], points, remarks)
        return notebook, resources

    def _penalise(self, notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        return self._late(notebook, resources) if resources[ENTRY].may_cost else (notebook, resources)

    def _penalty(self, student: str) -> float:
        row = self.book.find_submission_notebook(self.slug, self.slug, student)
        return float(row.late_submission_penalty or 0.0)

    def _assign_penalty(self, notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        student = resources["nbgrader"]["student"]
        row = self.book.find_submission(self.slug, student)
        part = self.book.find_submission_notebook(self.slug, self.slug, student)
        part.late_submission_penalty = penalties(self.book, self.course, student)(row, float(part.score)).points
        return notebook, resources

    def _read_by_now(self, student: str, entry: Entry) -> dict[str, str]:
        # A person reads what lies in autograded/.
        grades = {} if entry.is_new else self._rows.scores(entry)
        names = [name for name, grade in grades.items() if is_read(grade)]
        path = self.course.notebook(student, self.slug)
        if not names or not path.is_file():
            return {}
        found = texts_of(nbformat.v4.reads(path.read_text("utf-8")))
        return {name: found[name] for name in names if name in found}

    def _confirm(self, entry: Entry, scored: NotebookNode, read: Mapping[str, str]) -> None:
        if not read:
            return
        texts = texts_of(scored)
        same = {name for name in read if texts.get(name) == read[name]}
        grades = self._rows.scores(entry).items()
        self._rows.confirm([grade for name, grade in grades if name in same and grade.manual_score is not None])

    def _apply(
        self, steps: list[Step], notebook: NotebookNode, student: str, entry: Entry | None = None
    ) -> NotebookNode:
        about = {"student": student, "assignment": self.slug, "notebook": self.slug, "db_url": self.book.url}
        resources: dict[str, Any] = {"nbgrader": about, "metadata": {"name": self.slug}, ENTRY: entry}
        for step in steps:
            notebook, resources = step(notebook, resources)
            self.book.settle()
        return notebook

    def _settle(self, beside: Path, one: Executed) -> None:
        # Nothing of an earlier grading stays. Data files are not copied: they lie in source/, and a class has many.
        folder, notebook = beside.parent, self.course.notebook(one.student, self.slug)
        for path in folder.iterdir():
            if path not in (beside, notebook):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in self._pictures:
            shutil.copyfile(path, folder / path.name)
        if one.timestamp is not None or one.secret:  # to release feedback nbgrader wants both, whatever the time is
            (folder / TIMESTAMP).write_text(one.timestamp or "", "utf-8")
        if one.secret:
            (folder / SECRET).write_text(one.secret, "utf-8")
        beside.replace(notebook)
        for path in folder.iterdir():
            path.chmod(READ_ONLY)


def points_of(scored: NotebookNode) -> dict[str, float]:
    """The points of a notebook's cells that are scored by their tests, by grade id."""
    found = {cells.grade_id(cell): determine_grade(cell)[0] for cell in scored.cells if cells.is_graded(cell)}
    return {grade_id: float(earned) for grade_id, earned in found.items() if earned is not None}


def texts_of(notebook: NotebookNode) -> dict[str, str]:
    """For each graded cell a hash of what a person reads to give its points: an answer's text, all code for a test."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code" and is_students(cell)]
    return {
        cells.grade_id(cell): _hash([cell.source] if cells.is_answer(cell) else code)
        for cell in notebook.cells
        if cells.is_graded(cell)
    }


def _hash(texts: list[str]) -> str:
    # Blanks at the ends of lines are no change that a reader sees.
    lines = ["\n".join(line.rstrip() for line in text.strip().splitlines()) for text in texts]
    return fingerprint(*(text.encode("utf-8", "replace") for text in lines))


def _sync(path: Path) -> None:
    # As the gradebook does: after a power cut, what the record calls graded is there.
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remark(cell: NotebookNode) -> str | None:
    # As nbgrader's SaveAutoGrades.
    is_empty = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell) and not is_task(cell)
    return "No response." if is_empty else None


def _classes(steps: list[Any]) -> list[Any]:
    return [import_item(step) if isinstance(step, str) else step for step in steps]


def _built(steps: list[Any], course: Course) -> list[Step]:
    return [step(config=course.config) if isinstance(step, type) else step for step in steps]


def _essence(notebook: NotebookNode) -> list[tuple[Any, ...]]:
    return [(cell.source, cells.grade_id(cell), cells.points(cell)) for cell in notebook.cells]
