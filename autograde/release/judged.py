"""`{judged}`: an exercise of a contract in one block of the text source, instead of five cells that are always alike.

```{judged} gru_backward
forward: gru_forward
shapes: 1
gradient: 4
edges: 2 sequences of one step, a loss at the end only.
property: 1
```

A line is a part of the contract, its points, and what it looks at, in words for the students. The block becomes the
locked cell with the visible check, and for each part a test with its hidden check. In the cell for the answer, the line
`### MODEL ANSWER` becomes the contract's derivation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import indent, wrap

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograde.course.errors import CourseError
from solutions.exercises.catalogue import contracts_of, earlier_of
from solutions.judging.contract import Contract

OPTION = "ng"  # under which key of its metadata a cell says its role: "role id [points]"
BEGIN = "```{judged}"
BLOCK = re.compile(r"^```\{judged\}(.*)\n((?:(?!```).*\n)*)```[ \t]*$", re.MULTILINE)
POINTS = re.compile(r"(\d+(?:\.\d+)?)(?: (.+))?")
FORWARD = "forward"
MODEL_ANSWER = "### MODEL ANSWER"
WIDTH = 88  # of a comment: JupyterLab shows a hundred characters in a window of 1280 pixels, beside its files
# What a part looks at, where the block does not say it.
SENTENCES = {
    "shapes": "what comes back, and its shape.",
    "values": "the values, on fresh inputs.",
    "gradient": "the gradients, on fresh inputs.",
    "work": "right values with at most the products, calls and new memory that are allowed.",
}
MANNERS = "What you are given stays as it is, and what you return is new."
OF_BACKWARD = {
    "property": "your gradients are those of your own {forward}, and derived: finite differences in their place lose "
    "this."
}


def expand(cells: list[NotebookNode], slug: str, where: str) -> list[NotebookNode]:
    """The cells with each block replaced by those that it stands for.

    Args:
        slug: the assignment, whose contracts the blocks name.

    Raises:
        CourseError: naming file, cell and remedy, for a block that is not closed, or that says what cannot be.
    """
    made: list[NotebookNode] = []
    for cell in cells:
        if cell.cell_type == "code" and MODEL_ANSWER in cell.source:
            _fill(cell, slug, f"{where}, cell {len(made) + 1}")
        if cell.cell_type != "markdown" or BEGIN not in cell.source:
            made.append(cell)
            continue
        before, *found = BLOCK.split(cell.source)
        _add_text(made, before, where)
        for name, lines, after in zip(found[::3], found[1::3], found[2::3], strict=True):
            place = f"{where}, cell {len(made) + 1}"
            made += [
                new_code_cell(source, metadata={OPTION: role})
                for role, source in _cells(name.strip(), lines.splitlines(), slug, place)
            ]
            _add_text(made, after, where)
    return made


def _fill(cell: NotebookNode, slug: str, where: str) -> None:
    # The body of the contract's derivation in the place of the marker, indented as it is.
    role, _, name = cell.metadata.get(OPTION, "").partition(" ")
    if role != "solution":
        raise CourseError(f"{where}: {MODEL_ANSWER} stands in a cell that is no answer.", "Remove it.")
    contract, _ = _contract(name, slug, where)
    lines = []
    for line in cell.source.split("\n"):
        if line.strip() == MODEL_ANSWER:
            lines.append(indent(contract.text.answer, line[: line.index("#")]))
        else:
            lines.append(line)
    cell.source = "\n".join(lines)


def _add_text(made: list[NotebookNode], text: str, where: str) -> None:
    if BEGIN in text:
        raise CourseError(f"{where}, cell {len(made) + 1}: a block {{judged}} is not closed.", "Close it with ```.")
    if text.strip():
        made.append(new_markdown_cell(text.strip()))


def _cells(name: str, lines: list[str], slug: str, where: str) -> Iterator[tuple[str, str]]:
    # The role and the source of each cell.
    contract, earns = _contract(name, slug, where)
    where = f"{where} ({name})"
    said = _read(lines, contract, where)
    forward = said.pop(FORWARD, "")
    if bool(forward) != (contract.forward is not None):
        raise CourseError(
            f"{where}: a backward function needs `forward`, and no other has it.",
            "Write `forward: NAME`, the function whose cache it reads, or leave that out.",
        )
    if bool(said) != earns:
        raise CourseError(
            f"{where}: a function of this assignment needs parts with points, one of an earlier assignment has none.",
            f"Write lines such as `values: 2`; its parts are {', '.join(contract.part_names)}.",
        )
    arguments = f"{name}, forward={forward}" if forward else name
    sentences = SENTENCES | OF_BACKWARD if forward else SENTENCES
    yield f"locked {name}-check", f"check({arguments})"
    for part, text in said.items():
        points, sentence = _points(part, text, where)
        sentence = sentence or sentences.get(part, "").format(forward=forward)
        if not sentence:
            raise CourseError(
                f"{where}: the part {part!r} does not say what it looks at.", f"Write `{part}: {points} sizes of one.`."
            )
        if part == contract.parts[-1].name and contract.takes_arrays:
            sentence = f"{sentence} {MANNERS}"
        lines = [
            *wrap(f"# {in_words(float(points))}: {sentence}", WIDTH, subsequent_indent="# "),
            "### BEGIN HIDDEN TESTS",
            f'check({arguments}, hidden="{part}")',
            "### END HIDDEN TESTS",
        ]
        yield f"test {name}-{part} {points}", "\n".join(lines)


def _contract(name: str, slug: str, where: str) -> tuple[Contract, bool]:
    # And whether the assignment gives points for it.
    try:
        own, earlier = contracts_of(slug), earlier_of(slug)
    except KeyError:
        own, earlier = {}, {}
    if name not in own and name not in earlier:
        raise CourseError(
            f"{where}: there is no contract for {name!r}.",
            f"Name one of: {', '.join([*own, *earlier]) or 'none'}; or write the cells with `:ng:`.",
        )
    return (own | earlier)[name], name in own


def _read(lines: list[str], contract: Contract, where: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for line in filter(str.strip, lines):
        key, _, text = (piece.strip() for piece in line.partition(":"))
        if key not in (FORWARD, *contract.part_names):
            raise CourseError(
                f"{where}: {key!r} is no part of the exercise.",
                f"Its parts are {', '.join(contract.part_names)}; beside them there is `{FORWARD}`.",
            )
        if key in said:
            raise CourseError(f"{where}: {key!r} stands there twice.", "Remove one of the two lines.")
        said[key] = text
    return said


def _points(part: str, text: str, where: str) -> tuple[str, str]:
    found = POINTS.fullmatch(text)
    if found is None or float(found[1]) == 0:
        raise CourseError(f"{where}: the part {part!r} needs points, one number above 0.", f"Write `{part}: 2`.")
    return found[1], found[2] or ""


def in_words(points: float) -> str:
    """A number of points, as a student reads it."""
    return "1 point" if points == 1 else f"{points:g} points"
