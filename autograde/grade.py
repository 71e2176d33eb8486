"""Grading: every hand-in through intake, run and record; one failure never stops the others."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from autograde import __version__, record
from autograde.course import Course, why_student_id_is_refused
from autograde.errors import CourseError, explain
from autograde.intake import Rebuilt, rebuild, template_of
from autograde.results import CellResult, cell_results, graded_students
from autograde.run import run_notebook
from autograde.settings import SECONDS_PER_CELL

WORKERS = 2
OTHER_FILES_NAMED = 5


@dataclass(frozen=True)
class Assignment:
    """What grading an assignment needs, read once.

    template: the notebook that submissions are rebuilt on, hidden tests in place.
    files: what lies beside it when it runs.
    fingerprint: of the two, so that a new release grades everything again.
    """

    slug: str
    template: NotebookNode
    files: dict[str, bytes]
    fingerprint: str


@dataclass(frozen=True)
class HandIn:
    """One student's folder for one assignment, reduced to what grading uses.

    raw: the notebook's bytes; empty where there is none.
    remarks: what was odd about the folder.
    refusal: why it cannot be graded at all, or empty.
    """

    student: str
    raw: bytes = b""
    timestamp: str | None = None
    remarks: list[str] = field(default_factory=list)
    refusal: str = ""


@dataclass(frozen=True)
class Row:
    """How one submission went: "graded", "unchanged" or "failed" with the reason."""

    student: str
    assignment: str
    status: str
    reason: str = ""
    remarks: list[str] = field(default_factory=list)


def load_assignment(course: Course, slug: str) -> Assignment:
    """Read a released assignment. Raises CourseError where its notebooks cannot be read."""
    folder = course.source / slug
    try:
        source = nbformat.read(folder / f"{slug}.ipynb", 4)
        release = nbformat.read(course.release / slug / f"{slug}.ipynb", 4)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"The released notebook of {slug!r} cannot be read.", "Run `autograde release` again."
        ) from error
    template = template_of(source, release)
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix != ".ipynb"}
    contents = [part for name, content in files.items() for part in (name.encode(), content)]
    text = json.dumps(template, sort_keys=True).encode()
    return Assignment(slug, template, files, record.fingerprint(__version__.encode(), text, *contents))


def collect(course: Course, slug: str) -> list[HandIn]:
    """The hand-ins in submitted/<student>/<slug>/, by student.

    Raises CourseError where there are none.
    """
    folders = sorted(path for path in _visible(course.submitted) if path.is_dir())
    found = [hand_in for folder in folders if (hand_in := _hand_in(folder, slug)) is not None]
    if not found:
        raise CourseError(
            f"There are no submissions of {slug!r} in {course.submitted}.",
            f"Put each student's notebook at submitted/<student>/{slug}/{slug}.ipynb.",
        )
    return found


def grade(
    course: Course,
    slug: str,
    *,
    force: bool = False,
    timeout: int = SECONDS_PER_CELL,
    started: Callable[[int], None] = lambda count: None,
    finished: Callable[[Row], None] = lambda row: None,
) -> list[Row]:
    """Grade every hand-in of one assignment that is new or changed.

    Args:
        force: grade the unchanged ones too.
        timeout: seconds for each cell.
        started, finished: called with the number of hand-ins, then with each row as it is done.

    Raises:
        CourseError: nothing to grade, or a fault of this machine (full disk, locked gradebook, …). What was
            graded until then is kept, and the same command goes on from there.
    """
    assignment = load_assignment(course, slug)
    hand_ins = collect(course, slug)
    secret = course_key(course)
    known = set() if force else graded_students(course, slug)
    started(len(hand_ins))
    rows = []
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting: dict[Future[tuple[Rebuilt, NotebookNode]], tuple[HandIn, str]] = {}
        try:
            for hand_in in hand_ins:
                mark = _fingerprint(assignment, hand_in, secret)
                row = _done_already(course, assignment, hand_in, mark, known)
                if row is not None:
                    rows.append(row)
                    finished(row)
                    continue
                key = submission_key(secret, slug, hand_in.student)
                waiting[pool.submit(_intake_and_run, assignment, hand_in, key, timeout)] = (hand_in, mark)
            for future in as_completed(waiting):
                row = _record(course, assignment, *waiting[future], future)
                rows.append(row)
                finished(row)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return sorted(rows, key=lambda row: row.student)


@dataclass(frozen=True)
class SingleRun:
    """One notebook graded without a gradebook."""

    assignment: str
    cells: list[CellResult]
    remarks: list[str]
    readable: bool


def grade_one(course: Course, slug: str, path: Path, *, timeout: int = SECONDS_PER_CELL) -> SingleRun:
    """Grade one file without a gradebook. Raises CourseError where it does not exist."""
    if not path.is_file():
        raise CourseError(f"There is no file {path}.", "Name the notebook to grade.")
    assignment = load_assignment(course, slug)
    key = submission_key(course_key(course), slug, "")
    rebuilt, executed = _intake_and_run(assignment, HandIn("", path.read_bytes()), key, timeout)
    return SingleRun(slug, cell_results(executed), rebuilt.remarks, rebuilt.readable)


def course_key(course: Course) -> bytes:
    """The course's secret, made on first use and readable by its owner only.

    Raises CourseError where the file is damaged.
    """
    try:
        descriptor = os.open(course.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    key = course.key_file.read_bytes().strip()
    if len(key) < 32:
        raise CourseError(f"{course.key_file} is damaged.", "Remove it; a new one is made, with fresh inputs.")
    return key


def submission_key(secret: bytes, slug: str, student: str) -> str:
    """The key of a submission's hidden inputs: the same at each regrade, another for each student."""
    return hmac.new(secret, f"{slug}\0{student}".encode(), "sha256").hexdigest()


def _visible(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if not path.name.startswith("."))


def _hand_in(folder: Path, slug: str) -> HandIn | None:
    # None where this student handed in nothing for this assignment.
    student = folder.name
    inside = folder / slug
    if not inside.is_dir():
        if not list(folder.glob("*.ipynb")):
            return None
        where = f"submitted/{student}/{slug}/{slug}.ipynb"
        refusal = f"the notebook lies beside the assignment's folder; move it to {where}"
        return HandIn(student, refusal=refusal)
    refusal = why_student_id_is_refused(student) or ""
    if refusal:
        return HandIn(student, refusal=refusal)
    return _read_folder(student, inside, slug)


def _read_folder(student: str, inside: Path, slug: str) -> HandIn:
    notebook, remarks = _choose_notebook(inside, slug)
    timestamp, more = _timestamp(inside)
    others = sorted(path.name for path in _visible(inside) if path != notebook and path.name != "timestamp.txt")
    others = [name for name in others if name != "fixtures.npz"]
    if others:
        named = ", ".join(others[:OTHER_FILES_NAMED]) + (" …" if len(others) > OTHER_FILES_NAMED else "")
        more.append(f"Other files in the folder were not used: {named}.")
    raw = notebook.read_bytes() if notebook is not None else b""
    return HandIn(student, raw, timestamp, remarks + more)


def _choose_notebook(inside: Path, slug: str) -> tuple[Path | None, list[str]]:
    right = inside / f"{slug}.ipynb"
    if right.is_file():
        return right, []
    notebooks = sorted(path for path in inside.glob("*.ipynb") if path.is_file())
    if len(notebooks) == 1:
        return notebooks[0], [f"The file is called {notebooks[0].name!r}, not '{slug}.ipynb'; it was taken."]
    if notebooks:
        names = ", ".join(repr(path.name) for path in notebooks)
        return None, [f"None of the notebooks is called '{slug}.ipynb': {names}. None was taken."]
    return None, [f"There is no notebook in the folder; '{slug}.ipynb' is expected."]


def _timestamp(inside: Path) -> tuple[str | None, list[str]]:
    path = inside / "timestamp.txt"
    if not path.is_file():
        return None, []
    text = path.read_text("utf-8", errors="replace").strip()
    try:
        parse_utc(text)
    except (ValueError, OverflowError):
        return None, ["timestamp.txt holds no date and was not used."]
    return text or None, []


def _fingerprint(assignment: Assignment, hand_in: HandIn, secret: bytes) -> str:
    about = json.dumps([hand_in.student, hand_in.timestamp, hand_in.remarks, hand_in.refusal]).encode()
    return record.fingerprint(assignment.fingerprint.encode(), secret, about, hand_in.raw)


def _done_already(course: Course, assignment: Assignment, hand_in: HandIn, mark: str, known: set[str]) -> Row | None:
    if hand_in.refusal:
        failed = record.Record(mark, "failed", hand_in.refusal)
        record.save_record(course, assignment.slug, hand_in.student, failed)
        return Row(hand_in.student, assignment.slug, "failed", hand_in.refusal)
    former = record.load_record(course, assignment.slug, hand_in.student)
    unchanged = former is not None and former.fingerprint == mark and former.status == "graded"
    if former is not None and unchanged and hand_in.student in known:
        return Row(hand_in.student, assignment.slug, "unchanged", remarks=former.remarks)
    return None


def _intake_and_run(assignment: Assignment, hand_in: HandIn, key: str, timeout: int) -> tuple[Rebuilt, NotebookNode]:
    if hand_in.raw or not hand_in.remarks:
        rebuilt = rebuild(hand_in.raw, assignment.template)
    else:  # no notebook was found: the remark says so already
        rebuilt = Rebuilt(rebuild(b"", assignment.template).notebook, readable=False)
    rebuilt.remarks[:0] = hand_in.remarks
    return rebuilt, run_notebook(rebuilt.notebook, key=key, files=assignment.files, timeout=timeout)


def _record(
    course: Course,
    assignment: Assignment,
    hand_in: HandIn,
    mark: str,
    future: Future[tuple[Rebuilt, NotebookNode]],
) -> Row:
    slug, student = assignment.slug, hand_in.student
    try:
        rebuilt, executed = future.result()
        timestamp = hand_in.timestamp
        record.record(course, slug, student, rebuilt=rebuilt.notebook, executed=executed, timestamp=timestamp)
        done = record.Record(mark, remarks=rebuilt.remarks, readable=rebuilt.readable)
        record.save_record(course, slug, student, done)
        return Row(student, slug, "graded", remarks=rebuilt.remarks)
    except Exception as error:
        known = explain(error)
        if known is not None:
            raise known from error
        reason = f"{type(error).__name__}: {error}"
        record.save_record(course, slug, student, record.Record(mark, "failed", reason))
        return Row(student, slug, "failed", reason)
