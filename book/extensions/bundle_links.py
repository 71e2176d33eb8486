"""Places in the site for links to the students' bundles: pages mark them, the end of the build fills them.

A book that was built without a release has no bundles. There a place says how to get one. A place can be filled again.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import NamedTuple

from notebooks import BUNDLES, PREFIX

WITHOUT = "ask your instructor for <code>{file}</code>"
ALL_WITHOUT = "This copy of the book comes without the assignments’ files: ask your instructor for them."
ALL = "all"
PLACE = re.compile(r'<(?P<tag>span|div) class="u-bundle" data-bundle="(?P<name>[\w-]+)">.*?</(?P=tag)>', re.DOTALL)


class Bundle(NamedTuple):
    """A file that students download: its size in bytes, and its date as YYYY-MM-DD."""

    file: str
    size: int
    date: str


def file_name(assignment: str) -> str:
    """The name of an assignment's bundle."""
    return f"{PREFIX}{assignment}.zip"


def mark(assignment: str) -> str:
    """HTML of a place for the link to one bundle."""
    return _place("span", assignment, WITHOUT.format(file=escape(file_name(assignment))))


def mark_all() -> str:
    """HTML of a place for the list of all bundles."""
    return _place("div", ALL, f"<p>{ALL_WITHOUT}</p>")


def fill(page: str, bundles: Mapping[str, Bundle], root: str) -> str:
    """The HTML of a page with its places filled.

    Args:
        bundles: what there is, by assignment, in the order of the list. A place for another one says how to get it.
        root: the way from the page's folder to the site's, such as `../../`; empty in the site's own.
    """

    def filled(place: re.Match[str]) -> str:
        if place["name"] == ALL:
            rows = "".join(f"<li>{_link(bundle, root)}</li>" for bundle in bundles.values())
            return _place("div", ALL, f"<ul>{rows}</ul>") if rows else mark_all()
        bundle = bundles.get(place["name"])
        return _place("span", place["name"], _link(bundle, root)) if bundle else mark(place["name"])

    return PLACE.sub(filled, page)


def link_bundles(site: Path, bundles: Mapping[str, Bundle]) -> None:
    """Fill the places in all pages of a site."""
    for page in site.rglob("*.html"):
        before = page.read_text("utf-8")
        after = fill(before, bundles, "../" * (len(page.relative_to(site).parts) - 1))
        if after != before:
            page.write_text(after, "utf-8")


def about(bundle: Path) -> Bundle:
    """Name, size and date of a bundle."""
    status = bundle.stat()
    return Bundle(bundle.name, status.st_size, f"{datetime.date.fromtimestamp(status.st_mtime)}")


def _place(tag: str, name: str, content: str) -> str:
    return f'<{tag} class="u-bundle" data-bundle="{escape(name)}">{content}</{tag}>'


def _link(bundle: Bundle, root: str) -> str:
    about = f"{bundle.size / 1000:.0f} kB, {bundle.date}"
    return f'<a href="{root}{BUNDLES}/{escape(bundle.file)}" download>{escape(bundle.file)}</a> ({about})'
