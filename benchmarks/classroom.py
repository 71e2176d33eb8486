"""The class that grading is measured on: two notebooks a student, right ones in several styles, wrong in several ways.

A NumPy notebook (numpy-cell.md) and a PyTorch notebook (torch-cell.md), which train nothing. The course's secret is
fixed, so that every run draws the same hidden inputs and does the same work.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.demo import KEY, answers_of, fill, reference_answers
from autograde.release.release import release
from solutions.exercises.catalogue import contracts_of, source_of
from solutions.fixtures import write_fixtures
from solutions.judging.contract import Variant
from solutions.kept import misconceptions_of

NUMPY, TORCH = SLUGS = ("numpy-cell", "torch-cell")
ASSIGNMENT = "rnn-cell"  # whose functions the NumPy notebook asks for
TORCH_WRONG = "def step(x, h, W, U, b):\n    return torch.tanh(x @ W + h @ U)"


def make(root: Path, students: int) -> Course:
    """A course in `root` with both notebooks released and handed in by so many students."""
    course = Course(root / "course")
    course.root.mkdir(parents=True)
    (course.root / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")
    course.key_file.touch(mode=0o600)
    course.key_file.write_text(KEY, "utf-8")
    secret = root / "solutions"
    for slug in SLUGS:
        notebook = source_of(slug, secret)
        notebook.parent.mkdir(parents=True)
        shutil.copy(Path(__file__).with_name(f"{slug}.md"), notebook)

    def fixtures(slug: str, path: Path) -> None:
        write_fixtures(ASSIGNMENT, path) if slug == NUMPY else path.write_bytes(b"")

    release(course, [*SLUGS], secret=secret, fixtures=fixtures)
    for number in range(students):
        for slug in SLUGS:
            _write(handed_in(course, slug, number), course.submitted / student(number) / slug / f"{slug}.ipynb")
    return course


def student(number: int) -> str:
    """The id of one of them."""
    return f"student-{number:03}"


def right_answers(course: Course, slug: str) -> dict[str, str]:
    """The right answer of each cell that asks for one."""
    return reference_answers(nbformat.read(course.source_notebook(slug), 4))


def handed_in(course: Course, slug: str, number: int) -> NotebookNode:
    """What one of the students hands in."""
    if slug == TORCH:
        return _filled(course, slug, {} if is_right(slug, number) else {"step": TORCH_WRONG})
    function, chosen = _choice(number)
    return _filled(course, slug, answers_of(contracts_of(ASSIGNMENT)[function], chosen))


def is_right(slug: str, number: int) -> bool:
    """Whether all of this student's answers are."""
    if slug == TORCH:
        return number % 3 > 0
    function, chosen = _choice(number)
    return chosen in contracts_of(ASSIGNMENT)[function].variants


def changed(number: int) -> str:
    """The one function of the NumPy notebook that this student writes in a way of their own."""
    return _choice(number)[0]


def copy(course: Course, students: Iterable[int] | None = None) -> Course:
    """Another course folder with the same files, in which nothing is graded yet.

    Args:
        students: only these; default: all.
    """
    copied = Course(Path(tempfile.mkdtemp(dir=course.root.parent)) / "course")
    shutil.copytree(course.root, copied.root)
    if students is not None:
        kept = {student(number) for number in students}
        for folder in copied.submitted.iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder)
    return copied


def sample(students: int, most: int) -> list[int]:
    """Some of a class of so many, drawn once and for all: the first ones' answers are more often right."""
    return sorted(random.Random(0).sample(range(students), min(students, most)))


def all_right(course: Course, slug: str, students: int) -> Course:
    """Another course folder in which so many students handed in right answers to one of the notebooks."""
    copied = copy(course, [])
    for number in range(students):
        _write(_filled(course, slug, {}), copied.submitted / student(number) / slug / f"{slug}.ipynb")
    return copied


def _write(notebook: NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def _choice(number: int) -> tuple[str, Variant]:
    # The functions in turn, and of each its right implementations, then the mistakes in it.
    contracts = contracts_of(ASSIGNMENT)
    function = list(contracts)[number % len(contracts)]
    choices: list[Variant] = [*contracts[function].variants, *misconceptions_of(contracts[function])]
    return function, choices[number % len(choices)]


def _filled(course: Course, slug: str, answers: dict[str, str]) -> NotebookNode:
    return fill(nbformat.read(course.release_notebook(slug), 4), right_answers(course, slug) | answers)
