"""Gradescope's autograder: a zip file that sets up this clone in a container there and grades each hand-in at once."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from autograde.course.confinement import MARKS, Confinement
from autograde.course.errors import CourseError
from autograde.course.folder import CONFIG_NAME, Course, write_whole
from autograde.grade.grade import SingleRun, grade_hand_in
from autograde.grade.hand_ins import read_folder
from autograde.grade.keys import course_key
from autograde.grade.results import Result
from autograde.reports.returning import gradescope_result

CLONE = Path(__file__).resolve().parents[2]
PROGRAMS = ("setup.sh", "run_autograder")
# Of the clone, what grading needs; the rest of it stays at home.
NEEDED = ("autograde", "solutions", "book", "scripts", "pyproject.toml", "requirements.txt", "_config.yml", "_toc.yml")
LEFT_OUT = ("__pycache__", "_build", ".ipynb_checkpoints")
DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip knows: the same content gives the same bytes
RUNNABLE, PLAIN = 0o755, 0o644
STUDENT = "gradescope"  # everybody: a hand-in's own bytes draw its hidden inputs


def build_autograder(course: Course, slug: str) -> Path:
    """Write the zip file for one released assignment. It holds the model answers, and the course's key.

    Raises:
        CourseError: this is no clone of the course, or the assignment is not released.
    """
    (slug,) = course.released_or_all(slug)
    if not (CLONE / "requirements.txt").is_file():
        raise CourseError("The grader's own files are not in a clone of the course.", "Run this from a clone.")
    course_key(course)
    path = course.build / "gradescope" / f"{slug}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in sorted(_members(course, slug)):
            info = zipfile.ZipInfo(name, DATE)
            runnable = name in PROGRAMS or name.endswith(".sh")
            info.external_attr = (RUNNABLE if runnable else PLAIN) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, source.read_bytes())
    beside.replace(path)
    return path


def _members(course: Course, slug: str) -> Iterator[tuple[str, Path]]:
    # The name of each file in the zip, and where it lies here.
    for name in PROGRAMS:
        yield name, Path(__file__).with_name(name)
    for name in NEEDED:
        for path in _files(CLONE / name):
            yield f"clone/{path.relative_to(CLONE).as_posix()}", path
    for folder in (course.source / slug, course.release / slug):
        for path in _files(folder):
            yield f"course/{path.relative_to(course.root).as_posix()}", path
    for path in (course.key_file, course.root / CONFIG_NAME):
        if path.is_file():
            yield f"course/{path.name}", path


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for path in place.rglob("*"):
        parts = path.relative_to(place).parts
        if path.is_file() and not any(part in LEFT_OUT or part.endswith(".egg-info") for part in parts):
            yield path


def grade_there(place: Path) -> None:
    """Grade the hand-in in `place`/submission and write `place`/results/results.json, as Gradescope wants it.

    Raises:
        CourseError: this container cannot confine student code; there is then no result.
    """
    course = Course(place / "source" / "course")
    (slug,) = course.released()
    hand_in = read_folder(STUDENT, place / "submission", slug)
    done = grade_hand_in(course, slug, hand_in, confinement=Confinement.CONTAINER)
    write_whole(place / "results" / "results.json", json.dumps(result_of(done), indent=1, ensure_ascii=False))


def result_of(done: SingleRun) -> dict[str, object]:
    """What students see at once: points and hints part by part; what a person will read has no points yet.

    Gradescope wants points for everything: what could not be read has 0 until the student hands it in again.
    """
    waiting = {cell.grade_id: cell.max_points for cell in done.cells if cell.outcome == "for a person"}
    found = Result(
        student=STUDENT,
        assignment=done.assignment,
        status="graded",
        points=sum(cell.points for cell in done.cells),
        max_points=sum(cell.max_points for cell in done.cells),
        waiting=waiting,
        remarks=[remark for remark in done.remarks if MARKS[Confinement.CONTAINER] not in remark],
        readable=done.readable,
        cells=done.cells,
    )
    if not done.readable:
        said = " ".join([*done.remarks, "Save the notebook in Jupyter and hand it in again."])
        return {"score": 0.0, "output": said, "output_format": "text", "visibility": "visible"}
    return gradescope_result(found, {}) | {"visibility": "visible"}
