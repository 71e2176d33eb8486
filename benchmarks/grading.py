"""Grading a class with our runner, sandbox and judge on, against stock `nbgrader autograde` on the same files.

Both run the same tests on the class of classroom.py, in turn, on one machine. Stock grading takes so long that it is
measured on two small classes, from which its start-up and its time a student follow; ours on one student and the whole
class. The first students' answers are more often right, which is quicker, for stock grading too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from autograde.course import gradebook
from autograde.course.folder import Course
from benchmarks import classroom, machine, overhead, profile
from benchmarks.classroom import SLUGS
from benchmarks.notebooks import kernels
from benchmarks.spread import spread
from benchmarks.spread import told as spread_told

RUNS = 5
STOCK_CLASSES = (1, 8)
ITS_OWN = "--Autograde.exporter_class=nbconvert.exporters.NotebookExporter"  # else our settings' grades as we do
OURS, STOCK = "ours", "stock"
COMMANDS = {
    OURS: [[sys.executable, "-m", "autograde", "grade"]],
    STOCK: [[sys.executable, "-m", "nbgrader", "autograde", slug, ITS_OWN] for slug in SLUGS],
}
WHOLE, START, CLASS = PARTS = "with start-up", "start-up", "without start-up"
TIMES = "times stock's fastest"


class Cost(NamedTuple):
    """Seconds: of the clock, and of all processors together."""

    time: float
    work: float


Points = dict[tuple[str, str], tuple[float, float]]  # and the most there are, by assignment and student
Costs = dict[tuple[str, int], list[Cost]]  # by who grades and how many students, one a run


def measure(
    students: int = profile.STUDENTS,
    *,
    stock: tuple[int, int] = STOCK_CLASSES,
    runs: int = RUNS,
    repeats: int = overhead.REPEATS,
    sample: int = profile.SAMPLE,
) -> dict[str, Any]:
    """How many times as fast as stock grading, with start-up and without; what a notebook costs, counted and timed.

    Args:
        students: in our class; two at least.
        stock: in the two classes that stock nbgrader grades.
        runs: of both.
        repeats: of one notebook.
        sample: how many of the class are graded once more, for the profile.
    """
    gradebook.prepare()
    with tempfile.TemporaryDirectory(prefix="bench-grading-") as scratch:
        course = classroom.make(Path(scratch), students)
        costs: Costs = {}
        points: Points = {}
        for _ in range(runs):  # in turn, so that what the machine does meanwhile meets both
            for who, sizes in ((OURS, (1, students)), (STOCK, stock)):
                for size in sizes:
                    costs.setdefault((who, size), []).append(cost(course, who, size, points))
        overheads = {slug: overhead.measure(course, slug, repeats) for slug in SLUGS}
        profiles = profile.measure(course, slugs=SLUGS, rounds=repeats, most=sample)
        taken = kernels(course)
    return {
        "machine": machine.about(),
        "kernels": taken,
        "students": students,
        "notebooks": len(SLUGS) * students,
        "right": {slug: sum(classroom.is_right(slug, number) for number in range(students)) for slug in SLUGS},
        **compared(costs, students),
        "one_notebook": overheads,
        "profile": profiles,
    }


def cost(course: Course, who: str, students: int, known: Points) -> Cost:
    """What it takes to grade the first so many students.

    Args:
        known: the points that others gave, to which these are added.

    Raises RuntimeError where points are not what they must be.
    """
    copied = classroom.copy(course, range(students))
    command = [sys.executable, str(Path(__file__).with_name("tree.py")), json.dumps(COMMANDS[who])]
    done = subprocess.run(command, cwd=copied.root, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"grading failed: {done.stderr[-1000:]}")
    found = Cost(*json.loads(done.stdout))
    check_points(points_of(copied), students, known)
    return found


def check_points(points: Points, students: int, known: Points) -> None:
    """Raises RuntimeError where a right notebook lacks points, a wrong one has all, or others gave it other points.

    Such a time says nothing of grading.
    """
    for slug in SLUGS:
        for number in range(students):
            one = (slug, classroom.student(number))
            score, most = points.get(one, (0.0, 0.0))
            if not most or (score == most) != classroom.is_right(slug, number):
                raise RuntimeError(f"{slug} of {one[1]}: {score} of {most} points")
            if known.setdefault(one, (score, most)) != (score, most):
                raise RuntimeError(f"{slug} of {one[1]}: {score} points, where others gave {known[one][0]}")


def points_of(course: Course) -> Points:
    """Points and the most there are, by assignment and student, as the gradebook has them."""
    with gradebook.gradebook(course) as book:
        return {
            (slug, submission.student.id): (submission.score, submission.max_score)
            for slug in SLUGS
            for submission in book.assignment_submissions(slug)
        }


def compared(costs: Costs, students: int) -> dict[str, Any]:
    """Both sides for a whole class, and the ratios: of stock's fastest runs to each of ours, in time and in work."""
    found: dict[str, Any] = {}
    for name in Cost._fields:
        small, whole = ([getattr(one, name) for one in costs[OURS, size]] for size in (1, students))
        ours = [_scaled({1: few, students: more}, students) for few, more in zip(small, whole, strict=True)]
        measured = {size: [getattr(one, name) for one in runs] for (who, size), runs in costs.items() if who == STOCK}
        stock = _scaled({size: min(seconds) for size, seconds in measured.items()}, students)
        found[name] = {
            OURS: {part: spread(one[part] for one in ours) for part in PARTS},
            STOCK: {**stock, "measured": {size: spread(seconds) for size, seconds in measured.items()}},
            TIMES: {part: spread(stock[part] / one[part] for one in ours) for part in (WHOLE, CLASS)},
        }
    return found


def _scaled(seconds: dict[int, float], students: int) -> dict[str, float]:
    # A class of this many, from two classes.
    few, more = seconds
    each = (seconds[more] - seconds[few]) / (more - few)
    start = seconds[few] - few * each
    return {WHOLE: start + students * each, START: start, CLASS: students * each}


def told(measured: dict[str, Any]) -> str:
    """What was measured, in words."""
    lines = []
    for name in Cost._fields:
        found = measured[name]
        ours, stock, times = found[OURS], found[STOCK], found[TIMES]
        lines.append(
            f"class of {measured['students']}, two notebooks each, seconds of {name}: {spread_told(ours[WHOLE])}, "
            f"start-up {spread_told(ours[START])}; stock nbgrader's fastest, scaled, {stock[WHOLE]:.0f}: "
            f"{spread_told(times[WHOLE])} times as much, without start-up {spread_told(times[CLASS])}"
        )
    lines += [overhead.told(slug, parts) for slug, parts in measured["one_notebook"].items()]
    return "\n".join(lines)
