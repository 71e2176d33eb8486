"""What lies in submitted/<student>/<assignment>/: who handed in, and one student's notebook with what is odd."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.utils import parse_utc

from autograde.course.errors import CourseError
from autograde.course.folder import Course, notebook_name, why_student_id_is_refused
from autograde.course.strangers import UnreadableError, printable, read_submission

OTHER_FILES_NAMED = 5
LONGEST_TIMESTAMP = 100  # bytes


@dataclass(frozen=True)
class HandIn:
    """One student's folder for one assignment, reduced to what grading uses.

    raw: the notebook's bytes; None where there is none that can be read.
    timestamp: text of timestamp.txt.
    remarks: what was odd about the folder.
    refusal: why it cannot be graded at all, or empty.
    """

    student: str
    raw: bytes | None = None
    timestamp: str | None = None
    remarks: list[str] = field(default_factory=list)
    refusal: str = ""


def students(course: Course, slug: str) -> list[str]:
    """The names of the folders in submitted/ that hold something for an assignment, in order.

    Raises CourseError where there are none.
    """
    folders = (path for path in _visible(course.submitted) if path.is_dir())
    found = sorted(path.name for path in folders if (path / slug).is_dir() or _stray(path))
    if not found:
        raise CourseError(
            f"There are no submissions of {slug!r} in {course.submitted}.",
            f"Put each student's notebook at submitted/<student>/{slug}/{slug}.ipynb.",
        )
    return found


def read_hand_in(course: Course, slug: str, student: str) -> HandIn:
    """What a student handed in. Never raises for anything that a student could send."""
    folder = course.submitted / student
    inside = folder / slug
    if not inside.is_dir():
        where = f"submitted/{student}/{slug}/{slug}.ipynb"
        return HandIn(student, refusal=f"the notebook lies beside the assignment's folder; move it to {where}")
    if folder.is_symlink() or inside.is_symlink():
        return HandIn(student, refusal="the folder is a symbolic link, which is never followed; put the files there")
    refusal = why_student_id_is_refused(student)
    if refusal:
        return HandIn(student, refusal=refusal)
    return _read(student, inside, slug)


def _visible(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if not path.name.startswith("."))


def _stray(folder: Path) -> bool:
    return any(folder.glob("*.ipynb"))


def _read(student: str, inside: Path, slug: str) -> HandIn:
    notebook, remarks = _choose(inside, slug)
    raw = None
    if notebook is not None:
        try:
            raw = read_submission(notebook)
        except UnreadableError as error:
            remarks.append(f"The file could not be read: {error}. Nothing in it could be graded.")
    timestamp, more = _timestamp(inside)
    return HandIn(student, raw, timestamp, remarks + more + _others(inside, notebook))


def _choose(inside: Path, slug: str) -> tuple[Path | None, list[str]]:
    right = inside / notebook_name(slug)
    if os.path.lexists(right) and not right.is_dir():
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
    if not os.path.lexists(path):
        return None, []
    try:
        text = read_submission(path, LONGEST_TIMESTAMP).decode("utf-8", "replace").strip()
        if text:
            parse_utc(text)
    except (UnreadableError, ValueError, OverflowError):
        return None, ["timestamp.txt holds no date and was not used."]
    return text or None, []


def _others(inside: Path, notebook: Path | None) -> list[str]:
    used = {"timestamp.txt", "fixtures.npz", notebook.name if notebook else ""}
    others = sorted(printable(path.name) for path in _visible(inside) if path.name not in used)
    if not others:
        return []
    named = ", ".join(others[:OTHER_FILES_NAMED]) + (" …" if len(others) > OTHER_FILES_NAMED else "")
    return [f"Other files in the folder were not used: {named}."]
