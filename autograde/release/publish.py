"""What everyone may have, for a web server: the site with the bundles that the build laid into it, the print, and the
model answers that are given out."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from autograde.course.errors import CourseError
from autograde.course.folder import Course, notebook_name
from autograde.release.answers import FOLDER as ANSWERS
from autograde.release.answers import given_out, write_answers
from autograde.release.first_page import add_to_first_page
from autograde.release.release import leaks_in_folder, refuse_leaks, secret_of
from autograde.release.whole_book import add_whole_book

FOLDER = "public"
BUNDLES = "bundles"  # in the site, filled by book/extensions/solve.py, which makes pages of the same files
NOT_PUBLISHED = shutil.ignore_patterns(".buildinfo", ".doctrees")  # Sphinx's own notes


def publish(course: Course, secret: Path | None = None) -> Path:
    """Gather the built book, with the bundles of all released assignments, in `_build/public`; returns that folder.

    Model answers lie in its folder `answers`, from the day that course.yml states for each assignment.

    It is made anew each time: written beside, searched for leaks as it is, and then renamed.

    Raises:
        CourseError: there is no book, no release, a book of another release, or a leak; what was there before stays.
    """
    if not (course.site / "index.html").is_file():
        raise CourseError(f"There is no book in {course.site}.", "Run `make publish`, which builds it.")
    bundles = [course.bundles / f"unrolled-{slug}.zip" for slug in course.released_or_all(None)]
    for bundle in bundles:
        if not bundle.is_file():
            raise CourseError(f"There is no bundle {bundle.name}.", "Run `autograde release`.")
    if _contents(bundles) != _contents((course.site / BUNDLES).glob("*")):
        raise CourseError("The book's pages of the assignments are of another release.", "Run `make book`, then again.")
    secret = secret or secret_of(course)
    place = course.build / FOLDER
    with tempfile.TemporaryDirectory(dir=course.build, prefix=f"{FOLDER}-") as scratch:
        made = Path(scratch) / FOLDER
        shutil.copytree(course.site, made, ignore=NOT_PUBLISHED)
        add_whole_book(course, made)
        refuse_leaks(leaks_in_folder(made, secret), "Nothing was gathered. `autograde leaks` lists all.")
        _add_answers(course, made, secret)  # searched one by one: in these, right code is no leak
        former = Path(scratch) / "former"
        if place.exists():
            place.rename(former)
        try:
            made.rename(place)
        except OSError:
            if former.exists():
                former.rename(place)
            raise
    return place


def _add_answers(course: Course, public: Path, secret: Path) -> None:
    slugs = given_out(course, course.released())
    if not slugs:
        return
    place = public / ANSWERS
    place.mkdir()
    for slug in slugs:
        shutil.copy2(write_answers(course, slug, secret=secret), place)
    links = [f'<a href="../{ANSWERS}/{notebook_name(slug)}">{slug}</a>' for slug in slugs]
    add_to_first_page(public, f"Model answers, as notebooks: {', '.join(links)}.")


def _contents(files: Iterable[Path]) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in files}
