"""The command line: `autograde`, with a command for each stage."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograde import __version__
from autograde.course.confinement import Confinement
from autograde.course.errors import CourseError, NoRunnerError, NoSandboxError, explain
from autograde.course.file_names import assignment_named
from autograde.course.folder import Course
from autograde.course.settings import SECONDS_PER_CELL
from autograde.course.strangers import printable
from autograde.course.system import need_unix

app = typer.Typer(
    help="Release assignments, grade what comes back, write feedback, reports and grades.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

CourseOption = Annotated[
    Path, typer.Option("--course", metavar="DIR", help="The course folder: where source/, submitted/ … lie.")
]
AssignmentArgument = Annotated[
    str | None, typer.Argument(help="An assignment, such as rnn-cell; all when left out.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Show nbgrader's own log.")]
TimeoutOption = Annotated[int, typer.Option("--timeout", min=1, help="Seconds that a cell may take.")]
UnsafeOption = Annotated[
    bool, typer.Option("--unsafe", help="Run without a sandbox; only what you trust. Results are marked.")
]
ConfinementOption = Annotated[
    Confinement,
    typer.Option(
        "--confinement",
        help="container: where a container gives no sandbox; promises less, and results are marked. none: --unsafe.",
    ),
]
HERE = Path()
ZEROS_HELP = (
    "Give 0 points to whoever handed in nothing and no longer can: after course.yml's `until`; "
    "where it states none, after the due date."
)
MOST_NAMED = 20  # students in one line
NOT_ALL = BELOW = 3  # exit statuses: some were not graded; less than --fail-under. 2 is a command that was mistyped.


def main() -> None:
    """Run the command line. Faults with a known remedy end in one sentence and exit status 1."""
    try:
        app()
    except Exception as error:
        known = explain(error)
        if known is None:
            raise
        err.print(f"[bold red]autograde:[/] {escape(known.what)}\n{escape(known.remedy)}")
        sys.exit(1)


@app.command()
def release(
    assignment: AssignmentArgument = None,
    course: CourseOption = HERE,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Make source notebooks, the release, and the student bundles; end with the leak check."""
    from autograde.release.release import available, secret_of

    opened = _open(course, verbose)
    slugs = [assignment] if assignment else available(secret_of(opened))
    if not slugs:
        raise CourseError("There is no assignment.", f"Start one with `autograde new NAME{_course_option(course)}`.")
    _release(opened, slugs, as_json)


def _release(course: Course, slugs: list[str], as_json: bool) -> None:
    from autograde.release.release import release

    with err.status("releasing") as status:
        released = release(course, slugs, started=status.update)
    if as_json:
        _print_json([asdict(one) for one in released])
        return
    for one in released:
        out.print(f"{one.slug}: {one.points:g} points · {_short(one.release)} · {_short(one.bundle)}")
    out.print("No leak in anything public.")


@app.command()
def leaks(course: CourseOption = HERE, as_json: JsonOption = False) -> None:
    """Look for solutions, hidden tests and their values in everything public; exit status 1 where one is found."""
    opened = _open(course, verbose=False)
    from autograde.release.release import leaks_in

    with err.status("looking for leaks in everything public"):
        found = leaks_in(opened)
    if as_json:
        _print_json([asdict(finding) for finding in found])
    for finding in [] if as_json else found:
        out.print(f"[red]leak[/] {_printable(finding.place)} holds {_printable(finding.secret)}")
    if found:
        raise typer.Exit(1)
    if not as_json:
        out.print("No leak in anything public.")


@app.command()
def publish(course: CourseOption = HERE) -> None:
    """Gather the built book and the bundles in one folder for a web server, unless it holds a leak."""
    opened = _open(course, verbose=False)
    from autograde.release.publish import publish

    with err.status("gathering what is public, and looking for leaks in it"):
        place = publish(opened)
    out.print(f"No leak. Put on the web server what lies in {_short(place)}")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The assignment's name, such as running-mean.")],
    judged: Annotated[
        str | None,
        typer.Option(metavar="FUNCTION", help="Its first function, judged by a contract; else plain assertions."),
    ] = None,
    course: CourseOption = HERE,
) -> None:
    """Start an assignment: write its first files, which can be released as they are."""
    from autograde.release.new import start_assignment

    written = start_assignment(_open(course, verbose=False), name, judged)
    for path in written:
        out.print(_short(path))
    out.print(f"Write it in {_short(written[0])}, then: autograde release {name}{_course_option(course)}")


@app.command()
def answers(assignment: AssignmentArgument = None, course: CourseOption = HERE) -> None:
    """Write the model answers as notebooks, from the day that course.yml states for each."""
    from autograde.release.answers import given_out, held_back, write_answers

    opened = _open(course, verbose=False)
    slugs = opened.released_or_all(assignment)
    due = slugs if assignment else given_out(opened, slugs)
    for slug in due:
        out.print(f"{slug}: {_short(write_answers(opened, slug))}")
    if not due:
        raise CourseError(
            " ".join(["No assignment's model answers may be given out now.", *held_back(opened, slugs)]),
            "course.yml says from when on they may; `autograde answers NAME` says what it says of one.",
        )


@app.command()
def plan(course: CourseOption = HERE, as_json: JsonOption = False, verbose: VerboseOption = False) -> None:
    """Say what course.yml plans, as it was understood: dates, late days, extensions, people, who has handed in."""
    from autograde.course.plan import read_plan
    from autograde.course.times import time_zone
    from autograde.reports.overview import overview, rule_text

    opened = _planned(course, verbose, quiet=as_json)
    found, zone = overview(opened), time_zone(read_plan(opened).timezone)
    if as_json:
        _print_json(asdict(found))
        return
    out.print(f"[bold]{_printable(found.name)}[/]" if found.name else "A course without a name")
    out.print(f"late: {rule_text(found.late)}")
    sections = ", ".join(f"{_printable(name)} {count}" for name, count in found.sections.items())
    out.print(f"people: {found.people} ({sections})" if found.people else "people: no roster")
    table = Table("assignment", f"due ({found.timezone})", "until", "answers", "handed in", box=None, pad_edge=False)
    for one in found.assignments:
        dates = [_clock(date, zone) for date in (one.due, one.until, one.answers)]
        handed_in = f"{one.handed_in} of {found.people}" if found.people else str(one.handed_in)
        table.add_row(_printable(one.slug), *dates, handed_in if one.released else "not released yet")
        for student, date in one.extensions.items():
            table.add_row(f"  {_printable(student)}", _clock(date, zone))
    out.print(table)


def _clock(date: datetime | None, zone: tzinfo) -> str:
    return f"{date.astimezone(zone):%Y-%m-%d %H:%M}" if date else "–"


@app.command()
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

    opened = _open(course, verbose)
    with _progress("collecting", quiet=as_json) as (started, finished):
        rows = collect(opened, sources, assignment=assignment, roster=roster, started=started, finished=finished)
    _apply_plan(opened, quiet=as_json)
    if as_json:
        _print_json([asdict(row) for row in rows])
        return
    counts = Counter(row.status for row in rows)
    out.print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())) + ".")
    _print_missing(opened, sorted({row.assignment for row in rows if row.assignment}))
    for status, text in lines(rows):
        out.print(f"[{'red' if status == 'refused' else 'yellow'}]{status}[/] {_printable(text)}")


@app.command()
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
        int | None, typer.Option("--workers", min=1, help="How many run at a time; default: the cores.")
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
        "confinement": _confinement(confinement, unsafe),
    }
    opened = _planned(course, verbose, quiet=as_json or quiet)
    if quiet and not any(opened.submitted.glob(f"*/{assignment or '*'}")):
        out.print("Nothing was handed in.")
        return
    statuses = _grade(opened, assignment, settings, as_json, quiet=quiet)
    if quiet and "failed" in statuses:
        raise typer.Exit(NOT_ALL)


def _grade(
    course: Course, assignment: str | None, settings: dict[str, Any], as_json: bool, *, quiet: bool = False
) -> Counter[str]:
    # Returns how many rows have which status.
    from autograde.grade.assignment import load_assignment
    from autograde.grade.run import warm_up

    slugs, rows = _with_submissions(course, assignment), []
    if settings.get("scheduler") is None:
        for slug in slugs:  # while nbgrader loads and the first is graded, what running needs gets ready
            loaded = load_assignment(course, slug)
            warm_up(loaded.template, confinement=settings["confinement"], private=loaded.private)
    from autograde.grade.grade import grade, in_order_of_dates, rescore_others
    from autograde.grade.history import changes_text
    from autograde.grade.results import submissions
    from autograde.reports.by_hand import mismatches

    for slug in in_order_of_dates(course, slugs):
        with _progress(f"grading {slug}", quiet=as_json or quiet) as (started, finished):
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
            out.print(f"[yellow]points by hand[/] {_printable(student)}, {slug}: {_printable(what)}")
    _print_missing(course, slugs)
    for row in rows:
        if row.status == "failed":
            out.print(f"[red]not graded[/] {_printable(row.student)}, {row.assignment}: {_printable(row.reason)}")
        elif row.status == "graded" and row.remarks:
            remarks = _printable(" ".join(row.remarks))
            out.print(f"[yellow]remark[/] {_printable(row.student)}, {row.assignment}: {remarks}")
        if row.changes:
            told = f"{row.student}, {row.assignment}: {changes_text(row.changes)}"
            out.print(f"[yellow]changed[/]: {_printable(told)}")
    return counts


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
    _print_json(told)


def _print_missing(course: Course, slugs: list[str]) -> None:
    from autograde.course.apply import named
    from autograde.course.people import read_people
    from autograde.grade.hand_ins import not_handed_in

    people = read_people(course)
    for slug in slugs if people else []:
        missing = not_handed_in(course, slug, people)
        if missing:
            who = _printable(named(missing, MOST_NAMED))
            out.print(f"[yellow]{slug}[/]: {len(missing)} of {len(people)} have handed in nothing: {who}")


def _print_waiting(counts: dict[str, int]) -> None:
    from autograde.grade.results import waiting_text

    for slug, count in counts.items():
        if count:
            out.print(f"[yellow]{slug}[/]: {waiting_text(count)} (formgrader); the points are those so far.")


@app.command()
def feedback(
    assignment: AssignmentArgument = None, course: CourseOption = HERE, verbose: VerboseOption = False
) -> None:
    """Write a feedback page for every graded submission into feedback/<student>/<assignment>/."""
    _feedback(_planned(course, verbose), assignment)


def _feedback(course: Course, assignment: str | None) -> None:
    from autograde.reports.feedback import write_feedback

    for slug in course.released_or_all(assignment):
        with _progress(f"feedback for {slug}") as (started, finished):
            pages, failures = write_feedback(course, slug, started=started, finished=finished)
        out.print(f"{slug}: {len(pages)} pages in {_short(course.feedback)}")
        for student, reason in failures.items():
            out.print(f"[red]no page[/] for {_printable(student)}: {_printable(reason)}")


@app.command()
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
    _report(_planned(course, verbose, quiet=as_json), assignment, as_json, formgrader=formgrader)


def _report(course: Course, assignment: str | None, as_json: bool, **how: str) -> None:
    from autograde.grade.results import results
    from autograde.reports.class_report import write_report

    slugs = course.released_or_all(assignment)
    path = write_report(course, slugs, **how)
    if as_json:
        _print_json({slug: [asdict(result) for result in results(course, slug)] for slug in slugs})
    else:
        out.print(f"report: {_short(path)}")


@app.command()
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
    opened, how = _planned(course, verbose, quiet=as_json), {"partial": partial, "zeros": zeros}
    if into is not None:
        _fill(opened, assignment, into, to, {**how, "scale": scale}, as_json)
    else:
        _export(opened, assignment, form, to, how, as_json)


def _fill(
    course: Course, assignment: str | None, into: Path, to: Path | None, how: dict[str, bool], as_json: bool
) -> None:
    from autograde.reports.into.fill import fill

    done = fill(course, into, assignment, to=to, **how)
    if as_json:
        _print_json(asdict(done))
        return
    out.print(f"grades for {done.platform}: {_short(done.path)}")
    for column in done.columns:
        for line in column.told():
            out.print(f"[yellow]{column.assignment}[/]: {_printable(line)}")
    if done.without:
        out.print(f"[yellow]no column[/] for {', '.join(done.without)}; course.yml can name it, under columns")
    _print_grades(done.grades, [column.assignment for column in done.columns])


def _export(
    course: Course, assignment: str | None, form: str, to: Path | None, how: dict[str, bool], as_json: bool
) -> None:
    from autograde.reports.export import write_grades
    from autograde.reports.grades import grades

    slugs = course.released_or_all(assignment)
    path = write_grades(course, slugs, form=form, to=to, **how)
    found = grades(course, slugs, **how)
    if as_json:
        _print_json([asdict(one) for one in found])
        return
    out.print(f"grades: {_short(path)}")
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
            out.print(f"[yellow]{slug}[/]: {_printable(line)}")
    for one in found:
        if one.handed_in and one.points_so_far is None:
            out.print(f"[red]no grade[/] {_printable(one.student_id)}, {one.assignment}: {_printable(one.note)}")
    for slug, those in of_each.items():
        for score, field in ((0, "0 points"), (None, "an empty field")):
            missing = [one.student_id for one in those if not one.handed_in and one.score == score]
            if missing:
                out.print(
                    f"[yellow]{slug}[/]: {len(missing)} handed in nothing ({field}): {_printable(named(missing))}"
                )


@app.command("return")
def return_(
    platform: Annotated[
        str, typer.Option("--for", metavar="PLATFORM", help="canvas, moodle, gradescope or email.", show_default=False)
    ],
    assignment: AssignmentArgument = None,
    course: CourseOption = HERE,
    partial: Annotated[
        bool, typer.Option("--partial", help="For Gradescope: the points so far, where answers wait for a person.")
    ] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Pack the feedback pages so that the platform gives each student their own."""
    from autograde.reports.returning import return_feedback
    from autograde.reports.told import counted

    opened = _planned(course, verbose, quiet=as_json)
    done = return_feedback(opened, opened.released_or_all(assignment), platform, partial=partial)
    if as_json:
        _print_json([asdict(one) for one in done])
        return
    for one in done:
        where = _short(one.path) if one.path else "nothing to pack"
        out.print(f"{one.assignment}: {counted(len(one.students), 'student')}: {where}")
        for line in one.told():
            out.print(f"[yellow]{one.assignment}[/]: {_printable(line)}")


@app.command()
def forget(
    student: Annotated[str, typer.Argument(help="The student's id.")],
    course: CourseOption = HERE,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Delete all that the course folder holds of one student: hand-ins, points, comments, feedback, records."""
    from autograde.course.forget import forget

    opened = _open(course, verbose)
    if not yes:
        typer.confirm(f"Delete everything of {printable(student)} in {opened.root}? It cannot be undone.", abort=True)
    for line in forget(opened, student):
        out.print(f"[yellow]left[/] {_printable(line)}")
    out.print(f"{_printable(student)} is deleted. Make the others' report and grades anew: autograde report, export.")


@app.command()
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

    opened = _open(course, verbose)
    if not notebook.is_file():
        raise CourseError(f"There is no file {notebook}.", "Name the notebook to grade.")
    slug = _assignment_of(opened, notebook.name) if assignment is None else opened.released_or_all(assignment)[0]
    with err.status(f"grading {notebook.name}"):
        done = grade_one(opened, slug, notebook, timeout=timeout, confinement=_confinement(confinement, unsafe))
    earned = sum(cell.points for cell in done.cells)
    most = sum(cell.max_points for cell in done.cells)
    waiting = {cell.grade_id: cell.max_points for cell in done.cells if cell.outcome == "for a person"}
    below = 100 * earned < fail_under * (most - sum(waiting.values()))
    if as_json:
        _print_json({**asdict(done), "points": earned, "max_points": most, "waiting": waiting})
        raise typer.Exit(1 if not done.readable else BELOW if below else 0)
    if not done.readable:
        raise CourseError(" ".join(done.remarks), "Ask the student to save the notebook in Jupyter and send it again.")
    for remark in done.remarks:
        out.print(f"[yellow]remark:[/] {_printable(remark)}")
    table = Table("part", "result", "points", box=None, pad_edge=False)
    for cell in done.cells:
        points = "–" if cell.grade_id in waiting else f"{cell.points:g}"
        table.add_row(cell.grade_id, cell.outcome, f"{points} / {cell.max_points:g}")
    out.print(table)
    for message in dict.fromkeys(cell.message for cell in done.cells if cell.outcome in ("wrong", "not run")):
        out.print("\n" + "\n".join(map(_printable, book.with_address(message).split("\n"))))
    out.print(f"\n{earned:g} {of_most(most, sum(waiting.values()))}")
    if below:
        out.print(f"That is less than {fail_under:g} % (--fail-under).")
        raise typer.Exit(BELOW)


@app.command()
def gradescope(
    assignment: Annotated[str, typer.Argument(help="A released assignment.")], course: CourseOption = HERE
) -> None:
    """Write Gradescope's autograder for an assignment, which grades at once there. It holds the model answers."""
    from autograde.hosted.gradescope import build_autograder

    path = build_autograder(_open(course, verbose=False), assignment)
    out.print(f"{_short(path)}: upload it to Gradescope, and give it to nobody: it holds the answers.")


@app.command()
def demo(
    assignments: Annotated[
        list[str] | None, typer.Argument(help="Assignments; without any, the two that show most.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All assignments: minutes for each.")] = False,
    course: Annotated[Path, typer.Option("--course", metavar="DIR", help="Where the demo class lives.")] = Path(
        "_build/demo"
    ),
    confinement: ConfinementOption = Confinement.SANDBOX,
    unsafe: UnsafeOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Make a class of varied submissions and take it through the whole pipeline."""
    _prepare(verbose)
    from autograde.demo import SHOWN, hand_in, prepare_course
    from autograde.release.release import available

    slugs = available() if everything else assignments or list(SHOWN)
    made = prepare_course(course.absolute())
    _release(made, slugs, as_json=False)
    for slug in slugs:
        out.print(f"{len(hand_in(made, slug))} demo submissions of {slug}")
    try:
        _grade(made, None, {"confinement": _confinement(confinement, unsafe)}, as_json=False)
    except (NoSandboxError, NoRunnerError) as error:
        # The rest of `make course` is fine here; only grading has to wait.
        out.print(f"[yellow]The demo class is made, but not graded.[/] {escape(error.what)}\n{escape(error.remedy)}")
        return
    _feedback(made, None)
    _report(made, None, as_json=False)
    _export(made, None, "csv", None, {}, as_json=False)


@app.command()
def doctor(course: CourseOption = HERE, as_json: JsonOption = False) -> None:
    """Say what this machine offers for grading, and what is missing."""
    from autograde.machine.doctor import examine

    checks = examine(_open(course, verbose=False))
    if as_json:
        _print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            sign = "[green]✓[/]" if check.ok else ("[red]✗[/]" if check.needed else "[yellow]![/]")
            remedy = f"\n    {check.remedy}" if not check.ok and check.remedy else ""
            out.print(f"{sign} {check.name}: {escape(check.found)}{escape(remedy)}")
    if any(check.needed and not check.ok for check in checks):
        raise typer.Exit(1)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        out.print(__version__)
        raise typer.Exit()
    need_unix()


def _open(folder: Path, verbose: bool) -> Course:
    _prepare(verbose)
    if not folder.is_dir():
        raise CourseError(f"There is no folder {folder}.", "Name an existing course folder with --course DIR.")
    return Course(folder.absolute())


def _course_option(folder: Path) -> str:
    # As it has to stand in the next command.
    return "" if folder == HERE else f" --course {folder}"


def _planned(folder: Path, verbose: bool, *, quiet: bool = False) -> Course:
    # The course, its gradebook brought up to course.yml and the roster.
    course = _open(folder, verbose)
    _apply_plan(course, quiet=quiet)
    return course


def _apply_plan(course: Course, *, quiet: bool) -> None:
    from autograde.course.apply import apply_plan

    applied = apply_plan(course)
    for line in [] if quiet else applied.changes:
        out.print(f"[cyan]course.yml[/] {_printable(line)}")
    for line in [] if quiet else applied.notes:
        out.print(f"[yellow]course.yml[/] {_printable(line)}")


def _prepare(verbose: bool) -> None:
    # Imported late, as all that is slow to load: `autograde --help` answers at once.
    from autograde.course import gradebook

    gradebook.prepare(verbose=verbose)


def _confinement(asked: Confinement, unsafe: bool) -> Confinement:
    return Confinement.NONE if unsafe else asked


def _assignment_of(course: Course, file: str) -> str:
    released = course.released_or_all(None)
    slug = assignment_named(file, released)
    if not slug:
        raise CourseError(
            f"The name of {file} is none of the released assignments: {', '.join(released)}.",
            f"Name its assignment, for example --assignment {released[0]}.",
        )
    return slug


def _with_submissions(course: Course, assignment: str | None) -> list[str]:
    # The one asked for, or every released assignment that somebody handed in.
    slugs = course.released_or_all(assignment)
    if assignment is not None:
        return slugs
    found = [slug for slug in slugs if any(course.submitted.glob(f"*/{slug}"))]
    if not found:
        raise CourseError(
            f"There are no submissions in {course.submitted}.",
            "Put each student's notebook at submitted/<student>/<assignment>/<assignment>.ipynb.",
        )
    return found


@contextmanager
def _progress(what: str, quiet: bool = False) -> Iterator[tuple[Callable[[int], None], Callable[[Any], None]]]:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=err, disable=quiet) as progress:
            task = progress.add_task(what, total=None)
            yield (
                lambda count: progress.update(task, total=count),
                lambda item: progress.advance(task),
            )
    except KeyboardInterrupt:
        err.print("Stopped. Finished work is kept; the same command goes on from there.")
        raise


def _print_json(value: Any) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False, default=str)
    # Names of files may hold bytes that are no text; spelled out they are JSON.
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def _printable(text: str) -> str:
    # Names come from strangers: control characters could move the cursor or recolour the terminal.
    return escape(printable(text))


def _short(path: Path) -> str:
    here = Path.cwd()
    return escape(str(path.relative_to(here) if path.is_relative_to(here) else path))
