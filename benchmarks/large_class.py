"""Courses of any size for the benchmarks: the demo class's hand-ins, what a platform gives out, graded copies."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import sqlalchemy

from autograde.course import cells, gradebook
from autograde.course.confinement import Confinement
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.demo import demo_class
from autograde.grade.assignment import load_assignment
from autograde.grade.grade import fingerprint_of
from autograde.grade.hand_ins import read_hand_in
from autograde.grade.history import mark_of
from autograde.grade.keys import course_key
from autograde.grade.pieces import pieces_of, stubs_of
from autograde.release.release import release

SLUG = "rnn-cell"
LEFT_OUT = ("stops-python",)  # says nothing about scale
WORKSHEET = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed"),
    *("Last modified (submission)", "Last modified (grade)", "Feedback comments"),
)
FIRST_NUMBER = 100_000  # of Moodle's participants
# The gradebook's tables for a submission, with the columns that a copy has of its own.
TABLES = {
    "student": ("id",),
    "submitted_assignment": ("id", "student_id"),
    "submitted_notebook": ("id", "assignment_id"),
    "grade": ("id", "notebook_id"),
    "comment": ("id", "notebook_id"),
}
KEPT = ("source", "release", "autograded", "gradebook.db", ".course-key", CONFIG_NAME)  # of a graded course


def make_class(folder: Path, size: int) -> None:
    """A course in which `size` students have handed in the demo class's answers, no two files alike."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")
    course = Course(folder.absolute())
    gradebook.prepare()
    release(course, [SLUG])
    notebooks = [
        nbformat.read(course.release / SLUG / f"{SLUG}.ipynb", 4),
        nbformat.read(course.source / SLUG / f"{SLUG}.ipynb", 4),
    ]
    demo = demo_class(SLUG, release=notebooks[0], source=notebooks[1])
    made = [one for one in demo if one.name == f"{SLUG}.ipynb" and one.student not in LEFT_OUT]
    for number in range(size):
        path = course.submitted / f"student-{number:05}" / SLUG / f"{SLUG}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(made[number % len(made)].content + b"\n" * (number // len(made)))


def students(graded: Course, size: int) -> dict[str, str]:
    """So many students' ids, each with that of the one in a graded course whose hand-in it copies; first those."""
    known = sorted(path.name for path in graded.autograded.glob("[!.]*"))
    rounds = range(-(-size // len(known)))
    return dict([(f"{name}-{at:04}" if at else name, name) for at in rounds for name in known][:size])


def start_course(graded: Course, folder: Path, size: int) -> Course:
    """A course with a roster of `size` people and what Moodle gives out of them beside it: `moodle.zip`, a zip of their
    hand-ins, and `moodle.csv`, the grading worksheet. Nothing is collected yet."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in KEPT:
        if (graded.root / name).is_dir():
            shutil.copytree(graded.root / name, folder / name)
        else:
            shutil.copyfile(graded.root / name, folder / name)
    (folder / "course.yml").write_text("name: Large\nroster: roster.csv\n", "utf-8")
    roster: list[list[Any]] = [["student_id", "first_name", "last_name", "email"]]
    worksheet: list[list[Any]] = [[*WORKSHEET]]
    with zipfile.ZipFile(folder / "moodle.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, (student, original) in enumerate(students(graded, size).items(), FIRST_NUMBER):
            first, last, email = "Student", f"Number {student}", f"{student}@example.edu"
            roster.append([student, first, last, email])
            worksheet.append(
                [f"Participant {number}", f"{first} {last}", email, "Submitted", "", 100, "Yes", "-", "-", ""]
            )
            handed_in = graded.submitted / original / SLUG / f"{SLUG}.ipynb"
            archive.write(handed_in, f"{first} {last}_{number}_assignsubmission_file_/{SLUG}.ipynb")
    for name, rows in (("roster.csv", roster), ("moodle.csv", worksheet)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    return Course(folder.absolute())


def add_grades(graded: Course, course: Course, size: int) -> None:
    """Bring a course whose hand-ins were collected to where `autograde grade` would bring it, by copies.

    Each one's answers end with a line of its own, as no two people write the same.

    Args:
        graded: what is copied.
    """
    _copy_rows(course, students(graded, size))
    for student, original in students(graded, size).items():
        if student != original:
            shutil.copytree(graded.autograded / original, course.autograded / student)
            shutil.copyfile(graded.record_file(SLUG, original), course.record_file(SLUG, student))
    assignment, secret = load_assignment(course, SLUG), course_key(course)
    stubs = stubs_of(json.loads(course.release_notebook(SLUG).read_text("utf-8"))["cells"])
    for student in students(graded, size):
        notebook = _sign(course, student)
        path = course.record_file(SLUG, student)
        told = json.loads(path.read_text("utf-8"))
        hand_in = read_hand_in(course, SLUG, student)
        told["fingerprint"] = fingerprint_of(assignment, hand_in, secret, Confinement.SANDBOX)
        told["notebook"] = mark_of(course.notebook(student, SLUG))
        told["pieces"] = pieces_of(notebook["cells"], stubs)
        path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")


def _sign(course: Course, student: str) -> dict[str, Any]:
    path = course.notebook(student, SLUG)
    notebook: dict[str, Any] = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if cells.is_answer(cell):
            cell["source"] = "".join([*cell["source"], f"\n# by {student}"])
    path.chmod(0o644)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return notebook


def _copy_rows(course: Course, those: dict[str, str]) -> None:
    # In the gradebook, round by round: the rows of the first ones, with an ending behind ids and what refers to them.
    rounds: dict[str, list[str]] = {}
    for student, original in those.items():
        rounds.setdefault(student.removeprefix(original), []).append(original)
    engine = sqlalchemy.create_engine(course.config.CourseDirectory.db_url)
    with engine.begin() as book:
        for ending, originals in rounds.items():
            chosen = f"SELECT id FROM student WHERE id IN ({', '.join(map(repr, originals))})"
            for table, own in TABLES.items() if ending else ():
                names = [column["name"] for column in sqlalchemy.inspect(book).get_columns(table)]
                columns = ", ".join(f"{name} || '{ending}'" if name in own else name for name in names)
                book.execute(  # students of the roster are there already
                    sqlalchemy.text(
                        f"INSERT OR IGNORE INTO {table} SELECT {columns} FROM {table} WHERE {own[-1]} IN ({chosen})"
                    )
                )
                if table in ("submitted_assignment", "submitted_notebook"):  # whose ids the tables below name
                    chosen = f"SELECT id FROM {table} WHERE {own[-1]} IN ({chosen})"
