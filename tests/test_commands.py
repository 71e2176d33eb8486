"""The commands that the texts name exist: targets of make, commands of autograde, files of a bundle."""

import re

import pytest
import typer

from autograde.cli import app
from tests.places import ROOT

TEXTS = [
    "README.md",
    "CONTRIBUTING.md",
    *(f"book/appendix/{name}.md" for name in ("security", "students")),
    *(f"book/instructors/{path.name}" for path in sorted((ROOT / "book/instructors").glob("*.md"))),
]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
COMMANDS = set(typer.main.get_command(app).commands)
# In a line of code: a word of its own at the start, or behind the opening of inline code.
CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)


def named(text: str, program: str) -> set[str]:
    """The words behind a program's name in the code of a text; variables such as PAGES=… left out."""
    pieces = ["".join(found) for found in CODE.findall(text)]
    lines = [line.strip() for piece in pieces for line in piece.splitlines()]
    words = [re.match(rf"{program}((?: [A-Z_]+=\S+)*) ([a-z][a-z-]*)", line) for line in lines]
    return {found[2] for found in words if found}


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_that_a_text_names_exists(name):
    text = (ROOT / name).read_text("utf-8")
    assert named(text, "make") <= TARGETS
    assert named(text, "autograde") <= COMMANDS


def test_commands_are_found_where_texts_name_them():
    assert {"course", "test", "publish"} <= named((ROOT / "README.md").read_text("utf-8"), "make")
    assert named("`make TORCH_INDEX=ADDRESS course`", "make") == {"course"}
    assert {"release", "grade", "collect", "export"} <= named(
        (ROOT / "book/instructors/first-course.md").read_text("utf-8"), "autograde"
    )
