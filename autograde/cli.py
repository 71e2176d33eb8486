"""The command line: `autograde`, with a command for each stage."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.markup import escape

from autograde import __version__
from autograde.commands import courses, grading, machine, releasing, reporting
from autograde.commands.telling import err, out
from autograde.course.errors import explain
from autograde.course.system import need_unix

# As `autograde --help` lists them.
COMMANDS = (
    releasing.release,
    releasing.leaks,
    releasing.publish,
    releasing.new,
    releasing.answers,
    courses.plan,
    courses.collect,
    grading.grade,
    reporting.feedback,
    reporting.report,
    reporting.export,
    reporting.return_,
    courses.forget,
    grading.run,
    grading.gradescope,
    machine.demo,
    machine.doctor,
)

app = typer.Typer(
    help="Release assignments, grade what comes back, write feedback, reports and grades.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command(command.__name__.rstrip("_"))(command)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        out.print(__version__)
        raise typer.Exit()
    need_unix()


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
