"""The class report: pages with all that an instructor wants to see of the class, which work from a folder.

One page says how each student does over all assignments, and each assignment has one of its own. Their tables are data
in the page, which its own script filters and sorts; what has to be seen stands there without it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nbgrader.api import SubmittedAssignment

from autograde.course.errors import CourseError
from autograde.course.folder import Course, write_whole
from autograde.course.gradebook import gradebook
from autograde.course.people import Person, read_people
from autograde.course.plan import Plan, read_plan
from autograde.course.settings import TEMPLATES
from autograde.grade.results import Result, of_most, results
from autograde.reports.by_hand import mismatches
from autograde.reports.grades import not_looked_at
from autograde.reports.items import OUTCOMES
from autograde.reports.summary import FAILED, KINDS, MISSING, NEW, UNREADABLE, Chapter, mistakes_of, summarise

FORMGRADER = "http://localhost:8888"  # where `jupyter lab` serves it
MOST_MISTAKES = 12  # the others stand folded
MOST_NAMED = 20  # students of one kind outside the table
LONGEST_NOTE = 300  # characters of a row's remarks
URGENT = (UNREADABLE, FAILED, NEW)  # these students have nothing
LATE = "late"

Cell = str | float | None | list[Any]


@dataclass(frozen=True)
class Column:
    """A column of a table: its cells are texts, numbers, or None, or lists of one of these, a link, and a mark.

    filter: whether one of its values can be chosen; a text may hold several, apart by "; ".
    base: what its links begin with.
    most: the number that fills a cell's bar; 0 where it has none.
    """

    title: str
    filter: bool = False
    base: str = ""
    most: float = 0.0


@dataclass(frozen=True)
class Class:
    """Whose submissions a report is about.

    people: those of the roster, by id.
    known: the ids of everybody who is asked to hand in, of the gradebook where there is no roster.
    due: when assignments are due by the gradebook, UTC without a zone.
    extensions: what the gradebook grants beyond, by assignment and student.
    """

    plan: Plan
    people: Mapping[str, Person]
    known: list[str]
    due: Mapping[str, datetime | None]
    extensions: Mapping[tuple[str, str], timedelta] = field(default_factory=dict)

    def name(self, student: str) -> str:
        """What the report calls a student: the id, and the name of the roster."""
        person = self.people.get(student)
        return f"{person.name} ({student})" if person and person.name != student else student

    def section(self, student: str) -> str:
        return self.people[student].section if student in self.people else ""

    def due_for(self, slug: str, student: str) -> datetime | None:
        """When an assignment is due for a student, UTC without a zone."""
        planned = self.plan.due_for(slug, student)
        if planned:
            return planned.replace(tzinfo=None)
        due = self.due.get(slug)
        return due and due + self.extensions.get((slug, student), timedelta())


def write_report(course: Course, slugs: list[str], *, formgrader: str = FORMGRADER) -> Path:
    """Write the report over these assignments; returns the path of its first page.

    Args:
        formgrader: the address of the Jupyter server whose formgrader the links lead to.

    Raises CourseError where that is no address, or where course.yml or the roster cannot be read.
    """
    if not formgrader.startswith(("http://", "https://")):
        raise CourseError(f"{formgrader!r} is no address of a Jupyter server.", f"Write it as {FORMGRADER}.")
    about = _read_class(course)
    pages = _Pages(course, about, formgrader.rstrip("/"))
    lines: dict[str, dict[str, Cell]] = {}  # by student and assignment
    overview = []
    for slug in sorted(slugs, key=lambda slug: (about.due_for(slug, "") or datetime.max, slug)):
        rows = results(course, slug)
        new = sorted(not_looked_at(course, slug) - {row.student for row in rows})
        absent = _absent(about, slug, {*new, *(row.student for row in rows)}) if rows or new else {}
        chapter = summarise(
            slug, rows, absent=absent, new=new, by_hand=mismatches(course, slug, rows), people=about.people
        )
        if rows or new:
            pages.write_chapter(chapter)
            for student, cell in pages.line(chapter).items():
                lines.setdefault(student, {})[slug] = cell
        overview.append(Overview.of(chapter, about.due_for(slug, "")))
    return pages.write_index(overview, lines)


@dataclass(frozen=True)
class Overview:
    """One assignment's line on the first page.

    to_do: how many students there are of each kind.
    """

    slug: str
    due: datetime | None
    handed_in: int
    missing: int
    median: float
    mean: float
    max_points: float
    to_do: dict[str, int]
    to_look_at: int

    @classmethod
    def of(cls, chapter: Chapter, due: datetime | None) -> Overview:
        """What is kept of an assignment, while the next one is read."""
        return cls(
            slug=chapter.slug,
            due=due,
            handed_in=len(chapter.states) - len(chapter.missing) - len(chapter.not_due),
            missing=len(chapter.missing),
            median=chapter.median,
            mean=chapter.mean,
            max_points=chapter.max_points - chapter.waiting_points,
            to_do={one.kind: len(one.students) for one in chapter.attention},
            to_look_at=chapter.to_look_at,
        )


def _read_class(course: Course) -> Class:
    people = read_people(course)
    with gradebook(course) as book:
        known = [*people] or [student.id for student in book.students]
        due = {one.name: one.duedate for one in book.assignments}
        granted = book.db.query(SubmittedAssignment).filter(SubmittedAssignment.extension.is_not(None))
        extensions = {(one.name, one.student_id): one.extension for one in granted}
    return Class(read_plan(course), people, known, due, extensions)


def _absent(about: Class, slug: str, present: set[str]) -> dict[str, bool]:
    now = datetime.now(UTC).replace(tzinfo=None)
    left = [student for student in about.known if student not in present]
    return {student: (due := about.due_for(slug, student)) is None or due < now for student in left}


class _Pages:
    # Writes the pages: what students wrote is text in them, and only their own script runs.
    def __init__(self, course: Course, about: Class, formgrader: str) -> None:
        self.course, self.about, self.formgrader = course, about, formgrader
        self._feedback = quote(os.path.relpath(course.feedback, course.report.parent))
        loader = FileSystemLoader(TEMPLATES)
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        self._templates.filters["number"] = lambda value: f"{value:.3g}" if value < 100 else f"{value:.0f}"
        self._templates.filters["name"] = about.name
        self._templates.filters["in_json"] = in_json
        script = (TEMPLATES / "report/report.js").read_text("utf-8")
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        common = {
            "script": script,
            "script_hash": f"sha256-{digest}",
            "of_most": of_most,
            "kinds": KINDS,
            "most_named": MOST_NAMED,
        }
        self._templates.globals.update(common)

    def write_chapter(self, chapter: Chapter) -> None:
        page = self._templates.get_template("report/assignment.html").render(
            chapter=chapter,
            outcomes=OUTCOMES,
            most_mistakes=MOST_MISTAKES,
            pages={row.student: page for row in chapter.rows if (page := self._feedback_page(row))},
            formgrader=f"{self.formgrader}/formgrader/gradebook/{chapter.slug}/{chapter.slug}",
            table=self._table(chapter),
        )
        write_whole(self.course.report.with_name(f"{chapter.slug}.html"), page)

    def write_index(self, overview: list[Overview], lines: Mapping[str, Mapping[str, Cell]]) -> Path:
        page = self._templates.get_template("report/index.html").render(
            overview=overview,
            urgent=URGENT,
            name=self.about.plan.name,
            students=len(lines),
            table=self._matrix([one for one in overview if one.handed_in], lines),
        )
        write_whole(self.course.report, page)
        return self.course.report

    def line(self, chapter: Chapter) -> dict[str, Cell]:
        """What each student's line over all assignments says of this one."""
        cells: dict[str, Cell] = {student: [None, "", state] for student, state in chapter.states.items()}
        for row in chapter.rows:
            mark = chapter.states[row.student] if row.score is None else LATE if _is_late(row) else ""
            cells[row.student] = [_rounded(row.score), self._feedback_page(row) or "", mark, _rounded(row.max_so_far)]
        return cells

    def _feedback_page(self, row: Result) -> str | None:
        path = self.course.feedback_page(row.student, row.assignment)
        is_there = path.is_file()
        return f"{self._feedback}/{quote(row.student)}/{row.assignment}/{path.name}" if is_there else None

    def _table(self, chapter: Chapter) -> dict[str, Any]:
        columns = [
            Column("Student"),
            Column("Section", filter=True),
            Column("Points", most=chapter.max_points),
            Column("of"),
            Column("Late", filter=True),
            Column("To do", filter=True, base=f"{self.formgrader}/formgrader/submissions/"),
            Column("Mistakes", filter=True),
            Column("Remarks"),
        ]
        found = {row.student: self._cells(row, chapter) for row in chapter.rows}
        rows = []
        for student, state in chapter.states.items():
            head: list[Cell] = [self.about.name(student), self.about.section(student)]
            if student not in found:
                rows.append([*head, None, None, "", state, "", ""])
                continue
            page, *cells = found[student]
            rows.append([[head[0], page] if page else head[0], head[1], *cells])
        return _without_empty(columns, rows)

    def _cells(self, row: Result, chapter: Chapter) -> list[Cell]:
        late: Cell = ""
        if _is_late(row) or row.penalty:
            late = [LATE, "", f"−{row.penalty:g}"] if row.penalty else LATE
        state = chapter.states[row.student]
        note = " ".join(
            [f"Not graded: {row.reason}."] * bool(row.reason) + [f"{row.late}."] * bool(row.late) + row.remarks
        )
        return [
            self._feedback_page(row),
            _rounded(row.score),
            None if row.points is None else _rounded(row.max_so_far),
            late,
            [state, row.number] if state and row.number else state,
            "; ".join(dict.fromkeys(name for name, _ in mistakes_of(row))),
            note if len(note) <= LONGEST_NOTE else f"{note[:LONGEST_NOTE]} …",
        ]

    def _matrix(self, overview: list[Overview], lines: Mapping[str, Mapping[str, Cell]]) -> dict[str, Any]:
        columns = [
            Column("Student"),
            Column("Section", filter=True),
            Column("Percent", most=100.0),
            Column(MISSING.capitalize()),
            Column(LATE.capitalize()),
            *(Column(one.slug, most=one.max_points) for one in overview),
        ]
        rows = []
        for student in sorted(lines):
            cells = [lines[student].get(one.slug) for one in overview]
            marks = [cell[2] if isinstance(cell, list) else "" for cell in cells]
            graded = [cell for cell in cells if isinstance(cell, list) and cell[0] is not None and cell[3]]
            most = sum(cell[3] for cell in graded)
            total = round(100 * sum(cell[0] for cell in graded) / most) if most else None
            head: list[Cell] = [self.about.name(student), self.about.section(student), total]
            shown = [cell[:3] if isinstance(cell, list) else cell for cell in cells]
            rows.append([*head, marks.count(MISSING), marks.count(LATE), *shown])
        return _without_empty(columns, rows)


def _is_late(row: Result) -> bool:
    return bool(row.timestamp and row.duedate) and row.timestamp > row.duedate


def _rounded(value: float | None) -> float | None:
    # Two decimals are enough to read, and whole numbers are shorter.
    if value is None:
        return None
    return int(value) if value == int(value) else round(value, 2)


def _without_empty(columns: list[Column], rows: list[list[Cell]]) -> dict[str, Any]:
    # Sections, say, are not everywhere.
    kept = [at for at, column in enumerate(columns) if not column.filter or any(row[at] for row in rows)]
    return {
        "columns": [vars(columns[at]) for at in kept],
        "rows": [[row[at] for at in kept] for row in rows],
    }


def in_json(value: Any) -> str:
    """Data for a page's script, as JSON that ends no element and begins no comment.

    A half character, which UTF-8 has not, stays an escape.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.encode("utf-8", "backslashreplace").decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")
