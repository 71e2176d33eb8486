"""Commands that tell what came out: to students, to the class's teachers, to a platform."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from autograde.commands.opening import planned_course
from autograde.commands.options import HERE, AssignmentArgument, CourseOption, JsonOption, VerboseOption
from autograde.commands.telling import out, print_json, progress_of, short, shown
from autograde.course.folder import Course

ZEROS_HELP = (
    "Give 0 points to whoever handed in nothing and no longer can: after course.yml's `until`; "
    "where it states none, after the due date."
)


def feedback(
    assignment: AssignmentArgument = None, course: CourseOption = HERE, verbose: VerboseOption = False
) -> None:
    """Write a feedback page for every graded submission into feedback/<student>/<assignment>/."""
    write_pages(planned_course(course, verbose), assignment)


def write_pages(course: Course, assignment: str | None) -> None:
    """Write the feedback pages, and tell of it."""
    from autograde.reports.feedback import write_feedback

    for slug in course.released_or_all(assignment):
        with progress_of(f"feedback for {slug}") as (started, finished):
            pages, failures = write_feedback(course, slug, started=started, finished=finished)
        out.print(f"{slug}: {len(pages)} pages in {short(course.feedback)}")
        for student, reason in failures.items():
            out.print(f"[red]no page[/] for {shown(student)}: {shown(reason)}")


def report(
    assignment: AssignmentArgument = None,
    course: CourseOption = HERE,
    formgrader: Annotated[
        str, typer.Option(metavar="URL", help="The Jupyter server whose formgrader the report leads to.")
    ] = "http://localhost:8888",
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write the class report: what waits for a person, distributions, frequent misconceptions, every student."""
    write_report_of(planned_course(course, verbose, quiet=as_json), assignment, as_json, formgrader=formgrader)


def write_report_of(course: Course, assignment: str | None, as_json: bool, **how: str) -> None:
    """Write the class report, and tell of it."""
    from autograde.grade.results import results
    from autograde.reports.class_report import write_report

    slugs = course.released_or_all(assignment)
    path = write_report(course, slugs, **how)
    if as_json:
        print_json({slug: [asdict(result) for result in results(course, slug)] for slug in slugs})
    else:
        out.print(f"report: {short(path)}")


def export(
    assignment: AssignmentArgument = None,
    course: CourseOption = HERE,
    form: Annotated[
        str,
        typer.Option("--format", help="csv, or an import's form: canvas, moodle, gradescope, brightspace, blackboard."),
    ] = "csv",
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="FILE", help="Fill in the platform's own CSV file; a copy is written.", show_default=False
        ),
    ] = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="With --into: bring the points to the maximum that the platform has.")
    ] = False,
    partial: Annotated[
        bool,
        typer.Option("--partial", help="Give the points so far where answers wait for a person, not an empty field."),
    ] = False,
    zeros: Annotated[bool, typer.Option("--zeros", help=ZEROS_HELP)] = False,
    to: Annotated[Path | None, typer.Option(help="Where to; default: _build/grades/.", show_default=False)] = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Export the grades of the gradebook; what has no grade yet is an empty field with its reason."""
    opened, how = planned_course(course, verbose, quiet=as_json), {"partial": partial, "zeros": zeros}
    if into is not None:
        _fill(opened, assignment, into, to, {**how, "scale": scale}, as_json)
    else:
        export_as(opened, assignment, form, to, how, as_json)


def _fill(
    course: Course, assignment: str | None, into: Path, to: Path | None, how: dict[str, bool], as_json: bool
) -> None:
    from autograde.reports.into.fill import fill

    done = fill(course, into, assignment, to=to, **how)
    if as_json:
        print_json(asdict(done))
        return
    out.print(f"grades for {done.platform}: {short(done.path)}")
    for column in done.columns:
        for line in column.told():
            out.print(f"[yellow]{column.assignment}[/]: {shown(line)}")
    if done.without:
        out.print(f"[yellow]no column[/] for {', '.join(done.without)}; course.yml can name it, under columns")
    _print_grades(done.grades, [column.assignment for column in done.columns])


def export_as(
    course: Course, assignment: str | None, form: str, to: Path | None, how: dict[str, bool], as_json: bool
) -> None:
    """Write the grades in one of our forms, and tell of it."""
    from autograde.reports.export import write_grades

    slugs = course.released_or_all(assignment)
    path, found = write_grades(course, slugs, form=form, to=to, **how)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    out.print(f"grades: {short(path)}")
    if form != "csv":
        out.print("--into FILE fills the platform's own file instead, and says whom it does not find there.")
    if not found:
        out.print("Nothing was handed in yet, so that the file holds no grades.")
    _print_grades(found, slugs)


def _print_grades(found: list[Any], slugs: list[str]) -> None:
    # Who has no grade yet, and why.
    from autograde.reports.told import named, waiting_lines

    of_each = {slug: [one for one in found if one.assignment == slug] for slug in slugs}
    for slug, those in of_each.items():
        for line in waiting_lines(those):
            out.print(f"[yellow]{slug}[/]: {shown(line)}")
    for one in found:
        if one.handed_in and one.points_so_far is None:
            out.print(f"[red]no grade[/] {shown(one.student_id)}, {one.assignment}: {shown(one.note)}")
    for slug, those in of_each.items():
        for score, field in ((0, "0 points"), (None, "an empty field")):
            missing = [one.student_id for one in those if not one.handed_in and one.score == score]
            if missing:
                out.print(f"[yellow]{slug}[/]: {len(missing)} handed in nothing ({field}): {shown(named(missing))}")


def return_(
    platform: Annotated[
        str, typer.Option("--for", metavar="PLATFORM", help="canvas, moodle, gradescope or email.", show_default=False)
    ],
    assignment: AssignmentArgument = None,
    course: CourseOption = HERE,
    partial: Annotated[
        bool,
        typer.Option("--partial", help="That of those too whose answers wait for a person, with the points so far."),
    ] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Pack the feedback pages so that the platform gives each student their own."""
    from autograde.reports.returning import return_feedback
    from autograde.reports.told import counted

    opened = planned_course(course, verbose, quiet=as_json)
    done = return_feedback(opened, opened.released_or_all(assignment), platform, partial=partial)
    if as_json:
        print_json([asdict(one) for one in done])
        return
    for one in done:
        where = short(one.path) if one.path else "nothing to pack"
        out.print(f"{one.assignment}: {counted(len(one.students), 'student')}: {where}")
        for line in one.told():
            out.print(f"[yellow]{one.assignment}[/]: {shown(line)}")
