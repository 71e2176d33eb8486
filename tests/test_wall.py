"""The wall: who may import whom, and a canary in every secret file."""

import ast
import re
from pathlib import Path

import pytest

from tests.places import ROOT

CANARY = re.compile(r"unrolled-canary-[0-9a-f]{12}")
# The parts of the machine that make the release, the demo class and the verdicts.
MAY_SEE_SOLUTIONS = {"release.py", "leaks.py", "demo.py", "judge.py"}


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name.split(".")[0] for name in found}


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", python_files("book"), ids=lambda p: str(p.relative_to(ROOT)))
def test_public_code_imports_nothing_secret(path):
    assert not imports_of(path) & {"solutions", "autograde"}


@pytest.mark.parametrize("path", sorted((ROOT / "book").rglob("*.md")), ids=lambda p: str(p.relative_to(ROOT)))
def test_chapters_import_nothing_secret(path):
    assert not re.search(r"^\s*(import|from) (solutions|autograde)\b", path.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", python_files("solutions"), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_reference_does_not_import_the_machine(path):
    assert "autograde" not in imports_of(path)


@pytest.mark.parametrize("path", python_files("autograde"), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_release_demo_and_judge_see_the_solutions(path):
    if "solutions" in imports_of(path):
        assert path.name in MAY_SEE_SOLUTIONS


def test_every_secret_file_carries_a_canary_of_its_own():
    files = [p for p in (ROOT / "solutions").rglob("*") if p.is_file() and p.suffix in {".py", ".md"}]
    canaries = []
    for path in files:
        found = CANARY.findall(path.read_text(encoding="utf-8"))
        assert len(found) == 1, f"{path} needs exactly one canary"
        canaries += found
    assert len(set(canaries)) == len(files)


def test_no_notebook_is_in_the_sources():
    sources = [p for folder in ("book", "solutions", "autograde") for p in (ROOT / folder).rglob("*.ipynb")]
    assert sources == []
