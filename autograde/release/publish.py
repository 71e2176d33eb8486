"""What everyone may have, in one folder to put on a web server: the site, and the bundles under bundles/."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.release.release import SOLUTIONS, leaks_in_folder, refuse_leaks

FOLDER = "public"
BUNDLES = "bundles"
NOT_PUBLISHED = shutil.ignore_patterns(".buildinfo", ".doctrees")  # Sphinx's own notes


def publish(course: Course, secret: Path = SOLUTIONS) -> Path:
    """Gather the built book and the bundles of all released assignments in `_build/public`; returns that folder.

    It is made anew each time: written beside, searched for leaks as it is, and then renamed.

    Raises:
        CourseError: there is no book, no release, a book of another release, or a leak; what was there before stays.
    """
    if not (course.site / "index.html").is_file():
        raise CourseError(f"There is no book in {course.site}.", "Run `make publish`, which builds it.")
    if (course.site / BUNDLES).exists():
        raise CourseError(f"The book has a folder {BUNDLES!r}, where the bundles are to lie.", "Rename it.")
    bundles = [course.bundles / f"unrolled-{slug}.zip" for slug in course.released_or_all(None)]
    for bundle in bundles:
        if not bundle.is_file():
            raise CourseError(f"There is no bundle {bundle.name}.", "Run `autograde release`.")
    refuse_other_release(course.site, bundles)
    place = course.build / FOLDER
    with tempfile.TemporaryDirectory(dir=course.build, prefix=f"{FOLDER}-") as scratch:
        made = Path(scratch) / FOLDER
        shutil.copytree(course.site, made, ignore=NOT_PUBLISHED)
        (made / BUNDLES).mkdir()
        for bundle in bundles:
            shutil.copy2(bundle, made / BUNDLES)
        refuse_leaks(leaks_in_folder(made, secret), "Nothing was gathered. `autograde leaks` lists all.")
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


def refuse_other_release(site: Path, bundles: Iterable[Path]) -> None:
    """Raise CourseError where the pages on which assignments are solved were made of other bundles than these."""
    made_of = {path.name: path.read_bytes() for path in site.glob("solve/*/unrolled-*.zip")}
    if (site / "solve").exists() and any(made_of.get(path.name) != path.read_bytes() for path in bundles):
        raise CourseError("The book's pages of the assignments are of another release.", "Run `make book`, then again.")
