"""For comparison: plain `nbgrader autograde` on the attacks that are harmless even where they succeed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from autograde.course.folder import Course
from autograde.course.settings import COURSE_ID
from tests.hostile.attack import Attack, Scene
from tests.hostile.measure import deserved

SECONDS_PER_CELL = 5
LONGEST_RUN = 180  # seconds
ITS_OWN = "--Autograde.exporter_class=nbconvert.exporters.NotebookExporter"  # else our settings' grades as we do


@dataclass(frozen=True)
class StockResult:
    """What plain nbgrader made of one attack, graded alone. `aborted`: the command failed, or had to be ended."""

    name: str
    points: float
    deserved: float
    aborted: bool
    seconds: float


def run(scene: Scene, attacks: list[Attack]) -> Iterator[StockResult]:
    """Grade each attack by plain nbgrader in a course and a home folder of its own, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(partial(_run_one, scene), attacks)


def _run_one(scene: Scene, attack: Attack) -> StockResult:
    root = scene.course.root.with_name(f"stock-{attack.name}")
    ignored = shutil.ignore_patterns("submitted", "autograded", "feedback", "_build")
    shutil.copytree(scene.course.root, root, ignore=ignored)
    course = Course(root)
    attack.hand_in(Scene(course, scene.slug, scene.release, scene.right, scene.known))
    start = time.monotonic()
    aborted = not _autograde(course, scene.slug, attack.id)
    seconds = round(time.monotonic() - start, 2)
    points = _points(course, scene.slug, attack.id)
    shutil.rmtree(root)
    return StockResult(attack.name, points, deserved(scene, attack), aborted, seconds)


def _autograde(course: Course, slug: str, student: str) -> bool:
    home = course.root / "home"
    home.mkdir()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {"HOME": str(home), "IPYTHONDIR": str(home / ".ipython"), "PATH": path}
    limit = f"--Execute.timeout={SECONDS_PER_CELL}"
    command = [sys.executable, "-m", "nbgrader", "autograde", slug, f"--student={student}", limit, ITS_OWN]
    try:
        done = subprocess.run(
            command, cwd=course.root, env={**os.environ, **own}, capture_output=True, timeout=LONGEST_RUN, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _points(course: Course, slug: str, student: str) -> float:
    with Gradebook(course.config.CourseDirectory.db_url, COURSE_ID) as book:
        try:
            return float(book.find_submission(slug, student).score)
        except MissingEntry:
            return 0.0
