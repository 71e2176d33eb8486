"""From what was typed to the course folder and the assignments that a command is about."""

from __future__ import annotations

from pathlib import Path

from autograde.commands.options import HERE
from autograde.commands.telling import out, shown
from autograde.course.confinement import Confinement
from autograde.course.errors import CourseError
from autograde.course.file_names import assignment_named
from autograde.course.folder import Course


def open_course(folder: Path, verbose: bool) -> Course:
    """The course in a folder, with nbgrader ready for it. Raises CourseError where there is none."""
    prepare(verbose)
    return course_in(folder)


def course_in(folder: Path) -> Course:
    """The course in a folder; nothing is loaded for it. Raises CourseError where there is none."""
    if not folder.is_dir():
        raise CourseError(f"There is no folder {folder}.", "Name an existing course folder with --course DIR.")
    return Course(folder.absolute())


def course_option(folder: Path) -> str:
    """As it has to stand in the next command."""
    return "" if folder == HERE else f" --course {folder}"


def planned_course(folder: Path, verbose: bool, *, quiet: bool = False) -> Course:
    """The course, its gradebook brought up to course.yml and the roster."""
    course = open_course(folder, verbose)
    bring_up_to_plan(course, quiet=quiet)
    return course


def bring_up_to_plan(course: Course, *, quiet: bool) -> None:
    """The gradebook brought up to course.yml and the roster, and what that changed told."""
    from autograde.course.apply import apply_plan

    applied = apply_plan(course)
    for line in [] if quiet else applied.changes:
        out.print(f"[cyan]course.yml[/] {shown(line)}")
    for line in [] if quiet else applied.notes:
        out.print(f"[yellow]course.yml[/] {shown(line)}")


def prepare(verbose: bool) -> None:
    """Load nbgrader and set it up for this process."""
    from autograde.course.light import import_nbgrader

    import_nbgrader()
    from autograde.course import gradebook

    gradebook.prepare(verbose=verbose)


def confinement_of(asked: Confinement, unsafe: bool) -> Confinement:
    """What --confinement and --unsafe say together."""
    return Confinement.NONE if unsafe else asked


def assignment_of(course: Course, file: str) -> str:
    """The released assignment by whose name a file is called. Raises CourseError where it is none's."""
    released = course.released_or_all(None)
    slug = assignment_named(file, released)
    if not slug:
        raise CourseError(
            f"The name of {file} is none of the released assignments: {', '.join(released)}.",
            f"Name its assignment, for example --assignment {released[0]}.",
        )
    return slug


def with_submissions(course: Course, assignment: str | None) -> list[str]:
    """The assignment asked for, or every released one that somebody handed in. Raises CourseError where none is."""
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
