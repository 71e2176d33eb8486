"""What lies in submitted/<student>/<assignment>/: who handed in, and one student's notebook with what is odd."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograde.course.errors import CourseError
from autograde.course.file_names import is_archive, is_disguised, is_notebook
from autograde.course.folder import EARLIER, Course, notebook_name, why_student_id_is_refused
from autograde.course.strangers import UnreadableError, printable, read_submission, text_of
from autograde.course.times import FORMS, read_time, time_as_text

OTHER_FILES_NAMED = 5
LONGEST_TIMESTAMP = 100  # bytes
DEEPEST = 3  # folders within a hand-in
MOST_FILES = 10_000  # looked at for a notebook
NO_STUDENTS = (EARLIER, ".ipynb_checkpoints")  # folders in submitted/
TIMESTAMP = "timestamp.txt"
EXPECTED = (TIMESTAMP, "fixtures.npz", "submission_secret.txt")  # beside a notebook; the last is nbgrader's


@dataclass(frozen=True)
class HandIn:
    """One student's folder for one assignment, reduced to what grading uses.

    raw: the notebook's bytes; None where there is none that can be read.
    timestamp: when it came, as `time_as_text` writes it; None where timestamp.txt does not say so for sure.
    remarks: what was odd about the folder.
    refusal: why it cannot be graded at all, or empty.
    """

    student: str
    raw: bytes | None = None
    timestamp: str | None = None
    remarks: list[str] = field(default_factory=list)
    refusal: str = ""


def students(course: Course, slug: str) -> list[str]:
    """The students who handed in something for an assignment, in order: the names of the folders in submitted/.

    Names that differ only in how their accents are written are one student's.

    Raises CourseError where there are none.
    """
    folders = [path for path in _inside(course.submitted) if path.is_dir() and path.name not in NO_STUDENTS]
    found = sorted({_student_of(path.name) for path in folders if _has_hand_in(path, slug)})
    if not found:
        raise CourseError(
            f"There are no submissions of {slug!r} in {course.submitted}.",
            f"Put each student's notebook at submitted/<student>/{slug}/{slug}.ipynb.",
        )
    return found


def not_handed_in(course: Course, slug: str, people: Iterable[str]) -> list[str]:
    """Those of these students who have handed in nothing for an assignment."""
    return [student for student in people if not _folders_of(course, slug, student)]


def read_hand_in(course: Course, slug: str, student: str) -> HandIn:
    """What a student handed in. Never raises for anything that a student could send."""
    folders = _folders_of(course, slug, student)
    if len(folders) > 1:
        return HandIn(student, refusal="two folders bear this name, their accents written in two ways; keep one")
    folder = folders[0] if folders else course.submitted / student
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


def _student_of(name: str) -> str:
    # macOS and some archives take accents off their letters; with accents on, it is the same name.
    composed = unicodedata.normalize("NFC", name)
    return composed if unicodedata.normalize("NFD", composed) == name else name


def _folders_of(course: Course, slug: str, student: str) -> list[Path]:
    # Where hand-ins of this name lie: in one folder, but for file systems that tell the ways to write it apart.
    names = dict.fromkeys((student, *(unicodedata.normalize(form, student) for form in ("NFC", "NFD"))))
    found: list[Path] = []
    for path in (course.submitted / name for name in names):
        if path.is_dir() and _has_hand_in(path, slug) and not any(path.samefile(other) for other in found):
            found.append(path)
    return found


def _has_hand_in(folder: Path, slug: str) -> bool:
    return (folder / slug).is_dir() or any(folder.glob("*.ipynb"))


def _inside(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from folder.iterdir()


def _visible(folder: Path) -> Iterator[Path]:
    yield from (path for path in _inside(folder) if not path.name.startswith("."))


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
    files = [path for path in _visible(inside) if path.is_file()]
    notebooks = sorted(path for path in files if is_notebook(path.name))
    candidates = notebooks or sorted(path for path in files if is_disguised(path.name)) or _deeper(inside, slug)
    if len(candidates) == 1:
        name = str(candidates[0].relative_to(inside))
        return candidates[0], [f"The file is called {name!r}, not '{slug}.ipynb'; it was taken."]
    if candidates:
        names = ", ".join(repr(str(path.relative_to(inside))) for path in candidates)
        return None, [f"None of the notebooks is called '{slug}.ipynb': {names}. None was taken: rename the right one."]
    archive = next((path.name for path in sorted(files) if is_archive(path.name)), "")
    if archive:
        return None, [f"There is no notebook in the folder, but an archive, {archive!r}: unpack it there."]
    return None, [f"There is no notebook in the folder; '{slug}.ipynb' is expected."]


def _deeper(inside: Path, slug: str) -> list[Path]:
    # The notebooks in sub-folders; those of the right name where there are several. No link is followed.
    found: list[Path] = []
    seen = 0
    for folder, folders, files in os.walk(inside):
        depth = len(Path(folder).relative_to(inside).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if depth < DEEPEST else []
        seen += len(files)
        found += [Path(folder, name) for name in sorted(files) if is_notebook(name) and not name.startswith(".")]
        if seen > MOST_FILES:
            break
    named = [path for path in found if path.name == notebook_name(slug)]
    return named if len(named) == 1 else found


def _timestamp(inside: Path) -> tuple[str | None, list[str]]:
    path = inside / TIMESTAMP
    if not os.path.lexists(path):
        return None, []
    text = ""
    try:
        text = text_of(read_submission(path, LONGEST_TIMESTAMP))[0].strip()
        return (time_as_text(read_time(text)) if text else None), []
    except (UnreadableError, ValueError):
        said = f"{TIMESTAMP} says '{printable(text)}'" if text else f"{TIMESTAMP} is no short text"
        remark = (
            f"{said}: that is no sure time, and nothing counts as late. Write it like {FORMS}: a person should look."
        )
        return None, [remark]


def _others(inside: Path, notebook: Path | None) -> list[str]:
    taken = notebook.relative_to(inside).parts[0] if notebook else ""
    others = sorted(printable(path.name) for path in _visible(inside) if path.name not in (taken, *EXPECTED))
    if not others:
        return []
    named = ", ".join(others[:OTHER_FILES_NAMED]) + (" …" if len(others) > OTHER_FILES_NAMED else "")
    return [f"Other files in the folder were not used: {named}."]
