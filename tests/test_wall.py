"""The wall: who may import whom, down to the folder, and a canary in every secret file."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from solutions.exercises.catalogue import ASSIGNMENTS
from tests.places import ROOT

CANARY = re.compile(r"unrolled-canary-[0-9a-f]{12}")
PACKAGES = {"unrolled": ROOT / "book/unrolled", "solutions": ROOT / "solutions", "autograde": ROOT / "autograde"}
# What makes the release, the demo class and the verdicts.
SEE_SOLUTIONS = {
    "autograde/release/release.py",
    "autograde/release/judged.py",
    "autograde/demo.py",
    "autograde/runner/judge.py",
}

# What each part imports besides itself. Names in texts do not count: course/settings.py hands some to nbgrader.
ARROWS = {
    "unrolled": "unrolled.checking",
    "unrolled.page": "unrolled.lab",  # these three are names that pages use
    "unrolled.plotting": "unrolled.lab",
    "unrolled.tasks": "unrolled.data",
    "unrolled.data": "unrolled.lab",  # the form of a quatrain, by which the loader of Tang poems picks them
    "solutions.reference": "unrolled.layouts",
    "solutions.judging": "solutions.reference unrolled.checking",
    "solutions.exercises": "solutions.judging",
    "solutions.fixtures": "solutions.exercises solutions.judging solutions.kept unrolled.checking",
    "solutions.kept": "solutions.judging unrolled.checking unrolled.lab",
    "solutions.show": "solutions.exercises solutions.kept",
    "solutions.judge": "solutions.exercises solutions.judging unrolled.checking",
    "solutions.verify": "solutions.exercises solutions.judging solutions.kept unrolled.lab",
    "autograde.settings": "autograde.course",  # a name that course folders in the wild use
    "autograde.course": "autograde",
    "autograde.collect": "autograde.course",
    "autograde.hub": "autograde.course",
    "autograde.release": (
        "autograde autograde.course solutions solutions.exercises solutions.fixtures solutions.judging "
        "unrolled unrolled.lab"
    ),
    "autograde.runner": "autograde.course autograde.sandbox solutions.judge unrolled unrolled.checking",
    "autograde.grade": "autograde autograde.course autograde.runner autograde.sandbox unrolled.checking",
    "autograde.reports": "autograde.course autograde.grade unrolled.checking",
    "autograde.machine": "autograde.course autograde.grade autograde.release autograde.sandbox",
    "autograde.demo": (
        "autograde.course autograde.grade autograde.release solutions.exercises solutions.judging solutions.kept"
    ),
    "autograde.hosted": "autograde.course autograde.grade autograde.reports",
    "autograde.commands": (
        "autograde.collect autograde.course autograde.demo autograde.grade autograde.hosted "
        "autograde.machine autograde.release autograde.reports"
    ),
    "autograde.cli": "autograde autograde.commands autograde.course",
    "autograde.__main__": "autograde.cli",
}
# The same of every assignment; which earlier ones it imports is up to it.
ARROWS_OF_AN_ASSIGNMENT = "solutions.judging solutions.reference unrolled.checking unrolled.data"
# Of grade, the reports read what was found; they start nothing.
READ_BY_REPORTS = {f"autograde.grade.{name}" for name in ("hand_ins", "history", "outcomes", "pieces", "results")}


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


MODULES = {
    ".".join((package, *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__"): path
    for package, folder in PACKAGES.items()
    for path in folder.rglob("*.py")
}


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports, also inside its functions; `from a import b` is a.b where that is one."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: imports say the whole name"
            wholes = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {whole if whole in MODULES else node.module for whole in wholes}
    return found


def roots_of(path: Path) -> set[str]:
    """The packages that a file imports something of."""
    return {name.partition(".")[0] for name in imports_of(path)}


GRAPH = {module: (imports_of(path) & set(MODULES)) - {module} for module, path in MODULES.items()}


def part_of(module: str) -> str:
    """The folder of a package, or the file beside the folders, that a module belongs to; an assignment is a part."""
    names = module.split(".")
    is_assignment = names[:2] == ["solutions", "exercises"] and names[2:3] != ["catalogue"]
    return ".".join(names[: 3 if is_assignment else 2])


def arrows() -> dict[str, set[str]]:
    """What each part imports of other parts."""
    found: dict[str, set[str]] = {}
    for module, targets in GRAPH.items():
        found.setdefault(part_of(module), set()).update(part_of(target) for target in targets)
    return {part: targets - {part} for part, targets in found.items()}


def is_assignment(part: str) -> bool:
    return part.startswith("solutions.exercises.")


@pytest.mark.parametrize("graph", [GRAPH, arrows()], ids=["files", "folders"])
def test_there_is_no_circle(graph):
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_every_part_imports_what_the_table_says():
    found = {part: targets for part, targets in arrows().items() if targets and not is_assignment(part)}
    assert found == {part: set(targets.split()) for part, targets in ARROWS.items()}


def test_an_assignment_imports_earlier_ones_only():
    parts = [f"solutions.exercises.{slug.replace('-', '_')}" for slug in ASSIGNMENTS]
    found = arrows()
    assert set(parts) == set(filter(is_assignment, found))
    for place, part in enumerate(parts):
        assert found[part] <= {*ARROWS_OF_AN_ASSIGNMENT.split(), *parts[:place]}, part


def test_reports_read_what_grading_found_and_start_nothing():
    of_grade = {
        target
        for module, targets in GRAPH.items()
        if part_of(module) == "autograde.reports"
        for target in targets
        if part_of(target) == "autograde.grade"
    }
    assert of_grade <= READ_BY_REPORTS


@pytest.mark.parametrize("path", python_files("book"), ids=lambda p: str(p.relative_to(ROOT)))
def test_public_code_imports_nothing_secret(path):
    assert not roots_of(path) & {"solutions", "autograde"}


@pytest.mark.parametrize("path", sorted((ROOT / "book").rglob("*.md")), ids=lambda p: str(p.relative_to(ROOT)))
def test_chapters_import_nothing_secret(path):
    assert not re.search(r"^\s*(import|from) (solutions|autograde)\b", path.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", python_files("solutions"), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_reference_does_not_import_the_machine(path):
    assert "autograde" not in roots_of(path)


def test_only_release_demo_and_judge_see_the_solutions():
    files = python_files("autograde")
    assert {str(p.relative_to(ROOT)) for p in files if "solutions" in roots_of(p)} == SEE_SOLUTIONS


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
