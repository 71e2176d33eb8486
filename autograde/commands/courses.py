"""Commands about the course and its people: what is planned, what was handed in, whom to forget."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from autograde.commands.opening import bring_up_to_plan, open_course, planned_course
from autograde.commands.options import HERE, CourseOption, JsonOption, VerboseOption
from autograde.commands.telling import out, print_json, print_missing, progress_of, shown
from autograde.course.strangers import printable


def plan(course: CourseOption = HERE, as_json: JsonOption = False, verbose: VerboseOption = False) -> None:
    """Say what course.yml plans, as it was understood: dates, late days, extensions, people, who has handed in."""
    from autograde.course.plan import read_plan
    from autograde.course.times import time_zone
    from autograde.reports.overview import overview, rule_text

    opened = planned_course(course, verbose, quiet=as_json)
    found, zone = overview(opened), time_zone(read_plan(opened).timezone)
    if as_json:
        print_json(asdict(found))
        return
    out.print(f"[bold]{shown(found.name)}[/]" if found.name else "A course without a name")
    out.print(f"late: {rule_text(found.late)}")
    sections = ", ".join(f"{shown(name)} {count}" for name, count in found.sections.items())
    out.print(f"people: {found.people} ({sections})" if found.people else "people: no roster")
    table = Table("assignment", f"due ({found.timezone})", "until", "answers", "handed in", box=None, pad_edge=False)
    for one in found.assignments:
        dates = [_clock(date, zone) for date in (one.due, one.until, one.answers)]
        handed_in = f"{one.handed_in} of {found.people}" if found.people else str(one.handed_in)
        table.add_row(shown(one.slug), *dates, handed_in if one.released else "not released yet")
        for student, date in one.extensions.items():
            table.add_row(f"  {shown(student)}", _clock(date, zone))
    out.print(table)


def _clock(date: datetime | None, zone: tzinfo) -> str:
    return f"{date.astimezone(zone):%Y-%m-%d %H:%M}" if date else "–"


def collect(
    sources: Annotated[list[Path], typer.Argument(help="Zip files as the platform gave them out, or folders.")],
    assignment: Annotated[
        str | None, typer.Option(help="What they hand in; without it the files' names decide.", show_default=False)
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            help="The people, as CSV: student_id, name, group …; default: that of course.yml.", show_default=False
        ),
    ] = None,
    course: CourseOption = HERE,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Take over what students handed in into submitted/<student>/<assignment>/.

    It reads what Canvas, Moodle, Gradescope, Brightspace, Blackboard and Microsoft Teams give out, and folders: one for
    each student, or of notebooks called after their students.
    """
    from autograde.collect.collect import collect
    from autograde.collect.told import lines

    opened = open_course(course, verbose)
    with progress_of("collecting", quiet=as_json) as (started, finished):
        rows = collect(opened, sources, assignment=assignment, roster=roster, started=started, finished=finished)
    bring_up_to_plan(opened, quiet=as_json)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    counts = Counter(row.status for row in rows)
    out.print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())) + ".")
    print_missing(opened, sorted({row.assignment for row in rows if row.assignment}))
    for status, text in lines(rows):
        out.print(f"[{'red' if status == 'refused' else 'yellow'}]{status}[/] {shown(text)}")


def forget(
    student: Annotated[str, typer.Argument(help="The student's id.")],
    course: CourseOption = HERE,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Delete all that the course folder holds of one student: hand-ins, points, comments, feedback, records."""
    from autograde.course.forget import forget

    opened = open_course(course, verbose)
    if not yes:
        typer.confirm(f"Delete everything of {printable(student)} in {opened.root}? It cannot be undone.", abort=True)
    for line in forget(opened, student):
        out.print(f"[yellow]left[/] {shown(line)}")
    out.print(f"{shown(student)} is deleted. Make the others' report and grades anew: autograde report, export.")
