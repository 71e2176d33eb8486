"""What an attack is, what its author knows of the machine, and the few ways to write one down."""

from __future__ import annotations

import json
import textwrap
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograde.course.confinement import Confinement
from autograde.course.folder import Course
from autograde.demo import fill

STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"
WRONG = "np.zeros(1)"  # has the shape of no right answer, so that it deserves no point for shapes either
TWO_OUTPUTS = ("rnn_step", "rnn_forward")

# The first cell of every attack. The marks are put together at run time, so that source code never holds them.
PRELUDE = """
import json
SCENE = json.loads({known!r})
SCENE["marker"] = "".join(SCENE["halves"])

def won(*what):
    print("PWN" + "ED:", *what)
"""

# Before anything that would hurt this machine where there is no sandbox.
GUARD = """
import os
def reads(path):
    try:
        return bool(open(path).read(1))
    except OSError:
        return False
if SCENE["confinement"] == "sandbox":
    among_ours = os.readlink("/proc/self/ns/pid") == SCENE["pid_namespace"]
else:
    among_ours = "Seccomp:\t2" not in open("/proc/self/status").read() or reads(SCENE["course"] + "/.course-key")
if among_ours:
    won("this code runs among the grader's own processes; it went no further")
    raise SystemExit
"""


@dataclass(frozen=True)
class Scene:
    """A scratch course and what an attacker may know about the machine around it.

    release: the notebook as students get it. right: the right answers by grade id.
    known: paths, ports and names, given to the attackers' code as SCENE.
    confinement: what it is graded in.
    """

    course: Course
    slug: str
    release: NotebookNode
    right: dict[str, str]
    known: dict[str, Any]
    confinement: Confinement = Confinement.SANDBOX

    def answers(self, *, body: str = "", returns: str = WRONG, right: tuple[str, ...] = ()) -> dict[str, str]:
        """Answers by grade id: the reference's for the functions in `right`; `body` and `returns` for all others."""
        made = {name: self.right[name] for name in right}
        for cell in self.release.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if name in self.right and name not in made:
                answer = f"({returns}), None" if name in TWO_OUTPUTS else returns
                lines = textwrap.dedent(body).strip("\n") + f"\nreturn {answer}"
                made[name] = cell.source.replace(STUB, textwrap.indent(lines.strip("\n"), "    "))
        return made

    def notebook(self, answers: dict[str, str], *, first: str = "", last: str = "") -> NotebookNode:
        """The release with these answers, and with extra code cells at the beginning and at the end."""
        made = fill(self.release, answers)
        if first:
            made.cells.insert(0, new_code_cell(self.code(first), id="first"))
        if last:
            made.cells.append(new_code_cell(self.code(last), id="last"))
        return made

    def code(self, source: str) -> str:
        """An attack's code with what its author knows."""
        return PRELUDE.format(known=json.dumps(self.known)) + textwrap.dedent(source)


Build = Callable[[Scene], bytes]
Place = Callable[[Scene, Path], None]


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    name: also the student's id, unless `student` gives another.
    tries: what it is after, in a few words.
    build: makes the bytes of the notebook. place: puts files, links or anything else into the student's folder.
    assignment: what it is handed in for.
    telltale: text that outputs and feedback may not hold, besides what no submission may see.
    right: the functions (or single tests) that its answers truly satisfy; only these deserve points.
    stock_safe: harmless on this machine even where it succeeds, so that stock nbgrader may run it.
    timeouts: how many cells may reach the time limit.
    refused: it may end without a grade, with a reason.
    may_lose: its answers are right, but it hurts itself and may earn less.
    """

    name: str
    tries: str
    build: Build | None = None
    place: Place | None = None
    student: str = ""
    right: tuple[str, ...] = ()
    stock_safe: bool = False
    timeouts: int = 0
    refused: bool = False
    may_lose: bool = False
    telltale: str = ""
    assignment: str = "rnn-cell"
    theme: str = ""

    @property
    def id(self) -> str:
        """The student's id: the folder's name, accents on their letters."""
        return unicodedata.normalize("NFC", self.folder_name)

    @property
    def folder_name(self) -> str:
        """What the folder in submitted/ is called."""
        return self.student or self.name

    def hand_in(self, scene: Scene) -> Path:
        """Put the submission into the course; returns its folder."""
        folder = scene.course.submitted / self.folder_name / scene.slug
        folder.mkdir(parents=True)
        if self.build is not None:
            (folder / f"{scene.slug}.ipynb").write_bytes(self.build(scene))
        if self.place is not None:
            self.place(scene, folder)
        return folder


ALL = "sigmoid softmax cross_entropy rnn_step rnn_forward readout sequence_loss count_parameters echo_state"
EVERYTHING = tuple(ALL.split())


def written(notebook: NotebookNode) -> bytes:
    """A notebook as the bytes of a file; broken ones are written too."""
    return json.dumps(notebook).encode()


def cell(
    name: str,
    tries: str,
    first: str = "",
    *,
    body: str = "",
    returns: str = WRONG,
    last: str = "",
    right: tuple[str, ...] = (),
    guarded: bool = False,
    **more: Any,
) -> Attack:
    """A notebook whose code attacks: in an extra cell before all others or behind them, or in every answer."""
    guard = GUARD if guarded else ""

    def build(scene: Scene) -> bytes:
        answers = scene.answers(body=body, returns=returns, right=right)
        beginning = textwrap.dedent(first) or ("pass" if body or returns != WRONG else "")
        return written(
            scene.notebook(answers, first=guard + beginning if beginning else "", last=textwrap.dedent(last))
        )

    return Attack(name, tries, build, right=right, **more)


def edited(name: str, tries: str, edit: Callable[[NotebookNode, Scene], Any], **more: Any) -> Attack:
    """A notebook with wrong answers (or those named by `right`) that `edit` changes in place."""

    def build(scene: Scene) -> bytes:
        notebook = scene.notebook(scene.answers(right=more.get("right", ())))
        edit(notebook, scene)
        return written(notebook)

    return Attack(name, tries, build, **more)


def content(name: str, tries: str, made: bytes | Build, **more: Any) -> Attack:
    """A file with these bytes where the notebook should be."""
    return Attack(name, tries, made if callable(made) else lambda scene: made, **more)


def markdown(text: str, cell_id: str = "text") -> NotebookNode:
    """A text cell."""
    return new_markdown_cell(text, id=cell_id)


def copied(notebook: NotebookNode) -> NotebookNode:
    """A deep copy."""
    return nbformat.from_dict(notebook)


def graded(notebook: NotebookNode) -> list[NotebookNode]:
    """The test cells of a notebook, without the answers that a person reads."""
    abouts = [(cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells]
    return [cell for cell, about in abouts if about.get("grade") and not about.get("solution")]


def most_points(notebook: NotebookNode) -> float:
    """What its tests are worth together."""
    return float(sum(cell.metadata["nbgrader"]["points"] for cell in graded(notebook)))
