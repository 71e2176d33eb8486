"""The whole book as PDF and EPUB (`make print`): goes along with what is public, and the first page names it."""

from __future__ import annotations

import shutil
from pathlib import Path

from autograde.course.folder import Course
from autograde.release.first_page import add_to_first_page

PLACE = "print"  # under _build
FILES = {"unrolled.pdf": "PDF", "unrolled.epub": "EPUB"}


def printed(course: Course) -> list[Path]:
    """The files of `make print` that are as new as the built pages; an older one would have other numbers."""
    pages = max((page.stat().st_mtime for page in (course.site / "book").rglob("*.html")), default=0.0)
    files = [course.build / PLACE / name for name in FILES]
    return [file for file in files if file.is_file() and file.stat().st_mtime >= pages]


def add_whole_book(course: Course, public: Path) -> None:
    """Lay the printed files into `public`, a copy of the site, and name them at the end of its first page."""
    files = printed(course)
    for file in files:
        shutil.copy2(file, public)
    if files:
        links = [f'<a href="../{one.name}">{FILES[one.name]}</a> ({one.stat().st_size / 1e6:.0f} MB)' for one in files]
        add_to_first_page(public, f"The whole book, to print or for an e-reader: {', '.join(links)}.")
