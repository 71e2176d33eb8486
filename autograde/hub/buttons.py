"""What nbgrader's own commands that convert notebooks do in a course of ours, in formgrader and out of it.

nbgrader makes a converter's exporter before it touches a file; the settings name these in its place. `autograde` of
nbgrader then is `autograde grade`, in the sandbox, `generate_feedback` is `autograde feedback`, and
`generate_assignment` is refused.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import BaseConverter, NbGraderException

from autograde.course.strangers import printable

# Without the working directory on its path, where modules of any name may lie.
OURS = (sys.executable, "-P", "-m", "autograde")


class Grading(NotebookExporter):
    """Grades what `nbgrader autograde` was asked for by our own command, and leaves nbgrader nothing to run."""

    def __init__(self, parent: BaseConverter, **settings: Any) -> None:
        super().__init__(parent=parent, **settings)
        course = parent.coursedir
        asked = [Path(folder).parent.name for folder in parent.assignments] if course.student_id != "*" else []
        parent.assignments = {}
        words = ["grade", course.assignment_id, "--course", course.root, "--json"]
        words += [f"--student={student}" for student in asked]
        words += ["--force"] if parent.force else []
        failed = []
        for row in json.loads(_run(parent, words)):
            points = "no points" if row["points"] is None else f"{row['points']:g} of {row['max_points']:g} points"
            waiting = f", {len(row['waiting'])} for a person" if row["waiting"] else ""
            about = [f"{row['status']} {row['student']}: {points}{waiting}.", row["reason"], *row["remarks"]]
            parent.log.info(printable(" ".join(filter(None, about))))
            failed += [f"{row['student']}: {row['reason']}"] if row["status"] == "failed" else []
        if failed:
            _refuse(parent, "Not graded: " + "; ".join(map(printable, failed)))


class Explaining(NotebookExporter):
    """Writes the feedback pages that are not up to date, of whomever `nbgrader generate_feedback` was asked for."""

    def __init__(self, parent: BaseConverter, **settings: Any) -> None:
        super().__init__(parent=parent, **settings)
        parent.assignments = {}
        words = ["feedback", parent.coursedir.assignment_id, "--course", parent.coursedir.root]
        counted, *failed = map(printable, _run(parent, words).splitlines())
        parent.log.info(counted)
        if failed:
            _refuse(parent, "; ".join(failed))


class Releasing(NotebookExporter):
    """Refuses `nbgrader generate_assignment`, which neither looks for leaks nor makes the students' bundle."""

    def __init__(self, parent: BaseConverter, **settings: Any) -> None:
        super().__init__(parent=parent, **settings)
        slug = parent.coursedir.assignment_id
        _refuse(
            parent, f"Nothing was changed. Run `autograde release {slug}`: it also looks for leaks and makes the zip."
        )


def _run(converter: BaseConverter, words: list[str]) -> str:
    # What our own command prints.
    done = subprocess.run([*OURS, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        _refuse(converter, done.stderr.strip())
    return done.stdout


def _refuse(converter: BaseConverter, why: str) -> None:
    converter.log.error(why)  # nbgrader's commands print no exception of theirs
    raise NbGraderException(why)
