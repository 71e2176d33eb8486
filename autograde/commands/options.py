"""The options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograde.course.confinement import Confinement

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
