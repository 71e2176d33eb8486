"""The demo class: submissions of every kind, so that grading can be seen at work without a student."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograde.course import cells
from autograde.course.folder import CONFIG_NAME, Course, notebook_name
from autograde.course.names import free_names
from autograde.course.settings import CONFIG_FILE
from autograde.grade.keys import course_key
from autograde.release import bundle
from autograde.release.release import SOLUTIONS
from solutions.exercises.catalogue import contracts_of
from solutions.judging.contract import Contract, Variant
from solutions.judging.derivation import Function
from solutions.kept import misconceptions_of

SHOWN = ("rnn-cell", "bptt")  # one forward and one backward, both quick: what is played unless others are named
MOST_WRONG = 24  # wrong answers of an assignment: more would show nothing new, and each is run
KEY = hashlib.sha256(b"the demo class").hexdigest()  # fixed: the demo gives the same grades everywhere
# Nothing is answered, and points are asked for in other ways. In the sandbox each does nothing; without, no harm.
HOSTILE = {
    "patches-checks": "import unrolled.checking.check as c\nc.check = c.diagnose = lambda *a, **k: None",
    "forges-a-score": "import sys\nsys.displayhook(5.0)",
    "looks-for-solutions": "import solutions.reference.cells",
    "starts-a-process": "import os\nif os.fork() == 0:\n    os._exit(0)",
    "asks-the-network": "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)",
}
WRITTEN = "An answer of the demo class, for a person to read."
MARK = ".made-from"
Edit = Callable[[NotebookNode], None]


@dataclass(frozen=True)
class DemoHandIn:
    """One submission of the demo class: the file's name and bytes, or no file."""

    student: str
    name: str
    content: bytes


def prepare_course(root: Path) -> Course:
    """The demo's own course folder, kept while nothing that it depends on changes, else made anew."""
    course = Course(root)
    mark = _content_hash(SOLUTIONS, bundle.PUBLIC_PACKAGE / "unrolled", Path(__file__).parent)
    mark_file = root / MARK
    if not mark_file.is_file() or mark_file.read_text("utf-8") != mark:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        (root / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")
        course.key_file.touch(mode=0o600)
        course.key_file.write_text(KEY, "utf-8")
        mark_file.write_text(mark, "utf-8")
    course_key(course)
    return course


def hand_in(course: Course, slug: str) -> list[str]:
    """Write the demo class's submissions of a released assignment; returns the students."""
    made = demo_class(
        slug,
        release=nbformat.read(course.release_notebook(slug), 4),
        source=nbformat.read(course.source_notebook(slug), 4),
    )
    for one in made:
        folder = course.submitted / one.student / slug
        folder.mkdir(parents=True, exist_ok=True)
        (folder / one.name).write_bytes(one.content)
    return [one.student for one in made]


def demo_class(slug: str, *, release: NotebookNode, source: NotebookNode) -> list[DemoHandIn]:
    """The class of one assignment: right in several styles, wrong in many ways, half done, broken in kind."""
    right = reference_answers(source)
    contracts = contracts_of(slug)

    def written(student: str, answers: dict[str, str], edit: Edit | None = None) -> DemoHandIn:
        return DemoHandIn(student, notebook_name(slug), _bytes(fill(release, answers), edit))

    made = [written("right-reference", right)]
    styles = max(len(contract.variants) for contract in contracts.values())
    for style in range(styles):
        made.append(written(f"right-style-{style + 1}", right | in_style(contracts, style)))
    wrong = [(contract, wrong) for contract in contracts.values() for wrong in misconceptions_of(contract)]
    for contract, chosen in _spread(wrong, MOST_WRONG):
        made.append(written(f"wrong-{contract.name}-{chosen.name}", right | answers_of(contract, chosen)))
    first_half = dict(list(right.items())[: len(right) // 2])
    made += [
        written("empty", {}),
        written("half-done", first_half),
        written("cell-deleted", right, _delete_first_test),
        written("cell-twice", right, _repeat_first_answer),
        written("test-edited", right, _edit_first_test),
        written("warns", right, _warn),
        written("stops-python", right, _exit_at_the_end),
        written("Zoë O'Neil 李", right),
        *(written(f"hostile-{name}", {}, partial(_begin_with, source)) for name, source in HOSTILE.items()),
        DemoHandIn("file-misnamed", f"{slug} (1).ipynb", _bytes(fill(release, right))),
        DemoHandIn("file-unreadable", notebook_name(slug), b"PK\x03\x04 this was saved as something else"),
        DemoHandIn("file-missing", "notes.txt", b"I will hand in the notebook tomorrow.\n"),
    ]
    return made


def _spread(items: list[Any], most: int) -> list[Any]:
    # No more than `most` of them, evenly over the whole list.
    count = min(most, len(items))
    return [items[place * len(items) // count] for place in range(count)]


def answers_of(contract: Contract, chosen: Variant) -> dict[str, str]:
    """An implementation as a student has it: its source, and that of the forward function whose cache it reads."""
    answers = {contract.name: chosen.source(contract.name)}
    if contract.forward is not None and chosen.forward is not None:
        forward = contract.forward.__name__
        answers[forward] = Variant(forward, chosen.forward).source(forward)
        # What it calls makes the cache of each step.
        for name in free_names(answers[forward]):
            called = chosen.forward.__globals__[name]
            if isinstance(called, FunctionType) and called.__module__.startswith("solutions.exercises"):
                answers[name] = Variant(name, called).source(name)
    return answers


def in_style(contracts: Mapping[str, Contract], style: int) -> dict[str, str]:
    """Right answers for all contracts, each written in one of its ways; backward functions share a forward function."""
    answers: dict[str, str] = {}
    caches: dict[Function, Function | None] = {}  # by the reference's forward function, the one whose cache is read
    for contract in contracts.values():
        fitting = contract.variants
        if contract.forward in caches:
            fitting = [variant for variant in fitting if variant.forward is caches[contract.forward]]
        if fitting:
            chosen = fitting[style % len(fitting)]
            answers |= answers_of(contract, chosen)  # of a forward function also what it calls: it goes before styles
            if contract.forward is not None:
                caches[contract.forward] = chosen.forward
    return answers


def reference_answers(source: NotebookNode) -> dict[str, str]:
    """The right answers by grade id, from the source notebook; written answers get a sentence."""
    answers = {}
    for cell in source.cells:
        if cells.is_answer(cell):
            lines = [line for line in cell.source.split("\n") if "### BEGIN" not in line and "### END" not in line]
            answers[cells.grade_id(cell)] = WRITTEN if cell.cell_type == "markdown" else "\n".join(lines)
    return answers


def fill(release: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """A copy of the release notebook with these answers in their cells."""
    notebook = nbformat.from_dict(release)
    for cell in notebook.cells:
        cell.source = answers.get(cells.grade_id(cell), cell.source)
    return notebook


def _bytes(notebook: NotebookNode, edit: Edit | None = None) -> bytes:
    if edit is not None:
        edit(notebook)
    return nbformat.writes(notebook).encode()


def _first(notebook: NotebookNode, has_role: Callable[[NotebookNode], bool]) -> int:
    return next(index for index, cell in enumerate(notebook.cells) if has_role(cell))


def _delete_first_test(notebook: NotebookNode) -> None:
    del notebook.cells[_first(notebook, cells.is_graded)]


def _repeat_first_answer(notebook: NotebookNode) -> None:
    index = _first(notebook, cells.is_answer)
    again = nbformat.from_dict(notebook.cells[index])
    again["id"] = "again"
    notebook.cells.insert(index + 1, again)


def _edit_first_test(notebook: NotebookNode) -> None:
    notebook.cells[_first(notebook, cells.is_graded)].source += "\nprint('a line of my own')"


def _warn(notebook: NotebookNode) -> None:
    noisy = "import warnings\nwarnings.warn('only a warning')"
    notebook.cells.insert(_first(notebook, cells.is_graded), new_code_cell(noisy, id="warns"))
    index = _first(notebook, cells.is_answer)
    first, *rest = notebook.cells[index].source.split("\n")
    body = "    import sys; print('still here', file=sys.stderr)"
    notebook.cells[index].source = "\n".join([first, body, *rest])


def _begin_with(source: str, notebook: NotebookNode) -> None:
    notebook.cells.insert(0, new_code_cell(source, id="hostile"))


def _exit_at_the_end(notebook: NotebookNode) -> None:
    notebook.cells.append(new_code_cell("import os\nos._exit(0)", id="stops"))


def _content_hash(*folders: Path) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
