"""“For the assignment you need”, at the top of chapters: each function at the place that its contract names."""

import re

import pytest
import yaml

from solutions.exercises.catalogue import ASSIGNMENTS, contracts_of
from tests.places import ROOT

BOX = re.compile(r"^```\{needed\} (?P<assignment>\S+)\n(?P<rows>.*?)^```$", re.MULTILINE | re.DOTALL)
CHAPTERS = [
    chapter["file"]
    for part in yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    for chapter in part["chapters"]
]


def boxes() -> list[tuple[str, list[str]]]:
    """Assignment and lines of each box of the book."""
    texts = [(ROOT / f"{name}.md").read_text("utf-8") for name in CHAPTERS]
    return [(box["assignment"], box["rows"].split("\n")[:-1]) for text in texts for box in BOX.finditer(text)]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_box_names_what_the_contracts_name(assignment):
    written = [row for name, rows in boxes() if name == assignment for row in rows]
    expected = [f"{name}: {contract.read.split('#')[1]}" for name, contract in contracts_of(assignment).items()]
    assert sorted(written) == sorted(expected), "write in the ```{needed} box:\n" + "\n".join(expected)


def test_no_box_is_of_an_assignment_that_does_not_exist():
    assert {name for name, _ in boxes()} == set(ASSIGNMENTS)
