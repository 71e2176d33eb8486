"""One attack at a time through grade, feedback, report and export: points, leaks, containment, seconds."""

from __future__ import annotations

import csv
import html
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import nbformat

from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.course.settings import TEMPLATES
from autograde.grade.grade import Row, grade
from autograde.grade.results import results
from autograde.reports.class_report import write_report
from autograde.reports.export import write_grades
from autograde.reports.feedback import write_feedback
from autograde.sandbox.limits import PATIENCE
from tests.hostile.attack import Attack, Scene
from tests.hostile.scene import Tripwires, left_behind

GRACE = 2.0  # seconds beyond a limit until what hit it has to be over
WON = "PWNED:"
ARMED = "ARMED"
CANARY = re.compile(r"unrolled-canary-[0-9a-f]{12}")
HIDDEN_TEST = re.compile(r"(?<![\w-])hidden=\\?[\"']\w")
CARRIED = "exfil_"
REFUSED_TAGS = ("iframe", "object", "embed", "form", "base", "applet", "frame")


@dataclass
class Verdict:
    """What came of one attack.

    points, deserved: earned and rightly earned. fails: everything that must not be; empty where all is well.
    contained, leaked: no trace outside of what it may touch; something seen that is not to be seen.
    armed: an attack on the wire had taken the agent's place.
    seconds: from the beginning of grading to its end. allowed: the most it may take.
    """

    name: str
    theme: str
    tries: str
    points: float = 0.0
    deserved: float = 0.0
    contained: bool = True
    leaked: bool = False
    broken: bool = False
    seconds: float = 0.0
    allowed: float = 0.0
    armed: bool = False
    fails: list[str] = field(default_factory=list)

    @property
    def late(self) -> bool:
        """Whether it took longer than it may."""
        return self.seconds > self.allowed


def deserved(scene: Scene, attack: Attack) -> float:
    """The points of all tests of the functions that its answers truly implement."""
    cells = [cell.metadata.get("nbgrader", {}) for cell in scene.release.cells]
    tests = [about for about in cells if about.get("grade")]
    return float(
        sum(
            about["points"]
            for about in tests
            if about["grade_id"].rsplit("-", 1)[0] in attack.right or about["grade_id"] in attack.right
        )
    )


def play(scene: Scene, attack: Attack, tripwires: Tripwires, *, timeout: int, usual: float) -> Verdict:
    """Grade one attack in a course of its own, and look at all that it could have done.

    Args:
        timeout: seconds for each cell.
        usual: seconds that a submission of this assignment takes.
    """
    verdict = Verdict(attack.name, attack.theme, attack.tries, deserved=deserved(scene, attack))
    was_busy = is_busy()
    course = _copy(scene)
    alone = replace(scene, course=course)
    attack.hand_in(alone)
    try:
        rows = _grade(course, scene, attack, verdict, timeout)
        _pages(course, scene, attack, verdict, rows)
    except Exception as error:
        verdict.broken = True
        verdict.fails.append(f"the run broke: {type(error).__name__}: {str(error)[:300]}")
    outside = [*tripwires.take(), *left_behind(scene)]
    if outside:
        verdict.contained = False
        verdict.fails += outside
    # By the clock, a limit is met at once where a processor is free, and else within its patience.
    slowest = timeout * (PATIENCE if was_busy or is_busy() else 1)
    verdict.allowed = usual + max(attack.timeouts, 1) * (slowest + GRACE)
    if verdict.late:
        verdict.fails.append(f"took {verdict.seconds:.1f} s where {verdict.allowed:.1f} s are allowed")
    shutil.rmtree(course.root, ignore_errors=True)
    return verdict


def is_busy() -> bool:
    """Whether more programs want to compute than there are processors, within the last minute."""
    return os.getloadavg()[0] > (os.cpu_count() or 1)


def _copy(scene: Scene) -> Course:
    # The same course without submissions, so that each attack is alone with its consequences.
    root = scene.course.root.with_name("alone")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(
        scene.course.root, root, ignore=shutil.ignore_patterns("submitted", "autograded", "feedback", "_build")
    )
    return Course(root)


def _grade(course: Course, scene: Scene, attack: Attack, verdict: Verdict, timeout: int) -> list[Row]:
    start = time.monotonic()
    try:
        rows = grade(course, scene.slug, timeout=timeout, confinement=scene.confinement)
    except CourseError:
        if not attack.refused:  # a course whose only folder cannot be used has nothing to grade
            raise
        rows = []
    verdict.seconds = time.monotonic() - start
    failed = [row.reason for row in rows if row.status != "graded"]
    if failed and not attack.refused:
        verdict.broken = True
        verdict.fails.append(f"it was not graded: {failed[0][:300]}")
    verdict.points = sum(result.points or 0.0 for result in results(course, scene.slug))
    if verdict.points > verdict.deserved:
        verdict.fails.append(f"earned {verdict.points:g} points of which it deserves {verdict.deserved:g}")
    if verdict.points < verdict.deserved and not attack.may_lose:
        verdict.fails.append(f"lost points: {verdict.points:g} of {verdict.deserved:g}")
    return rows


def _pages(course: Course, scene: Scene, attack: Attack, verdict: Verdict, rows: list[Row]) -> None:
    pages, failures = write_feedback(course, scene.slug)
    if failures:
        verdict.broken = True
        verdict.fails += [f"no feedback: {reason[:300]}" for reason in failures.values()]
    report = write_report(course, [scene.slug])
    exported, _ = write_grades(course, [scene.slug], form="csv", to=None)
    with exported.open(encoding="utf-8", newline="") as file:
        # An apostrophe keeps spreadsheets from computing a name.
        exported_names = {row["student_id"].removeprefix("'") for row in csv.DictReader(file)}
        if rows and attack.id not in exported_names and not (attack.refused and exported_names):
            verdict.broken = True
            verdict.fails.append("the exported grades do not name the student")
    shown = {f"feedback {path.name}": path.read_text("utf-8") for path in pages}
    shown |= {f"report {path.name}": path.read_text("utf-8") for path in sorted(report.parent.glob("*.html"))}
    for place, text in [*_outputs(course), *((name, html.unescape(page)) for name, page in shown.items())]:
        _look_for_traces(place, text, scene, attack, verdict)
    for place, page in shown.items():
        verdict.fails += [f"{place}: {what}" for what in Page(page).found]


def _outputs(course: Course) -> Iterator[tuple[str, str]]:
    # What the student's cells put out, as text. Test cells are for instructors; feedback shows what is left of them.
    for path in course.autograded.glob("*/*/*.ipynb"):
        for number, cell in enumerate(nbformat.read(path, 4).cells):
            about = cell.metadata.get("nbgrader", {})
            if cell.get("outputs") and not about.get("grade"):
                yield f"outputs of cell {number}", json.dumps(cell.outputs, ensure_ascii=False)


def _look_for_traces(place: str, text: str, scene: Scene, attack: Attack, verdict: Verdict) -> None:
    verdict.armed |= ARMED in text
    if WON in text:
        verdict.contained = False
        verdict.fails.append(f"{place}: {text[text.index(WON) :][:200]}")
    told = [attack.telltale] if attack.telltale and attack.telltale in text else []
    for what in [*traces(text, scene), *told]:
        verdict.leaked = True
        verdict.fails.append(f"{place} holds {what}")


def traces(text: str, scene: Scene) -> Iterator[str]:
    """What a text holds of that which no submission, and no page for students, may hold."""
    if "".join(scene.known["halves"]) in text:
        yield "the bait"
    if scene.course.key_file.exists() and scene.course.key_file.read_text() in text:
        yield "the course's key"
    if CANARY.search(text):
        yield "a canary of the secret package"
    if HIDDEN_TEST.search(text):
        yield "a hidden test"
    if CARRIED in text:
        yield f"a hidden input ({text[max(text.index(CARRIED) - 80, 0) :][:200]!r})"


REPORTS_SCRIPT = (TEMPLATES / "report/report.js").read_text("utf-8")
DATA_OF_THE_REPORT = {"type": "application/json", "id": "table"}  # which no browser runs


class Page(HTMLParser):
    """What of a page could run, load or post something; in `found`."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.has_policy = False
        self._script: str | None = None  # what is read of one that may be the report's own
        self.feed(page)
        self.close()
        if self._script is not None:
            self.found.append("<script> without an end")
        if not self.has_policy:
            self.found.append("the page has no content security policy")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self._look_at_meta(given)
        if tag == "script" and not given:
            self._script = ""
        elif tag in REFUSED_TAGS or (tag == "script" and given != DATA_OF_THE_REPORT):
            self.found.append(f"<{tag}>")
        if tag == "link" and "stylesheet" in given.get("rel", ""):
            self.found.append(f"a style sheet from {given.get('href')}")
        for name, value in given.items():
            if name.startswith("on"):
                self.found.append(f"the handler {name} of <{tag}>")
            if name in ("href", "src", "action", "xlink:href", "srcset", "data", "poster"):
                self._look_at_address(tag, name, value)

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            if self._script != REPORTS_SCRIPT:
                self.found.append("<script>")
            self._script = None

    def _look_at_meta(self, given: dict[str, str]) -> None:
        kind = given.get("http-equiv", "").lower()
        self.has_policy |= kind == "content-security-policy"
        if kind == "refresh":
            self.found.append("a page that goes elsewhere by itself")

    def _look_at_address(self, tag: str, name: str, value: str) -> None:
        scheme = re.match(r"\s*([a-zA-Z][\w+.-]*):", value)
        remote = tag != "a" and ("//" in value and not value.startswith("data:image/"))
        if (scheme and scheme[1].lower() not in ("https", "http", "data", "mailto")) or remote:
            self.found.append(f"{name} of <{tag}> leads to {value[:80]}")
        if value.lower().startswith("data:") and not value.lower().startswith("data:image/"):
            self.found.append(f"{name} of <{tag}> leads to {value[:80]}")
