"""How commands speak: lines for people, JSON for scripts, a bar while something takes its time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograde.course.folder import Course
from autograde.course.strangers import printable

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
MOST_NAMED = 20  # students in one line


@contextmanager
def progress_of(what: str, quiet: bool = False) -> Iterator[tuple[Callable[[int], None], Callable[[Any], None]]]:
    """A bar while something is done: a function for how many there are, and one for each that is done."""
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


def print_json(value: Any) -> None:
    """A value as JSON, for scripts."""
    text = json.dumps(value, indent=1, ensure_ascii=False, default=str)
    # Names of files may hold bytes that are no text; spelled out they are JSON.
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def shown(text: str) -> str:
    """A text as it can be printed: names come from strangers, and could move the cursor or recolour the terminal."""
    return escape(printable(text))


def short(path: Path) -> str:
    """A path as seen from here."""
    here = Path.cwd()
    return escape(str(path.relative_to(here) if path.is_relative_to(here) else path))


def print_missing(course: Course, slugs: list[str]) -> None:
    """Who of the roster has handed in nothing."""
    from autograde.course.apply import named
    from autograde.course.people import read_people
    from autograde.grade.hand_ins import not_handed_in

    people = read_people(course)
    for slug in slugs if people else []:
        missing = not_handed_in(course, slug, people)
        if missing:
            who = shown(named(missing, MOST_NAMED))
            out.print(f"[yellow]{slug}[/]: {len(missing)} of {len(people)} have handed in nothing: {who}")
