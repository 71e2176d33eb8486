"""Measures what the commands of a course take of ever larger classes, into _build/scale.json.

    python -m benchmarks.scale                      # 100, 1,000 and 10,000 submissions
    python -m benchmarks.scale 100 400              # others
    python -m benchmarks.scale grading 10000        # grade so many for real, into _build/scale-grading.json

A hundred submissions are graded once, with the sandbox and the judge, and copied, each with answers of its own; with
the copies every command runs as an instructor would run it, in a process of its own. Grading ten thousand takes a
quarter of an hour and is measured where it is asked for: what it costs a submission shows in the curve of a thousand.

A command that takes no more than 20 seconds runs five times, a longer one once: its own submissions are the repetition,
and the sizes below it show the spread. What grows in a straight line costs the same for one more submission from the
first to the second size as from the second to the third.
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
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from autograde.course import gradebook
from autograde.course.folder import Course
from autograde.grade.grade import grade
from benchmarks.large_class import SLUG, add_grades, make_class, start_course

SIZES = (100, 1_000, 10_000)
COPIED = 100  # submissions that are graded to be copied
GRADED = 1_000  # the class whose grading is measured where none is asked for
POINTS_OF_CURVE = 200
RUNS = 5
SHORT = 20.0  # seconds; longer commands run once
STRAIGHT = 1.5  # times what one more submission cost before; memory allocation and caches make steps
BUILD = Path("_build")
WATCH = """
import json, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""


@dataclass(frozen=True)
class Step:
    """One command.

    words: what follows `autograde`; names of files are those of the course folder.
    makes: what it writes, as patterns in the course folder.
    anew: what is deleted before it runs.
    """

    name: str
    words: tuple[str, ...]
    makes: tuple[str, ...] = ()
    anew: tuple[str, ...] = ()


HANDED_IN = ("submitted", "collected.csv")
INTAKE = (
    Step("collect", ("collect", "moodle.zip"), HANDED_IN, HANDED_IN),
    Step("collect, nothing new", ("collect", "moodle.zip"), ("collected.csv",)),
)
AFTERWARDS = (
    Step("grade, nothing new", ("grade",)),
    Step("feedback", ("feedback",), ("feedback",), ("feedback",)),
    Step("feedback, nothing new", ("feedback",)),
    Step("report", ("report",), ("_build/report",)),
    Step("export", ("export",), ("_build/grades/grades.csv",)),
    Step("export --into", ("export", "--into", "moodle.csv", "--partial"), ("_build/grades/moodle.csv",)),
    Step("return", ("return", "--for", "moodle", "--partial"), ("_build/return",)),
)


def main(words: list[str]) -> None:
    """Measure the sizes asked for. With `grade DIR`, be the process that is measured."""
    if words[:1] == ["grade"]:
        print(json.dumps(measure_grading(Course(Path(words[1])))))
        return
    if words[:1] == ["grading"]:
        graded = [_grading(int(word)) for word in words[1:] or [str(GRADED)]]
        _write("scale-grading.json", {"grading": graded})
        return
    sizes = sorted(int(word) for word in words) or list(SIZES)
    found = {"grading": [_grading(min(GRADED, sizes[-1]))], "commands": measure_commands(sizes)}
    _write("scale.json", found)


def measure_commands(sizes: Iterable[int]) -> dict[str, Any]:
    """What each command takes at each size, by its name, and how that grows."""
    made = BUILD / "scale-graded"
    make_class(made, COPIED)
    graded = Course(made.absolute())
    gradebook.prepare()
    grade(graded, SLUG)
    found: dict[str, list[dict[str, Any]]] = {}
    for size in sizes:
        course = start_course(graded, BUILD / "scale", size)
        for step in INTAKE:
            found.setdefault(step.name, []).append(measure(course, step, size))
        add_grades(graded, course, size)
        for step in AFTERWARDS:
            found.setdefault(step.name, []).append(measure(course, step, size))
        shutil.rmtree(course.root)
    shutil.rmtree(made)
    told = {name: {"runs": runs, **growth(runs)} for name, runs in found.items()}
    for name, one in told.items():
        print(_in_words(name, one))
    return told


def measure(course: Course, step: Step, size: int) -> dict[str, Any]:
    """What a command takes: five times, or once where it is long."""
    words = [str(course.root / word) if (course.root / word).is_file() else word for word in step.words]
    command = [sys.executable, "-m", "autograde", *words, "--course", str(course.root)]
    runs: list[tuple[float, float, float]] = []
    while len(runs) < RUNS and not (runs and runs[0][0] > SHORT):
        for name in step.anew:
            _delete(course.root / name)
        begun = time.perf_counter()
        # Linux counts the memory of whoever starts a process as the process's own: here somebody small does.
        done = subprocess.run([sys.executable, "-c", WATCH, *command], check=True, stdout=subprocess.PIPE, text=True)
        processor_seconds, peak_kb = json.loads(done.stdout)
        runs.append((time.perf_counter() - begun, processor_seconds, peak_kb / 1e3))
    seconds, processor_seconds, peaks = (list(column) for column in zip(*runs, strict=True))
    return {
        "submissions": size,
        "seconds": seconds,
        "processor_seconds": processor_seconds,
        "peak_mb": peaks,
        "bytes": sum(_size(course.root / name) for name in step.makes),
    }


def growth(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """What one more submission costs, from each size to the next; `straight` says whether that stays the same."""
    found = {}
    for name, of_run in (
        ("processor_ms_each", lambda run: 1e3 * statistics.median(run["processor_seconds"])),
        ("memory_kb_each", lambda run: 1e3 * statistics.median(run["peak_mb"])),
        ("bytes_each", lambda run: run["bytes"]),
    ):
        found[name] = [
            (of_run(more) - of_run(less)) / (more["submissions"] - less["submissions"]) for less, more in pairwise(runs)
        ]
    costs = found["processor_ms_each"]
    return {**found, "straight": len(costs) < 2 or costs[-1] <= STRAIGHT * max(costs[0], 0.0)}


def _in_words(name: str, one: dict[str, Any]) -> str:
    lines = [name]
    for run in one["runs"]:
        used = sorted(run["processor_seconds"])
        spread = f" ({used[0]:.2f} to {used[-1]:.2f} in {len(used)} runs)" if len(used) > 1 else " (1 run)"
        lines.append(
            f"  {run['submissions']:6} submissions: {statistics.median(run['seconds']):7.2f} s, of the processor "
            f"{statistics.median(used):7.2f} s{spread}, peak {max(run['peak_mb']):4.0f} MB, "
            f"{run['bytes'] / 1e6:.2f} MB written"
        )
    costs, memory = (
        ", then ".join(f"{cost:.2f}" for cost in one[key]) for key in ("processor_ms_each", "memory_kb_each")
    )
    if costs:
        lines.append(
            f"  one more: {costs} ms of the processor, {memory} kB of memory"
            f"{'' if one['straight'] else ': it does not grow in a straight line'}"
        )
    return "\n".join(lines)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    files: Iterable[Path] = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _write(name: str, found: dict[str, Any]) -> None:
    about = {"machine": platform.machine(), "cores": os.cpu_count(), "assignment": SLUG}
    (BUILD / name).write_text(json.dumps(about | found, indent=1) + "\n", "utf-8")
    print(f"written: {BUILD / name}")


def _grading(size: int) -> dict[str, Any]:
    # By a process of its own, on this machine, with the sandbox and the judge.
    folder = BUILD / "scale"
    make_class(folder, size)
    command = [sys.executable, "-m", "benchmarks.scale", "grade", str(folder.absolute())]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    shutil.rmtree(folder)
    found: dict[str, Any] = json.loads(done.stdout)
    print(
        f"grading {size} submissions: {found['seconds']:.1f} s, {found['ms_each']:.1f} ms each, "
        f"peak {found['peak_mb']:.0f} MB, {found['bytes_each']:.0f} bytes more for each"
    )
    return found


def measure_grading(course: Course) -> dict[str, Any]:
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


if __name__ == "__main__":
    main(sys.argv[1:])
