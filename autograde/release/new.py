"""The first files of an assignment, each with a canary of its own; they can be released as they are."""

from __future__ import annotations

import keyword
import re
import secrets
from pathlib import Path
from string import Template

from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.release.release import SOLUTIONS, secret_of

TEMPLATES = Path(__file__).with_name("start_with")
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_SLUG = 60  # characters: it becomes part of many files' names
CATALOGUE = Path("exercises/catalogue.py")
LAST_LINE = ")\n\n\ndef contracts_of"  # the end of the catalogue's list
# Where each file of an assignment with contracts goes in the tree, and what it is made of.
JUDGED = {
    "exercises/$module/$slug.md": "judged.md",
    "exercises/$module/__init__.py": "package.py.txt",
    "exercises/$module/exercises.py": "exercises.py.txt",
    "exercises/$module/$function.py": "contract.py.txt",
    "reference/$module.py": "reference.py.txt",
}
PLAIN = {"exercises/$module/$slug.md": "plain.md"}


def start_assignment(course: Course, slug: str, function: str | None = None, secret: Path | None = None) -> list[Path]:
    """Write the files of a new assignment; returns them, the catalogue last where it has a new line.

    Args:
        slug: its name, such as `running-mean`.
        function: the first function, to be judged by a contract; without it the tests are plain assertions.
        secret: the tree for the sources; default: this project's for its own course, else the course's own folder
            `solutions`, from which alone it then releases.

    Raises:
        CourseError: the name cannot be one or is taken, or contracts are asked for outside of this project.
    """
    secret = secret or _tree_of(course)
    _check_name(slug, secret)
    if function is not None:
        _check_function(function, secret)
    names = {"slug": slug, "module": slug.replace("-", "_"), "function": function or "", "title": _title(slug)}
    contents = {
        secret / Template(place).substitute(names): _filled(template, names)
        for place, template in (JUDGED if function else PLAIN).items()
    }
    taken = [path for path in contents if path.exists()]
    if taken:
        raise CourseError(f"There is a file {taken[0]} already.", "Choose another name; nothing was written.")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return [*contents, *([_in_catalogue(secret, slug)] if function else [])]


def _tree_of(course: Course) -> Path:
    own = (course.root / SOLUTIONS.name).resolve()
    if own != SOLUTIONS and secret_of(course) == SOLUTIONS and course.released():
        raise CourseError(
            f"The course in {course.root} has released this project's assignments, and would no longer find them.",
            "Start the new one in another course folder, or in the project itself: `autograde new` without --course.",
        )
    return own


def _check_name(slug: str, secret: Path) -> None:
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG or keyword.iskeyword(slug):
        raise CourseError(
            f"{slug!r} cannot be the name of an assignment.",
            "Use small letters and digits, with a hyphen between words: running-mean.",
        )
    if (secret / "exercises" / slug.replace("-", "_")).exists():
        raise CourseError(f"There is an assignment {slug!r} already.", "Choose another name; nothing was written.")


def _check_function(function: str, secret: Path) -> None:
    if secret != SOLUTIONS:
        raise CourseError(
            "Contracts belong to this project's own assignments.",
            "Leave --judged away: tests of plain assertions can do all else. Nothing was written.",
        )
    if not function.isidentifier() or keyword.iskeyword(function):
        raise CourseError(
            f"{function!r} cannot be the name of a function.", "Use letters, digits and _, such as running_mean."
        )


def _title(slug: str) -> str:
    words = slug.replace("-", " ")
    return f"Assignment: {words}"


def _filled(template: str, names: dict[str, str]) -> str:
    canary = f"unrolled-canary-{secrets.token_hex(6)}"
    return Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(names, canary=canary)


def _in_catalogue(secret: Path, slug: str) -> Path:
    path = secret / CATALOGUE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(LAST_LINE, f'    "{slug}",\n{LAST_LINE}', 1), encoding="utf-8")
    return path
