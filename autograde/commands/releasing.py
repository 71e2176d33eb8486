"""Commands that make an assignment and give it out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from autograde.commands.opening import course_option, open_course, planned_course
from autograde.commands.options import HERE, AssignmentArgument, CourseOption, JsonOption, VerboseOption
from autograde.commands.telling import err, out, print_json, short, shown
from autograde.course.errors import CourseError
from autograde.course.folder import Course


def release(
    assignment: AssignmentArgument = None,
    course: CourseOption = HERE,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Make source notebooks, the release, and the student bundles; end with the leak check."""
    from autograde.release.release import available, secret_of

    opened = open_course(course, verbose)
    slugs = [assignment] if assignment else available(secret_of(opened))
    if not slugs:
        raise CourseError("There is no assignment.", f"Start one with `autograde new NAME{course_option(course)}`.")
    release_all(opened, slugs, as_json)


def release_all(course: Course, slugs: list[str], as_json: bool) -> None:
    """Release these assignments, and tell of it."""
    from autograde.release.release import release

    with err.status("releasing") as status:
        released = release(course, slugs, started=status.update)
    if as_json:
        print_json([asdict(one) for one in released])
        return
    for one in released:
        out.print(f"{one.slug}: {one.points:g} points · {short(one.release)} · {short(one.bundle)}")
    out.print("No leak in anything public.")


def leaks(course: CourseOption = HERE, as_json: JsonOption = False) -> None:
    """Look for solutions, hidden tests and their values in everything public; exit status 1 where one is found."""
    opened = open_course(course, verbose=False)
    from autograde.release.release import leaks_in

    with err.status("looking for leaks in everything public"):
        found = leaks_in(opened)
    if as_json:
        print_json([asdict(finding) for finding in found])
    for finding in [] if as_json else found:
        out.print(f"[red]leak[/] {shown(finding.place)} holds {shown(finding.secret)}")
    if found:
        raise typer.Exit(1)
    if not as_json:
        out.print("No leak in anything public.")


def publish(course: CourseOption = HERE) -> None:
    """Gather the built book and the bundles in one folder for a web server, unless it holds a leak."""
    opened = open_course(course, verbose=False)
    from autograde.release.publish import publish

    with err.status("gathering what is public, and looking for leaks in it"):
        place = publish(opened)
    out.print(f"No leak. Put on the web server what lies in {short(place)}")


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

    written = start_assignment(open_course(course, verbose=False), name, judged)
    for path in written:
        out.print(short(path))
    out.print(f"Write it in {short(written[0])}, then: autograde release {name}{course_option(course)}")


def answers(assignment: AssignmentArgument = None, course: CourseOption = HERE) -> None:
    """Write the model answers as notebooks, from the day that course.yml states for each."""
    from autograde.release.answers import given_out, held_back, write_answers

    opened = planned_course(course, verbose=False)
    slugs = opened.released_or_all(assignment)
    due = slugs if assignment else given_out(opened, slugs)
    for slug in due:
        out.print(f"{slug}: {short(write_answers(opened, slug))}")
    if not due:
        raise CourseError(
            " ".join(["No assignment's model answers may be given out now.", *held_back(opened, slugs)]),
            "course.yml says from when on they may; `autograde answers NAME` says what it says of one.",
        )
