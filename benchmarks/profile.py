"""`python -m benchmarks.profile [right|class] [numpy-cell|torch-cell]`: the counted work of grading one notebook.

"right" are right answers, run alone, and what it takes without their tests and without any of their cells; "class" is
a sample of the class, graded into a gradebook. Counts do not depend on the neighbours, processor time a little.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

from nbformat import NotebookNode

from autograde.course import gradebook
from autograde.course.folder import Course
from autograde.grade.assignment import Assignment, load_assignment
from autograde.grade.grade import grade
from autograde.runner.warm import stop_all
from benchmarks import classroom
from benchmarks.calls import CALLS, SYNCS, are_counted, counted_calls
from benchmarks.classroom import SLUGS
from benchmarks.notebooks import in_parts, right_notebook, run_once
from benchmarks.wire import listened
from benchmarks.work import BYTES, FAULTS, FORKS, PROCESSOR, SWITCHES, SYSTEM, WRITES, Counts, counted, warm_parents

ANSWERS = RIGHT, CLASS = "right", "class"
ROUNDS = 10
STUDENTS, SAMPLE = 100, 24
PASSES = 3  # over the same notebooks, since counting one thing disturbs another
WIRE = "wire"
COLUMNS = (PROCESSOR, SYSTEM, FAULTS, SWITCHES, FORKS, CALLS, SYNCS, BYTES, WRITES)

Profile = dict[str, dict[str, float]]  # by kind of process or "wire", then by what is counted: of one notebook


def profile_of(work: Callable[[], object], notebooks: int) -> Profile:
    """The counted work of one notebook, on average.

    Args:
        work: runs so many notebooks, one after the other, and everything has been loaded before.
    """
    counts: Counts = {}
    with counted() as found:
        work()
    counts |= found
    with warm_parents() as parents, listened() as wire:
        work()
    counts[WIRE] = wire
    if are_counted():
        with counted_calls(parents) as calls:
            work()
        for kind, called in calls.items():
            counts.setdefault(kind, Counter()).update(called)
    return {
        kind: {name: count / notebooks for name, count in sorted(every.items())}
        for kind, every in sorted(counts.items())
    }


def of_right_answers(course: Course, slug: str, rounds: int = ROUNDS) -> dict[str, Profile]:
    """Of a notebook with right answers: the whole, without its tests, without any cell."""
    assignment = load_assignment(course, slug)
    return {
        f"{RIGHT}, {name}": profile_of(_runs(assignment, notebook, rounds), rounds)
        for name, notebook in in_parts(right_notebook(course, assignment)).items()
    }


def of_class(course: Course, slug: str, most: int = SAMPLE) -> Profile:
    """Of so many students of the class, recorded in a gradebook."""
    students = classroom.sample(len(list(course.submitted.iterdir())), most)
    copies = [classroom.copy(course, students) for _ in range(PASSES)]
    grade(classroom.copy(course, students[:1]), slug)
    return profile_of(lambda: grade(copies.pop(), slug, workers=1), len(students))


def _runs(assignment: Assignment, notebook: NotebookNode, rounds: int) -> Callable[[], object]:
    def work() -> None:
        for _ in range(rounds):
            run_once(assignment, notebook)

    run_once(assignment, notebook)
    return work


def told(name: str, profile: Profile) -> str:
    """A profile as a table: a row for each kind of process, then the messages by what they ask for."""
    kinds = [kind for kind in profile if kind != WIRE]
    columns = [column for column in COLUMNS if any(column in profile[kind] for kind in kinds)]
    rows = [f"{name}: counts of one notebook", " " * 14 + "".join(f"{column:>14}" for column in columns)]
    rows += [f"  {kind:12}" + "".join(_cell(profile[kind].get(column)) for column in columns) for kind in kinds]
    sums = (sum(profile[kind].get(column, 0) for kind in kinds) for column in columns)
    rows.append(f"  {'together':12}" + "".join(map(_cell, sums)))
    return "\n".join([*rows, "  wire: " + ", ".join(f"{what} {count:,.1f}" for what, count in profile[WIRE].items())])


def _cell(count: float | None) -> str:
    return " " * 14 if count is None else f"{count:14,.1f}"


def measure(
    course: Course,
    *,
    answers: Collection[str] = ANSWERS,
    slugs: Collection[str] = SLUGS,
    rounds: int = ROUNDS,
    most: int = SAMPLE,
) -> dict[str, Profile]:
    """The profiles of these notebooks by name, of these answers, each printed as it is done.

    Args:
        rounds: how often right answers run.
        most: students of the class that are graded.
    """
    found: dict[str, Profile] = {}
    try:
        for slug in slugs:
            made = of_right_answers(course, slug, rounds) if RIGHT in answers else {}
            made |= {CLASS: of_class(course, slug, most)} if CLASS in answers else {}
            for part, profile in made.items():
                found[f"{slug}, {part}"] = profile
                print(told(f"{slug}, {part}", profile), flush=True)
    finally:
        stop_all()
    return found


def main() -> None:
    """Profile; the counts go into _build/profile.json."""
    words = sys.argv[1:]
    gradebook.prepare()
    with tempfile.TemporaryDirectory(prefix="bench-profile-") as scratch:
        course = classroom.make(Path(scratch), STUDENTS)
        answers, slugs = (set(words) & set(known) or known for known in (ANSWERS, SLUGS))
        found = measure(course, answers=answers, slugs=slugs)
    build = Path(__file__).resolve().parent.parent / "_build"
    build.mkdir(exist_ok=True)
    (build / "profile.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
