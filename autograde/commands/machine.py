"""Commands about this machine: what it offers, and the whole pipeline shown on it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from autograde.commands.grading import grade_all
from autograde.commands.opening import confinement_of, open_course, prepare
from autograde.commands.options import HERE, ConfinementOption, CourseOption, JsonOption, UnsafeOption, VerboseOption
from autograde.commands.releasing import release_all
from autograde.commands.reporting import export_as, write_pages, write_report_of
from autograde.commands.telling import out, print_json
from autograde.course.confinement import Confinement
from autograde.course.errors import NoRunnerError, NoSandboxError


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
    prepare(verbose)
    from autograde.demo import SHOWN, hand_in, prepare_course
    from autograde.release.release import available

    slugs = available() if everything else assignments or list(SHOWN)
    made = prepare_course(course.absolute())
    release_all(made, slugs, as_json=False)
    for slug in slugs:
        out.print(f"{len(hand_in(made, slug))} demo submissions of {slug}")
    try:
        grade_all(made, None, {"confinement": confinement_of(confinement, unsafe)}, as_json=False)
    except (NoSandboxError, NoRunnerError) as error:
        # The rest of `make course` is fine here; only grading has to wait.
        out.print(f"[yellow]The demo class is made, but not graded.[/] {escape(error.what)}\n{escape(error.remedy)}")
        return
    write_pages(made, None)
    write_report_of(made, None, as_json=False)
    export_as(made, None, "csv", None, {}, as_json=False)


def doctor(course: CourseOption = HERE, as_json: JsonOption = False) -> None:
    """Say what this machine offers for grading, and what is missing."""
    from autograde.machine.doctor import examine

    checks = examine(open_course(course, verbose=False))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            sign = "[green]✓[/]" if check.ok else ("[red]✗[/]" if check.needed else "[yellow]![/]")
            remedy = f"\n    {check.remedy}" if not check.ok and check.remedy else ""
            out.print(f"{sign} {check.name}: {escape(check.found)}{escape(remedy)}")
    if any(check.needed and not check.ok for check in checks):
        raise typer.Exit(1)
