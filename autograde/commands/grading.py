"""Commands that grade: a class, one notebook, and what Gradescope needs to do so."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from autograde.commands.opening import (
    assignment_of,
    confinement_of,
    course_in,
    open_course,
    planned_course,
    with_submissions,
)
from autograde.commands.options import (
    HERE,
    AssignmentArgument,
    ConfinementOption,
    CourseOption,
    JsonOption,
    TimeoutOption,
    UnsafeOption,
    VerboseOption,
)
from autograde.commands.telling import err, out, print_json, print_missing, progress_of, short, shown
from autograde.course.confinement import Confinement
from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.course.settings import SECONDS_PER_CELL

NOT_ALL = BELOW = 3  # exit statuses: some were not graded; less than --fail-under. 2 is a command that was mistyped.


def grade(
    assignment: AssignmentArgument = None,
    course: CourseOption = HERE,
    force: Annotated[bool, typer.Option("--force", help="Grade unchanged submissions again.")] = False,
    students: Annotated[
        list[str] | None, typer.Option("--student", help="Only this one's; repeat it for more.", show_default=False)
    ] = None,
    timeout: TimeoutOption = SECONDS_PER_CELL,
    confinement: ConfinementOption = Confinement.SANDBOX,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="How many run at a time; default: the cores and one.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler", metavar="tcp://…", help="A Dask scheduler, which must be trusted; its workers run them."
        ),
    ] = None,
    unsafe: UnsafeOption = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="For cron: one line; exit status 3 where some could not be graded.")
    ] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Grade the submissions in submitted/<student>/<assignment>/ that are new or changed."""
    settings = {
        "force": force,
        "only": students or (),
        "timeout": timeout,
        "workers": workers,
        "scheduler": scheduler,
        "confinement": confinement_of(confinement, unsafe),
    }
    _warm_up(course_in(course), assignment, settings)
    opened = planned_course(course, verbose, quiet=as_json or quiet)
    if quiet and not any(opened.submitted.glob(f"*/{assignment or '*'}")):
        out.print("Nothing was handed in.")
        return
    statuses = grade_all(opened, assignment, settings, as_json, quiet=quiet)
    if quiet and "failed" in statuses:
        raise typer.Exit(NOT_ALL)


def grade_all(
    course: Course, assignment: str | None, settings: dict[str, Any], as_json: bool, *, quiet: bool = False
) -> Counter[str]:
    """Grade what is new or changed, and tell of it. Returns how many rows have which status."""
    slugs, rows = with_submissions(course, assignment), []
    _warm_up(course, assignment, settings)
    from autograde.grade.grade import grade, in_order_of_dates, rescore_others
    from autograde.grade.history import changes_text
    from autograde.grade.results import submissions
    from autograde.reports.by_hand import mismatches

    for slug in in_order_of_dates(course, slugs):
        with progress_of(f"grading {slug}", quiet=as_json or quiet) as (started, finished):
            rows += grade(course, slug, started=started, finished=finished, **settings)
    rows = rescore_others(course, rows)
    counts = Counter(row.status for row in rows)
    if as_json:
        _print_rows_as_json(course, rows)
        return counts
    out.print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())) + ".")
    if quiet:
        return counts
    for slug in slugs:
        found = submissions(course, slug)
        _print_waiting({slug: sum(len(one.waiting) for one in found)})
        for student, what in mismatches(course, slug, found).items():
            out.print(f"[yellow]points by hand[/] {shown(student)}, {slug}: {shown(what)}")
    print_missing(course, slugs)
    for row in rows:
        if row.status == "failed":
            out.print(f"[red]not graded[/] {shown(row.student)}, {row.assignment}: {shown(row.reason)}")
        elif row.status == "graded" and row.remarks:
            remarks = shown(" ".join(row.remarks))
            out.print(f"[yellow]remark[/] {shown(row.student)}, {row.assignment}: {remarks}")
        if row.changes:
            told = f"{row.student}, {row.assignment}: {changes_text(row.changes)}"
            out.print(f"[yellow]changed[/]: {shown(told)}")
    return counts


def _warm_up(course: Course, assignment: str | None, settings: dict[str, Any]) -> None:
    # What running needs gets ready while nbgrader loads, and for the next assignments while the first is graded.
    from autograde.grade.kinds import warm_up

    if settings.get("scheduler") is None:
        with suppress(CourseError):  # which is told where it belongs
            warm_up(course, with_submissions(course, assignment), settings["confinement"])


def _print_rows_as_json(course: Course, rows: list[Any]) -> None:
    from autograde.grade.results import submissions

    found = {
        (one.assignment, one.student): one
        for slug in {row.assignment for row in rows}
        for one in submissions(course, slug)
    }
    told = []
    for row in rows:
        one = found.get((row.assignment, row.student))
        points = (one.points, one.max_points, one.waiting) if one is not None else (None, None, {})
        told.append(asdict(row) | dict(zip(("points", "max_points", "waiting"), points, strict=True)))
    print_json(told)


def _print_waiting(counts: dict[str, int]) -> None:
    from autograde.grade.results import waiting_text

    for slug, count in counts.items():
        if count:
            out.print(f"[yellow]{slug}[/]: {waiting_text(count)} (formgrader); the points are those so far.")


def run(
    notebook: Annotated[Path, typer.Argument(help="The notebook to grade.")],
    assignment: Annotated[str | None, typer.Option(help="Its assignment; default: what the file is called.")] = None,
    course: CourseOption = HERE,
    timeout: TimeoutOption = SECONDS_PER_CELL,
    confinement: ConfinementOption = Confinement.SANDBOX,
    unsafe: UnsafeOption = False,
    fail_under: Annotated[
        float, typer.Option("--fail-under", metavar="PERCENT", help="Exit status 3 below this share of the points.")
    ] = 0.0,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Grade one notebook without a gradebook."""
    from autograde.course import book
    from autograde.grade.grade import grade_one
    from autograde.grade.results import of_most

    opened = open_course(course, verbose)
    if not notebook.is_file():
        raise CourseError(f"There is no file {notebook}.", "Name the notebook to grade.")
    slug = assignment_of(opened, notebook.name) if assignment is None else opened.released_or_all(assignment)[0]
    with err.status(f"grading {notebook.name}"):
        done = grade_one(opened, slug, notebook, timeout=timeout, confinement=confinement_of(confinement, unsafe))
    earned = sum(cell.points for cell in done.cells)
    most = sum(cell.max_points for cell in done.cells)
    waiting = {cell.grade_id: cell.max_points for cell in done.cells if cell.outcome == "for a person"}
    below = 100 * earned < fail_under * (most - sum(waiting.values()))
    if as_json:
        print_json({**asdict(done), "points": earned, "max_points": most, "waiting": waiting})
        raise typer.Exit(1 if not done.readable else BELOW if below else 0)
    if not done.readable:
        raise CourseError(" ".join(done.remarks), "Ask the student to save the notebook in Jupyter and send it again.")
    for remark in done.remarks:
        out.print(f"[yellow]remark:[/] {shown(remark)}")
    table = Table("part", "result", "points", box=None, pad_edge=False)
    for cell in done.cells:
        points = "–" if cell.grade_id in waiting else f"{cell.points:g}"
        table.add_row(cell.grade_id, cell.outcome, f"{points} / {cell.max_points:g}")
    out.print(table)
    for message in dict.fromkeys(cell.message for cell in done.cells if cell.outcome in ("wrong", "not run")):
        out.print("\n" + "\n".join(map(shown, book.with_address(message).split("\n"))))
    out.print(f"\n{earned:g} {of_most(most, sum(waiting.values()))}")
    if below:
        out.print(f"That is less than {fail_under:g} % (--fail-under).")
        raise typer.Exit(BELOW)


def gradescope(
    assignment: Annotated[str, typer.Argument(help="A released assignment.")], course: CourseOption = HERE
) -> None:
    """Write Gradescope's autograder for an assignment, which grades at once there. It holds the model answers."""
    from autograde.hosted.gradescope import build_autograder

    path = build_autograder(open_course(course, verbose=False), assignment)
    out.print(f"{short(path)}: upload it to Gradescope, and give it to nobody: it holds the answers.")
