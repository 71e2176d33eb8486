"""The whole corpus as one class: the commands of the command line, with honest students among the hostile ones."""

from __future__ import annotations

import csv
import ctypes
import html
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from autograde.course.folder import Course
from autograde.runner import warm
from tests.hostile.attack import Attack, Scene
from tests.hostile.measure import Page, deserved, traces
from tests.hostile.scene import Tripwires, honest, left_behind

PR_SET_CHILD_SUBREAPER = 36
STEPS = ("feedback", "report", "export")
LONGEST_STEP = 3600  # seconds


@dataclass
class ClassResult:
    """What came of grading a class.

    points: exported, by student. left: processes and files that were there afterwards.
    fails: everything that must not be.
    """

    seconds: float = 0.0
    points: dict[str, float] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    fails: list[str] = field(default_factory=list)


def grade_class(scene: Scene, attacks: list[Attack], tripwires: Tripwires, *, timeout: int) -> ClassResult:
    """Hand in the honest submissions and these attacks, and run grade, feedback, report and export on them."""
    warm.stop_all()  # so that every process which is left afterwards is one of the commands'
    before = _children()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    root = scene.course.root.with_name("class")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(scene.course.root, root, ignore=shutil.ignore_patterns("autograded", "feedback", "_build"))
    course = Course(root)
    together = Scene(course, scene.slug, scene.release, scene.right, scene.known)
    for attack in attacks:
        attack.hand_in(together)
    result = ClassResult()
    start = time.monotonic()
    told = _command(course, result, "grade", "--json", "--timeout", str(timeout))
    result.seconds = time.monotonic() - start
    rows = {row["student"]: row for row in json.loads(told or "[]")}
    for step in STEPS:
        _command(course, result, step)
    orphans = [f"the process {number}" for number in _children() - before]
    result.left = [*orphans, *left_behind(scene), *tripwires.take()]
    result.fails += result.left
    if not result.fails:
        _compare(course, scene, attacks, rows, result)
    shutil.rmtree(root, ignore_errors=True)
    return result


def _command(course: Course, result: ClassResult, *words: str) -> str:
    command = [sys.executable, "-m", "autograde", *words]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=course.root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        timeout=LONGEST_STEP,
        check=False,
    )
    if done.returncode != 0:
        result.fails.append(f"autograde {words[0]} failed: {done.stderr.decode(errors='replace')[-500:]}")
        return ""
    return done.stdout.decode()


def _compare(course: Course, scene: Scene, attacks: list[Attack], rows: dict[str, dict], result: ClassResult) -> None:
    with (course.grades / "grades.csv").open(encoding="utf-8", newline="") as file:
        exported = {
            row["student_id"].removeprefix("'"): float(row["points_so_far"] or 0) for row in csv.DictReader(file)
        }
    for attack in attacks:
        row = rows.get(attack.id)
        if row is None and not attack.refused:
            result.fails.append(f"{attack.name}: no row")
        elif row is not None and row["status"] != "graded" and not attack.refused:
            result.fails.append(f"{attack.name}: {row['reason'][:200]}")
        earned, rightly = exported.get(attack.id, 0.0), deserved(scene, attack)
        if earned > rightly or (earned < rightly and not attack.may_lose):
            result.fails.append(f"{attack.name}: {earned:g} points where {rightly:g} are deserved")
    result.points = {student: exported.get(student, -1.0) for student in honest(scene)}
    for page in [*course.report.parent.glob("*.html"), *course.feedback.rglob("*.html")]:
        text = page.read_text("utf-8")
        name = f"{page.relative_to(course.root)}"
        # The peer's own page shows the peer's own work, which is the bait of others.
        found = [] if scene.known["peer"] in page.parts else list(traces(html.unescape(text), scene))
        result.fails += [f"{name}: {what}" for what in (*found, *Page(text).found)]


def _children() -> set[str]:
    # Orphans of the commands come to this process. Those that have ended wait to be counted and do nothing.
    return {path.name for path in Path("/proc").glob("[0-9]*") if _state_of_child(path) not in ("Z", "")}


def _state_of_child(process: Path) -> str:
    # The state's letter where this process is the parent, else nothing.
    try:
        state, parent, *_ = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return state if int(parent) == os.getpid() else ""
