"""Grades ever larger classes and measures time and memory against the number done, into _build/scale.json.

    python -m benchmarks.scale 100 1000 10000
    python -m benchmarks.scale report 10000     # the class report alone, over copies of a hundred graded submissions

Each class is graded by a process of its own, on this machine, with the sandbox and the judge; another one writes its
report.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import psutil
import sqlalchemy

from autograde.course import gradebook
from autograde.course.folder import CONFIG_NAME, Course
from autograde.course.settings import CONFIG_FILE
from autograde.demo import demo_class
from autograde.grade.grade import grade
from autograde.release.release import release

SLUG = "rnn-cell"
CLASSES = (100, 1_000, 10_000)
POINTS_OF_CURVE = 200
BUILD = Path("_build")
LEFT_OUT = ("stops-python",)  # says nothing about scale
COPIED = 100  # submissions that are graded where the report alone is measured
WATCH = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
# The gradebook's tables for a submission, with the columns that a copy has of its own.
TABLES = {
    "student": ("id",),
    "submitted_assignment": ("id", "student_id"),
    "submitted_notebook": ("id", "assignment_id"),
    "grade": ("id", "notebook_id"),
    "comment": ("id", "notebook_id"),
}


def main(words: list[str]) -> None:
    """Measure the classes asked for. With `grade DIR`, be the process that is measured."""
    if words[:1] == ["grade"]:
        print(json.dumps(measure(Course(Path(words[1])))))
        return
    if words[:1] == ["report"]:
        folder = BUILD / "scale"
        make_class(folder, COPIED)
        _graded(folder)
        copy_submissions(Course(folder.absolute()), int(words[1]))
        print(_in_words(measure_report(Course(folder.absolute()))))
        shutil.rmtree(folder)
        return
    sizes = [int(word) for word in words] or list(CLASSES)
    found: dict[str, Any] = {"machine": platform.machine(), "cores": os.cpu_count(), "assignment": SLUG, "runs": []}
    for size in sizes:
        folder = BUILD / "scale"
        make_class(folder, size)
        run = _graded(folder) | {"report": measure_report(Course(folder.absolute()))}
        found["runs"].append(run)
        shutil.rmtree(folder)
        (BUILD / "scale.json").write_text(json.dumps(found, indent=1), "utf-8")
        print(
            f"{size} submissions: {run['seconds']:.1f} s, {run['ms_each']:.1f} ms each, peak {run['peak_mb']:.0f} MB, "
            f"{run['bytes_each']:.0f} bytes more for each"
        )
        print(_in_words(run["report"]))


def make_class(folder: Path, size: int) -> None:
    """A course in which `size` students have handed in the demo class's answers, no two files alike."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / CONFIG_NAME).write_text(CONFIG_FILE, "utf-8")
    course = Course(folder.absolute())
    gradebook.prepare()
    release(course, [SLUG])
    notebooks = [
        nbformat.read(course.release / SLUG / f"{SLUG}.ipynb", 4),
        nbformat.read(course.source / SLUG / f"{SLUG}.ipynb", 4),
    ]
    demo = demo_class(SLUG, release=notebooks[0], source=notebooks[1])
    made = [one for one in demo if one.name == f"{SLUG}.ipynb" and one.student not in LEFT_OUT]
    for number in range(size):
        path = course.submitted / f"student-{number:05}" / SLUG / f"{SLUG}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(made[number % len(made)].content + b"\n" * (number // len(made)))


def copy_submissions(course: Course, size: int) -> None:
    """Fill a graded class up to `size` students with copies of what it has, in the gradebook and in autograded/."""
    graded = sorted(path.name for path in course.autograded.glob("[!.]*"))
    engine = sqlalchemy.create_engine(course.config.CourseDirectory.db_url)
    with engine.begin() as book:
        for copy in range(1, -(-size // len(graded))):
            last = graded[min(len(graded), size - copy * len(graded)) - 1]
            _copy_rows(book, f"-{copy:04}", last)
    for number in range(len(graded), size):
        student = graded[number % len(graded)]
        other = f"{student}-{number // len(graded):04}"
        shutil.copytree(course.autograded / student, course.autograded / other)
        shutil.copyfile(course.record_file(SLUG, student), course.record_file(SLUG, other))


def _copy_rows(book: sqlalchemy.Connection, ending: str, last: str) -> None:
    # The rows of the first students, up to the last one, with the ending behind ids and what refers to them.
    chosen = f"SELECT id FROM student WHERE length(id) = {len(last)} AND id <= '{last}'"
    for table, own in TABLES.items():
        names = [column["name"] for column in sqlalchemy.inspect(book).get_columns(table)]
        columns = ", ".join(f"{name} || '{ending}'" if name in own else name for name in names)
        book.execute(
            sqlalchemy.text(f"INSERT INTO {table} SELECT {columns} FROM {table} WHERE {own[-1]} IN ({chosen})")
        )
        if table != "student":
            chosen = f"SELECT id FROM {table} WHERE {own[-1]} IN ({chosen})"


def measure_report(course: Course) -> dict[str, Any]:
    """What `autograde report` takes over a graded course."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "autograde", "report", "--course", str(course.root)]
    # Linux counts the memory of whoever starts a process as the process's own: here somebody small does.
    done = subprocess.run([sys.executable, "-c", WATCH, *command], check=True, stdout=subprocess.PIPE, text=True)
    processor_seconds, peak_kb = json.loads(done.stdout)
    return {
        "submissions": sum(1 for _ in course.autograded.glob(f"[!.]*/{SLUG}")),
        "seconds": time.perf_counter() - begun,
        "processor_seconds": processor_seconds,
        "peak_mb": peak_kb / 1e3,
        "page_mb": max(page.stat().st_size for page in course.report.parent.glob("*.html")) / 1e6,
    }


def _in_words(report: dict[str, Any]) -> str:
    return (
        f"{report['submissions']} submissions, the report: {report['seconds']:.1f} s, "
        f"{report['processor_seconds']:.1f} s of the processor, peak {report['peak_mb']:.0f} MB, "
        f"a page of {report['page_mb']:.1f} MB"
    )


def measure(course: Course) -> dict[str, Any]:
    """Grade a course; the curve of (done, seconds, resident MB of this process, of its children), and what follows."""
    gradebook.prepare()
    begun = time.perf_counter()
    process = psutil.Process()
    curve: list[tuple[int, float, float]] = []
    done = 0
    step = 1

    def started(count: int) -> None:
        nonlocal step
        step = max(1, count // POINTS_OF_CURVE)

    def finished(row: object) -> None:
        nonlocal done
        done += 1
        if done % step == 0:
            curve.append((done, time.perf_counter() - begun, process.memory_info().rss / 1e6))

    rows = grade(course, SLUG, started=started, finished=finished)
    seconds = time.perf_counter() - begun
    warm = curve[len(curve) // 4 :]  # the first quarter fills caches and starts the warm processes
    time_fit = statistics.linear_regression([point[0] for point in warm], [point[1] for point in warm])
    memory_fit = statistics.linear_regression([point[0] for point in warm], [point[2] for point in warm])
    half = len(curve) // 2
    return {
        "submissions": len(rows),
        "graded": sum(row.status == "graded" for row in rows),
        "seconds": seconds,
        "seconds_to_first": curve[0][1],
        "ms_each": 1e3 * time_fit.slope,
        "ms_each_by_half": [1e3 * _slope(curve[:half]), 1e3 * _slope(curve[half:])],
        "peak_mb": max(point[2] for point in curve),
        "bytes_each": 1e6 * memory_fit.slope,
        "correlation_of_time": statistics.correlation([point[0] for point in curve], [point[1] for point in curve]),
        "curve": [[n, round(at, 3), round(mb, 2)] for n, at, mb in curve],
    }


def _slope(points: list[tuple[int, float, float]]) -> float:
    return (points[-1][1] - points[0][1]) / (points[-1][0] - points[0][0])


def _graded(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.scale", "grade", str(folder.absolute())]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
