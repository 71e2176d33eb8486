"""Measures what once, twice and four times the content costs, into _build/growth.json; growth is linear or a fault.

    python -m benchmarks.growth

Assignments are copies of real ones under other names, pages are copies of built ones (for builds they are made up),
secrets are real ones changed a little, students are the demo class's. Each size is measured by a process of its own, in
CPU seconds, children included.
The judge's tests are counted: of the first one, two and four assignments of the catalogue, by function.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

import pytest

from autograde.course.errors import NoRunnerError, NoSandboxError
from benchmarks import pages

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
FACTORS = (1, 2, 4)
ROOM = 1.3  # so much more may a unit cost at the largest size than at the smallest
COPIED = ("rnn-cell", "bptt")
STUDENTS = 8
SITE_BYTES = 8_000_000  # of the built site: so much is copied
Costs = dict[str, tuple[float, float]]  # what -> (units, CPU seconds)


def main(words: list[str]) -> int:
    """Measure all parts; 1 where one grows faster than its content. With `PART FACTOR DIR`, be what is measured."""
    if words:
        print(json.dumps(PARTS[words[0]](int(words[1]), Path(words[2]))))
        return 0
    found = {factor: cost_of_all(factor) for factor in FACTORS}
    rows = {what: [found[factor][what] for factor in FACTORS] for what in found[FACTORS[0]]}
    BUILD.mkdir(exist_ok=True)
    (BUILD / "growth.json").write_text(json.dumps({"factors": FACTORS, "costs": rows}, indent=1), "utf-8")
    print(f"{'a unit: CPU s, kB, tests':<24}" + "".join(f"{f'x {factor}':>10}" for factor in FACTORS))
    for what, costs in rows.items():
        print(f"{what:<24}" + "".join(f"{seconds / units:>10.3f}" for units, seconds in costs))
    faults = [what for what, costs in rows.items() if grows_too_fast(costs)]
    for what in faults:
        print(f"{what} grows faster than its content.", file=sys.stderr)
    return 1 if faults else 0


def grows_too_fast(costs: list[tuple[float, float]]) -> bool:
    """Whether a unit costs over ROOM times as much at the last size as at the first."""
    (few, first), (many, last) = costs[0], costs[-1]
    return last / many > ROOM * first / few


def cost_of_all(factor: int) -> Costs:
    """What each part costs at so many times the content, each in a process of its own."""
    found: Costs = {}
    for part in PARTS:
        with tempfile.TemporaryDirectory() as scratch:
            if part == "release":
                copy_assignments(Path(scratch), factor)
            command = [sys.executable, "-m", "benchmarks.growth", part, str(factor), scratch]
            # The copied solutions/ come before the real ones.
            where = {"PYTHONPATH": f"{scratch}:{ROOT}", "PYTHONSAFEPATH": "1"}
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | where)
        found |= {what: (cost[0], cost[1]) for what, cost in json.loads(done.stdout).items()}
    return found


def copy_assignments(folder: Path, factor: int) -> None:
    """A tree with the secret sources in which COPIED stand `factor` times, and what they read of the book."""
    shutil.copytree(ROOT / "solutions", folder / "solutions", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("book", "_config.yml", "_toc.yml"):
        (folder / name).symlink_to(ROOT / name)
    for number in range(2, factor + 1):
        for slug in COPIED:
            name = slug.replace("-", "_")
            copy = folder / "solutions" / "exercises" / f"{name}_{number}"
            shutil.copytree(copy.with_name(name), copy)
            (copy / f"{slug}.md").rename(copy / f"{slug}-{number}.md")
            for file in copy.glob("*.py"):
                text = file.read_text("utf-8")
                file.write_text(re.sub(rf"\bexercises\.{name}\b", f"exercises.{name}_{number}", text), "utf-8")


def release_of_assignments(factor: int, folder: Path) -> Costs:
    """Releases of two copied assignments, first made, then kept."""
    from autograde.course import gradebook
    from autograde.course.folder import Course
    from autograde.release.release import SOLUTIONS, release

    if not SOLUTIONS.is_relative_to(folder):
        raise RuntimeError(f"the copied assignments are not what is imported: {SOLUTIONS}")
    gradebook.prepare()
    slugs = [*COPIED, *(f"{slug}-{number}" for number in range(2, factor + 1) for slug in COPIED)]
    made = {}
    for what in ("a release, made", "a release, kept"):
        course = Course(folder / what)
        course.root.mkdir()
        made[what] = (float(len(slugs)), seconds(partial(release, course, slugs)))
    return made


def leak_check_of_site(factor: int, folder: Path, site: Path = BUILD / "html", most: int = SITE_BYTES) -> Costs:
    """The leak check over copies of the built site, with as many times the secrets; by MB of the site."""
    from autograde.release import leaks
    from autograde.release.release import SOLUTIONS, available, hidden_arrays

    public = folder / "public"
    size = 0
    for file in sorted(site.rglob("*")):
        if file.is_file() and size + file.stat().st_size <= most:
            size += file.stat().st_size
            for number in range(factor):
                copy = public / str(number) / file.relative_to(site)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy)
    for number in range(factor):
        copy = folder / "solutions" / str(number)
        shutil.copytree(SOLUTIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for module in copy.rglob("*.py"):
            module.write_text(re.sub(r"\bnp\b", f"np{number}", module.read_text("utf-8")), "utf-8")
    secrets = leaks.secrets_of(folder / "solutions")
    arrays = hidden_arrays(available())
    secrets.arrays = [(name, array + 1e-3 * number) for number in range(factor) for name, array in arrays]
    return {"leak check, MB": (factor * size / 1e6, seconds(lambda: leaks.search([public], secrets)))}


def reports_of_class(factor: int, folder: Path) -> Costs:
    """Grading, feedback and the class report of a class; nothing where this machine has no sandbox."""
    from autograde.course.folder import Course
    from autograde.grade.grade import grade
    from autograde.reports.class_report import write_report
    from autograde.reports.feedback import write_feedback
    from benchmarks.large_class import SLUG, make_class

    size = STUDENTS * factor
    course = Course(folder / "course")
    make_class(course.root, size)
    steps: dict[str, Callable[[], object]] = {
        "grading": lambda: grade(course, SLUG),
        "feedback": lambda: write_feedback(course, SLUG),
        "class report": lambda: write_report(course, [SLUG]),
    }
    try:
        return {f"{what}, students": (float(size), seconds(step)) for what, step in steps.items()}
    except (NoSandboxError, NoRunnerError) as error:
        print(f"grading is not measured: {error.what}", file=sys.stderr)
        return {}


def builds_of_book(factor: int, folder: Path) -> Costs:
    """Builds of a book of made-up pages: cold, with nothing new, after an edit of one page's prose; and its weight."""
    return pages.builds(factor, folder / "book", seconds)


def tests_of_functions(factor: int, folder: Path) -> Costs:
    """How many tests the functions of so many assignments have; one for each pair would grow by the square."""
    from solutions.exercises import catalogue

    class Counter:
        collected = 0

        def pytest_collection_finish(self, session: pytest.Session) -> None:
            self.collected = len(session.items)

    catalogue.ASSIGNMENTS = catalogue.ASSIGNMENTS[:factor]  # type: ignore[assignment]  # fewer
    counter = Counter()
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        pytest.main(["-q", "--collect-only", "-p", "no:cacheprovider", f"{ROOT}/tests/solutions/judging"], [counter])
    functions = sum(len(catalogue.contracts_of(slug)) for slug in catalogue.ASSIGNMENTS)
    return {"judge's tests, functions": (float(functions), float(counter.collected))}


def seconds(step: Callable[[], object]) -> float:
    """The CPU seconds of a step, its ended children's included."""
    before = _used()
    step()
    return _used() - before


def _used() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


PARTS: dict[str, Callable[[int, Path], Costs]] = {
    "release": release_of_assignments,
    "leaks": leak_check_of_site,
    "class": reports_of_class,
    "tests": tests_of_functions,
    "book": builds_of_book,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
